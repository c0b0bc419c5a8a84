"""Which pixels a step learns from.

Training goes in rounds. A round takes some pictures, varies them, and goes over their pixels in
random order: over all of them where every round is alike, else for a hundred steps. Everything
random in a round comes from (seed, round), so a run that resumes in the middle of round 17 needs
nothing but that number and the step within it.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from photochrom._types import Float32, Mask
from photochrom.datasets.augment import Augmentation, augment
from photochrom.palettes import labels
from photochrom.palettes.palette import Palette
from photochrom.training.draws import Draw, draw, generator
from photochrom.training.pictures import WorkingPicture, from_lab
from photochrom.training.presets import Preset
from photochrom.training.windows import Windows, WindowTable

PICTURES_A_ROUND = 16  # bounds the memory of varied copies and mixes enough kinds into a batch
STEPS_A_ROUND = 100  # then other pictures, or other variations: one round costs about 20 steps


@dataclass(frozen=True, eq=False)
class Source:
    """What rounds are drawn from.

    Attributes
    ----------
    pictures : to learn from
    masks : (h, w) each, True where a pixel may be learned; None for everywhere
    to_plane : a picture to the network's input (h, w)
    to_targets : a picture to what each pixel should give, (h * w,) labels or (h * w, c) values
    """

    pictures: list[WorkingPicture]
    masks: list[Mask] | None
    windows: Windows
    to_plane: Callable[[WorkingPicture], Tensor]
    to_targets: Callable[[WorkingPicture], Tensor]
    is_regression: bool
    augmentation: Augmentation | None
    seed: int

    @property
    def is_fixed(self) -> bool:
        """Whether every round holds the same pictures, unvaried."""
        varied = self.augmentation is not None and self.masks is None
        return not varied and len(self.pictures) <= PICTURES_A_ROUND

    def pixels(self) -> int:
        """Return how many pixels one pass over all pictures has."""
        if self.masks is not None:
            return sum(int(mask.sum()) for mask in self.masks)
        return sum(picture.lab[..., 0].size for picture in self.pictures)


class Round:
    """Some pictures' pixels, to be gone over once at most."""

    def __init__(self, source: Source, number: int) -> None:
        chosen, mask = _choose(source, number)
        self.table = WindowTable(source.windows, [source.to_plane(p) for p in chosen])
        self.targets = torch.cat([source.to_targets(picture) for picture in chosen])
        self.learned = torch.from_numpy(np.flatnonzero(mask))
        self._most = None if source.is_fixed else STEPS_A_ROUND

    def batches(self, seed: int, number: int, size: int) -> list[Tensor]:
        """Return the pixels in the order of round `number`, `size` at a time.

        A last batch that is not full is left out, unless it is the only one.
        """
        shuffle = generator(seed, number, Draw.ORDER)
        order = self.learned[torch.randperm(len(self.learned), generator=shuffle)]
        full = max(len(order) // size, 1)
        return list(torch.split(order[: full * size], size))[: self._most]

    def gather(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Return windows (n, inputs) and targets (n, ...)."""
        return self.table.gather(pixels), self.targets[pixels]


def plane_maker(preset: Preset) -> Callable[[WorkingPicture], Tensor]:
    """Return how a picture becomes the preset's input plane (h, w)."""
    if preset.plane == "gray":
        return lambda picture: torch.from_numpy(picture.luma)
    return lambda picture: torch.from_numpy(picture.lightness)


def target_maker(
    preset: Preset, palette: Palette | None, *, soft: bool
) -> Callable[[WorkingPicture], Tensor]:
    """Return how a picture becomes targets: labels, soft labels, or RGB for a regression."""
    if palette is None:
        return lambda picture: torch.from_numpy(picture.rgb.reshape(-1, 3))
    if soft:
        return lambda p: torch.from_numpy(labels.soft(samples(p, palette), palette)).flatten(0, 1)
    return lambda p: torch.from_numpy(labels.nearest(samples(p, palette), palette)).flatten()


def samples(picture: WorkingPicture, palette: Palette) -> Float32:
    """Return the pixels (h, w, c) in the palette's own space."""
    return picture.rgb * 255 if palette.space == "srgb" else picture.lab[..., 1:]


def _choose(source: Source, number: int) -> tuple[list[WorkingPicture], Mask]:
    chosen = which_pictures(len(source.pictures), source.seed, number)
    pictures = [source.pictures[index] for index in chosen]
    if source.masks is not None:  # blocks of a picture: varying it would move them
        return pictures, np.concatenate([source.masks[index].ravel() for index in chosen])
    if source.augmentation is not None:
        options = source.augmentation
        rng = np.random.default_rng(draw(source.seed, number, Draw.VARIATION))
        pictures = [from_lab(p.name, augment(p.lab, options, rng)) for p in pictures]
    return pictures, np.ones(sum(p.lab[..., 0].size for p in pictures), bool)


def which_pictures(count: int, seed: int, number: int) -> list[int]:
    """Return the pictures of a round: each once in `count / PICTURES_A_ROUND` rounds."""
    rounds = -(-count // PICTURES_A_ROUND)
    shuffle = np.random.default_rng(draw(seed, number // rounds, Draw.PICTURES))
    return sorted(shuffle.permutation(count)[number % rounds :: rounds].tolist())

"""Which pixels a step learns from.

Training goes in rounds. A round takes some pictures, varies them, and passes over their pixels
once in random order. Everything random in a round comes from (seed, round), so a run that resumes
in the middle of round 17 needs nothing but that number and the step within it.
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
from photochrom.training.pictures import WorkingPicture, from_lab
from photochrom.training.presets import Preset
from photochrom.training.windows import Windows, WindowTable

_ORDER, _PICTURES = 0, 1  # what a draw is for
PICTURES_A_ROUND = 16  # bounds the memory of varied copies and mixes enough kinds into a batch


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
        return self.augmentation is None and len(self.pictures) <= PICTURES_A_ROUND

    def pixels(self) -> int:
        """Return how many pixels one pass over all pictures has."""
        if self.masks is not None:
            return sum(int(mask.sum()) for mask in self.masks)
        return sum(picture.lab[..., 0].size for picture in self.pictures)


class Round:
    """One pass over some pictures' pixels."""

    def __init__(self, source: Source, number: int) -> None:
        chosen, mask = _choose(source, number)
        self.table = WindowTable(source.windows, [source.to_plane(p) for p in chosen])
        self.targets = torch.cat([source.to_targets(picture) for picture in chosen])
        self.learned = torch.from_numpy(np.flatnonzero(mask))

    def batches(self, seed: int, number: int, size: int) -> list[Tensor]:
        """Return the pixels in the order of round `number`, `size` at a time.

        A last batch that is not full is left out, unless it is the only one.
        """
        shuffle = torch.Generator().manual_seed(draw(seed, number, _ORDER))
        order = self.learned[torch.randperm(len(self.learned), generator=shuffle)]
        full = max(len(order) // size, 1)
        return list(torch.split(order[: full * size], size))

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
    rng = np.random.default_rng(draw(source.seed, number, _PICTURES))
    count = len(source.pictures)
    chosen = range(count)
    if count > PICTURES_A_ROUND:
        chosen = np.sort(rng.permutation(count)[:PICTURES_A_ROUND]).tolist()
    pictures = [source.pictures[index] for index in chosen]
    if source.masks is not None:  # blocks of a picture: varying it would move them
        return pictures, np.concatenate([source.masks[index].ravel() for index in chosen])
    if source.augmentation is not None:
        options = source.augmentation
        pictures = [from_lab(p.name, augment(p.lab, options, rng)) for p in pictures]
    return pictures, np.ones(sum(p.lab[..., 0].size for p in pictures), bool)


def draw(seed: int, number: int, purpose: int) -> int:
    """Return a seed that depends on all three and on nothing else."""
    return int(np.random.SeedSequence([seed, number, purpose]).generate_state(1, np.uint64)[0] >> 1)

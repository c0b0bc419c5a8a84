"""What a training is asked to do, with every default filled in."""

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch

from photochrom._types import Float32, Mask
from photochrom.datasets.augment import Augmentation
from photochrom.datasets.split import GUARD, block_mask, inner_split
from photochrom.errors import DatasetError, OptionError
from photochrom.modelfile.spec import WorkingSize
from photochrom.palettes import kmeans
from photochrom.palettes.palette import Palette
from photochrom.training import recipes
from photochrom.training.config import PaletteFrom, TrainConfig
from photochrom.training.fit import Length
from photochrom.training.judge import HeldOut
from photochrom.training.pictures import WorkingPicture
from photochrom.training.presets import RGB_OUTPUTS, Network, Preset, find_preset, rounded
from photochrom.training.recipes import Stepping
from photochrom.training.rounds import Source, plane_maker, target_maker

FEWEST_BY_PICTURE = 3  # with one or two pictures, a whole one held out is too much to lose
_ORIGIN_EPOCHS = 50


@dataclass(frozen=True, eq=False)
class Task:
    """One training, resolved: nothing is left to defaults.

    Attributes
    ----------
    config, preset : what was asked for
    window : px, odd
    working : size at which the network sees pictures
    stepping : of the recipe
    refit : whether all pictures are learned from once more after the choices
    """

    config: TrainConfig
    preset: Preset
    window: int
    working: WorkingSize
    stepping: Stepping
    refit: bool

    @property
    def regression(self) -> bool:
        """Whether colours are predicted directly, without a palette."""
        return self.preset.kind == "rgb"

    def to_dict(self) -> dict[str, Any]:
        """Return every option, resolved, for `config.json`."""
        resolved = {
            "window": self.window,
            "colors": None if self.regression else self.colors,
            "short_side": self.working.short_side,
            "recipe": self.config.recipe or "fast",
            "optimizer": self.stepping.optimizer,
            "learning_rate": self.stepping.learning_rate,
            "batch": self.stepping.batch,
            "palette_from": self.palette_from,
            "refit": self.refit,
            "epochs": self.epochs,
            "steps": self.steps,
            "augmentation": None if self.augmentation is None else asdict(self.augmentation),
        }
        # Through JSON, so that it compares equal to what a checkpoint gives back.
        plain: dict[str, Any] = json.loads(json.dumps({**self.config.to_dict(), **resolved}))
        return plain

    @property
    def colors(self) -> int:
        """Size of the palette, where there is one."""
        return self.config.colors or self.preset.colors

    @property
    def palette_from(self) -> PaletteFrom:
        """What the palette is fitted to."""
        return self.config.palette_from or self.preset.palette_from

    @property
    def augmentation(self) -> Augmentation | None:
        """How pictures are varied."""
        return self.config.augmentation or self.preset.augmentation

    @property
    def epochs(self) -> int | None:
        """Length in passes, where that is what decides it."""
        if self.config.steps is None and self.config.seconds is None:
            return self.config.epochs or (None if self.stepping.collapsed else _ORIGIN_EPOCHS)
        return None

    @property
    def steps(self) -> int | None:
        """Length of a phase in steps, where that is what decides it."""
        if self.epochs is None and self.config.seconds is None:
            return self.config.steps or self.preset.steps
        return None

    def fit_palette(self, pictures: list[WorkingPicture], masks: list[Mask] | None) -> Palette:
        """Fit the palette to what may be learned from."""
        chosen = pictures[:1] if self.palette_from == "first" else pictures
        pixels = [picture.codes.reshape(-1, 3) for picture in chosen]
        if masks is not None:
            pixels = [each[mask.ravel()] for each, mask in zip(pixels, masks, strict=False)]
        return kmeans.fit(pixels, self.colors, space=self.preset.space, seed=self.config.seed)

    def build(self, palette: Palette | None) -> Network:
        """Return the network with fresh weights."""
        outputs = RGB_OUTPUTS if palette is None else len(palette)
        with torch.random.fork_rng(devices=[]):  # modules draw weights as they are made
            return self._build(outputs)

    def _build(self, outputs: int) -> Network:
        return self.preset.build(self.window, self.preset.windows(self.window).inputs, outputs)

    def source(
        self, pictures: list[WorkingPicture], masks: list[Mask] | None, palette: Palette | None
    ) -> Source:
        """Return what the network learns from."""
        return Source(
            pictures=pictures,
            masks=masks,
            windows=self.preset.windows(self.window),
            to_plane=plane_maker(self.preset),
            to_targets=target_maker(self.preset, palette, soft=self.preset.soft_labels),
            is_regression=self.regression,
            augmentation=self.augmentation,
            seed=self.config.seed,
        )

    def length(self, source: Source, phases: int) -> Length:
        """Return how long one of the phases lasts."""
        if self.config.seconds is not None:
            return Length(seconds=self.config.seconds / phases)
        if self.epochs is not None:
            return Length(steps=self.epochs * max(1, source.pixels() // self.stepping.batch))
        return Length(steps=self.steps)


def resolve(config: TrainConfig) -> Task:
    """Fill in what the preset and the recipe decide.

    Raises
    ------
    OptionError
        If options clash, or there is no such preset.
    """
    preset = find_preset(config.preset)
    if preset.kind == "rgb" and config.colors is not None:
        raise OptionError(f"{config.preset} predicts colours directly; it has no palette to size")
    working = preset.working
    if config.short_side is not None:
        working = replace(working, short_side=config.short_side)
    recipe = config.recipe or "fast"
    return Task(
        config=config,
        preset=preset,
        window=rounded(config.window or preset.window),
        working=working,
        stepping=recipes.choose(recipe, config, preset),
        refit=preset.refit if config.refit is None else config.refit,
    )


@dataclass(frozen=True, eq=False)
class Inner:
    """The training pictures split once more, for choices.

    Attributes
    ----------
    kind : "pictures" or "blocks"
    pictures, masks : to learn from while choosing
    held_out : to choose by
    """

    kind: str
    pictures: list[WorkingPicture]
    masks: list[Mask] | None
    held_out: HeldOut

    def learned_lab(self) -> list[Float32]:
        """Return the L*a*b* (n, 3) of the pixels to learn from, a picture each."""
        masks = self.masks or [np.ones(p.lab.shape[:2], dtype=bool) for p in self.pictures]
        return [p.lab[mask] for p, mask in zip(self.pictures, masks, strict=True)]


def split_inner(task: Task, pictures: list[WorkingPicture]) -> Inner:
    """Hold pictures out, or blocks of them where there are only one or two.

    Raises
    ------
    DatasetError
        If a picture is smaller than the window.
    """
    _check_window(task, pictures)
    config = task.config
    if len(pictures) >= FEWEST_BY_PICTURE:
        names = [picture.name for picture in pictures]
        learned, held = inner_split(names, config.holdout, config.seed)
        kept = HeldOut([pictures[index] for index in held])
        return Inner("pictures", [pictures[index] for index in learned], None, kept)
    # Keeps windows of one scale apart. A network of several scales reaches farther, but a band of
    # twice its reach would leave nothing of a picture; the warning says what that means.
    guard = max(GUARD, task.window)
    masks = [
        block_mask(*p.lab.shape[:2], holdout=config.holdout, guard=guard, seed=config.seed)
        for p in pictures
    ]
    held_out = HeldOut(pictures, [held for _, held in masks])
    return Inner("blocks", pictures, [learned for learned, _ in masks], held_out)


def _check_window(task: Task, pictures: list[WorkingPicture]) -> None:
    for picture in pictures:
        height, width = picture.lab.shape[:2]
        if task.window > min(height, width):
            raise DatasetError(
                f"the window of {task.window} px is larger than {picture.name}, which is "
                f"{width} x {height} at the working size; use a smaller window"
            )

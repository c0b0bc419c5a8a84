"""The options of a training, each with its unit and range."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

from photochrom.datasets.augment import Augmentation
from photochrom.errors import OptionError

Recipe = Literal["fast", "origin"]
OptimizerName = Literal["adamw", "adam", "sgd"]
PaletteFrom = Literal["all", "first"]


@dataclass(frozen=True)
class TrainConfig:
    """What to train and how; None means that the preset or the recipe decides.

    Raises
    ------
    OptionError
        If an option is out of range, unknown, or clashes with another.
    """

    preset: str = "window"
    """Name of a network, one of `photochrom.training.presets.PRESETS`."""
    window: int | None = None
    """Side of the window in px, 3 to 101; an even one is rounded down, as in the origin."""
    colors: int | None = None
    """Colours of the palette, 2 to 1024; regression presets have none."""
    palette_from: PaletteFrom | None = None
    """Fit the palette to "all" training pictures or, as the origin did, to the "first" by name."""
    short_side: int | None = None
    """Working size in px, 16 to 1024: the network sees pictures reduced to it."""
    recipe: Recipe | None = None
    """"fast": whitened windows, large batches, one cycle; "origin": SGD 0.01 and batches of 32."""
    optimizer: OptimizerName | None = None
    """Overrides the recipe's optimizer."""
    learning_rate: float | None = None
    """Overrides the recipe's (peak) learning rate; above 0."""
    batch: int | None = None
    """Pixels a step; overrides the recipe's."""
    steps: int | None = None
    """Length in steps; at most one of `steps`, `epochs` and `seconds`."""
    epochs: int | None = None
    """Length in as many steps as that many passes over all pixels have."""
    seconds: float | None = None
    """Length by the clock, all phases together; the result then depends on the machine."""
    holdout: float = 0.2
    """Share of the pictures that choices are made by; above 0 and below 1."""
    refit: bool | None = None
    """After the choices, learn once more from all pictures, the held-out ones included."""
    augmentation: Augmentation | None = None
    """How training pictures are varied; the default depends on the preset.

    Blocks of a picture (see `photochrom.datasets.split`) are not varied: it would move them.
    """
    seed: int = 0
    """Same seed and length in steps, same bytes on one machine."""

    def __post_init__(self) -> None:
        if sum(length is not None for length in (self.steps, self.epochs, self.seconds)) > 1:
            raise OptionError("the length is given once: by steps, by epochs or by seconds")
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise OptionError(f"{name} must lie between {low} and {high}, got {value}")
        for name, choices in _CHOICES.items():
            value = getattr(self, name)
            if value is not None and value not in choices:
                raise OptionError(f"{name} must be one of {', '.join(choices)}, got {value!r}")

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


_RANGES: dict[str, tuple[float, float]] = {
    "window": (3, 101),  # at 101 the covariance of the windows takes a gigabyte
    "colors": (2, 1024),
    "short_side": (16, 1024),
    "learning_rate": (1e-9, 100),
    "batch": (1, 1 << 20),
    "steps": (1, 1 << 31),
    "epochs": (1, 1 << 20),
    "seconds": (1e-3, 1e7),
    "holdout": (1e-6, 1 - 1e-6),
    "seed": (0, (1 << 31) - 1),
}

_CHOICES: dict[str, tuple[str, ...]] = {
    "recipe": ("fast", "origin"),
    "optimizer": ("adamw", "adam", "sgd"),
    "palette_from": ("all", "first"),
}

"""The options of a transfer."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from photochrom.errors import OptionError


@dataclass(frozen=True)
class TransferConfig:
    """How the general network is fitted to a folder; the defaults suit 1 to 200 pictures.

    Raises
    ------
    OptionError
        If an option is out of range or clashes with another.
    """

    steps: int | None = None
    """Longest fine-tuning that is tried; where no length is given 160, and 80 for fewer than ten
    pictures."""
    seconds: float | None = None
    """Length by the clock, all fits together; the result then depends on the machine."""
    batch: int = 16
    """Crops a step."""
    crop: int = 128
    """Side of the squares learned from, px, a multiple of 32."""
    added_colors: int = 16
    """Entries that the palette may gain for colours that it has none near."""
    frozen_stages: int = 3
    """Stages of the encoder, of seven, that stay as they are: edges look alike everywhere."""
    encoder_rate: float = 1e-4
    """Learning rate of the encoder."""
    decoder_rate: float = 5e-4
    """Learning rate of the decoder."""
    weight_decay: float = 1e-2
    """Decoupled, of AdamW."""
    average: float = 0.98
    """Decay a step of the moving average of the weights, which is what is kept."""
    start: str | Path = "general"
    """The general model to begin with: a packaged one's name, or a file."""
    device: str = "cpu"
    """"cpu", "cuda", or one GPU such as "cuda:1"."""
    seed: int = 0
    """Same seed and steps, same bytes on one machine."""

    def __post_init__(self) -> None:
        if self.steps is not None and self.seconds is not None:
            raise OptionError("the length is given once: by steps or by seconds")
        if self.crop % 32:
            raise OptionError(f"crop must be a multiple of 32, got {self.crop}")
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise OptionError(f"{name} must lie between {low} and {high}, got {value}")

    def to_dict(self) -> dict[str, Any]:
        """Return what the result depends on, as plain values for JSON."""
        plain = asdict(self)
        del plain["device"], plain["start"]  # the start is known by its hash
        return plain


DEFAULT_STEPS = 160
DEFAULT_STEPS_OF_FEW = 80  # for fewer than ten pictures
_RANGES: dict[str, tuple[float, float]] = {
    "steps": (4, 1 << 20),
    "seconds": (1, 1e6),
    "batch": (1, 1 << 16),
    "crop": (32, 1024),
    "added_colors": (0, 896),
    "frozen_stages": (0, 7),
    "encoder_rate": (0, 1),
    "decoder_rate": (1e-9, 1),
    "weight_decay": (0, 1),
    "average": (0, 1),
    "seed": (0, (1 << 31) - 1),
}

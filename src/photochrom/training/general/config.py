"""The options of a training of the general network."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from photochrom.errors import OptionError

Precision = Literal["auto", "bf16", "fp32"]


@dataclass(frozen=True)
class GeneralConfig:
    """What to train and how; one of `steps` and `seconds` sets the length.

    Raises
    ------
    OptionError
        If an option is out of range or clashes with another.
    """

    steps: int | None = None
    """Length in steps; 20,000 where neither length is given."""
    seconds: float | None = None
    """Length by the clock; the result then depends on the machine."""
    batch: int = 32
    """Pictures a step, over all processes together."""
    crop: int = 128
    """Side of the squares learned from, px, a multiple of 32."""
    colors: int = 128
    """Colours of the palette, fitted to the pictures."""
    smallest_crop: float = 0.5
    """Of a picture's short side: the smallest square that is learned from, enlarged to `crop`."""
    skipped: float = 0.1
    """Share of pictures for which the last block of the encoder is left out; earlier ones less."""
    dropout: float = 0.1
    """Share of the channels that are hidden from the last layer."""
    rebalancing: float = 0.25
    """How much rare colours count more: 0 not at all, towards 1 as much as common ones."""
    encoder_rate: float = 5e-4
    """Peak learning rate of the encoder."""
    decoder_rate: float = 2e-3
    """Peak learning rate of the decoder."""
    weight_decay: float = 5e-2
    """Decoupled, of AdamW."""
    average: float = 0.999
    """Decay a step of the moving average of the weights, which is what is kept."""
    held_out: int = 500
    """Pictures kept aside to judge and calibrate by; at most a fifth of all."""
    encoder: Path | None = None
    """Pretrained EfficientNet-Lite0; without it the encoder starts from noise."""
    start: str | Path | None = None
    """A general model to go on from, with its palette: a packaged one's name, or a file."""
    device: str = "cpu"
    """"cpu", "cuda", or one GPU such as "cuda:1"."""
    precision: Precision = "auto"
    """"bf16" where the machine computes in it, else "fp32"."""
    cache_gb: float = 4.0
    """Memory for decoded pictures; what does not fit is decoded again each epoch."""
    seed: int = 0
    """Same seed and steps, same bytes on one machine."""
    licence: str | None = None
    """Of the weights, SPDX or words; goes into the model file."""

    def __post_init__(self) -> None:
        if self.steps is not None and self.seconds is not None:
            raise OptionError("the length is given once: by steps or by seconds")
        if self.start is not None and self.encoder is not None:
            raise OptionError("give an encoder or a model to start from; a model has an encoder")
        if self.crop % 32:
            raise OptionError(f"crop must be a multiple of 32, got {self.crop}")
        for name, (low, high) in _RANGES.items():
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise OptionError(f"{name} must lie between {low} and {high}, got {value}")
        if self.precision not in ("auto", "bf16", "fp32"):
            raise OptionError(f"precision must be auto, bf16 or fp32, got {self.precision!r}")

    def to_dict(self) -> dict[str, Any]:
        """Return what the result depends on, as plain values for JSON; no paths, no machine.

        Of the two lengths the one that counts is given, the other is None.
        """
        plain = asdict(self)
        for name in ("device", "cache_gb", "licence"):
            del plain[name]
        if self.seconds is None:
            plain["steps"] = self.steps or DEFAULT_STEPS
        plain["encoder"] = None if self.encoder is None else self.encoder.name
        plain["start"] = None if self.start is None else Path(self.start).name
        return plain


DEFAULT_STEPS = 20_000
_RANGES: dict[str, tuple[float, float]] = {
    "steps": (1, 1 << 31),
    "seconds": (1e-3, 1e7),
    "batch": (1, 1 << 16),
    "crop": (32, 1024),
    "colors": (2, 1024),
    "smallest_crop": (0.05, 1),
    "skipped": (0, 0.9),
    "dropout": (0, 0.9),
    "rebalancing": (0, 1),
    "encoder_rate": (0, 1),
    "decoder_rate": (1e-9, 1),
    "weight_decay": (0, 1),
    "average": (0, 1),
    "held_out": (1, 1 << 20),
    "cache_gb": (0, 1 << 20),
    "seed": (0, (1 << 31) - 1),
}

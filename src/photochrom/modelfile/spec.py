"""What a model file says of itself: all that is needed to run it and to judge it."""

import json
from dataclasses import asdict, dataclass, field, fields
from math import isfinite, lcm
from typing import Any, Literal, Self, get_args

from photochrom.errors import ModelFileError, OptionError
from photochrom.modelfile.reliability import Reliability
from photochrom.palettes.palette import Palette

FORMAT = 1  # `confidence` came later, but before any release: no reader lacks it
LIGHTNESS_BINS = 20  # as the design asks; `metrics.baselines` fills them
LEAST_SIDE, MOST_SIDE = 16, 4096  # px that a user may ask for; beyond them nothing was ever seen
MOST_PIXELS = 1 << 24
MOST_COLORS = 4096  # as palette files may have
MOST_FACTOR = 1000.0  # on chroma or logits; what is far beyond would overflow
MOST_MULTIPLE = 1024  # px to which a side is filled up
Kind = Literal["palette", "rgb"]
Fit = Literal["aspect", "square", "native"]
Decode = Literal["annealed-mean", "argmax", "argmax-rgb", "rgb"]


@dataclass(frozen=True)
class WorkingSize:
    """The size at which the network sees a picture.

    Attributes
    ----------
    short_side : px; pictures are reduced to it by area, smaller ones are enlarged
    fit : "aspect" keeps the proportions; "square" squeezes to short_side x short_side, as the
        origin does; "native" leaves the size alone
    max_pixels : a cap on the area, so that a 10,000 x 20 strip still gives a result
    """

    short_side: int = 256
    fit: Fit = "aspect"
    max_pixels: int = 1 << 20

    def of(self, height: int, width: int) -> tuple[int, int]:
        """Return the working (height, width) of a picture, each at least 1."""
        if self.fit == "square":
            return self.short_side, self.short_side
        scale = 1.0 if self.fit == "native" else self.short_side / min(height, width)
        scale = min(scale, (self.max_pixels / (height * width)) ** 0.5)
        return max(1, round(height * scale)), max(1, round(width * scale))

    def with_short_side(self, px: int) -> "WorkingSize":
        """Return another short side, with the cap on the area moved along.

        The same shapes as before are then seen at the full short side. "native" becomes "aspect".

        Raises
        ------
        OptionError
            If `px` is below 16 or above 4096.
        """
        if not LEAST_SIDE <= px <= MOST_SIDE:
            raise OptionError(
                f"the working size must be {LEAST_SIDE} to {MOST_SIDE} px on the short side, "
                f"got {px}; the model's own is {self.short_side}"
            )
        cap = self.max_pixels * px * px // self.short_side**2
        fit: Fit = "square" if self.fit == "square" else "aspect"
        return WorkingSize(px, fit, min(max(cap, px * px), MOST_PIXELS))


@dataclass(frozen=True)
class TrainingSummary:
    """What the model was trained on and how it did on pictures it never saw.

    Attributes
    ----------
    pictures : number of training pictures, those held out for choices included
    data_hash : SHA-256 over the training pixels, hex
    held_out : "pictures" or "blocks": how the inner split was made
    mean_chroma : a*, b*: the training set's mean
    lightness_table : 20 pairs a*, b*: the mean chroma of each twentieth of lightness
    metrics : method -> metric -> value on the inner split, baselines among the methods
    options : what it was trained with, resolved
    """

    pictures: int
    data_hash: str
    held_out: str
    mean_chroma: tuple[float, float]
    lightness_table: tuple[tuple[float, float], ...]
    metrics: dict[str, dict[str, float]]
    options: dict[str, Any] = field(default_factory=dict)

    @property
    def chosen(self) -> str | None:
        """What a transfer chose, in words; None of other trainings."""
        chosen = self.options.get("chosen")
        words = chosen.get("words") if isinstance(chosen, dict) else None
        return words if isinstance(words, str) else None


@dataclass(frozen=True)
class ModelSpec:
    """The one description that travels inside a model file.

    Attributes
    ----------
    kind : "palette": the graph gives `logits`; "rgb": the graph gives `rgb`
    preset : the network's name
    version : photochrom's version that wrote it
    working : the size at which the network sees a picture
    palette : the colours of the logits; None where `kind` is "rgb"
    stride : px of the working picture to one cell of the output
    multiple : the input's height and width must be multiples of it; the runtime pads
    reach : px; an output depends on the input at most this far away, or None if on all of it.
        Lets the runtime work in tiles that equal the whole exactly.
    decode : how probabilities become colour if the user does not say; of no account where `kind`
        is "rgb"
    temperature : of the annealed mean
    gain : factor on the chroma of the annealed mean; more colour at less cost than a lower
        temperature
    training : what it was trained on
    licence : of the weights, SPDX or words
    confidence : how far its probabilities can be trusted; None where nothing was held out to find
        out, or `kind` is "rgb"
    """

    kind: Kind
    preset: str
    version: str
    working: WorkingSize
    palette: Palette | None = None
    stride: int = 1
    multiple: int = 1
    reach: int | None = None
    decode: Decode = "annealed-mean"
    temperature: float = 1.0
    gain: float = 1.0
    training: TrainingSummary | None = None
    licence: str | None = None
    confidence: Reliability | None = None

    def to_json(self) -> str:
        """Return canonical JSON: sorted keys, so that equal specs are equal bytes."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        plain["format"] = FORMAT
        plain["working"] = asdict(self.working)
        plain["palette"] = None if self.palette is None else self.palette.to_dict()
        plain["training"] = None if self.training is None else asdict(self.training)
        plain["confidence"] = None if self.confidence is None else asdict(self.confidence)
        return json.dumps(plain, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote; raise `ModelFileError` for anything else."""
        try:
            plain = json.loads(text)
            version = plain.pop("format")
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError) as error:
            raise ModelFileError(f"the model's description cannot be read: {error}") from error
        if version != FORMAT:
            raise ModelFileError(_other_version(version))
        return cls._from_plain(plain)

    @classmethod
    def _from_plain(cls, plain: dict[str, Any]) -> Self:
        try:
            plain["working"] = WorkingSize(**plain["working"])
            if plain.get("palette") is not None:
                plain["palette"] = Palette.from_dict(plain["palette"])
            if plain.get("training") is not None:
                plain["training"] = _summary(plain["training"])
            if plain.get("confidence") is not None:
                plain["confidence"] = Reliability.from_plain(plain["confidence"])
            spec = cls(**plain)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise ModelFileError(f"the model's description is not valid: {error}") from error
        _check(spec)
        return spec


def _other_version(version: object) -> str:
    if type(version) is int and version > FORMAT:
        return (
            f"it was written by a newer photochrom: its format is {version}, this one reads "
            f"{FORMAT}; run `pip install --upgrade photochrom`"
        )
    return f"its format is {version!r}, this photochrom reads {FORMAT}; train the model again"


def _summary(plain: dict[str, Any]) -> TrainingSummary:
    plain["mean_chroma"] = _pair(plain["mean_chroma"])
    plain["lightness_table"] = tuple(_pair(pair) for pair in plain["lightness_table"])
    plain["metrics"] = {
        str(method): {str(metric): float(value) for metric, value in row.items()}
        for method, row in plain["metrics"].items()
    }
    return TrainingSummary(**plain)


def _pair(numbers: Any) -> tuple[float, float]:
    a, b = (float(number) for number in numbers)
    if not (isfinite(a) and isfinite(b)):
        raise ValueError(f"a chroma of {a}, {b}")
    return a, b


def _check(spec: ModelSpec) -> None:
    summary = spec.training
    problems = [
        (spec.kind in ("palette", "rgb"), f"kind {spec.kind!r}"),
        ((spec.kind == "palette") == (spec.palette is not None), "palette and kind disagree"),
        (_is_text(spec.preset, spec.version, spec.licence or ""), "preset, version or licence"),
        (spec.working.fit in ("aspect", "square", "native"), f"fit {spec.working.fit!r}"),
        (_is_whole(spec.working.short_side, 1, 1 << 14), f"short side {spec.working.short_side}"),
        (
            _is_whole(spec.working.max_pixels, 1, MOST_PIXELS),
            f"max_pixels {spec.working.max_pixels}",
        ),
        (_is_whole(spec.stride, 1, 64), f"stride {spec.stride}"),
        (_is_whole(spec.multiple, 1, MOST_MULTIPLE), f"multiple {spec.multiple}"),
        (_has_unit(spec), f"multiple {spec.multiple} and stride {spec.stride} together"),
        (spec.palette is None or len(spec.palette) <= MOST_COLORS, "too many colours"),
        (spec.reach is None or _is_whole(spec.reach, 0, 1 << 14), f"reach {spec.reach}"),
        (spec.decode in get_args(Decode), f"decode {spec.decode!r}"),
        (_can_decode(spec), f"decode {spec.decode!r} for this kind of model"),
        (_is_bounded(spec.working), f"a square of {spec.working.short_side} px a side"),
        (summary is None or len(summary.lightness_table) == LIGHTNESS_BINS, "lightness table"),
        (_is_factor(spec.temperature), f"temperature {spec.temperature}"),
        (_is_factor(spec.gain), f"gain {spec.gain}"),
        (summary is None or _is_whole(summary.pictures, 0, 1 << 40), "number of pictures"),
        (spec.confidence is None or spec.kind == "palette", "confidence without a palette"),
        (summary is None or _is_text(summary.data_hash, summary.held_out), "training summary"),
    ]
    for right, what in problems:
        if not right:
            raise ModelFileError(f"the model's description is not valid: {what}")


def _can_decode(spec: ModelSpec) -> bool:
    if spec.decode == "rgb":
        return spec.kind == "rgb"
    return spec.decode != "argmax-rgb" or (
        spec.palette is not None and spec.palette.space == "srgb"
    )


def _is_bounded(working: WorkingSize) -> bool:
    """Whether a square has few enough pixels; what is no number is told elsewhere."""
    whole = type(working.short_side) is int and type(working.max_pixels) is int
    return working.fit != "square" or not whole or working.short_side**2 <= working.max_pixels


def _has_unit(spec: ModelSpec) -> bool:
    """Whether a side that both divide is not far; what is no number is told elsewhere."""
    whole = type(spec.multiple) is int and type(spec.stride) is int
    return not whole or lcm(spec.multiple, spec.stride) <= MOST_MULTIPLE


def _is_text(*values: object) -> bool:
    return all(isinstance(value, str) for value in values)


def _is_whole(value: object, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def _is_factor(value: object) -> bool:
    return type(value) in (int, float) and 0 <= value <= MOST_FACTOR  # type: ignore[operator]

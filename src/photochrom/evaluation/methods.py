"""Everything that can colour a gray picture here: models, and the guesses they must beat."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from photochrom._types import Float32, Labels, UInt8
from photochrom.color import codes as code_values
from photochrom.color import gamut, lab
from photochrom.color import gray as grays
from photochrom.evaluation import sureness
from photochrom.imageio import Picture
from photochrom.inference.colorizer import Colorizer
from photochrom.metrics import crossentropy
from photochrom.metrics.baselines import Baselines
from photochrom.metrics.nearness import Seen
from photochrom.modelfile.spec import Decode, ModelSpec, TrainingSummary
from photochrom.palettes import labels
from photochrom.palettes.palette import Palette

_ROWS = 256  # rows at a time, so that no float copy of a large picture is made
GRAY = "gray"
MEAN = "mean chroma"
TABLE = "lightness table"


@dataclass(frozen=True, eq=False)
class Method:
    """A way to colour a picture, with what the report says of it.

    Attributes
    ----------
    name : unique among the methods of an evaluation
    kind : "baseline" or "model"
    colorize : (h, w) gray code values -> (h, w, 3) code values
    cross_entropy : gray and truth -> nats; None where there is no palette
    against : name of the lightness table to compare with
    palette : of the model
    details : facts in words
    sure : gray, result and truth -> how sure the model was; None where it cannot tell
    """

    name: str
    kind: Literal["baseline", "model"]
    colorize: Callable[[UInt8], UInt8]
    cross_entropy: Callable[[UInt8, UInt8], float] | None = None
    against: str | None = None
    palette: Palette | None = None
    details: tuple[tuple[str, str], ...] = ()
    sure: Callable[[UInt8, UInt8, UInt8], Seen] | None = None


def to_gray(rgb: UInt8) -> UInt8:
    """Return the black-and-white picture (h, w) that has the luminance of `rgb` (h, w, 3)."""
    strips = [
        np.rint(grays.from_srgb(rgb[start : start + _ROWS].astype(np.float32) / 255) * 255)
        for start in range(0, len(rgb), _ROWS)
    ]
    return np.concatenate(strips).astype(np.uint8)


def gray(*, against: str | None) -> Method:
    """Return the method that leaves the picture as it is."""
    return Method(GRAY, "baseline", _repeat, against=against)


def baselines(summary: TrainingSummary, suffix: str = "") -> list[Method]:
    """Return the mean chroma and the lightness table of a training set."""
    known = Baselines.of_tuples(summary.mean_chroma, summary.lightness_table)
    mean, table = _painter(known.constant), _painter(known.from_lightness)
    return [
        Method(MEAN + suffix, "baseline", mean, against=TABLE + suffix),
        Method(TABLE + suffix, "baseline", table),
    ]


def model(
    name: str,
    colorizer: Colorizer,
    against: str | None,
    *,
    decode: Decode | None = None,
    vividness: float | None = None,
) -> Method:
    """Return a model file as a method."""

    def colorize(codes: UInt8) -> UInt8:
        picture = Picture(codes[..., None])
        result = colorizer.colorize(picture, decode=decode, vividness=vividness)
        return result.pixels.astype(np.uint8, copy=False)

    def cross_entropy(codes: UInt8, truth: UInt8) -> float:
        logits = colorizer.logits(_lightness(codes))
        height, width = logits.shape[:2]
        return crossentropy.mean(logits, _labels(truth, spec.palette, height, width))

    def sure(codes: UInt8, result: UInt8, truth: UInt8) -> Seen:
        picture = Picture(codes[..., None])
        told = colorizer.confidence(picture, decode=decode, vividness=vividness)
        return sureness.of_pixels(told, result, truth)

    spec = colorizer.spec
    entropy = cross_entropy if spec.kind == "palette" else None
    facts = _details(spec, decode or spec.decode)
    can_tell = spec.palette is not None and (decode or spec.decode) != "argmax-rgb"
    own = sure if can_tell else None
    return Method(name, "model", colorize, entropy, against, spec.palette, facts, own)


def _repeat(codes: UInt8) -> UInt8:
    return np.repeat(codes[..., None], 3, axis=2)


def _painter(chroma_of: Callable[[Float32], Float32]) -> Callable[[UInt8], UInt8]:
    """Turn lightness -> chroma into gray -> colour, by strips."""

    def paint(codes: UInt8) -> UInt8:
        result = np.empty((*codes.shape, 3), np.uint8)
        for start in range(0, len(codes), _ROWS):
            rows = slice(start, start + _ROWS)
            lightness = _lightness(codes[rows])
            rgb = gamut.to_srgb(lightness, chroma_of(lightness))
            result[rows] = np.rint(rgb * 255)
        return result

    return paint


def _lightness(codes: UInt8) -> Float32:
    return code_values.lightness(codes[..., None])


def _labels(truth: UInt8, palette: Palette | None, height: int, width: int) -> Labels:
    """Return the nearest palette colour of the truth on the network's grid."""
    if palette is None:  # a model file of the kind "palette" always has one
        raise TypeError("a model without palette has no labels")
    small = cv2.resize(truth, (width, height), interpolation=cv2.INTER_AREA)
    rgb = small.astype(np.float32).reshape(height, width, 3)
    if palette.space == "srgb":
        return labels.nearest(rgb, palette)
    return labels.nearest(lab.from_srgb(rgb / 255)[..., 1:], palette)


def _details(spec: ModelSpec, decode: Decode) -> tuple[tuple[str, str], ...]:
    facts = [("preset", spec.preset), ("decode", str(decode))]
    if spec.palette is not None:
        facts.append(("palette", f"{len(spec.palette)} colours, {spec.palette.space}"))
    if spec.training is not None:
        facts.append(("trained on", f"{spec.training.pictures} pictures"))
        facts.append(("chosen by held-out", spec.training.held_out))
    return tuple(facts)

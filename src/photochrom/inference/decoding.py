"""From what a network gives to chroma or colour on its grid, by the options of the user."""

from collections.abc import Callable

import numpy as np

from photochrom._types import Float32, Floats
from photochrom.color import lab
from photochrom.errors import OptionError
from photochrom.modelfile.spec import Decode, ModelSpec
from photochrom.palettes import decode as decoding
from photochrom.palettes.handover import Handover, distinct, soft
from photochrom.palettes.palette import Palette

_BAND = 1 << 15  # cells at a time: 8 MB for 64 colours, where a whole grid may have a million


def resolve(spec: ModelSpec, decode: Decode | None, vividness: float | None) -> Decode | None:
    """Return the decode to use: the user's, else the model's; None keeps a*b* of an `rgb` model.

    Raises
    ------
    OptionError
        If the options clash with each other or with the kind of model.
    """
    if spec.kind == "rgb":
        if vividness is not None:
            raise OptionError("vividness needs a palette model; this one predicts colours directly")
        if decode not in (None, "rgb"):
            raise OptionError(f"decode {decode!r} needs a palette model; this one allows 'rgb'")
        return decode
    chosen = decode or ("annealed-mean" if vividness is not None else spec.decode)
    if chosen not in ("annealed-mean", "argmax", "argmax-rgb"):
        raise OptionError(
            f"decode must be 'annealed-mean', 'argmax' or 'argmax-rgb' here, got {chosen!r}"
        )
    if vividness is not None and chosen != "annealed-mean":
        raise OptionError(f"vividness belongs to the annealed mean, not to decode {chosen!r}")
    if vividness is not None:
        decoding.gain_from_vividness(vividness)
    if chosen == "argmax-rgb" and spec.palette is not None and spec.palette.space != "srgb":
        raise OptionError("argmax-rgb needs an srgb palette; this model's holds a*b* alone")
    return chosen


def to_chroma(
    output: Float32,
    spec: ModelSpec,
    decode: Decode | None,
    vividness: float | None,
    palette: Palette | None,
) -> Float32:
    """Return a* and b* (h', w', 2) of the network's output (k or 3, h', w')."""
    if palette is None or decode is None:
        return _by_bands(output, 2, _chroma)
    if decode == "argmax":
        return _by_bands(output, 2, lambda logits: decoding.argmax_chroma(logits, palette))
    knob = 1.0 if vividness is None else decoding.gain_from_vividness(vividness)
    gain, temperature = np.float32(spec.gain * knob), spec.temperature
    return _by_bands(
        output, 2, lambda logits: gain * decoding.annealed_mean(logits, palette, temperature)
    )


def to_palette(
    output: Float32,
    spec: ModelSpec,
    decode: Decode | None,
    vividness: float | None,
    palette: Palette,
) -> Float32:
    """Return a* and b* (h', w', 2) mixed of another palette's colours.

    A model that predicts RGB is taken as sure of its one colour.
    """
    if spec.palette is None:
        found = distinct(palette)
        colors = found.chroma.astype(np.float32)
        return _by_bands(output, 2, lambda rgb: soft(_chroma(rgb), found) @ colors, len(found))
    knob = 1.0 if vividness is None else decoding.gain_from_vividness(vividness)
    by_argmax = decode == "argmax"
    hand = Handover.of(spec.palette, palette, gain=1.0 if by_argmax else spec.gain * knob)
    temperature = 0.0 if by_argmax else spec.temperature

    def mixed(logits: Floats) -> Floats:
        return decoding.annealed_mean(hand.logits(logits), hand.palette, temperature)

    return _by_bands(output, 2, mixed, len(hand.palette))


def to_rgb(output: Float32, palette: Palette | None) -> Float32:
    """Return encoded sRGB (h', w', 3) of the network's output: input lightness is lost."""
    if palette is None:
        return np.ascontiguousarray(np.moveaxis(output, 0, -1))
    return _by_bands(output, 3, lambda logits: decoding.argmax_rgb(logits, palette))


def _chroma(rgb: Float32) -> Floats:
    return lab.from_srgb(rgb)[..., 1:]


def _by_bands(
    output: Float32, channels: int, decode: Callable[[Float32], Floats], colors: int = 64
) -> Float32:
    _, height, width = output.shape
    result = np.empty((height, width, channels), dtype=np.float32)
    rows = max(1, _BAND * 64 // (width * max(colors, 64)))
    for top in range(0, height, rows):
        band = np.ascontiguousarray(np.moveaxis(output[:, top : top + rows], 0, -1))
        result[top : top + rows] = decode(band)
    return result

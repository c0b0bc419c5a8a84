"""Encoded gray: what a black-and-white picture file holds, 0..1."""

from photochrom._types import Floats
from photochrom.color import lab, srgb

_ORIGIN_LUMA = (0.21, 0.72, 0.07)  # red, green, blue; of the origin system, on encoded values


def from_srgb(rgb: Floats) -> Floats:
    """Return the encoded gray (...) that has the luminance of `rgb` (..., 3, encoded sRGB)."""
    return from_lightness(lab.lightness_from_srgb(rgb))


def from_lightness(lightness: Floats) -> Floats:
    """Return the encoded gray, 0..1, of L* (0..100), any shape."""
    return srgb.encode(lab.luminance_from_lightness(lightness))


def to_lightness(gray: Floats) -> Floats:
    """Return L*, 0..100, of encoded gray (0..1), any shape."""
    return lab.lightness_from_luminance(srgb.decode(gray))


def origin_luma(rgb: Floats) -> Floats:
    """Return the origin system's gray (...) of encoded sRGB (..., 3).

    A weighted mean of *encoded* values: for grays the same as `from_srgb`, for saturated colours
    not. Kept for its training protocol alone.
    """
    red, green, blue = _ORIGIN_LUMA
    luma: Floats = red * rgb[..., 0] + green * rgb[..., 1] + blue * rgb[..., 2]
    return luma.astype(rgb.dtype, copy=False)

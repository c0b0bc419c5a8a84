"""Peak signal-to-noise ratio. It rewards dullness: a gray guess is never far off."""

import math

import numpy as np

from photochrom._types import Floats, UInt8
from photochrom.errors import ShapeError

PEAK_RGB = 255.0
PEAK_CHROMA = 255.0
"""The span of a* and b* in 8-bit files (-128..127). Papers differ in it and seldom say which they
took: with 220 in its place, the span within sRGB, every figure would be 1.28 dB lower."""

CEILING = 100.0
"""dB, the most that one picture may count in a mean. Equal pictures have an infinite ratio: one of
them would hide all others, and the difference of two of them is not a number. A megapixel with
three code values off by one has 108 dB, so nothing of interest lies above."""

_ROWS = 256  # rows at a time, so that no second copy of a large picture is made


def rgb(rgb_a: UInt8, rgb_b: UInt8) -> float:
    """Return the ratio, dB, of two pictures of one shape, code values 0..255; equal: infinite."""
    _same(rgb_a.shape, rgb_b.shape)
    total = 0
    for start in range(0, len(rgb_a), _ROWS):
        rows = slice(start, start + _ROWS)
        error = rgb_a[rows].astype(np.int32) - rgb_b[rows]
        total += int((error * error).sum(dtype=np.int64))
    return from_squared_error(total / rgb_a.size, PEAK_RGB)


def chroma(lab_a: Floats, lab_b: Floats) -> float:
    """Return the ratio, dB, of a* and b* alone of two (..., 3) L*a*b* arrays; see PEAK_CHROMA."""
    _same(lab_a.shape, lab_b.shape)
    error = (lab_a[..., 1:] - lab_b[..., 1:]).astype(np.float64)
    return from_squared_error(float(np.mean(error * error)), PEAK_CHROMA)


def from_squared_error(squared_error: float, peak: float) -> float:
    """Return the ratio, dB, of a mean squared error; infinite for none."""
    if squared_error == 0:
        return math.inf
    return 10 * math.log10(peak * peak / squared_error)


def for_mean(ratio: float) -> float:
    """Return what a picture's ratio counts in a mean: at most CEILING."""
    return min(ratio, CEILING)


def _same(shape_a: tuple[int, ...], shape_b: tuple[int, ...]) -> None:
    if shape_a != shape_b or 0 in shape_a:
        raise ShapeError(f"two pictures of one shape are needed, got {shape_a} and {shape_b}")

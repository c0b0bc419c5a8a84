"""From full size down to the working size, in L*, without a full-size array of floats."""

from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np

from photochrom._types import Codes, Float32
from photochrom.color import codes
from photochrom.filters.resize import resize_across
from photochrom.inference.field import Guess
from photochrom.inference.parallel import for_each

Run: TypeAlias = Callable[[Float32], Float32]
"""From L* (h, w) at the working size to a network's output (k or 3, h', w')."""

_STRIP = 1 << 16  # px; 256 KB a plane of floats, so that a strip stays in the cache
# Where at least four pixels a side remain to be averaged in L*, pairs may be averaged as codes
# before: 0.02 to 0.08 L* on average, on large photographs, and a third of the time.
_LEFT_TO_AVERAGE = 4


def reduce_codes(pixels: Codes, size: tuple[int, int], *, threads: int | None = None) -> Float32:
    """Return the working lightness of code values: `resize` of `codes.lightness`, by strips.

    Parameters
    ----------
    pixels : (h, w, 1) or (h, w, 3), 8 or 16 bit
    size : working (height, width)
    threads : strips at work at once; None for one a core
    """
    by = _shrink(pixels, size)
    height, width = (length // by for length in pixels.shape[:2])
    narrow = np.empty((height, size[1]), dtype=np.float32)
    rows = max(1, _STRIP // width)

    def work(top: int) -> None:
        bottom = min(top + rows, height)
        strip = _shrunk(pixels[top * by : bottom * by, : width * by], by)
        narrow[top:bottom] = resize_across(codes.lightness(strip), size[1])

    for_each(work, range(0, height, rows), threads)
    return resize_across(narrow.T, size[0]).T


def _shrink(pixels: Codes, size: tuple[int, int]) -> int:
    """Return 2 where pairs of pixels may be averaged first, else 1."""
    whole = zip(pixels.shape[:2], size, strict=True)
    return 2 if all(length >= 2 * _LEFT_TO_AVERAGE * wanted for length, wanted in whole) else 1


def _shrunk(strip: Codes, by: int) -> Codes:
    if by == 1:
        return strip
    height, width, channels = strip.shape
    half = cv2.resize(strip, (width // by, height // by), interpolation=cv2.INTER_AREA)
    shrunk: Codes = np.asarray(half).reshape(height // by, width // by, channels)  # type: ignore[assignment]
    return shrunk


def to_grid(plane: Float32, stride: int) -> Float32:
    """Return the means (ceil(h / stride), ceil(w / stride)) of a working picture's cells."""
    if stride == 1:
        return plane
    below, right = (-length % stride for length in plane.shape)
    padded = np.pad(plane, ((0, below), (0, right)), mode="edge")
    height, width = (length // stride for length in padded.shape)
    cells = padded.reshape(height, stride, width, stride)
    means: Float32 = cells.mean(axis=(1, 3), dtype=np.float32)
    return means


def guessed(
    run: Run, stride: int, pixels: Codes, size: tuple[int, int], *, threads: int | None = None
) -> Guess:
    """Return what a network says of a picture.

    Parameters
    ----------
    run : the network, from L* (h, w) at the working size to its output
    stride : px of the working picture to a cell
    pixels : (h, w, 1) or (h, w, 3), 8 or 16 bit
    size : working (height, width)
    threads : strips at work at once; None for one a core
    """
    small = reduce_codes(pixels, size, threads=threads)
    return Guess(run(small), to_grid(small, stride), (size[0] / stride, size[1] / stride))

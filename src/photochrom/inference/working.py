"""From full size down to the working size, in L*, without a full-size array of floats."""

import numpy as np

from photochrom._types import Codes, Float32
from photochrom.color import codes
from photochrom.filters.resize import resize_across
from photochrom.inference.parallel import for_each

_STRIP = 1 << 16  # px; 256 KB a plane of floats, so that a strip stays in the cache


def reduce_codes(pixels: Codes, size: tuple[int, int], *, threads: int | None = None) -> Float32:
    """Return the working lightness of code values: `resize` of `codes.lightness`, by strips.

    Parameters
    ----------
    pixels : (h, w, 1) or (h, w, 3), 8 or 16 bit
    size : working (height, width)
    threads : strips at work at once; None for one a core
    """
    height, width = pixels.shape[:2]
    narrow = np.empty((height, size[1]), dtype=np.float32)
    rows = max(1, _STRIP // width)

    def work(top: int) -> None:
        strip = codes.lightness(pixels[top : top + rows])
        narrow[top : top + rows] = resize_across(strip, size[1])

    for_each(work, range(0, height, rows), threads)
    return resize_across(narrow.T, size[0]).T


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

"""From full size down to the working size, in L*, without a full-size array of floats."""

import cv2
import numpy as np

from photochrom._types import Codes, Float32
from photochrom.color import codes
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
        narrow[top : top + rows] = _across(strip, size[1])

    for_each(work, range(0, height, rows), threads)
    return _across(narrow.T, size[0]).T


def resize(plane: Float32, size: tuple[int, int]) -> Float32:
    """Resize (h, w): by area along an axis that shrinks, bilinear along one that grows."""
    return _across(_across(plane, size[1]).T, size[0]).T


def _across(plane: Float32, width: int) -> Float32:
    if plane.shape[1] == width:
        return plane
    how = cv2.INTER_AREA if width < plane.shape[1] else cv2.INTER_LINEAR
    whole = np.ascontiguousarray(plane, dtype=np.float32)
    resized = cv2.resize(whole, (width, plane.shape[0]), interpolation=how)
    return np.asarray(resized, dtype=np.float32)


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

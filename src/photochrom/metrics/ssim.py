"""Structural similarity."""

import cv2
import numpy as np

from photochrom._types import Float32, Floats, UInt8
from photochrom.errors import ShapeError

_SIGMA = 1.5  # px, of the Gaussian window; here and below as in Wang et al.
_RADIUS = 5  # px, an 11 x 11 window
_C1 = (0.01 * 255) ** 2
_C2 = (0.03 * 255) ** 2
_ROWS = 512  # rows at a time: the maps of a 12-megapixel picture would take 250 MB a channel


def rgb(rgb_a: UInt8, rgb_b: UInt8) -> float:
    """Return the mean structural similarity of two pictures over R, G and B.

    Windows that would reach over the border are left out; a picture with a side under 11 px has
    no others, so there its border is mirrored.

    Parameters
    ----------
    rgb_a, rgb_b : (h, w, 3), code values 0..255

    Returns
    -------
    similarity : -1..1, 1 for equal pictures

    Raises
    ------
    ShapeError
        If the shapes differ.

    References
    ----------
    Wang, Bovik, Sheikh and Simoncelli, "Image Quality Assessment: From Error Visibility to
    Structural Similarity", IEEE Trans. Image Processing 13(4), 2004.
    """
    if rgb_a.shape != rgb_b.shape or rgb_a.ndim != 3 or 0 in rgb_a.shape:
        raise ShapeError(f"two (h, w, 3) pictures are needed, got {rgb_a.shape} and {rgb_b.shape}")
    height, width = rgb_a.shape[:2]
    if min(height, width) <= 2 * _RADIUS:
        return float(np.mean(_map(rgb_a, rgb_b)))
    total = 0.0
    for start in range(_RADIUS, height - _RADIUS, _ROWS):
        stop = min(start + _ROWS, height - _RADIUS)
        rows = slice(start - _RADIUS, stop + _RADIUS)  # the windows of the strip, whole
        found = _map(rgb_a[rows], rgb_b[rows])[_RADIUS:-_RADIUS, _RADIUS:-_RADIUS]
        total += float(found.sum(dtype=np.float64))
    inner = (height - 2 * _RADIUS) * (width - 2 * _RADIUS)
    return total / float(inner * rgb_a.shape[2])


def _map(codes_a: UInt8, codes_b: UInt8) -> Floats:
    a, b = codes_a.astype(np.float32), codes_b.astype(np.float32)
    mean_a, mean_b = _blur(a), _blur(b)
    var_a = _blur(a * a) - mean_a**2
    var_b = _blur(b * b) - mean_b**2
    shared = _blur(a * b) - mean_a * mean_b
    luminance = (2 * mean_a * mean_b + _C1) / (mean_a**2 + mean_b**2 + _C1)
    found: Floats = luminance * (2 * shared + _C2) / (var_a + var_b + _C2)
    return found


def _blur(values: Float32) -> Float32:
    size = (2 * _RADIUS + 1, 2 * _RADIUS + 1)
    blurred = cv2.GaussianBlur(values, size, _SIGMA, borderType=cv2.BORDER_REFLECT_101)
    return np.asarray(blurred, dtype=np.float32).reshape(values.shape)

"""How colourful a picture looks. It rewards guessing: any strong colour counts, right or wrong."""

import math

import numpy as np

from photochrom._types import UInt8
from photochrom.errors import ShapeError

_ROWS = 256  # rows at a time, so that no second copy of a large picture is made


def measure(rgb: UInt8) -> float:
    """Return the colourfulness M of a picture.

    Parameters
    ----------
    rgb : (h, w, 3), code values 0..255

    Returns
    -------
    colourfulness : 0 for gray, about 15 slightly, 33 moderately, 59 quite, 109 extremely colourful

    Raises
    ------
    ShapeError
        If it is not (h, w, 3).

    References
    ----------
    Hasler and Suesstrunk, "Measuring Colourfulness in Natural Images", SPIE 5007, 2003.
    """
    if rgb.ndim != 3 or rgb.shape[-1] != 3 or rgb.size == 0:
        raise ShapeError(f"a (h, w, 3) picture is needed, got {rgb.shape}")
    sums = np.zeros((2, 2), dtype=np.int64)  # exact: code values are whole numbers
    for start in range(0, len(rgb), _ROWS):
        red, green, blue = np.moveaxis(rgb[start : start + _ROWS].astype(np.int32), -1, 0)
        opponents = (red - green, red + green - 2 * blue)
        sums += [
            [axis.sum(dtype=np.int64), (axis * axis).sum(dtype=np.int64)] for axis in opponents
        ]
    pixels = rgb.shape[0] * rgb.shape[1]
    (mean_rg, square_rg), (mean_yb, square_yb) = sums / pixels
    mean_yb, square_yb = mean_yb / 2, square_yb / 4
    spread = max(square_rg - mean_rg**2, 0) + max(square_yb - mean_yb**2, 0)
    return math.sqrt(spread) + 0.3 * math.hypot(mean_rg, mean_yb)

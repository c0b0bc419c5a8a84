"""Notice a picture that is in colour already."""

from typing import Any

import cv2
import numpy as np

from photochrom._types import Codes, UInt8
from photochrom.imageio.depth import to_eight_bits
from photochrom.inference.kinds import as_picture
from photochrom.metrics import tint

_ENOUGH = 1 << 18  # px; of more, some are picked before the rest is averaged


def is_colored(picture: Any) -> bool:
    """Say whether a picture is in colour, rather than black-and-white or toned.

    Sepia, cyanotypes, yellowed paper and split toning have one colour for each lightness and count
    as black-and-white. So do colour photographs of which the same is true: snow under a blue sky.
    Hand-coloured ones count as coloured where the paint is plain to see.

    Parameters
    ----------
    picture : path, bytes, `Picture`, Pillow image or array, as `Colorizer.colorize` takes it
    """
    pixels = as_picture(picture).pixels
    return pixels.shape[2] == 3 and tint.is_colored(_small(pixels))


def _small(pixels: Codes) -> UInt8:
    area = pixels.shape[0] * pixels.shape[1]
    picked = _resized(pixels, (_ENOUGH / area) ** 0.5, cv2.INTER_NEAREST)
    eight = to_eight_bits(picked)
    scale = tint.SIDE / (eight.shape[0] * eight.shape[1]) ** 0.5
    return np.asarray(_resized(eight, scale, cv2.INTER_AREA), dtype=np.uint8)


def _resized(pixels: Codes, scale: float, how: int) -> Codes:
    """Reduce (h, w, 3); at a scale of 1 and above leave it alone."""
    if scale >= 1:
        return pixels
    size = [max(1, round(side * scale)) for side in pixels.shape[1::-1]]
    reduced: Any = cv2.resize(pixels, size, interpolation=how)  # the same type comes back
    codes: Codes = reduced
    return codes

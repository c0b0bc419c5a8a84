"""The chroma of another coloured version of the same picture, on our lightness."""

import cv2
import numpy as np

from photochrom._types import Codes, Float32
from photochrom.color import lab
from photochrom.errors import OptionError
from photochrom.filters.align import Alignment, align, laid
from photochrom.inference import working
from photochrom.inference.field import Field
from photochrom.inference.references.reference import Reference
from photochrom.modelfile.spec import WorkingSize

SIDE = 512  # px of the shorter side; chroma has no more detail than that
_MOST = 1 << 20  # px, of strips
# Correlation of local contrast. 143 pairs of a picture with a version of itself, shifted by up to
# 3 %, scaled by 4 %, turned by 1 degree, with other tones, grain, and as JPEG: 0.56 to 0.98. As
# many with another picture of the same domain: 0.23 at most. See benchmarks/chroma_from.py.
SAME = 0.38


def borrow(pixels: Codes, version: Reference, *, threads: int | None = None) -> Field:
    """Return the chroma of a version as a field of the picture.

    Parameters
    ----------
    pixels : (h, w, 1) or (h, w, 3) code values
    version : of the same picture: any size, slightly shifted, scaled or turned
    threads : strips at work at once; None for one a core

    Raises
    ------
    OptionError
        If it is evidently another picture.
    """
    size = _size(pixels, version)
    guide = working.reduce_codes(pixels, size, threads=threads)
    there = _resized(version, size)
    alignment = align(np.ascontiguousarray(there[..., 0]), guide)
    _check(alignment)
    chroma = [laid(np.ascontiguousarray(there[..., axis]), alignment.matrix) for axis in (1, 2)]
    return Field.of(np.stack(chroma, axis=-1), guide, (float(size[0]), float(size[1])))


def _size(pixels: Codes, version: Reference) -> tuple[int, int]:
    """Return the grid: ours in shape, no finer than either picture."""
    height, width = pixels.shape[:2]
    side = min(SIDE, height, width, *version.rgb.shape[:2])
    return WorkingSize(side, max_pixels=_MOST).of(height, width)


def _resized(version: Reference, size: tuple[int, int]) -> Float32:
    """Return L*a*b* (h, w, 3)."""
    reduced = cv2.resize(version.rgb, size[::-1], interpolation=cv2.INTER_AREA)
    rgb = reduced.astype(np.float32).reshape(*size, 3) / np.float32(255)
    return np.asarray(lab.from_srgb(rgb), dtype=np.float32)


def _check(alignment: Alignment) -> None:
    if alignment.correlation < SAME:
        raise OptionError(
            "chroma_from is another picture: its edges agree with this one's by "
            f"{max(0.0, alignment.correlation):.2f}, the same picture has at least {SAME}; take a "
            "coloured version of this very picture, uncropped, or use it as a reference"
        )

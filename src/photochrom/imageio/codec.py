"""The one door to libvips.

Loaders and savers are called by name, never by file name: libvips would read options out of a
name such as `scan[page=2].tif`, and choose among loaders we do not want.
"""

import numpy as np
import pyvips
from pyvips import Error, GValue, Image, Source

from photochrom._types import Codes

# A colorizer never asks for the same operation twice; libvips would keep whole pictures for it.
pyvips.cache_set_max(0)
# Only loaders that libvips deems fit for hostile files (JPEG, PNG, TIFF and WebP are).
pyvips.block_untrusted_set(True)

# EXIF is written by `containers`; the other bits are XMP, IPTC, ICC, the rest and gain maps.
KEEP_ALL_BUT_EXIF = pyvips.enums.ForeignKeep.ALL & ~pyvips.enums.ForeignKeep.EXIF

__all__ = ["KEEP_ALL_BUT_EXIF", "Error", "GValue", "Image", "Source", "first_line", "from_codes"]


def first_line(error: Exception) -> str:
    """What libvips says went wrong, without the call and the lines that repeat it."""
    detail = str(getattr(error, "detail", "") or error)
    lines = [line.strip() for line in detail.splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__


def from_codes(codes: Codes) -> Image:
    """Give libvips an array (h, w, 1 to 4), gray or RGB with or without alpha, without a copy."""
    height, width, bands = codes.shape
    wide = codes.dtype == np.uint16
    names = ("grey16", "rgb16") if wide else ("b-w", "srgb")
    image = Image.new_from_memory(
        np.ascontiguousarray(codes), width, height, bands, "ushort" if wide else "uchar"
    )
    return image.copy(interpretation=names[bands > 2])

"""The one door to libvips.

Loaders and savers are called by name, never by file name: libvips would read options out of a
name such as `scan[page=2].tif`, and choose among loaders we do not want.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pyvips
from pyvips import Error, GValue, Image, Source, ffi, vips_lib

from photochrom._types import Codes

# A colorizer never asks for the same operation twice; libvips would keep whole pictures for it.
pyvips.cache_set_max(0)
# Only loaders that libvips deems fit for hostile files (JPEG, PNG, TIFF and WebP are). Others are
# never called either; but a program around us may use them, so they are not all blocked.
pyvips.block_untrusted_set(True)

# EXIF is written by `containers`; the other bits are XMP, IPTC, ICC, the rest and gain maps.
KEEP_ALL_BUT_EXIF = pyvips.enums.ForeignKeep.ALL & ~pyvips.enums.ForeignKeep.EXIF

__all__ = [
    "KEEP_ALL_BUT_EXIF",
    "Error",
    "GValue",
    "Image",
    "Source",
    "complaints",
    "first_line",
    "forget_complaints",
    "from_codes",
    "heard",
    "lines",
]


def lines(error: Error) -> list[str]:
    """What libvips says went wrong, a line each, without the call; of PNG it often says nothing."""
    return _split(str(error.detail or ""))


def first_line(error: Error) -> str:
    """The first thing that libvips says went wrong."""
    return (lines(error) or ["its decoder gives no reason"])[0]


@contextmanager
def heard() -> Iterator[list[str]]:
    """Gather the warnings within the block; there libpng says why it gives up. Of all threads."""
    logger, listener = logging.getLogger("pyvips"), _Listener(logging.WARNING)
    logger.addHandler(listener)
    try:
        yield listener.said
    finally:
        logger.removeHandler(listener)


_OF_LIBVIPS = ("error in tile", "read gave")  # where something failed, not why


class _Listener(logging.Handler):
    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        words = record.getMessage().partition(": ")[2]  # behind the name of the library
        # With a line end, or empty, it is all that was complained of, told when a decoder ends.
        if words and not words.endswith("\n") and not words.startswith(_OF_LIBVIPS):
            self.said.append(words)


def complaints() -> list[str]:
    """What decoders complained of, and went on, since `forget_complaints` or the last error.

    Of all threads: libvips has one place for it.
    """
    return _split(ffi.string(vips_lib.vips_error_buffer()).decode(errors="replace"))


def forget_complaints() -> None:
    """Begin anew, so that `complaints` tells what comes after."""
    vips_lib.vips_error_clear()


def _split(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def from_codes(codes: Codes) -> Image:
    """Give libvips an array (h, w, 1 to 4), gray or RGB with or without alpha, without a copy."""
    height, width, bands = codes.shape
    wide = codes.dtype == np.uint16
    names = ("grey16", "rgb16") if wide else ("b-w", "srgb")
    image = Image.new_from_memory(
        np.ascontiguousarray(codes), width, height, bands, "ushort" if wide else "uchar"
    )
    return image.copy(interpretation=names[bands > 2])

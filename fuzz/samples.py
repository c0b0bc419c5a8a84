"""Small pictures in every dialect of the four formats that libvips writes, with metadata."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyvips

from fuzz import seeds
from photochrom.imageio import Picture, encode_image

HEIGHT, WIDTH = 24, 32  # px: small enough for a thousand pictures a minute
_TIFF: tuple[dict[str, object], ...] = (
    {"compression": "none"},
    {"compression": "lzw"},
    {"compression": "deflate"},
    {"compression": "packbits"},
    {"compression": "jpeg"},
    {"tile": True, "tile_width": 16, "tile_height": 16},
    {"bigtiff": True},
    {"pyramid": True, "tile": True, "tile_width": 16, "tile_height": 16},
    {"bitdepth": 1, "compression": "ccittfax4"},
    {"predictor": "none", "compression": "lzw"},
)
_JPEG: tuple[dict[str, object], ...] = (
    {"interlace": True},
    {"subsample_mode": "on"},
    {"optimize_coding": True, "Q": 30},
    {"restart_interval": 2},
)
_PNG: tuple[dict[str, object], ...] = (
    {"interlace": True},
    {"bitdepth": 1},
    {"bitdepth": 4},
    {"palette": True, "filter": "all"},
)
_WEBP: tuple[dict[str, object], ...] = ({"lossless": True}, {"Q": 40}, {"near_lossless": True})


def samples() -> Iterator[bytes]:
    """Files that are read without complaint."""
    yield from _with_metadata()
    color, gray = _image(3), _image(1)
    for options in _TIFF:
        yield bytes((gray if "bitdepth" in options else color).tiffsave_buffer(**options))
    for options in _JPEG:
        yield bytes(color.jpegsave_buffer(**options))
    for options in _PNG:
        yield bytes((color if "palette" in options else gray).pngsave_buffer(**options))
    for options in _WEBP:
        yield bytes(color.webpsave_buffer(**options))
    yield from _of_other_spaces(color)


def _with_metadata() -> Iterator[bytes]:
    for file_format in ("jpeg", "png", "tiff", "webp"):
        kept = replace(seeds.kept(file_format), profile=bytes(pyvips.Image.profile_load("p3")))
        for channels in (1, 3):
            pixels = _codes(channels)
            alpha = None if file_format == "jpeg" else pixels[..., 0]
            yield encode_image(Picture(pixels, alpha, replace(kept, convert=True)), file_format)
    for file_format in ("png", "tiff"):
        yield encode_image(Picture(_codes(3).astype(np.uint16) * 257), file_format)


def _of_other_spaces(color: pyvips.Image) -> Iterator[bytes]:
    inks = color.colourspace("cmyk")
    yield bytes(inks.jpegsave_buffer(profile="cmyk"))
    yield bytes(inks.tiffsave_buffer(compression="lzw"))
    pages = color.join(color.invert(), "vertical").copy()
    pages.set_type(pyvips.GValue.gint_type, "page-height", HEIGHT)
    yield bytes(pages.webpsave_buffer())
    yield bytes(pages.tiffsave_buffer())


def _codes(channels: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """A ramp with some noise, so that encoders have something to encode."""
    rng = np.random.default_rng(0)
    ramp = np.linspace(20, 220, HEIGHT * WIDTH * channels).reshape(HEIGHT, WIDTH, channels)
    return (ramp + rng.normal(0, 12, ramp.shape)).clip(0, 255).astype(np.uint8)


def _image(channels: int) -> pyvips.Image:
    return pyvips.Image.new_from_array(_codes(channels)).cast("uchar")

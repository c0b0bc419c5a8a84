"""Swatches as pictures: a block a colour, to be seen anywhere; PNG."""

import struct
import zlib

import cv2
import numpy as np

from photochrom._types import UInt8
from photochrom.errors import PaletteError
from photochrom.palettes import swatch
from photochrom.palettes.formats.sheet import Sheet, palette_of
from photochrom.palettes.formats.words import Words
from photochrom.palettes.palette import Palette

MOST_COLORS = 256  # a photograph of 100 x 100 px has thousands, a chart of paints 200
MOST_PIXELS = 1 << 24
_HEAD = b"\x89PNG\r\n\x1a\n"
_WIDER = 257  # 8-bit codes to 16-bit ones
_TO_RGBA = {1: cv2.COLOR_GRAY2RGBA, 3: cv2.COLOR_BGR2RGBA, 4: cv2.COLOR_BGRA2RGBA}


def read(content: bytes) -> Palette:
    """Read the distinct colours of a picture, row by row as they first appear.

    What is wholly transparent is no colour.

    Raises
    ------
    PaletteError
        If it is no PNG file, damaged, or has more than 256 colours and so is a photograph.
    """
    _check(content)
    pixels = _decoded(content)
    rgb = pixels[pixels[:, 3] > 0, :3]
    _, first = np.unique(rgb @ np.array([1 << 16, 1 << 8, 1]), return_index=True)
    if len(first) > MOST_COLORS:
        raise PaletteError(
            f"the picture has {len(first):,} colours; a swatch has at most {MOST_COLORS}. For a "
            "palette of a photograph: photochrom palette fit"
        )
    colors = rgb[np.sort(first)].tolist()
    return palette_of(colors, [""] * len(colors))


def write(sheet: Sheet) -> bytes:
    """Return a picture of equal blocks, transparent where there are more blocks than colours."""
    rgb = swatch.grid(sheet.codes)
    cover = swatch.grid(np.full_like(sheet.codes, 255), empty=0)[..., :1]
    bgra = np.concatenate([rgb[..., ::-1], cover], axis=2)
    done, coded = cv2.imencode(".png", bgra if (cover == 0).any() else bgra[..., :3])
    if not done:
        raise PaletteError("the swatch could not be encoded as PNG")
    return coded.tobytes()


def _check(content: bytes) -> None:
    """Refuse files that are damaged, or whose pixels would need a lot of memory.

    OpenCV would fill up a file that is cut short, and warn on stderr.
    """
    words = Words(content)
    if not content.startswith(_HEAD):
        raise PaletteError("it is not a PNG picture")
    words.bytes(len(_HEAD))
    kind, first = _chunk(words)
    if kind != b"IHDR" or len(first) != 13:
        raise PaletteError("the PNG picture is damaged")
    width, height = struct.unpack(">2I", first[:8])
    if not 0 < width * height <= MOST_PIXELS:
        raise PaletteError(f"a picture of {width} x {height} px is no swatch")
    while kind != b"IEND":
        kind, _ = _chunk(words)


def _chunk(words: Words) -> tuple[bytes, bytes]:
    length = words.number("I")
    kind, content = words.bytes(4), words.bytes(length)
    if words.number("I") != zlib.crc32(kind + content):
        raise PaletteError("the PNG picture is damaged")
    return kind, content


def _decoded(content: bytes) -> UInt8:
    """Return RGBA (n, 4)."""
    coded = np.frombuffer(content, dtype=np.uint8)
    try:
        found = cv2.imdecode(coded, cv2.IMREAD_UNCHANGED)
    except cv2.error:
        found = None
    if found is None:
        raise PaletteError("the PNG picture is damaged")
    eight = found if found.dtype == np.uint8 else np.rint(found / _WIDER).astype(np.uint8)
    planes = 1 if eight.ndim == 2 else eight.shape[2]
    return np.asarray(cv2.cvtColor(eight, _TO_RGBA[planes]), dtype=np.uint8).reshape(-1, 4)

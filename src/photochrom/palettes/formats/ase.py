"""Adobe Swatch Exchange, which Illustrator, InDesign and Photoshop share.

Adobe has published no description. This follows what was found out by others (C. Camera, "ASE File
Specification"; O. Berten's SwatchBooker): "ASEF", a version, a number of blocks; a block has a
type, a length and content. A colour's block holds its name, its model, floats, a type of swatch.
"""

import struct
from collections.abc import Callable

from photochrom.errors import PaletteError
from photochrom.palettes.formats import adobe
from photochrom.palettes.formats.sheet import Rgb, Sheet, name_by_values, palette_of
from photochrom.palettes.formats.words import Words, ended_text
from photochrom.palettes.palette import Palette

_HEAD = b"ASEF"
_VERSION = (1, 0)
_COLOR = 0x0001  # groups begin with 0xC001 and end with 0xC002
_PROCESS = 2  # type of swatch; 0 is global, 1 a spot ink
_MODELS: dict[bytes, tuple[str, Callable[..., Rgb]]] = {
    b"RGB ": ("3f", lambda *shares: [255 * share for share in shares]),
    b"LAB ": ("3f", lambda lightness, a, b: adobe.from_lab(100 * lightness, a, b)),
    b"Gray": ("f", adobe.from_gray),
    b"CMYK": ("4f", adobe.from_cmyk),
}


def read(content: bytes) -> Palette:
    """Read the colours of all groups, in their order; raise `PaletteError` for anything else."""
    words = Words(content)
    if not content.startswith(_HEAD):
        raise PaletteError("an Adobe Swatch Exchange file begins with 'ASEF'")
    words.bytes(len(_HEAD))
    version = words.numbers("2H")
    if version != _VERSION:
        raise PaletteError(f"expected version 1.0 of the format, got {version[0]}.{version[1]}")
    found = [_block(words) for _ in range(words.number("I"))]
    entries = [entry for entry in found if entry is not None]
    return palette_of([rgb for rgb, _ in entries], [name for _, name in entries])


def write(sheet: Sheet) -> bytes:
    """Return the file's bytes: RGB swatches, in no group."""
    head = _HEAD + struct.pack(">2HI", *_VERSION, len(sheet.codes))
    blocks = []
    for codes, name in zip(sheet.codes, sheet.names, strict=True):
        count, text = ended_text(name or name_by_values(codes))
        shares = struct.pack(">3f", *(codes / 255))
        block = struct.pack(">H", count) + text + b"RGB " + shares + struct.pack(">H", _PROCESS)
        blocks.append(struct.pack(">HI", _COLOR, len(block)) + block)
    return head + b"".join(blocks)


def _block(words: Words) -> tuple[Rgb, str] | None:
    kind, length = words.number("H"), words.number("I")
    content = Words(words.bytes(length))
    return _color(content) if kind == _COLOR else None


def _color(block: Words) -> tuple[Rgb, str]:
    name = block.text(block.number("H"))
    model = block.bytes(4)
    if model not in _MODELS:
        raise PaletteError(f"the colour {name!r} has a model {model!r} that is not known")
    form, convert = _MODELS[model]
    return convert(*block.numbers(form)), name

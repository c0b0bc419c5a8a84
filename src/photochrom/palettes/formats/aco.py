"""Photoshop's colour swatches.

Version 1 is a list of colours; version 2 has names and follows after it. Photoshop writes both and
reads the second where it is there.

References
----------
Adobe, "Photoshop File Formats Specification", 2019, section "Color Swatches".
"""

import struct
from collections.abc import Callable

from photochrom.errors import PaletteError
from photochrom.palettes.formats import adobe
from photochrom.palettes.formats.sheet import Rgb, Sheet, name_by_values, palette_of
from photochrom.palettes.formats.words import Words, ended_text
from photochrom.palettes.palette import Palette

_SECOND = struct.pack(">H", 2)
_FULL = 65_535
_WIDER = 257  # 8-bit codes to 16-bit ones
# By the number of the model, from four 16-bit numbers. The specification does not say which end of
# gray is black; GIMP and SwatchBooker take the number as ink, as we do.
_MODELS: dict[int, Callable[[int, int, int, int], Rgb]] = {
    0: lambda red, green, blue, _: [value / _WIDER for value in (red, green, blue)],
    1: lambda hue, sat, bright, _: adobe.from_hsb(hue / _FULL, sat / _FULL, bright / _FULL),
    2: lambda *inks: adobe.from_cmyk(*(1 - ink / _FULL for ink in inks)),
    7: lambda light, a, b, _: adobe.from_lab(light / 100, _signed(a) / 100, _signed(b) / 100),
    8: lambda ink, *_: adobe.from_gray(1 - ink / 10_000),
}


def read(content: bytes) -> Palette:
    """Read the version with names where there is one; raise `PaletteError` for anything else."""
    words = Words(content)
    entries = _section(words)
    if words.begin_with(_SECOND):
        entries = _section(words)
    return palette_of([rgb for rgb, _ in entries], [name for _, name in entries])


def write(sheet: Sheet) -> bytes:
    """Return the file's bytes: RGB swatches, in both versions."""
    parts = [_row(codes) for codes in sheet.codes.tolist()]
    named = []
    for part, codes, name in zip(parts, sheet.codes, sheet.names, strict=True):
        count, text = ended_text(name or name_by_values(codes))
        named.append(part + struct.pack(">I", count) + text)
    heads = [struct.pack(">2H", version, len(parts)) for version in (1, 2)]
    return b"".join([heads[0], *parts, heads[1], *named])


def _section(words: Words) -> list[tuple[Rgb, str]]:
    version, count = words.number("H"), words.number("H")
    if version not in (1, 2):
        raise PaletteError(f"expected Photoshop's colour swatches of version 1 or 2, got {version}")
    return [_color(words, has_name=version == 2) for _ in range(count)]


def _color(words: Words, *, has_name: bool) -> tuple[Rgb, str]:
    model, *values = (int(value) for value in words.numbers("5H"))
    name = words.text(words.number("I")) if has_name else ""
    if model not in _MODELS:
        raise PaletteError(
            f"a colour {name!r} is of model {model}; known are RGB, HSB, CMYK, Lab and gray, but "
            "not the books of ink makers: convert it to RGB there"
        )
    return _MODELS[model](*values), name


def _row(codes: list[int]) -> bytes:
    red, green, blue = (value * _WIDER for value in codes)
    return struct.pack(">5H", 0, red, green, blue, 0)


def _signed(word: int) -> int:
    return word - (1 << 16) if word >= 1 << 15 else word

"""Style sheets: `--brick: #c83c1e;`.

The custom properties that are colours make the palette. Where there are none, every colour of the
declarations does, once each.
"""

import re
from collections.abc import Iterator

from photochrom.palettes.formats import notation
from photochrom.palettes.formats.sheet import Rgb, Sheet, palette_of
from photochrom.palettes.formats.text import decode
from photochrom.palettes.palette import Palette

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
# What is in it is no colour. An address without an end goes to the end, lest each be looked for.
_QUOTED = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'|\burl\([^)]*(?:\)|\Z)")
_PIECE = re.compile(r"([^;{}]*)([;{}]?)")
_NAME = re.compile(r"(?<![-\w])[-\w]+\Z")
_COLOR = re.compile(r"\w+\([^()]*\)|#?\w[-\w]*")
_NOT_IN_NAMES = re.compile(r"[^-\w]+")
_NUMBERED = "color-{}"


def read(content: bytes) -> Palette:
    """Read a style sheet; raise `PaletteError` where there are fewer than two colours."""
    text = _QUOTED.sub(" ", _COMMENT.sub(" ", decode(content)))
    declared = list(_declarations(text))
    named = [
        (rgb, name.removeprefix("--"))
        for name, value in declared
        if name.startswith("--") and (rgb := notation.color(value)) is not None
    ]
    entries = named or [(rgb, "") for rgb in _all_colors(declared)]
    names = [name for _, name in entries]
    return palette_of([rgb for rgb, _ in entries], _given(names))


def _declarations(text: str) -> Iterator[tuple[str, str]]:
    """Yield name and value of each; pieces before { are selectors."""
    for piece, end in _PIECE.findall(text):
        before, colon, value = piece.partition(":")
        while colon and (name := _NAME.search(before.rstrip())) is None:
            before, colon, value = value.partition(":")
        if colon and end != "{" and name is not None:
            yield name[0], value.strip()


def write(sheet: Sheet) -> bytes:
    """Return the bytes of a style sheet with a custom property a colour."""
    remark = [] if sheet.remark is None else [f"/* {sheet.remark} */"]
    lines = [
        f"  --{name}: #{codes.tobytes().hex()};"
        for name, codes in zip(_properties(sheet), sheet.codes, strict=True)
    ]
    return ("\n".join([*remark, ":root {", *lines, "}"]) + "\n").encode()


def _all_colors(declared: list[tuple[str, str]]) -> list[Rgb]:
    words = [word for _, value in declared for word in _COLOR.findall(value)]
    found = (notation.color(word) for word in words)
    return list(dict.fromkeys(tuple(rgb) for rgb in found if rgb is not None))


def _properties(sheet: Sheet) -> list[str]:
    """Return a property's name for every colour, made from its own where it has one."""
    names = [_NOT_IN_NAMES.sub("-", name).strip("-") for name in sheet.names]
    return [name or _NUMBERED.format(number) for number, name in enumerate(names, 1)]


def _given(names: list[str]) -> list[str]:
    """Drop the names that `_properties` made up."""
    made_up = [_NUMBERED.format(number) for number in range(1, len(names) + 1)]
    return ["" if name == other else name for name, other in zip(names, made_up, strict=True)]

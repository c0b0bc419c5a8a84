"""Lists of colours in text, one a line, which a name may follow; `.txt` and `.hex`."""

import re

from photochrom.errors import PaletteError
from photochrom.palettes.formats import notation
from photochrom.palettes.formats.sheet import Rgb, Sheet, one_line, palette_of
from photochrom.palettes.formats.text import decode
from photochrom.palettes.palette import Palette

_PROPERTY = re.compile(r"--([-\w]+)\s*:\s*([^;]*);?")
_COLOR_AND_NAME = re.compile(r"(\w+\([^()]*\)|[^\s,;]+)[\s,;]*(.*)")
_REMARKS = (";", "//", "/*", "# ")


def read(content: bytes) -> Palette:
    """Read colours and their names; raise `PaletteError` where a line is something else."""
    lines = [line.strip() for line in decode(content).splitlines()]
    entries = [_entry(line) for line in lines if line and not line.startswith(_REMARKS)]
    return palette_of([rgb for rgb, _ in entries], [name for _, name in entries])


def write(sheet: Sheet) -> bytes:
    """Return the bytes of a list of `#rrggbb` and names."""
    remark = [] if sheet.remark is None else [f"; {sheet.remark}"]
    lines = [
        f"#{codes.tobytes().hex()} {one_line(name)}".rstrip()
        for codes, name in zip(sheet.codes, sheet.names, strict=True)
    ]
    return ("\n".join([*remark, *lines]) + "\n").encode()


def write_hex(sheet: Sheet) -> bytes:
    """Return the bytes of a `.hex` file: six digits a line and nothing else."""
    return "".join(f"{codes.tobytes().hex()}\n" for codes in sheet.codes).encode()


def _entry(line: str) -> tuple[Rgb, str]:
    declared = _PROPERTY.fullmatch(line)
    found = _COLOR_AND_NAME.fullmatch(declared[2].strip() if declared else line)
    rgb = None if found is None else notation.color(found[1])
    if found is None or rgb is None:
        raise PaletteError(
            f"expected a colour in each line, such as #c83c1e or rgb(200, 60, 30), "
            f"found {line[:60]!r}"
        )
    return rgb, declared[1] if declared else found[2]

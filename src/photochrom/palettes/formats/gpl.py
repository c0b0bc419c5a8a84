"""GIMP palettes, which Inkscape and Krita read too: text, a colour a line."""

from photochrom.errors import PaletteError
from photochrom.palettes.formats.sheet import Rgb, Sheet, one_line, palette_of
from photochrom.palettes.formats.text import decode
from photochrom.palettes.palette import Palette

_HEAD = "GIMP Palette"


def read(content: bytes) -> Palette:
    """Read what GIMP, Inkscape or Krita wrote; raise `PaletteError` for anything else."""
    head, *lines = decode(content).splitlines() or [""]
    if head.strip() != _HEAD:
        raise PaletteError(f"a GIMP palette begins with the line {_HEAD!r}")
    rows = [line.split(maxsplit=3) for line in lines if _is_color(line)]
    names = [row[3].strip() if len(row) > 3 else "" for row in rows]
    return palette_of([_values(row) for row in rows], names)


def write(sheet: Sheet) -> bytes:
    """Return the file's bytes."""
    lines = [_HEAD, f"Name: {one_line(sheet.title)}", "Columns: 8"]
    if sheet.remark is not None:
        lines.append(f"# {sheet.remark}")
    for (red, green, blue), name in zip(sheet.codes, sheet.names, strict=True):
        lines.append(f"{red:3d} {green:3d} {blue:3d}\t{one_line(name)}".rstrip())
    return ("\n".join(lines) + "\n").encode()


def _is_color(line: str) -> bool:
    line = line.strip()
    return bool(line) and not line.startswith(("#", "Name:", "Columns:"))


def _values(row: list[str]) -> Rgb:
    try:
        red, green, blue = (float(int(value)) for value in row[:3])
    except (ValueError, OverflowError) as error:
        raise PaletteError(
            f"each colour needs three whole numbers 0..255, found {' '.join(row)!r}"
        ) from error
    return red, green, blue

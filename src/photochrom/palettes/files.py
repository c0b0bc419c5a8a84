"""Palette files: JSON, which keeps every bit, and GIMP's `.gpl`, which other programs read."""

from pathlib import Path as FilePath

import numpy as np

from photochrom import _types
from photochrom._files import check_free, write_bytes
from photochrom.errors import InputMissingError, OptionError, PaletteError
from photochrom.palettes.palette import SWATCH_LIGHTNESS, Palette

LARGEST = 1 << 20  # bytes; 64 colours take 4 KB, so whatever is larger is no palette
_GPL_HEAD = "GIMP Palette"
_SUFFIXES = (".json", ".gpl")


def load_palette(path: _types.Path) -> Palette:
    """Read a palette from a `.json` or `.gpl` file.

    Parameters
    ----------
    path : the suffix says which format is expected

    Returns
    -------
    palette : from `.gpl` always an srgb one, since GIMP knows no a*b* without lightness

    Raises
    ------
    InputMissingError
        If there is no such file.
    PaletteError
        If the suffix is another, or the file does not hold a palette.
    """
    path = FilePath(path)
    suffix = _suffix(path)
    text = _read(path)
    try:
        return Palette.from_json(text) if suffix == ".json" else _from_gpl(text)
    except PaletteError as error:
        raise PaletteError(f"{path.name}: {error}") from error


def save_palette(
    palette: Palette,
    path: _types.Path,
    *,
    lightness: float = SWATCH_LIGHTNESS,
    overwrite: bool = False,
) -> None:
    """Write a palette as `.json` (exact) or `.gpl` (exact for srgb palettes of whole values).

    Parameters
    ----------
    path : the suffix chooses the format
    lightness : L*, 0..100, at which a*b* colours are written into a `.gpl`; the file says so

    Raises
    ------
    OutputExistsError
        If the file exists and `overwrite` is off.
    OptionError
        If the suffix is neither `.json` nor `.gpl`, or `lightness` is outside 0..100.
    WriteError
        If the file cannot be written.
    """
    path = FilePath(path)
    check_target(path, lightness=lightness, overwrite=overwrite)
    suffix = _suffix(path)
    text = palette.to_json() + "\n" if suffix == ".json" else _to_gpl(palette, path.stem, lightness)
    write_bytes(text.encode(), path, overwrite=overwrite)


def check_target(path: _types.Path, *, lightness: float, overwrite: bool) -> None:
    """Raise what `save_palette` would raise whatever the palette: before work that makes one."""
    path = FilePath(path)
    if path.suffix.lower() not in _SUFFIXES:
        raise OptionError(f"{path.name}: a palette is written as .json or .gpl")
    if not 0 <= lightness <= 100:
        raise OptionError(f"lightness must lie between 0 and 100 (L*), got {lightness}")
    check_free(path, overwrite=overwrite)


def _suffix(path: FilePath) -> str:
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES:
        raise PaletteError(f"{path.name}: a palette file ends in .json or .gpl")
    return suffix


def _read(path: FilePath) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError as error:
        raise InputMissingError(f"there is no palette file {path}") from error
    except OSError as error:
        raise PaletteError(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > LARGEST:
        raise PaletteError(f"{path.name} is larger than 1 MB and so no palette file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PaletteError(f"{path.name} is not a palette file: it is not text") from error


def _from_gpl(text: str) -> Palette:
    head, *lines = text.splitlines() or [""]
    if head.strip() != _GPL_HEAD:
        raise PaletteError(f"a GIMP palette begins with the line {_GPL_HEAD!r}")
    rows = [line.split(maxsplit=3) for line in lines if _is_color(line)]
    if len(rows) < 2:
        raise PaletteError(f"a palette needs at least 2 colours, found {len(rows)}")
    names = tuple(row[3].strip() if len(row) > 3 else "" for row in rows)
    return Palette(np.array([_values(row) for row in rows]), "srgb", names if any(names) else None)


def _is_color(line: str) -> bool:
    line = line.strip()
    return bool(line) and not line.startswith(("#", "Name:", "Columns:"))


def _values(row: list[str]) -> list[float]:
    try:
        red, green, blue = (int(value) for value in row[:3])
    except ValueError as error:
        raise PaletteError(
            f"each colour needs three whole numbers 0..255, found {' '.join(row)!r}"
        ) from error
    return [float(red), float(green), float(blue)]


def _to_gpl(palette: Palette, name: str, lightness: float) -> str:
    lines = [_GPL_HEAD, f"Name: {_one_line(name)}", "Columns: 8"]
    if palette.space == "chroma":
        lines.append(f"# a*b* colours, shown at L* {lightness:g} within the sRGB gamut")
    names = palette.names or ("",) * len(palette)
    for (red, green, blue), label in zip(palette.to_srgb(lightness), names, strict=True):
        lines.append(f"{red:3d} {green:3d} {blue:3d}\t{_one_line(label)}".rstrip())
    return "\n".join(lines) + "\n"


def _one_line(text: str) -> str:
    return " ".join(text.split())

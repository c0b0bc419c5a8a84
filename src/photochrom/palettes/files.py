"""The door to palette files: the suffix chooses the format.

| suffix | read | written |
|---|---|---|
| `.json` | exactly | exactly |
| `.gpl`, `.ase`, `.aco`, `.css`, `.txt` | sRGB | whole code values, and names |
| `.hex` | sRGB | whole code values |
| `.png` | the colours of a swatch | whole code values, each once |
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path as FilePath

from photochrom import _types
from photochrom._files import check_free, write_bytes
from photochrom.errors import InputMissingError, OptionError, PaletteError
from photochrom.palettes.formats import aco, ase, gpl, lines, png, stylesheet
from photochrom.palettes.formats.sheet import Sheet
from photochrom.palettes.palette import SWATCH_LIGHTNESS, Palette

LARGEST = 1 << 20  # bytes; 64 colours take 4 KB, so whatever is larger is no palette
_LARGEST_PICTURE = 1 << 25  # so that a photograph is told as one
_EXACT = ".json"


@dataclass(frozen=True)
class _Format:
    """How the files of a suffix are read and written."""

    read: Callable[[bytes], Palette]
    write: Callable[[Sheet], bytes]
    largest: int = LARGEST


_FORMATS = {
    ".gpl": _Format(gpl.read, gpl.write),
    ".ase": _Format(ase.read, ase.write),
    ".aco": _Format(aco.read, aco.write),
    ".css": _Format(stylesheet.read, stylesheet.write),
    ".txt": _Format(lines.read, lines.write),
    ".hex": _Format(lines.read, lines.write_hex),
    ".png": _Format(png.read, png.write, _LARGEST_PICTURE),
}
SUFFIXES = (_EXACT, *_FORMATS)
_LISTED = f"{', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"


def load_palette(path: _types.Path) -> Palette:
    """Read a palette from a file.

    Parameters
    ----------
    path : the suffix says which format is expected: `.json`, `.gpl` (GIMP), `.ase` (Adobe Swatch
        Exchange), `.aco` (Photoshop), `.css`, `.txt`, `.hex`, or `.png` (a swatch)

    Returns
    -------
    palette : from all but `.json` an srgb one, since no other program knows a*b* without
        lightness. CMYK swatches are converted without a profile.

    Raises
    ------
    InputMissingError
        If there is no such file.
    PaletteError
        If the suffix is another, or the file does not hold a palette.
    """
    path = FilePath(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise PaletteError(f"{path.name}: a palette file ends in {_LISTED}")
    try:
        if suffix == _EXACT:
            return Palette.from_json(_read(path, LARGEST))
        return _FORMATS[suffix].read(_read(path, _FORMATS[suffix].largest))
    except PaletteError as error:
        raise PaletteError(f"{path.name}: {error}") from error


def save_palette(
    palette: Palette,
    path: _types.Path,
    *,
    lightness: float = SWATCH_LIGHTNESS,
    overwrite: bool = False,
) -> None:
    """Write a palette as `.json` (exact) or for other programs (exact for whole code values).

    Parameters
    ----------
    path : the suffix chooses the format, as in `load_palette`
    lightness : L*, 0..100, at which a*b* colours are written for other programs; where the format
        has room for remarks, the file says so

    Raises
    ------
    OutputExistsError
        If the file exists and `overwrite` is off.
    OptionError
        If the suffix is none of these, or `lightness` is outside 0..100.
    WriteError
        If the file cannot be written.
    """
    path = FilePath(path)
    check_target(path, lightness=lightness, overwrite=overwrite)
    write_bytes(_coded(palette, path, lightness), path, overwrite=overwrite)


def check_target(path: _types.Path, *, lightness: float, overwrite: bool) -> None:
    """Raise what `save_palette` would raise whatever the palette: before work that makes one."""
    path = FilePath(path)
    if path.suffix.lower() not in SUFFIXES:
        raise OptionError(f"{path.name}: a palette is written as {_LISTED}")
    if not 0 <= lightness <= 100:
        raise OptionError(f"lightness must lie between 0 and 100 (L*), got {lightness}")
    check_free(path, overwrite=overwrite)


def _coded(palette: Palette, path: FilePath, lightness: float) -> bytes:
    suffix = path.suffix.lower()
    if suffix == _EXACT:
        return (palette.to_json() + "\n").encode()
    remark = None
    if palette.space == "chroma":
        remark = f"a*b* colours, shown at L* {lightness:g} within the sRGB gamut"
    names = palette.names or ("",) * len(palette)
    return _FORMATS[suffix].write(Sheet(path.stem, palette.to_srgb(lightness), names, remark))


def _read(path: FilePath, largest: int) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except FileNotFoundError as error:
        raise InputMissingError(f"there is no palette file {path}") from error
    except OSError as error:
        raise PaletteError(f"it cannot be read: {error.strerror}") from error
    if len(content) > largest:
        raise PaletteError(f"it is larger than {largest >> 20} MB and so no palette file")
    return content

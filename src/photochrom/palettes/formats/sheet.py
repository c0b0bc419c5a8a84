"""A palette as other programs know it: full colours with names under a title."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from photochrom._types import Float64, UInt8
from photochrom.errors import PaletteError
from photochrom.palettes.palette import Palette

MOST_COLORS = 4096  # of a file; k-means and decoding are meant for hundreds at most
_DECIMALS = 3  # of a code value: floats and 16-bit numbers in files give back whole values
_ALMOST = 0.01  # of a code value, by which floats in files leave 0..255

Rgb: TypeAlias = Sequence[float]
"""Red, green, blue as code values 0..255, whole or not."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """What is written.

    Attributes
    ----------
    title : of the palette
    codes : (k, 3), 0..255
    names : one a colour, "" where it has none
    remark : what a reader of the file should know, or None
    """

    title: str
    codes: UInt8
    names: tuple[str, ...]
    remark: str | None = None


def palette_of(colors: Sequence[Rgb], names: Sequence[str]) -> Palette:
    """Return the palette of what was read; a name that only repeats the values is none.

    Raises
    ------
    PaletteError
        If there are fewer than 2 or more than 4096 colours, or one is no colour.
    """
    if not 2 <= len(colors) <= MOST_COLORS:
        raise PaletteError(f"expected 2 to {MOST_COLORS} colours, found {len(colors)}")
    codes = np.array(colors, dtype=np.float64)
    if not (np.abs(codes - 127.5) <= 127.5 + _ALMOST).all():
        raise PaletteError("a colour lies outside of 0..255 (or 0..100 %)")
    codes = np.clip(np.round(codes, _DECIMALS), 0, 255)
    told = zip(codes, map(one_line, names), strict=True)
    given = ["" if name == name_by_values(rgb) else name for rgb, name in told]
    return Palette(codes, "srgb", tuple(given) if any(given) else None)


def one_line(text: str) -> str:
    """Return what can be printed of a text, every run of blanks and line ends as one blank."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())


def name_by_values(rgb: UInt8 | Float64) -> str:
    """Return the name that Adobe's programs give to a swatch that was given none."""
    red, green, blue = (round(float(value)) for value in rgb)
    return f"R={red} G={green} B={blue}"

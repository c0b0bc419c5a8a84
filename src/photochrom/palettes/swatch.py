"""A palette to look at: as a picture, or as blocks in a terminal."""

import numpy as np

from photochrom._types import UInt8
from photochrom.errors import OptionError
from photochrom.palettes.palette import SWATCH_LIGHTNESS, Palette

CELL = 32  # px; 64 colours make a picture of 256 x 256
_EMPTY = 255


def draw(
    palette: Palette,
    *,
    cell: int = CELL,
    columns: int | None = None,
    lightness: float = SWATCH_LIGHTNESS,
) -> UInt8:
    """Draw a palette as a grid of squares, row by row in the palette's order.

    Parameters
    ----------
    cell : px, side of one square
    columns : squares in a row; by default the smallest power of two that leaves no more rows
        than columns: 12 colours in 4, 32 and 64 in 8
    lightness : L* at which a*b* colours are shown

    Returns
    -------
    swatch : (h, w, 3), sRGB code values; cells without a colour are white

    Raises
    ------
    OptionError
        If `cell` or `columns` is below 1.
    """
    return grid(palette.to_srgb(lightness), cell=cell, columns=columns)


def grid(
    codes: UInt8, *, cell: int = CELL, columns: int | None = None, empty: int = _EMPTY
) -> UInt8:
    """Draw code values (k, 3) as `draw` does; cells without a colour are `empty` throughout."""
    columns = _columns(len(codes)) if columns is None else columns
    if cell < 1 or columns < 1:
        raise OptionError(f"cell and columns must be at least 1, got {cell} and {columns}")
    rows = -(-len(codes) // columns)
    flat = np.full((rows * columns, 3), empty, dtype=np.uint8)
    flat[: len(codes)] = codes
    small = flat.reshape(rows, columns, 3)
    return small.repeat(cell, axis=0).repeat(cell, axis=1)


def terminal(palette: Palette, *, lightness: float = SWATCH_LIGHTNESS) -> str:
    """Return the same grid as lines of coloured blocks (24-bit ANSI), without a last newline."""
    colors = palette.to_srgb(lightness)
    columns = _columns(len(palette))
    rows = [colors[start : start + columns] for start in range(0, len(colors), columns)]
    return "\n".join("".join(map(_block, row)) for row in rows)


def _columns(k: int) -> int:
    columns = 1
    while columns * columns < k:
        columns *= 2
    return columns


def _block(color: UInt8) -> str:
    red, green, blue = color
    return f"\x1b[48;2;{red};{green};{blue}m    \x1b[0m"

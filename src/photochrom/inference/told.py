"""What hints make of a field, on the network's grid: its chroma, and how much of it they say."""

import numpy as np

from photochrom._types import Codes, Float32
from photochrom.filters.resize import resize
from photochrom.inference.field import Field
from photochrom.inference.hints.hinted import Hinted
from photochrom.inference.hints.marks import mark
from photochrom.inference.recipe import Recipe


def with_hints(
    pixels: Codes, field: Field, recipe: Recipe, *, threads: int | None = None
) -> tuple[Field, Float32]:
    """Return the field as hints change it, and how much they say of each cell.

    Parameters
    ----------
    pixels : (h, w, 1) or (h, w, 3) code values
    field : of the same picture, without hints
    recipe : with or without hints
    threads : blocks at work at once; None for one a core

    Returns
    -------
    field : on the same grid
    told : (h', w'), 0 nothing, 1 all

    Raises
    ------
    HintError
        If a hint does not fit the picture.
    """
    if not recipe.hints:
        return field, np.zeros_like(field.lightness)
    marks = mark(recipe.hints, *pixels.shape[:2])
    hinted = Hinted(pixels, field, only=recipe.hints_only, threads=threads)
    chroma = hinted.field(marks).chroma
    planes = [_to_grid(plane, field) for plane in (chroma[..., 0], chroma[..., 1])]
    said = _to_grid(hinted.told(marks), field)
    changed = Field.of(np.stack(planes, axis=-1), field.lightness, field.span)
    return changed, np.clip(said, 0, 1)


def _to_grid(plane: Float32, field: Field) -> Float32:
    """Bring a plane of the whole picture to the grid; cells beyond the picture repeat the last."""
    down, across = (max(1, round(length)) for length in field.span)
    small = resize(np.ascontiguousarray(plane), (down, across))
    below, right = (
        max(0, cells - length)
        for cells, length in zip(field.lightness.shape, small.shape, strict=True)
    )
    padded = np.pad(small, ((0, below), (0, right)), mode="edge")
    rows, columns = field.lightness.shape
    return np.ascontiguousarray(padded[:rows, :columns])

"""From a field to the coloured picture: what needs no model, so that a stored field will do."""

from photochrom._types import Codes
from photochrom.inference import fullsize
from photochrom.inference.exact import Snapped
from photochrom.inference.field import Field
from photochrom.inference.hints.hinted import Hinted, exactly
from photochrom.inference.hints.marks import mark
from photochrom.inference.recipe import Recipe
from photochrom.palettes.hull import Hull


def finish(
    pixels: Codes,
    field: Field,
    recipe: Recipe,
    *,
    prepared: Hinted | None = None,
    threads: int | None = None,
) -> Codes:
    """Colour a picture by its field, as the recipe asks.

    Parameters
    ----------
    pixels : (h, w, 1) or (h, w, 3) code values, 8 or 16 bit; of RGB only the luminance counts
    field : of the same picture
    recipe : what is asked of the full size
    prepared : what hints need and do not change; made here where it is not given
    threads : blocks at work at once; None for one a core

    Returns
    -------
    colored : (h, w, 3) code values of the same type

    Raises
    ------
    HintError
        If a hint does not fit the picture.
    """
    retouch = None
    if recipe.hints:
        marks = mark(recipe.hints, *pixels.shape[:2])
        if prepared is None:
            prepared = Hinted(pixels, field, only=recipe.hints_only, threads=threads)
        field, retouch = prepared.field(marks), exactly(marks)
    limit = None
    if recipe.palette is not None:
        if recipe.exact_palette:  # goes before hints, whose colours are made the nearest ones
            snapped = Snapped.of(field, recipe.palette, *pixels.shape[:2])
            field, retouch = snapped.field, snapped.retouch
        elif not recipe.hints:
            limit = Hull.of(recipe.palette).within
    return fullsize.color(
        pixels,
        field.chroma,
        field.lightness,
        span=field.span,
        threads=threads,
        limit=limit,
        retouch=retouch,
    )

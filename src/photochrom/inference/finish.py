"""From a field to the coloured picture: what needs no model, so that a stored field will do."""

from photochrom._types import Codes
from photochrom.inference import fullsize
from photochrom.inference.exact import Snapped
from photochrom.inference.field import Field
from photochrom.inference.fullsize import Limit, Retouch
from photochrom.inference.hints.hinted import Hinted, set_exactly
from photochrom.inference.hints.marks import Marks, mark
from photochrom.inference.recipe import Recipe
from photochrom.palettes.hull import Hull


def finish(
    pixels: Codes,
    field: Field,
    recipe: Recipe,
    *,
    marks: Marks | None = None,
    prepared: Hinted | None = None,
    threads: int | None = None,
) -> Codes:
    """Colour a picture by its field, as the recipe asks.

    Parameters
    ----------
    pixels : (h, w, 1) or (h, w, 3) code values, 8 or 16 bit; of RGB only the luminance counts
    field : of the same picture
    recipe : what is asked of the full size
    marks : the recipe's hints as they lie on the picture; drawn here where they are not given
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
    if marks is None and recipe.hints:
        marks = mark(recipe.hints, *pixels.shape[:2])
    if marks is not None:
        prepared = prepared or Hinted(pixels, field, only=recipe.hints_only, threads=threads)
        field = prepared.field(marks)
    if recipe.palette is not None and recipe.exact_palette:  # hints become its nearest colours
        snapped = Snapped.of(field, recipe.palette, *pixels.shape[:2])
        return _color(pixels, snapped.field, threads, retouch=snapped.retouch)
    if marks is not None:
        colored = _color(pixels, field, threads)
        set_exactly(colored, pixels, marks, threads=threads)
        return colored
    limit = None if recipe.palette is None else Hull.of(recipe.palette).within
    return _color(pixels, field, threads, limit=limit)


def _color(
    pixels: Codes,
    field: Field,
    threads: int | None,
    *,
    limit: Limit | None = None,
    retouch: Retouch | None = None,
) -> Codes:
    return fullsize.color(
        pixels,
        field.chroma,
        field.lightness,
        span=field.span,
        threads=threads,
        limit=limit,
        retouch=retouch,
    )

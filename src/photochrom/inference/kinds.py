"""What callers hand over as a picture, and the same kind given back."""

from os import PathLike
from typing import Any

import numpy as np

from photochrom.errors import ShapeError
from photochrom.imageio.convert import from_array, from_pil, to_array, to_pil
from photochrom.imageio.picture import Picture
from photochrom.imageio.reading import load_image


def as_picture(given: Any) -> Picture:
    """Take a path, bytes, a `Picture`, a Pillow image or an array as a `Picture`.

    Raises
    ------
    ShapeError
        If it is something else, or an array of another shape, type or range.
    InputMissingError, PictureError
        If a file is not there or not a picture.
    """
    if isinstance(given, Picture):
        return given
    if isinstance(given, str | bytes | PathLike):
        return load_image(given)
    if isinstance(given, np.ndarray):
        return from_array(given)
    if _is_pillow(given):
        return from_pil(given)
    raise ShapeError(
        f"expected a path, bytes, a Picture, a Pillow image or an array, got {type(given).__name__}"
    )


def like(given: Any, picture: Picture) -> Any:
    """Give `picture` back as the kind that was given; a file gives a `Picture`."""
    if isinstance(given, np.ndarray):
        return to_array(picture, given.dtype)
    return to_pil(picture) if _is_pillow(given) else picture


def _is_pillow(given: Any) -> bool:
    # Told by name: Pillow need not be there.
    return type(given).__module__.startswith("PIL.")

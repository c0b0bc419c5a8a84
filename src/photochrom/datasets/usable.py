"""Load one picture to learn from, or say why it is none."""

from photochrom._types import Float32, Path, UInt8
from photochrom.datasets.similarity import chroma_of, thumbnail
from photochrom.errors import InputMissingError, PictureError
from photochrom.imageio import load_small

# Chroma C*ab of the 16 x 16 thumbnail. Ten scanned black-and-white photographs reach a mean of
# 2.7 and a largest value of 4.4 (paper tone); the palest of 600 colour photographs in twelve
# domains have a mean of 3.2 and a largest value of 8.5. A spot of colour saves a gray picture.
NEAR_GRAY = 3.0
NO_SPOT = 6.0
SMALLEST = 16  # px; a smaller picture holds less than the least useful window and its surroundings


def load_usable(source: Path | bytes, *, short_side: int | None) -> UInt8 | str:
    """Load a picture that has something to teach.

    Parameters
    ----------
    source : path, or the bytes of a file
    short_side : px; a larger picture is reduced by area averaging, a smaller one stays

    Returns
    -------
    rgb : (h, w, 3), encoded sRGB, upright; or, of a picture that is unreadable, smaller than
        `SMALLEST` or near-gray, the reason in words for the user
    """
    try:
        rgb = load_small(source, short_side=short_side)
    except (PictureError, InputMissingError) as error:
        return f"unreadable: {error}"
    if min(rgb.shape[:2]) < SMALLEST:
        return f"too small ({rgb.shape[1]} x {rgb.shape[0]})"
    return near_gray(thumbnail(rgb)) or rgb


def near_gray(thumb: Float32) -> str | None:
    """Say why a picture, by its thumbnail, has too little colour to learn or judge by, if so."""
    mean, largest = chroma_of(thumb)
    if mean < NEAR_GRAY and largest < NO_SPOT:
        return f"near-gray (mean chroma {mean:.1f})"
    return None

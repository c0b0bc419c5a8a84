"""Read pictures small and fast, for training sets."""

import cv2
import numpy as np

from photochrom._types import Path, UInt8
from photochrom.errors import OptionError
from photochrom.imageio.damage import Input, guarded
from photochrom.imageio.depth import to_eight_bits
from photochrom.imageio.metadata import orientation_of
from photochrom.imageio.orientation import upright
from photochrom.imageio.profiles import to_srgb
from photochrom.imageio.reading import (
    DEFAULT_LIMITS,
    Limits,
    decode,
    find,
    open_header,
    split_alpha,
)

# libjpeg shrinks by dropping frequencies, and rounds odd sides up. Measured against the area
# average of the whole: leaving a factor of 4 or more to averaging costs 0.07 to 0.85 code values in
# the mean, a factor of 2 up to 2.6. A 21-megapixel file takes 36 ms instead of 134.
LEFT_TO_AVERAGE = 4
SHRINKS = (8, 4, 2)  # what libjpeg offers


def load_small(
    source: Path | bytes, *, short_side: int | None, limits: Limits = DEFAULT_LIMITS
) -> UInt8:
    """Read a picture as 8-bit sRGB, reduced by area averaging; never enlarged.

    Transparent parts are laid on white, as paper would show them.

    Parameters
    ----------
    source : path, or the bytes of a file
    short_side : at most this many px remain on the shorter side; None leaves the size alone
    limits : what the file may ask for

    Returns
    -------
    rgb : (h, w, 3), upright

    Raises
    ------
    OptionError
        If `short_side` is below 1.
    InputMissingError, PictureError, PictureTooLargeError
        As `load_image` does.
    """
    if short_side is not None and short_side < 1:
        raise OptionError(f"expected a short side of at least 1 pixel, got {short_side}")
    found = find(source, limits)
    rgb = guarded(found, lambda found, fail_on: _load_rgb(found, short_side, limits, fail_on))
    return rgb if short_side is None else shrink(rgb, short_side)


def shrink(rgb: UInt8, short_side: int) -> UInt8:
    """Reduce (h, w, 3) by area averaging to at most `short_side` px on the shorter side."""
    return shrink_by(rgb, short_side / min(rgb.shape[:2]))


def shrink_by(rgb: UInt8, scale: float) -> UInt8:
    """Reduce (h, w, 3) by area averaging to `scale` of its size; 1 and above leave it alone."""
    if scale >= 1:
        return rgb
    height, width = rgb.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _load_rgb(found: Input, short_side: int | None, limits: Limits, fail_on: str) -> UInt8:
    image = open_header(found, limits, fail_on=fail_on)
    by = _shrink_on_load(min(image.width, image.height), short_side)
    if found.format == "jpeg" and by > 1:
        image = open_header(found, limits, fail_on=fail_on, shrink=by)
    orientation = orientation_of(image)
    pixels, alpha = split_alpha(upright(decode(to_srgb(image).image), orientation))
    rgb = np.ascontiguousarray(np.broadcast_to(to_eight_bits(pixels), (*pixels.shape[:2], 3)))
    return rgb if alpha is None else on_white(rgb, to_eight_bits(alpha))


def _shrink_on_load(stored_side: int, short_side: int | None) -> int:
    if short_side is None:
        return 1
    wanted = LEFT_TO_AVERAGE * short_side
    return next((by for by in SHRINKS if stored_side // by >= wanted), 1)


def on_white(rgb: UInt8, alpha: UInt8) -> UInt8:
    """Lay a picture (h, w, 3) on white paper where `alpha` (h, w) lets it through."""
    cover = alpha[..., np.newaxis].astype(np.uint16)
    mixed = (rgb * cover + 255 * (255 - cover) + 127) // 255
    return mixed.astype(np.uint8)

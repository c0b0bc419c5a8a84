"""Pictures in colour as callers hand them over, kept small."""

from dataclasses import dataclass
from os import PathLike, fspath
from typing import Any

import numpy as np

from photochrom._types import UInt8
from photochrom.errors import OptionError
from photochrom.imageio.depth import to_eight_bits
from photochrom.imageio.picture import Picture
from photochrom.imageio.small import on_white, shrink
from photochrom.inference.colored import is_colored
from photochrom.inference.fingerprint import Recorded, fingerprint
from photochrom.inference.kinds import as_picture

REFERENCE_SIDE = 640  # px of the shorter side: 4 to a px that the general model sees
VERSION_SIDE = 1024  # px; twice of what is taken over of a coloured version's chroma


@dataclass(frozen=True, eq=False)
class Reference:
    """A picture in colour, reduced, and who it is.

    Attributes
    ----------
    rgb : (h, w, 3), encoded sRGB, upright
    sha256 : of the whole picture's pixels, as `fingerprint` gives it
    """

    rgb: UInt8
    sha256: str


def as_reference(given: Any) -> Reference | Recorded:
    """Take a picture as a reference; one that is a reference already stays as it is.

    The whole picture is in memory for a moment only, for its fingerprint.

    Parameters
    ----------
    given : a path, bytes, a `Picture`, a Pillow image or an array, as `Colorizer.colorize` takes it

    Raises
    ------
    OptionError
        If it is not in colour.
    ShapeError, InputMissingError, PictureError
        If it is no picture.
    """
    return _reduced(given, REFERENCE_SIDE, "reference", "would take all colour away")


def as_version(given: Any) -> Reference | Recorded:
    """Take a coloured version of a picture; see `as_reference`."""
    return _reduced(given, VERSION_SIDE, "chroma_from", "has no colours to take over")


def _reduced(given: Any, side: int, option: str, why_not: str) -> Reference | Recorded:
    if isinstance(given, Reference | Recorded):
        return given
    picture = as_picture(given)
    if not is_colored(picture):
        raise OptionError(
            f"{option}{_named(given)} is black-and-white or toned and {why_not}; "
            "expected a picture in colour"
        )
    return Reference(shrink(_opaque(picture), side), fingerprint(picture.pixels))


def _named(given: Any) -> str:
    return f" {fspath(given)}" if isinstance(given, str | PathLike) else ""


def _opaque(picture: Picture) -> UInt8:
    rgb = to_eight_bits(picture.pixels)
    if picture.alpha is None:
        return np.ascontiguousarray(rgb)
    return on_white(rgb, to_eight_bits(picture.alpha))

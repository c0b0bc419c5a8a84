"""Pictures known by their pixels: the master of a layer, the references of a stored recipe."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from photochrom._types import Codes
from photochrom.errors import OptionError, RecipeError
from photochrom.inference.kinds import as_picture

if TYPE_CHECKING:
    from photochrom.inference.recipe import Recipe

PICTURES = ("references", "chroma_from")
"""Options of a recipe that are pictures, or several: recorded by their fingerprints alone."""


@dataclass(frozen=True)
class Recorded:
    """A picture of which a stored recipe knows the fingerprint alone."""

    sha256: str
    """Hex, as `fingerprint` gives it."""


def fingerprint(pixels: Codes) -> str:
    """Return the SHA-256 over a picture's size and its code values, hex.

    Parameters
    ----------
    pixels : (h, w, 1) or (h, w, 3), 8 or 16 bit, upright and in encoded sRGB
    """
    little = np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder("<"))
    digest = hashlib.sha256(f"{pixels.shape} {8 * pixels.itemsize} bit\n".encode())
    digest.update(little.data)
    return digest.hexdigest()


def with_pictures(recipe: "Recipe", pictures: Sequence[Any]) -> "Recipe":
    """Put pictures in the places of those that a stored recipe knows by fingerprint.

    Parameters
    ----------
    recipe : as stored
    pictures : each a path, bytes, a `Picture`, a Pillow image or an array, in any order

    Raises
    ------
    RecipeError
        If one is missing.
    OptionError
        If one is given that the recipe does not name.
    """
    found = {fingerprint(each.pixels): each for each in map(as_picture, pictures)}
    places = {name: getattr(recipe, name, None) for name in PICTURES}
    wanted = {each.sha256 for value in places.values() for each in _recorded(value)}
    if found.keys() - wanted:
        raise OptionError(
            "a reference was given that the recipe does not name; give it exactly those that the "
            f"result was made with: {_listed(wanted)}"
        )
    if wanted - found.keys():
        raise RecipeError(
            "the recipe needs pictures that it knows only by their pixels' SHA-256: give the "
            f"reference {_listed(wanted - found.keys())} again"
        )
    filled = {name: _filled(value, found) for name, value in places.items() if _recorded(value)}
    return replace(recipe, **filled)


def _recorded(value: object) -> list[Recorded]:
    several = value if isinstance(value, tuple) else (value,)
    return [each for each in several if isinstance(each, Recorded)]


def _filled(value: object, found: dict[str, Any]) -> Any:
    if isinstance(value, tuple):
        return tuple(_filled(each, found) for each in value)
    return found[value.sha256] if isinstance(value, Recorded) else value


def _listed(hashes: set[str]) -> str:
    return ", ".join(f"{each[:12]}..." for each in sorted(hashes)) or "none"

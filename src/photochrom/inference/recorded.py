"""Recipes as plain values for JSON, and back.

Only what differs from the default is written, so the defaults are part of the format: an option
whose default changes needs a new name. Types come from the recipe's annotations, so an option needs
nothing here unless it is a picture.
"""

import json
from collections.abc import Sequence
from dataclasses import fields
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from photochrom.errors import OptionError, PhotochromError, RecipeError
from photochrom.inference.fingerprint import PICTURES, Recorded, fingerprint
from photochrom.inference.kinds import as_picture
from photochrom.inference.references.reference import Reference

if TYPE_CHECKING:
    from photochrom.inference.recipe import Recipe

_UNREADABLE = (
    PhotochromError,
    TypeError,
    ValueError,
    KeyError,
    AttributeError,
    OverflowError,
)
_Kind = TypeVar("_Kind", bound="Recipe")


def to_json(plain: object) -> str:
    """Return plain values as the one JSON text that they have, in ASCII."""
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), allow_nan=False)


def from_json(text: str) -> Any:
    """Read JSON.

    Raises
    ------
    RecipeError
        If it is none.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RecipeError(f"not JSON, but damaged: {error}") from error


def to_dict(recipe: "Recipe") -> dict[str, Any]:
    """Return plain values of the options that differ from their defaults."""
    given = ((each.name, getattr(recipe, each.name), each.default) for each in fields(recipe))
    return {name: _plain(name, value) for name, value, usual in given if _differs(value, usual)}


def from_dict(kind: type[_Kind], plain: object) -> _Kind:
    """Read what `to_dict` wrote.

    Raises
    ------
    RecipeError
        If it is something else, or of a newer version.
    """
    if not isinstance(plain, dict):
        raise RecipeError(f"expected a recipe's options by name, got {type(plain).__name__}")
    hints = _hints(kind)
    unknown = sorted(str(name) for name in plain.keys() - hints.keys())
    if unknown:
        raise RecipeError(
            f"the recipe has options that this photochrom does not know, {', '.join(unknown)}; "
            "it is of a newer version: run `pip install --upgrade photochrom`"
        )
    values = {name: _value(name, hints[name], value) for name, value in plain.items()}
    try:
        return kind(**values)
    except PhotochromError as error:
        raise RecipeError(f"the recipe cannot be read: {error}") from error


def _differs(value: object, usual: object) -> bool:
    if isinstance(value, str | bool | int | float | tuple):  # arrays do not compare
        return value != usual
    return value is not usual


def _plain(name: str, value: object) -> object:
    if isinstance(value, tuple | list):
        return [_plain(name, each) for each in value]
    if name in PICTURES and value is not None:
        return {"sha256": _sha256_of(value)}
    if isinstance(value, str | bool | NoneType):
        return value
    if isinstance(value, Integral):  # also NumPy's
        return int(value)
    if isinstance(value, Real):
        number = float(value)
        return int(number) if number.is_integer() else number  # 1 and 1.0 are one number
    if hasattr(value, "to_dict"):
        return value.to_dict()
    raise OptionError(f"{name}={value!r} cannot be recorded; expected a plain value")


def _sha256_of(picture: object) -> str:
    if isinstance(picture, Recorded | Reference):
        return picture.sha256
    return fingerprint(as_picture(picture).pixels)


def _hints(kind: "type[Recipe]") -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {each.name: hints[each.name] for each in fields(kind)}


def _value(name: str, hint: Any, plain: object) -> Any:
    try:
        if name in PICTURES:
            return _pictures(plain)
        return _read(hint, plain)
    except _UNREADABLE as error:
        raise RecipeError(f"the recipe's {name} cannot be read: {error}") from error


def _pictures(plain: Any) -> Any:
    if isinstance(plain, list):
        return tuple(_pictures(each) for each in plain)
    if plain.keys() != {"sha256"} or not isinstance(plain["sha256"], str):
        raise TypeError("expected the SHA-256 of a picture")
    return Recorded(plain["sha256"])


def _read(hint: Any, plain: Any) -> Any:
    """Read a plain value as what an annotation says."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        return _first(parts, plain)
    if origin is Literal:
        return parts[parts.index(plain)]  # ValueError where it is none of them
    if origin is tuple:
        if not isinstance(plain, list):
            raise TypeError(f"expected a list, got {plain!r:.80}")
        return tuple(_read(parts[0], each) for each in plain)
    if hasattr(hint, "from_dict"):
        return hint.from_dict(plain)
    return _exactly(hint, plain)


def _first(hints: Sequence[Any], plain: object) -> Any:
    """Read as the first kind that fits; complain as the last one does."""
    problem: Exception = TypeError("nothing fits")
    for hint in sorted(hints, key=lambda each: each is not NoneType):
        try:
            return _read(hint, plain)
        except _UNREADABLE as error:
            problem = error
    raise problem


def _exactly(hint: Any, plain: Any) -> Any:
    if hint is float and type(plain) is int:
        return float(plain)
    if type(plain) is not hint:
        raise TypeError(f"expected {getattr(hint, '__name__', hint)}, got {plain!r:.80}")
    return plain

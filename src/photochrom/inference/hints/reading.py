"""Hints as callers hand them over, and from files."""

import json
from os import PathLike
from pathlib import Path as FilePath
from typing import Any, TypeAlias

import numpy as np

from photochrom._types import Path
from photochrom.errors import HintError, InputMissingError, OptionError
from photochrom.imageio.depth import to_eight_bits
from photochrom.inference.hints.hint import Hint, HintLayer
from photochrom.inference.kinds import as_picture

Given: TypeAlias = "Hint | HintLayer | str | dict[str, Any]"

_LARGEST = 1 << 24  # bytes of a hint file; ten thousand strokes take less


def as_hint(given: Any) -> Hint | HintLayer:
    """Take a hint, "X,Y[,R]=COLOUR", a dict as in hint files, or a picture with transparency.

    A picture is what `Colorizer.colorize` takes, but for a path as a string.

    Raises
    ------
    HintError
        If it is not one of them.
    OptionError
        If there is no such colour.
    InputMissingError, PictureError
        If a picture's file is not there or not a picture.
    """
    if isinstance(given, Hint | HintLayer):
        return given
    if isinstance(given, dict):
        return (HintLayer if "layer" in given else Hint).from_dict(given)
    if isinstance(given, str):
        return Hint.parse(given)
    return _layer(given)


def load_hints(path: Path) -> tuple[Hint | HintLayer, ...]:
    """Read a `.json` file, a list of hints, or any picture with transparency as a hint layer.

    Raises
    ------
    InputMissingError, PictureError
        If the file is not there or not a picture.
    HintError
        If there are no hints in it.
    OptionError
        If there is no such colour as one names.
    """
    path = FilePath(path)
    if path.suffix.lower() != ".json":
        return (_layer(path),)
    return read_hints(_content(path), path.name)


def read_hints(content: bytes, name: str) -> tuple[Hint | HintLayer, ...]:
    """Read the list of hints of a `.json` file; `name` is what errors call it.

    Raises
    ------
    HintError, OptionError
        As `load_hints`.
    """
    plain = _json(content, name)
    listed = plain.get("hints") if isinstance(plain, dict) else plain
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise HintError(f'{name} must hold a list of hints, [{{"x", "y", "color"}}, ...]')
    if not listed:
        raise HintError(f"there are no hints in {name}")
    return tuple(_entry(each, f"{name}, hint {number}") for number, each in enumerate(listed))


def _entry(plain: dict[str, Any], where: str) -> Hint | HintLayer:
    try:
        return as_hint(plain)
    except (HintError, OptionError) as error:
        raise type(error)(f"{where}: {error}") from error


def _content(path: FilePath) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)
    except FileNotFoundError as error:
        raise InputMissingError(f"there is no hint file {path}") from error
    except OSError as error:
        raise HintError(f"{path} cannot be read: {error.strerror}") from error
    if len(content) > _LARGEST:
        raise HintError(f"{path.name} is larger than 16 MB and so no hint file")
    return content


def _json(content: bytes, name: str) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise HintError(f"{name} is not JSON: {error}") from error


def _layer(given: Any) -> HintLayer:
    picture = as_picture(given)
    if picture.alpha is None:
        named = FilePath(given).name if isinstance(given, str | PathLike) else "the hint layer"
        raise HintError(
            f"{named} has no transparency, so it would say every pixel; a hint layer is "
            "transparent where nothing is said"
        )
    rgb = np.repeat(picture.pixels, 3, axis=2) if picture.is_gray else picture.pixels
    rgba = np.concatenate([rgb, picture.alpha[..., np.newaxis]], axis=2)
    return HintLayer.of(to_eight_bits(rgba))

"""Find, verify and describe the models that ship inside the package.

`index.json` says what ships: names, files, sizes, hashes, licences, cards. A model is read only if
its bytes are those that were released.
"""

import hashlib
import json
from dataclasses import dataclass, fields
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path as FilePath

from photochrom._types import Path
from photochrom.errors import InputMissingError, ModelFileError

DEFAULT = "general"
"""The model that colours when nobody names another."""
_REINSTALL = "reinstall it with `pip install --force-reinstall photochrom`"


@dataclass(frozen=True)
class Packaged:
    """One model of the package."""

    name: str
    """What `--model` and `Colorizer` take."""
    file: str
    """Its file inside the package."""
    sha256: str
    """Of the file, hex."""
    bytes: int
    """Size of the file."""
    code_licence: str
    """Of the code around the weights, SPDX."""
    weights_licence: str
    """Of the weights, in words."""
    card: str
    """File inside the package: what it was trained on, figures, limits."""


_KEYS = [field.name for field in fields(Packaged)]


@cache
def packaged() -> tuple[Packaged, ...]:
    """Return what ships with this installation."""
    try:
        plain = json.loads(_file("index.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelFileError(f"photochrom's list of models is missing; {_REINSTALL}") from None
    except ValueError:
        raise ModelFileError(f"photochrom's list of models is damaged; {_REINSTALL}") from None
    try:
        return tuple(Packaged(**{key: entry[key] for key in _KEYS}) for entry in plain["models"])
    except (KeyError, TypeError):
        raise ModelFileError(f"photochrom's list of models is damaged; {_REINSTALL}") from None


def is_packaged(name: str) -> bool:
    """Say whether a model of this name ships.

    The list is asked for bare words alone, so that models given by path need none.

    Raises
    ------
    ModelFileError
        If the list is missing or damaged.
    """
    return _is_word(name) and any(model.name == name for model in packaged())


def find(name: str) -> Packaged:
    """Return the packaged model of a name.

    Raises
    ------
    InputMissingError
        If no model of that name ships.
    """
    for model in packaged():
        if model.name == name:
            return model
    raise InputMissingError(f"no packaged model is called {name!r}; there is: {_names()}")


def resolve(model: Path | bytes) -> Path | bytes:
    """Return the verified bytes where `model` names a packaged model, else `model` itself.

    A string that equals such a name means the packaged model, even where a file of that name lies
    in the current folder: `./general` means the file. A `pathlib.Path` always means a file.

    Raises
    ------
    InputMissingError
        If a plain word is neither a packaged model nor a file.
    ModelFileError
        If the packaged file is missing or has changed, or the list of them is.
    """
    if not isinstance(model, str):
        return model
    if is_packaged(model):
        return read(find(model))
    if _is_word(model) and not FilePath(model).exists():
        raise InputMissingError(
            f"there is no model file {model}, and no packaged model of that name; "
            f"there is: {_names()}"
        )
    return model


def read(model: Packaged) -> bytes:
    """Return a packaged model's bytes, after comparing their hash.

    Raises
    ------
    ModelFileError
        If the file is missing or is not the one that was released.
    """
    try:
        content = _file(model.file).read_bytes()
    except FileNotFoundError:
        raise ModelFileError(
            f"the packaged model {model.name!r} is missing from this installation; {_REINSTALL}"
        ) from None
    found = hashlib.sha256(content).hexdigest()
    if found != model.sha256:
        raise ModelFileError(
            f"the packaged model {model.name!r} is damaged or was changed: its SHA-256 should "
            f"begin with {model.sha256[:12]}, but begins with {found[:12]}; {_REINSTALL}"
        )
    return content


def card(model: Packaged) -> str:
    """Return the model's card, Markdown.

    Raises
    ------
    ModelFileError
        If it is missing.
    """
    try:
        return _file(model.card).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ModelFileError(f"the card of {model.name!r} is missing; {_REINSTALL}") from None


def _file(name: str) -> Traversable:
    return files("photochrom.models").joinpath(name)


def _names() -> str:
    return ", ".join(model.name for model in packaged())


def _is_word(model: str) -> bool:
    """Tell what may be a name, mistyped or not, from what can only be a path."""
    return model.replace("-", "_").isidentifier()

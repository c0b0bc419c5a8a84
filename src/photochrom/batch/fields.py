"""Values of a record's lines: written as JSON, and read with care."""

import json
from pathlib import PurePosixPath
from typing import Any

from photochrom.storage.files import State
from photochrom.storage.local import path_of
from photochrom.storage.place import is_url, shown

_ENDLESS = 1e300


def state(size: Any, version: Any) -> State:
    """Return the state of a file."""
    if type(size) is not int:
        raise TypeError(f"expected a size, got {size!r:.80}")
    return State(size, text(version))


def text(value: Any) -> str:
    """Return a text."""
    if not isinstance(value, str):
        raise TypeError(f"expected text, got {value!r:.80}")
    return value


def name(value: Any) -> str:
    """Return the name of a file that lies in a folder, and not elsewhere by a detour."""
    path = PurePosixPath(text(value))
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"expected a name in the folder, got {value!r:.80}")
    return str(value)


def number(value: Any) -> float:
    """Return a number that has an end."""
    if type(value) not in (int, float) or not abs(value) < _ENDLESS:  # NaN is not, either
        raise TypeError(f"expected a number, got {value!r:.80}")
    return float(value)


def plain_state(known: State | None) -> list[Any]:
    """Return what `state` takes; nothing of a file whose state is not known."""
    return [] if known is None else [known.size, known.version]


def line(plain: dict[str, Any]) -> bytes:
    """Return a line of JSON."""
    # ASCII: file names that are not UTF-8 come as lone surrogates, which UTF-8 cannot hold.
    return json.dumps(plain, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"


def source_of(place: str) -> str:
    """Return a place as it goes on record: a path from the root, a URL without secrets."""
    return shown(place) if is_url(place) else str(path_of(place).absolute())

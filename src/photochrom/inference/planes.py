"""Planes of a field as 16-bit code values, and the description that brings them back.

Chroma stands on a grid of quarter units, so its code values are exact and look like a picture to
those who open the file. What is no multiple of that keeps its 32 bits, in two planes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np

from photochrom._types import Codes, Float32, UInt16
from photochrom.errors import LayerError
from photochrom.inference.field import LARGEST, STEP, Field

FORMAT = 1
_MOST_STRIDE = 64  # as a model file may have
_MOST_SIDE = 1 << 30  # px
_LARGEST = 1e6  # of any number in a plane; nobody writes a larger one on purpose
_ZERO, _SHIFT = 512, 6  # quarters are -511 to 511: ten bits, moved up to be seen
_QUARTERS, _FLOATS = "quarters", "float32"
_NEWER = "it is of a newer version: run `pip install --upgrade photochrom`"


@dataclass(frozen=True)
class Shelf:
    """Which plane stands where: (name, kind, channels) of each, 0 for (h', w'); and their size."""

    planes: tuple[tuple[str, str, int], ...]
    grid: tuple[int, int]


@dataclass(frozen=True)
class Story:
    """What a layer's file says besides its planes and its recipe; as `Layer` has it."""

    shelf: Shelf
    span: tuple[float, float]
    stride: int
    master: str
    size: tuple[int, int]
    sha256: str = ""
    """Over the code values and the rest, hex; empty while it is being worked out."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "format": FORMAT,
            "planes": self.shelf.planes,
            "grid": self.shelf.grid,
            "span": self.span,
            "stride": self.stride,
            "master": self.master,
            "size": self.size,
            "sha256": self.sha256,
        }

    @classmethod
    def from_dict(cls, plain: Any) -> Self:
        """Read what `to_dict` wrote.

        Raises
        ------
        LayerError
            If it is damaged, or of a newer version.
        """
        try:
            if type(plain["format"]) is int and plain["format"] > FORMAT:
                raise LayerError(_NEWER)
            if plain["format"] != FORMAT:
                raise ValueError(f"format {plain['format']!r:.20}")
            return cls._of(plain)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            if isinstance(error, LayerError):
                raise
            raise LayerError(f"its description is damaged: {error}") from error

    @classmethod
    def _of(cls, plain: dict[str, Any]) -> Self:
        grid = _two_whole(plain["grid"])
        named = tuple((_text(n), _text(k), _whole(c, 0)) for n, k, c in plain["planes"])
        down, across = (float(number) for number in plain["span"])
        if not (0 < down <= grid[0] and 0 < across <= grid[1]):
            raise ValueError(f"a span of {down}, {across}")
        _check_names(named)
        return cls(
            Shelf(named, grid),
            (down, across),
            _whole(plain["stride"], 1, _MOST_STRIDE),
            _text(plain["master"]),
            _two_whole(plain["size"]),
            _text(plain["sha256"]),
        )


def encode(planes: Mapping[str, Float32]) -> tuple[UInt16, Shelf]:
    """Return planes as code values (n * h', w'), one below the other, and where each stands.

    Parameters
    ----------
    planes : (h', w') or (h', w', c) each
    """
    coded, named = [], []
    for name, values in planes.items():
        stack = values[np.newaxis] if values.ndim == 2 else np.moveaxis(values, -1, 0)
        kind = _QUARTERS if _are_quarters(stack) else _FLOATS
        coded.append(_to_quarters(stack) if kind == _QUARTERS else _to_halves(stack))
        named.append((name, kind, 0 if values.ndim == 2 else len(stack)))
    stacked = np.concatenate(coded)
    height, width = stacked.shape[1:]
    return stacked.reshape(-1, width), Shelf(tuple(named), (height, width))


def decode(codes: Codes, shelf: Shelf) -> dict[str, Float32]:
    """Return the planes.

    Raises
    ------
    LayerError
        If the code values are not what the shelf says.
    """
    height, width = shelf.grid
    needed = [
        max(1, channels) * (2 if kind == _FLOATS else 1) for _, kind, channels in shelf.planes
    ]
    if codes.dtype != np.uint16 or codes.shape != (sum(needed) * height, width):
        raise LayerError("its description is damaged: its planes have another size than it says")
    stacked: list[UInt16] = np.split(codes.reshape(-1, height, width), np.cumsum(needed)[:-1])
    return {
        name: _plane(stack, kind, channels)
        for stack, (name, kind, channels) in zip(stacked, shelf.planes, strict=True)
    }


def _plane(stack: Codes, kind: str, channels: int) -> Float32:
    values = _from_quarters(stack) if kind == _QUARTERS else _from_halves(stack)
    if not (np.abs(values) <= _LARGEST).all():  # written so that NaN fails it too
        raise LayerError("its planes hold numbers that no layer has")
    return np.ascontiguousarray(np.moveaxis(values, 0, -1)) if channels else values[0]


def _are_quarters(values: Float32) -> bool:
    if not (np.abs(values) <= LARGEST).all():
        return False
    back = _from_quarters(_to_quarters(values))
    return np.array_equal(back.view(np.uint32), np.ascontiguousarray(values).view(np.uint32))


def _to_quarters(values: Float32) -> UInt16:
    codes: UInt16 = ((np.rint(values / STEP).astype(np.int32) + _ZERO) << _SHIFT).astype(np.uint16)
    return codes


def _from_quarters(codes: Codes) -> Float32:
    values: Float32 = ((codes >> _SHIFT).astype(np.float32) - np.float32(_ZERO)) * STEP
    return values


def _to_halves(values: Float32) -> UInt16:
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    return np.concatenate([bits >> 16, bits & 0xFFFF]).astype(np.uint16)


def _from_halves(codes: Codes) -> Float32:
    upper, lower = np.split(codes.astype(np.uint32), 2)
    values: Float32 = ((upper << np.uint32(16)) | lower).view(np.float32)
    return values


def _check_names(named: tuple[tuple[str, str, int], ...]) -> None:
    names = [name for name, _, _ in named]
    known = {each.name for each in fields(Field)} - {"span"}
    if not known.issuperset(names) or any(k not in (_QUARTERS, _FLOATS) for _, k, _ in named):
        raise LayerError(_NEWER)
    if len(set(names)) != len(names) or ("chroma", 2) not in [(n, c) for n, _, c in named]:
        raise ValueError(f"planes {', '.join(names)}")


def _two_whole(numbers: Any) -> tuple[int, int]:
    down, across = (_whole(number, 1) for number in numbers)
    return down, across


def _whole(number: Any, least: int, most: int = _MOST_SIDE) -> int:
    if type(number) is not int or not least <= number <= most:
        raise ValueError(f"{number!r:.20} where a whole number from {least} to {most} was expected")
    return number


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r:.20} where text was expected")
    return value

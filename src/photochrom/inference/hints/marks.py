"""Hints drawn onto the pixels of their picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from photochrom._types import Float32, UInt8
from photochrom.color import lab
from photochrom.errors import HintError
from photochrom.inference.hints.hint import Hint, HintLayer

_SHIFT = 4  # bits of a pixel's fraction in OpenCV's drawing

Said: TypeAlias = "Hint | HintLayer"


@dataclass(frozen=True, eq=False)
class Marks:
    """The pixels of a picture whose chroma is said.

    Attributes
    ----------
    rows, columns : (n,), ascending by row, then by column
    chroma : (n, 2), a* and b*
    hint : (n,), number of the hint that says so
    notes : one sentence for each hint that others cover
    """

    rows: npt.NDArray[np.intp]
    columns: npt.NDArray[np.intp]
    chroma: Float32
    hint: npt.NDArray[np.int32]
    notes: tuple[str, ...] = ()


def mark(hints: Sequence[Said], height: int, width: int) -> Marks:
    """Draw hints, the last on top.

    Parameters
    ----------
    hints : at least one, palettes' numbers resolved
    height, width : of the picture, px

    Raises
    ------
    HintError
        If a hint lies outside the picture, a layer has another size, or a colour is not there.
    """
    places, colors = [], []
    for hint in hints:
        if isinstance(hint, HintLayer):
            places.append(np.flatnonzero(_fitting(hint, height, width)))
            colors.append(lab.from_srgb(hint.colors.astype(np.float32) / 255)[:, 1:])
        else:
            places.append(_drawn(hint, height, width))
            chroma = np.array([hint.chroma()], dtype=np.float32)
            colors.append(np.repeat(chroma, len(places[-1]), axis=0))
    if len(hints) == 1:  # nothing to sort, and a painted layer may have millions of pixels
        rows, columns = np.divmod(places[0], width)
        return Marks(rows, columns, colors[0], np.zeros(len(rows), dtype=np.int32))
    sizes = [len(each) for each in places]
    owner = np.repeat(np.arange(len(hints), dtype=np.int32), sizes)
    # The first of equals in the reversed order is the last that was said.
    place, where = np.unique(np.concatenate(places)[::-1], return_index=True)
    last = len(owner) - 1 - where
    left = np.bincount(owner[last], minlength=len(hints))
    notes = tuple(
        f"{hint.where}: later hints cover {size - kept} of its {size} px"
        for hint, size, kept in zip(hints, sizes, left.tolist(), strict=True)
        if kept < size
    )
    rows, columns = np.divmod(place, width)
    return Marks(rows, columns, np.concatenate(colors)[last], owner[last], notes)


def _fitting(layer: HintLayer, height: int, width: int) -> npt.NDArray[np.bool_]:
    if layer.said.shape != (height, width):
        rows, columns = layer.said.shape
        raise HintError(
            f"the hint layer is {columns} x {rows} px, the picture {width} x {height} (upright); "
            "a layer has exactly its picture's size"
        )
    return layer.said


def _drawn(hint: Hint, height: int, width: int) -> npt.NDArray[np.intp]:
    """Return the pixels of a point or a stroke, as numbers row by row."""
    for x, y in hint.points:
        if not (0 <= x < width and 0 <= y < height):
            raise HintError(
                f"hint {x:g},{y:g} lies outside the picture ({width} x {height}, upright); "
                "coordinates are full-size pixels from 0"
            )
    points = np.floor(np.array(hint.points)).astype(np.int32)  # the pixel that x and y lie in
    reach = int(min(hint.radius, height + width)) + 1
    left, top = np.maximum(points.min(axis=0) - reach, 0)
    right, bottom = np.minimum(points.max(axis=0) + reach + 1, (width, height))
    canvas = np.zeros((bottom - top, right - left), dtype=np.uint8)
    _draw(canvas, points - (left, top), min(hint.radius, height + width))
    rows, columns = np.nonzero(canvas)
    return np.asarray((rows + top) * width + columns + left, dtype=np.intp)


def _draw(canvas: UInt8, points: npt.NDArray[np.int32], radius: float) -> None:
    if len(points) > 1:
        thickness = max(1, round(2 * radius))
        cv2.polylines(canvas, [points], isClosed=False, color=1, thickness=thickness)
    for x, y in points.tolist():
        if radius < 1:
            canvas[y, x] = 1
        else:
            scaled, centre = round(radius * (1 << _SHIFT)), (x << _SHIFT, y << _SHIFT)
            cv2.circle(canvas, centre, scaled, color=1, thickness=cv2.FILLED, shift=_SHIFT)

"""The few places that stand for hinted pixels while their colour is spread."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from photochrom._types import Float32, Float64
from photochrom.inference.hints.marks import Marks

Numbers: TypeAlias = npt.NDArray[np.integer[Any]]

_MESH = 8  # px at the working size, at first
_SHADE = 8.0  # a*b* units that a painted layer's colours in one cell may differ
_ENOUGH = 1 << 18  # px
MOST = 200  # the work grows with it; strokes beyond are thinned out


@dataclass(frozen=True, eq=False)
class Anchors:
    """Places at the working size whose chroma is said.

    Attributes
    ----------
    rows, columns : (n,)
    chroma : (n, 2), a* and b*
    said : how many things were said, at most n: a stroke has many anchors and is one
    """

    rows: Numbers
    columns: Numbers
    chroma: Float32
    said: int

    @property
    def places(self) -> Iterator[tuple[int, int]]:
        """Row and column of each."""
        return zip(self.rows.tolist(), self.columns.tolist(), strict=True)


def anchor(marks: Marks, height: int, width: int, size: tuple[int, int]) -> Anchors:
    """Choose anchors for marks: one a hint and shade in each cell of a mesh, as `MOST` allows.

    Parameters
    ----------
    marks : at full size
    height, width : full size, px
    size : working (height, width)
    """
    marks = _thinned(marks)
    rows = np.minimum((marks.rows + 0.5) * (size[0] / height), size[0] - 1).astype(np.intp)
    columns = np.minimum((marks.columns + 0.5) * (size[1] / width), size[1] - 1).astype(np.intp)
    down, across = (_from_its_first(marks.hint, each) for each in (rows, columns))
    shades = np.rint(marks.chroma.T / _SHADE).astype(np.intp)
    shades -= shades.min(axis=1, keepdims=True)
    said = len(np.unique(_cells(marks.hint, *shades)))  # of a painted layer each shade
    hint, mesh = marks.hint, _MESH
    if len(np.unique(hint)) > MOST:  # then neighbours have to share an anchor
        hint, down, across = np.zeros_like(hint), rows, columns
    cell = _cells(hint, down // mesh, across // mesh, *shades)
    while len(np.unique(cell)) > MOST and mesh < max(size):
        mesh *= 2
        cell = _cells(hint, down // mesh, across // mesh, *(shades // (mesh // _MESH)))
    _, member, count = np.unique(cell, return_inverse=True, return_counts=True)
    middle = [_means(member, count, each) for each in (rows, columns)]
    apart = (rows - middle[0][member]) ** 2 + (columns - middle[1][member]) ** 2
    order = np.lexsort((apart, member))
    chosen = order[np.searchsorted(member[order], np.arange(len(count)))]  # on the stroke itself
    chroma = np.stack([_means(member, count, plane) for plane in marks.chroma.T], axis=1)
    return _distinct(rows[chosen], columns[chosen], chroma, said)


def _thinned(marks: Marks) -> Marks:
    """Leave out most pixels of a large painted area; its cells have hundreds each."""
    if len(marks.rows) <= _ENOUGH:
        return marks
    part = slice(None, None, -(-len(marks.rows) // _ENOUGH))
    return Marks(marks.rows[part], marks.columns[part], marks.chroma[part], marks.hint[part])


def _from_its_first(hint: Numbers, places: Numbers) -> Numbers:
    """Count places from the first of each hint, so that a small one lies in one cell."""
    first = np.full(int(hint.max()) + 1, np.iinfo(np.intp).max)
    np.minimum.at(first, hint, places)
    return np.asarray(places - first[hint])


def _cells(*keys: Numbers) -> Numbers:
    """Number the combinations of several keys."""
    cell = np.zeros(len(keys[0]), dtype=np.intp)
    for key in keys:
        cell = cell * (int(key.max()) + 1) + key
    return cell


def _means(member: Numbers, count: Numbers, values: npt.NDArray[Any]) -> Float64:
    mean: Float64 = np.bincount(member, values) / count
    return mean


def _distinct(rows: Numbers, columns: Numbers, chroma: Float64, said: int) -> Anchors:
    """Average anchors that fall on one place: two colours there cannot both be met."""
    _, first, member, count = np.unique(
        _cells(rows, columns), return_index=True, return_inverse=True, return_counts=True
    )
    mean = np.stack([_means(member, count, plane) for plane in chroma.T], axis=1)
    said = min(said, len(first))
    return Anchors(rows[first], columns[first], mean.astype(np.float32), said)

"""Bilinear enlargement of small maps, block by block: blocks equal the whole exactly."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from photochrom._types import Float32, Float64
from photochrom.errors import ShapeError

Cells: TypeAlias = npt.NDArray[np.intp]
"""Numbers of cells along an axis."""


@dataclass(frozen=True, eq=False)
class Axis:
    """Where the pixels of an axis lie among the cells of a map.

    Attributes
    ----------
    lower, upper : (length,) the cells on both sides of each pixel's centre
    weight : (length,) share of `upper`, 0..1
    """

    lower: Cells
    upper: Cells
    weight: Float32

    @classmethod
    def of(
        cls, length: int, cells: int, span: float | None = None, at: Float64 | None = None
    ) -> "Axis":
        """Spread `length` pixels evenly over `span` cells, centres on centres.

        `span` is less than `cells` where the last cell reaches beyond the picture, as it does when
        a network's stride does not divide the working size. `at` names other places than the
        centres of all pixels, px from the axis' start.
        """
        spread = cells if span is None else span
        places = np.arange(length) + 0.5 if at is None else at
        centre = places * (spread / length) - 0.5
        centre = np.clip(centre, 0, cells - 1)
        lower = np.minimum(np.floor(centre).astype(np.intp), max(cells - 2, 0))
        upper = np.minimum(lower + 1, cells - 1)
        return cls(lower, upper, (centre - lower).astype(np.float32))


@dataclass(frozen=True, eq=False)
class Enlargement:
    """A small map, to be seen at full size.

    Attributes
    ----------
    planes : (c, h', w') the map, planes first
    down, across : the full-size rows and columns
    """

    planes: Float32
    down: Axis
    across: Axis

    @classmethod
    def of(
        cls,
        planes: Float32,
        height: int,
        width: int,
        span: tuple[float, float] | None = None,
        at: tuple[Float64, Float64] | None = None,
    ) -> "Enlargement":
        """Prepare an enlargement to `height` x `width`; nothing of that size is made.

        Parameters
        ----------
        planes : (c, h', w')
        span : how many cells (down, across) the picture covers; all of them by default
        at : rows and columns of full size to enlarge to, px from its corner; all by default

        Raises
        ------
        ShapeError
            If `planes` has not three axes.
        """
        if planes.ndim != 3 or planes.size == 0:
            raise ShapeError(f"planes must be (c, h, w), got an array of shape {planes.shape}")
        rows, columns = span or planes.shape[1:]
        down, across = at or (None, None)
        return cls(
            np.ascontiguousarray(planes, dtype=np.float32),
            Axis.of(height, planes.shape[1], rows, down),
            Axis.of(width, planes.shape[2], columns, across),
        )

    def block(self, rows: slice, columns: slice) -> Float32:
        """Return a part of the full size, (c, rows, columns); every slice needs both ends."""
        lower, upper = self.down.lower[rows], self.down.upper[rows]
        first = int(lower[0])
        wide = self._widened(first, int(upper[-1]) + 1, columns)
        step = np.diff(wide, axis=1, append=wide[:, -1:])
        weight, cell = self.down.weight[rows][:, np.newaxis], lower - first
        result = np.empty((len(wide), len(lower), wide.shape[2]), dtype=np.float32)
        low = np.empty_like(result[0])
        for index, plane in enumerate(result):
            # Copying rows of cells first is quicker than broadcasting them.
            np.take(step[index], cell, axis=0, out=plane, mode="clip")
            np.take(wide[index], cell, axis=0, out=low, mode="clip")
            np.multiply(plane, weight, out=plane)
            np.add(plane, low, out=plane)
        return result

    def _widened(self, first: int, last: int, columns: slice) -> Float32:
        """Return rows of cells at full-size columns, (c, last - first, columns)."""
        part = self.planes[:, first:last]
        wide = np.take(part, self.across.upper[columns], axis=2)
        low = np.take(part, self.across.lower[columns], axis=2)
        wide -= low
        wide *= self.across.weight[columns]
        wide += low
        return wide

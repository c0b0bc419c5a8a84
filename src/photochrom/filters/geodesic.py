"""How far places of a picture lie apart when every edge of lightness is a detour."""

import numpy as np

from photochrom._types import Float32
from photochrom.errors import ShapeError

_SWEEPS = 8  # of 3, ways that turn often came out too long, and were seen as straight streaks


class Geodesic:
    """Distances over one picture, prepared once.

    A path goes from pixel to pixel, across and down; a step costs 1 plus the squared change of
    lightness on it: an edge then costs far more than a slope of the same height. Each sweep is
    exact along rows and columns, by running minima instead of a queue, so paths may turn as often
    as there are sweeps, which is nearly always enough.

    Parameters
    ----------
    lightness : (h, w), L*, without grain
    edge : the change of L* that costs as much as a step; infinity where edges are to cost nothing

    References
    ----------
    Criminisi, Sharp and Blake, "GeoS: Geodesic Image Segmentation", ECCV 2008 (raster scans).
    """

    def __init__(self, lightness: Float32, edge: float) -> None:
        if lightness.ndim != 2 or lightness.size == 0:
            raise ShapeError(f"lightness must be (h, w), got an array of shape {lightness.shape}")
        self._across = _way(lightness, edge)
        self._down = np.ascontiguousarray(_way(lightness.T, edge).T)
        self._far = np.float32(self._across.max() + self._down.max() + 1)

    def to(self, row: int, column: int) -> Float32:
        """Return the distance (h, w) of every pixel to one of them, in steps."""
        distance = np.full(self._across.shape, self._far, dtype=np.float32)
        distance[row, column] = 0
        for _ in range(_SWEEPS):
            _relax(distance, self._across, axis=1)
            _relax(distance, self._down, axis=0)
        return distance


def _way(lightness: Float32, edge: float) -> Float32:
    """Length of the way along each row, from its beginning (h, w)."""
    way = np.zeros(lightness.shape, dtype=np.float32)
    steps = 1 + (np.diff(lightness, axis=1) / np.float32(edge)) ** 2
    np.cumsum(steps, axis=1, out=way[:, 1:])
    return way


def _relax(distance: Float32, way: Float32, axis: int) -> None:
    """Let every pixel be reached from all others along an axis, in both directions."""
    ahead = np.minimum.accumulate(distance - way, axis=axis)
    ahead += way
    back = np.flip(distance + way, axis)
    back = np.flip(np.minimum.accumulate(back, axis=axis), axis)
    np.minimum(ahead, back - way, out=distance)
    np.maximum(distance, 0, out=distance)  # rounding

"""Nothing beyond a palette: chroma brought into its convex hull."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from photochrom._types import Float32, Float64
from photochrom.palettes.palette import Palette

_HALF = 128  # units of a*b* on each side of gray
_NODES = 2 * _HALF + 1
_FLAT = 1e-6  # square units: below it the hull is a point or a line


@dataclass(frozen=True, eq=False)
class Hull:
    """The mixtures of a palette's colours, and for any chroma the nearest of them.

    Enlargement along edges of lightness can overshoot, by some units on up to 5 % of the pixels. A
    table of one unit a node does for full-size pictures: between nodes it mixes points of the hull,
    which is convex, so what it gives lies within.

    Attributes
    ----------
    table : (257, 257, 2), the nearest mixture, by b* down and a* across
    """

    table: Float32

    @classmethod
    def of(cls, palette: Palette) -> Self:
        """Make the table, in some milliseconds."""
        axis = np.arange(-_HALF, _HALF + 1, dtype=np.float64)
        grid = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
        near = nearest_mixture(grid, palette)
        return cls(near.reshape(_NODES, _NODES, 2).astype(np.float32))

    def within(self, chroma: Float32) -> Float32:
        """Return planes (2, h, w) of a* and b* with what lies outside brought to the border."""
        place = chroma + np.float32(_HALF)
        border = cv2.BORDER_REPLICATE
        found = cv2.remap(self.table, place[0], place[1], cv2.INTER_LINEAR, borderMode=border)
        return np.ascontiguousarray(np.moveaxis(np.asarray(found, dtype=np.float32), -1, 0))


def nearest_mixture(points: Float64, palette: Palette) -> Float64:
    """Return the points (n, 2) of a palette's convex hull that are nearest to the given ones."""
    corners = cv2.convexHull(palette.chroma.astype(np.float32)).reshape(-1, 2).astype(np.float64)
    best, least = points.copy(), np.full(len(points), np.inf)
    inside = np.full(len(points), abs(cv2.contourArea(corners.astype(np.float32))) > _FLAT)
    turn = np.sign(cv2.contourArea(corners.astype(np.float32), True))
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along = end - start
        away = points - start
        inside &= turn * (along[0] * away[:, 1] - along[1] * away[:, 0]) >= 0
        share = np.clip(away @ along / np.maximum(along @ along, 1e-12), 0, 1)
        foot = start + share[:, np.newaxis] * along
        squared = ((points - foot) ** 2).sum(axis=1)
        best[squared < least] = foot[squared < least]
        least = np.minimum(least, squared)
    return np.where(inside[:, np.newaxis], points, best)

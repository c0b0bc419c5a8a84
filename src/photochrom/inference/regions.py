"""What a network says of the regions of a picture, rather than of its pixels."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from photochrom._types import Float32, Float64, Labels
from photochrom.filters import guided_mean, regions
from photochrom.filters.resize import resize
from photochrom.inference.field import Guess
from photochrom.palettes import families
from photochrom.palettes.decode import probabilities
from photochrom.palettes.palette import Palette

_CELLS = 4096  # at most, in which regions are looked for; finer grids are averaged first
# Of the picture's cells, times squared units of the features: neighbours are merged up to the
# first, then what may lie apart but is alike up to the second. Of 0.0007 to 0.03 for the second,
# larger ones leave one tint for the whole picture, smaller ones paint one object in two colours.
_NEIGHBOURS = 0.002
_ALIKE = 0.0015
_EDGE = 4.0  # L* from cell to cell; less is no edge, as in skies, where no region may end
_TONE = 2.0  # by how much lightness counts beside probabilities: black to white is as far as 4
_MOST = 24  # regions; photographs have 2 to 10
_SOFT = 3  # cells, radius within which a border is gradual where lightness is smooth


@dataclass(frozen=True, eq=False)
class Regions:
    """The regions of a picture, largest first.

    Attributes
    ----------
    labels : (h'', w''), the region of each cell, maybe of a coarser grid than the network's
    sizes : (r,), shares of the picture, sum 1
    lightness : (r,), L*
    probabilities : (r, k), means over the region
    """

    labels: Labels
    sizes: Float64
    lightness: Float64
    probabilities: Float64

    @classmethod
    def of(cls, guess: Guess, palette: Palette) -> Self:
        """Find the regions: first of like neighbours, then of what is alike wherever it lies.

        So a flower in front of grass is a region, and all the grass round it is one. Between the
        two, regions are merged that no edge divides: what the network doubts changes slowly over a
        dark sky, and half of it in another colour is what gives a colouring away.
        """
        logits, lightness = _coarse(guess)
        colors = np.asarray(probabilities(logits), dtype=np.float64)
        cells = (*np.sqrt(colors @ families.shares(palette)).T, _TONE / 100 * lightness.ravel())
        labels = _merged(np.stack(cells, axis=1), lightness)
        return cls._in_order(labels.reshape(lightness.shape), lightness, colors)

    @classmethod
    def _in_order(cls, labels: Labels, lightness: Float32, colors: Float64) -> Self:
        """Number regions by what they are, not by where: a mirrored picture has the same."""
        count = labels.max() + 1
        sizes = np.bincount(labels.ravel()).astype(np.float64)
        light = np.bincount(labels.ravel(), lightness.ravel()) / sizes
        mean = np.stack([colors[labels.ravel() == one].mean(axis=0) for one in range(count)])
        order = np.lexsort((light, -sizes))
        place = np.empty(count, dtype=np.intp)
        place[order] = np.arange(count)
        return cls(place[labels], sizes[order] / labels.size, light[order], mean[order])

    def shares(self, guide: Float32) -> Float32:
        """Return how much of each region there is in the cells of a grid, (r, h', w').

        Parameters
        ----------
        guide : (h', w'), L*; borders follow its edges
        """
        rows, columns = (
            ((np.arange(length) + 0.5) * cells / length).astype(np.intp)
            for length, cells in zip(guide.shape, self.labels.shape, strict=True)
        )
        labels = self.labels[np.ix_(rows, columns)]
        return guided_mean.soften(labels, len(self.sizes), guide, self.radius(guide))

    def radius(self, guide: Float32) -> int:
        """Return how many cells of a grid a border may be wide."""
        cells: float = _SOFT * guide.shape[0] / len(self.labels)
        return max(1, round(cells))


def _coarse(guess: Guess) -> tuple[Float64, Float32]:
    """Return logits (cells, k) and L* (h'', w'') of at most about `_CELLS` cells."""
    height, width = guess.lightness.shape
    by = max(1.0, (height * width / _CELLS) ** 0.5)
    size = max(1, round(height / by)), max(1, round(width / by))
    planes = np.stack([resize(plane, size).ravel() for plane in guess.output], axis=1)
    return planes.astype(np.float64), resize(guess.lightness, size)


def _merged(cells: Float64, lightness: Float32) -> Labels:
    """Return the region of each cell; features are the families' roots and, last, lightness."""
    one = np.ones(len(cells))
    pairs = regions.neighbours(*lightness.shape)
    near = regions.merge(cells, one, pairs, _NEIGHBOURS * len(cells)).reshape(lightness.shape)
    parts = regions.dissolve(near, lightness, _EDGE).ravel()
    sizes = np.bincount(parts).astype(np.float64)
    told = (cells[:, :-1] ** 2).T  # which colour a part has, not how light it is, makes it alike
    means = np.sqrt(np.stack([np.bincount(parts, each) for each in told], axis=1) / sizes[:, None])
    most = _ALIKE * len(cells)
    while True:
        alike = regions.merge(means, sizes, regions.everyone(len(sizes)), most)
        if alike.max() < _MOST:
            return alike[parts]
        most *= 2

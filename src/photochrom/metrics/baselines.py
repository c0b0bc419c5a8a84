"""Colour without looking at the picture: what a colorizer must beat to have learned anything."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np

from photochrom._types import Float32, Float64, Floats
from photochrom.errors import ShapeError

BINS = 20  # of lightness, 5 L* each


@dataclass(frozen=True, eq=False)
class Baselines:
    """What a training set says of chroma without and with lightness.

    Attributes
    ----------
    mean_chroma : (2,), a* and b*: the mean over all pixels
    lightness_table : (20, 2), a* and b*: the mean over the pixels of each twentieth of lightness
    """

    mean_chroma: Float64
    lightness_table: Float64

    @classmethod
    def of_tuples(
        cls, mean_chroma: tuple[float, float], lightness_table: tuple[tuple[float, float], ...]
    ) -> Self:
        """Read what a model file's training summary holds."""
        return cls(np.array(mean_chroma), np.array(lightness_table))

    def to_tuples(self) -> tuple[tuple[float, float], tuple[tuple[float, float], ...]]:
        """Return mean chroma and table as a model file's training summary holds them."""
        return _pair(self.mean_chroma), tuple(_pair(row) for row in self.lightness_table)

    def constant(self, lightness: Floats) -> Float32:
        """Return the mean chroma (h, w, 2) everywhere, for `lightness` (h, w)."""
        shape = (*lightness.shape, 2)
        return np.broadcast_to(self.mean_chroma.astype(np.float32), shape).copy()

    def from_lightness(self, lightness: Floats) -> Float32:
        """Return the table's chroma (..., 2) for L* (...), linear between the middles of its bins.

        Linear is the stronger of the two ways: a table read in steps costs 0.01 to
        0.08 dE00 more (cat, palm, beach).
        """
        middles = (np.arange(BINS) + 0.5) * (100 / BINS)
        channels = [np.interp(lightness, middles, column) for column in self.lightness_table.T]
        return np.stack(channels, axis=-1).astype(np.float32)


def fit_baselines(pictures: Iterable[Floats]) -> Baselines:
    """Measure a training set's mean chroma and its lightness -> chroma table.

    Every pixel counts alike. Bins without a pixel are filled from their neighbours.

    Parameters
    ----------
    pictures : each (h, w, 3) L*a*b*

    Raises
    ------
    ShapeError
        If there is no pixel, or a picture has another shape.
    """
    counts = np.zeros(BINS)
    sums = np.zeros((BINS, 2))
    for lab in pictures:
        if lab.shape[-1:] != (3,):
            raise ShapeError(f"L*a*b* needs a last axis of 3, got {lab.shape}")
        flat = lab.reshape(-1, 3).astype(np.float64)
        bins = np.clip(flat[:, 0] * (BINS / 100), 0, BINS - 1).astype(np.intp)
        counts += np.bincount(bins, minlength=BINS)
        for axis in (0, 1):
            sums[:, axis] += np.bincount(bins, weights=flat[:, 1 + axis], minlength=BINS)
    if not counts.any():
        raise ShapeError("baselines need at least one pixel")
    return Baselines(sums.sum(axis=0) / counts.sum(), _filled(sums, counts))


def _pair(chroma: Float64) -> tuple[float, float]:
    return float(chroma[0]), float(chroma[1])


def _filled(sums: Float64, counts: Float64) -> Float64:
    known = np.flatnonzero(counts)
    means = sums[known] / counts[known, None]
    everywhere = np.arange(BINS)
    return np.stack([np.interp(everywhere, known, column) for column in means.T], axis=-1)

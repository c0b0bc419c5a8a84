"""How sure a mean over pictures is, by drawing the pictures again and again."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from photochrom._types import Float64
from photochrom.errors import ShapeError

_DRAWS = 2000  # between seeds the ends then move by 1 to 2 % of the width
_BLOCK = 1 << 20  # values drawn at a time, 16 MB


@dataclass(frozen=True)
class Interval:
    """A mean and where the mean of all such pictures probably lies.

    Attributes
    ----------
    mean : of the values
    low, high : the ends of the interval; not a number where one value alone was given
    """

    mean: float
    low: float
    high: float

    @property
    def is_below_zero(self) -> bool:
        """Whether the whole interval lies below zero."""
        return self.high < 0

    @property
    def is_above_zero(self) -> bool:
        """Whether the whole interval lies above zero."""
        return self.low > 0


def mean(
    values: Sequence[float], *, confidence: float = 0.95, rng: np.random.Generator | None = None
) -> Interval:
    """Return the mean of one value a picture with its percentile interval.

    Parameters
    ----------
    values : one a picture, finite
    confidence : share of such intervals that hold the true mean, if the pictures are many
    rng : default: a fresh one of seed 0, so that the same values give the same interval

    Raises
    ------
    ShapeError
        If there are no values.

    References
    ----------
    Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
    """
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or sample.size == 0:
        raise ShapeError(f"at least one value is needed for a mean, got shape {sample.shape}")
    centre = float(sample.mean())
    if sample.size == 1:  # nothing to draw from: the interval is unknown, not empty
        return Interval(centre, math.nan, math.nan)
    rng = np.random.default_rng(0) if rng is None else rng
    means = _drawn_means(sample, rng)
    outside = 50 * (1 - confidence)
    low, high = np.percentile(means, [outside, 100 - outside])
    return Interval(centre, float(low), float(high))


def _drawn_means(sample: Float64, rng: np.random.Generator) -> Float64:
    block = max(1, _BLOCK // sample.size)
    means = np.empty(_DRAWS)
    for start in range(0, _DRAWS, block):
        part = means[start : start + block]  # a view
        part[:] = sample[rng.integers(0, sample.size, (len(part), sample.size))].mean(axis=1)
    return means


def paired_difference(
    values: Sequence[float],
    others: Sequence[float],
    *,
    confidence: float = 0.95,
    rng: np.random.Generator | None = None,
) -> Interval:
    """Return the mean of `values - others`, picture by picture, with its interval.

    Pictures differ more than methods do; the difference on the same picture takes that out.
    """
    if len(values) != len(others):
        raise ShapeError(f"pairs are needed, got {len(values)} and {len(others)} values")
    differences = np.subtract(values, others, dtype=np.float64)
    return mean([float(d) for d in differences], confidence=confidence, rng=rng)

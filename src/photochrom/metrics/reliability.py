"""Whether what is called 70 % sure is right in 70 of 100 cases, and how to make it so."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from photochrom._types import Float64
from photochrom.errors import ShapeError
from photochrom.metrics.nearness import Seen

BINS = 15  # as in Guo et al.


@dataclass(frozen=True)
class Bin:
    """Cells that were called about equally sure.

    Attributes
    ----------
    said : their mean confidence, 0..1
    right : share of them that was right
    weight : their share of all
    """

    said: float
    right: float
    weight: float


def bins(seen: Sequence[Seen], count: int = BINS) -> list[Bin]:
    """Sort cells into bins of equal weight by how sure they were called.

    Every picture counts alike, however large. Cells called equally sure stay in one bin, so there
    may be fewer bins than asked for.

    Raises
    ------
    ShapeError
        If there is no cell.
    """
    said, right, weight = _pooled(seen)
    ends = np.cumsum(weight) / weight.sum()
    place = np.minimum((ends - weight / 2 / weight.sum()) * count, count - 1).astype(np.intp)
    # Of equals the first decides: a step of the curve is not cut in two.
    first = np.flatnonzero(np.diff(said, prepend=-1))
    place = np.repeat(place[first], np.diff(first, append=len(said)))
    total = np.bincount(place, weight, minlength=count)
    sums = (np.bincount(place, weight * each, minlength=count) for each in (said, right))
    rows = zip(*sums, total, strict=True)
    return [Bin(float(s / w), float(r / w), float(w / weight.sum())) for s, r, w in rows if w > 0]


def expected_error(seen: Sequence[Seen], count: int = BINS) -> float:
    """Return the expected calibration error: the mean gap between said and right, over the bins.

    The estimate of Naeini et al., with bins of equal weight in place of equal width: most cells lie
    close together, and a wide empty bin says nothing. 0 is perfect; even a perfect confidence has
    some 0.01 with a few hundred pictures, whose cells are right or wrong together.

    References
    ----------
    Naeini, Cooper and Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning",
    AAAI 2015.
    Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks", ICML 2017.
    """
    return gap(bins(seen, count))


def gap(found: Sequence[Bin]) -> float:
    """Return the mean gap between said and right over bins."""
    return sum(each.weight * abs(each.said - each.right) for each in found)


def rising(values: Float64, weights: Float64) -> Float64:
    """Return the non-decreasing sequence nearest to `values` (n,) in weighted squares.

    References
    ----------
    Ayer et al., "An Empirical Distribution Function for Sampling with Incomplete Information",
    Annals of Mathematical Statistics 26(4), 1955: pool adjacent violators.
    """
    blocks: list[tuple[float, float, int]] = []  # mean, weight, how many values
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        block = (value, weight, 1)
        while blocks and blocks[-1][0] >= block[0]:
            mean, before, length = blocks.pop()
            both = before + block[1]
            block = ((mean * before + block[0] * block[1]) / both, both, length + block[2])
        blocks.append(block)
    return np.repeat([mean for mean, _, _ in blocks], [length for _, _, length in blocks])


def _pooled(seen: Sequence[Seen]) -> tuple[Float64, Float64, Float64]:
    """Return said, right and weight of all cells, by rising `said`."""
    if not any(len(each.said) for each in seen):
        raise ShapeError("calibration needs at least one cell whose truth is known")
    said = np.concatenate([each.said for each in seen]).astype(np.float64)
    right = np.concatenate([each.right for each in seen]).astype(np.float64)
    weight = np.concatenate([np.full(len(each.said), 1 / max(len(each.said), 1)) for each in seen])
    order = np.argsort(said, kind="stable")
    return said[order], right[order], weight[order]

"""Parts that are alike, merged into regions: Ward's method, many merges at a time.

Ward's method always merges the two parts that cost least, where the cost is by how much the squared
distances to the means grow. Two parts that are each other's cheapest are merged sooner or later
whatever happens elsewhere, so all such pairs can be merged at once: some twenty rounds in place of
thousands of steps, with the same outcome. Where only neighbours may be merged the outcome can be
another one of the same kind, since a merged region may find cheaper neighbours than it had.
"""

import numpy as np
import numpy.typing as npt

from photochrom._types import Float64, Floats, Labels
from photochrom.errors import ShapeError

Pairs = npt.NDArray[np.intp]
"""(m, 2), numbers of two parts that may be merged."""

_SPREAD = 2654435761  # Knuth's multiplier: neighbouring numbers come far apart


def neighbours(height: int, width: int) -> Pairs:
    """Return the pairs of cells that share a side, of a grid numbered row by row."""
    cells = np.arange(height * width).reshape(height, width)
    across = np.stack([cells[:, :-1].ravel(), cells[:, 1:].ravel()], axis=1)
    down = np.stack([cells[:-1].ravel(), cells[1:].ravel()], axis=1)
    return np.concatenate([across, down])


def everyone(parts: int) -> Pairs:
    """Return all pairs of parts."""
    return np.stack(np.triu_indices(parts, 1), axis=1)


def merge(features: Floats, sizes: Float64, pairs: Pairs, most: float) -> Labels:
    """Merge parts until every further merge would cost `most` or more.

    Parameters
    ----------
    features : (n, f), what the parts are like
    sizes : (n,), above 0
    pairs : which may be merged
    most : size x squared units of the features

    Returns
    -------
    labels : (n,), the region of each part, 0, 1, ... without gaps

    Raises
    ------
    ShapeError
        If features and sizes do not fit together.

    References
    ----------
    Ward, "Hierarchical Grouping to Optimize an Objective Function", JASA 58, 1963.
    Murtagh, "A Survey of Recent Advances in Hierarchical Clustering Algorithms", The Computer
    Journal 26(4), 1983: why mutual neighbours can be merged at once.
    """
    if features.ndim != 2 or sizes.shape != features.shape[:1]:
        raise ShapeError(
            f"features (n, f) and sizes (n,) are needed, got {features.shape} and {sizes.shape}"
        )
    means, sizes = features.astype(np.float64), np.asarray(sizes, dtype=np.float64).copy()
    labels = np.arange(len(means))
    while len(pairs):
        merged = pairs[_mutual(pairs, _cost(means, sizes, pairs), len(means), most)]
        if len(merged) == 0:
            break
        keep, gone = merged.T
        both = sizes[keep] + sizes[gone]
        share = (sizes[gone] / both)[:, np.newaxis]
        means[keep] += share * (means[gone] - means[keep])
        sizes[keep] = both
        names = np.arange(len(means))
        names[gone] = keep
        labels, pairs = names[labels], _renamed(pairs, names)
    numbered: Labels = np.unique(labels, return_inverse=True)[1].reshape(-1)
    return numbered


def dissolve(labels: Labels, guide: Floats, least: float) -> Labels:
    """Merge neighbouring regions where their common border is no edge.

    Parameters
    ----------
    labels : (h, w), 0, 1, ... without gaps
    guide : (h, w)
    least : of the guide, mean step across a border that stays

    Returns
    -------
    labels : (h, w), 0, 1, ... without gaps
    """
    pairs = neighbours(*labels.shape)
    steps = np.abs(np.subtract(*guide.ravel()[pairs.T], dtype=np.float64))
    flat = labels.ravel()
    while True:
        borders, step = _borders(flat[pairs], steps)
        merged = borders[_mutual(borders, step, len(flat), least)]
        if len(merged) == 0:
            numbered: Labels = np.unique(flat, return_inverse=True)[1].reshape(labels.shape)
            return numbered
        names = np.arange(len(flat))
        names[merged[:, 1]] = merged[:, 0]
        flat = names[flat]


def _borders(pairs: Pairs, steps: Float64) -> tuple[Pairs, Float64]:
    """Return the pairs of different regions, each once, and the mean step between them."""
    most = int(pairs.max(initial=0)) + 1
    apart = pairs[:, 0] != pairs[:, 1]
    low, high = np.sort(pairs[apart], axis=1).T
    once, which = np.unique(low * most + high, return_inverse=True)
    mean = np.bincount(which, steps[apart]) / np.bincount(which)
    return np.stack(np.divmod(once, most), axis=1), mean


def _cost(means: Float64, sizes: Float64, pairs: Pairs) -> Float64:
    one, other = pairs.T
    weight = sizes[one] * sizes[other] / (sizes[one] + sizes[other])
    cost: Float64 = weight * ((means[one] - means[other]) ** 2).sum(axis=1)
    return cost


def _mutual(pairs: Pairs, cost: Float64, parts: int, most: float) -> npt.NDArray[np.bool_]:
    """Say which pairs are both parts' cheapest, and cheap enough."""
    one, other = pairs.T
    # Of equal costs, as in a blank picture, not always the first: rows would grow cell by cell.
    scattered = np.arange(len(pairs)) * _SPREAD % (1 << 32)
    rank = np.empty(len(pairs), dtype=np.intp)
    rank[np.lexsort((scattered, cost))] = np.arange(len(pairs))
    best = np.full(parts, len(pairs))
    np.minimum.at(best, one, rank)
    np.minimum.at(best, other, rank)
    mutual: npt.NDArray[np.bool_] = (best[one] == rank) & (best[other] == rank) & (cost < most)
    return mutual


def _renamed(pairs: Pairs, names: Labels) -> Pairs:
    one, other = names[pairs].T
    apart = one != other
    low, high = np.minimum(one, other)[apart], np.maximum(one, other)[apart]
    # As one number each: np.unique along an axis takes eight times as long.
    once = np.unique(low * len(names) + high)
    return np.stack(np.divmod(once, len(names)), axis=1)

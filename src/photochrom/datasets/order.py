"""The order in which an epoch visits the pictures: a function of the seed and the epoch alone."""

from collections.abc import Sequence

import numpy as np

from photochrom._types import Labels

WINDOW = 8  # shards whose pictures are mixed; more mixes better, fewer need less disk at a time


def epoch_order(sizes: Sequence[int], seed: int, epoch: int, *, window: int = WINDOW) -> Labels:
    """Shuffle shards, then the pictures of every `window` neighbouring ones together.

    Reads stay within a few shards for a while, so that distant ones can be fetched whole, and
    yet every epoch mixes other shards.

    Parameters
    ----------
    sizes : pictures of each shard
    seed, epoch : 0 or more; the same two give the same order
    window : shards, 1 or more

    Returns
    -------
    order : (n,), every number from 0 to n - 1 once, n the sum of `sizes`; the pictures of shard i
        are numbered behind those of shard i - 1
    """
    rng = np.random.default_rng((seed, epoch))
    starts = np.concatenate([[0], np.cumsum(sizes)])
    shards = rng.permutation(len(sizes))
    parts = []
    for first in range(0, len(shards), window):
        chosen = shards[first : first + window]
        members = [np.arange(starts[shard], starts[shard + 1]) for shard in chosen]
        parts.append(rng.permutation(np.concatenate(members)))
    return np.concatenate(parts)

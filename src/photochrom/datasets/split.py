"""Keep some of the training data back for choices: whole pictures, or blocks of one picture.

Neighbouring pixels are nearly the same, so a split by pixel measures memory. The origin's figures
were made that way; see the benchmarks for what they hide.
"""

from collections.abc import Sequence

import numpy as np

from photochrom._types import Mask
from photochrom.errors import DatasetError, OptionError

BLOCK = 40  # px; a fifth of the 200 px that pictures are trained at
GUARD = 15  # px, the widest window: then no two windows across the border share a pixel
LEAST_TRAIN = 1 / 3  # of the pixels; below that one strip is held out instead of blocks


def inner_split(
    names: Sequence[str], holdout: float = 0.2, seed: int = 0
) -> tuple[list[int], list[int]]:
    """Split pictures into those to fit and those to choose by.

    Parameters
    ----------
    names : of the pictures, two at least; only their number and the seed decide
    holdout : share to hold out, above 0 and below 1; at least one picture, and never all
    seed : of the choice

    Returns
    -------
    train, held : indices into `names`, ascending, together all of them

    Raises
    ------
    OptionError
        If `holdout` is out of range.
    DatasetError
        If there are fewer than two pictures: use `block_mask`.
    """
    _check_share(holdout)
    if len(names) < 2:
        raise DatasetError(f"expected at least 2 pictures to split, got {len(names)}")
    count = min(max(1, round(holdout * len(names))), len(names) - 1)
    chosen = np.random.default_rng(seed).permutation(len(names))[:count]
    held = sorted(int(i) for i in chosen)
    return sorted(set(range(len(names))) - set(held)), held


def block_mask(
    height: int,
    width: int,
    *,
    holdout: float = 0.2,
    block: int = BLOCK,
    guard: int = GUARD,
    seed: int = 0,
) -> tuple[Mask, Mask]:
    """Split the pixels of one picture by square blocks, with a band between that neither uses.

    Where blocks and bands would leave less than a third for training, a strip along one side is
    held out instead.

    Parameters
    ----------
    height, width : px
    holdout : share of the blocks to hold out, above 0 and below 1
    block : px, side of a block
    guard : px, width of the band; the window size keeps windows of one scale apart
    seed : of the choice

    Returns
    -------
    train, held : (h, w) each, True where a pixel belongs to that part

    Raises
    ------
    OptionError
        If an option is out of range.
    DatasetError
        If the picture is too small for both parts and the band between.
    """
    _check_share(holdout)
    if block < 1 or guard < 0:
        raise OptionError(f"expected block >= 1 and guard >= 0 px, got {block} and {guard}")
    train, held = _scattered(height, width, holdout, block=block, guard=guard, seed=seed)
    if train.mean() < LEAST_TRAIN:
        train, held = _strip(height, width, holdout, guard)
    if not (train.any() and held.any()):
        raise DatasetError(
            f"a picture of {width} x {height} is too small to hold out a part of it with "
            f"{guard} pixels between; use a larger one, a smaller window, or more pictures"
        )
    return train, held


def _check_share(holdout: float) -> None:
    if not 0 < holdout < 1:
        raise OptionError(f"expected a holdout above 0 and below 1, got {holdout}")


def _scattered(
    height: int, width: int, holdout: float, *, block: int, guard: int, seed: int
) -> tuple[Mask, Mask]:
    corners = [(y, x) for y in range(0, height, block) for x in range(0, width, block)]
    count = max(1, round(holdout * len(corners)))
    chosen = np.random.default_rng(seed).permutation(len(corners))[:count]
    train, held = np.ones((height, width), bool), np.zeros((height, width), bool)
    for y, x in (corners[i] for i in chosen):
        held[y : y + block, x : x + block] = True
        train[max(0, y - guard) : y + block + guard, max(0, x - guard) : x + block + guard] = False
    return train, held


def _strip(height: int, width: int, holdout: float, guard: int) -> tuple[Mask, Mask]:
    train, held = np.zeros((height, width), bool), np.zeros((height, width), bool)
    side = max(height, width)
    start = side - max(1, round(holdout * side))
    # Views: the longer side is the first axis of both.
    along_train, along_held = (m if height >= width else m.T for m in (train, held))
    along_held[start:] = True
    along_train[: max(0, start - guard)] = True
    return train, held

"""Splits: by picture, or by blocks of one picture that no window straddles."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from photochrom.datasets import block_mask, inner_split
from photochrom.errors import DatasetError, OptionError

shares = st.floats(0.01, 0.99)


@given(st.integers(2, 60), shares, st.integers(0, 5))
def test_every_picture_is_on_one_side_and_both_sides_have_one(count, holdout, seed):
    train, held = inner_split([str(i) for i in range(count)], holdout, seed)
    assert sorted(train + held) == list(range(count))
    assert train == sorted(train)
    assert held == sorted(held)
    assert train
    assert held
    assert len(held) == min(max(1, round(holdout * count)), count - 1)


def test_the_seed_decides():
    names = [str(i) for i in range(20)]
    assert inner_split(names, seed=3) == inner_split(names, seed=3)
    assert len({tuple(inner_split(names, seed=s)[1]) for s in range(10)}) > 5


@pytest.mark.parametrize("holdout", [0, 1, -0.2, 1.5, float("nan")])
def test_a_share_out_of_range_is_refused(holdout):
    with pytest.raises(OptionError, match="holdout above 0 and below 1"):
        inner_split(["a", "b"], holdout)
    with pytest.raises(OptionError, match="holdout above 0 and below 1"):
        block_mask(100, 100, holdout=holdout)


def test_one_picture_cannot_be_split_by_picture():
    with pytest.raises(DatasetError, match="at least 2"):
        inner_split(["a"])


@given(
    height=st.integers(1, 90),
    width=st.integers(1, 90),
    holdout=st.floats(0.05, 0.6),
    block=st.integers(1, 30),
    guard=st.integers(0, 9),
    seed=st.integers(0, 3),
)
def test_windows_of_the_two_parts_never_share_a_pixel(
    *, height, width, holdout, block, guard, seed
):
    try:
        train, held = block_mask(
            height, width, holdout=holdout, block=block, guard=guard, seed=seed
        )
    except DatasetError:
        assume(False)
    assert train.shape == held.shape == (height, width)
    assert train.any()
    assert held.any()
    # Slow: the smallest larger-of-both-axes distance between the parts.
    rows, columns = np.nonzero(train)
    closest = min(
        np.maximum(np.abs(rows - y), np.abs(columns - x)).min()
        for y, x in zip(*np.nonzero(held), strict=True)
    )
    assert closest > guard


def test_about_the_share_is_held_out_of_a_usual_picture():
    train, held = block_mask(200, 200)
    assert held.mean() == pytest.approx(0.2, abs=0.01)
    assert train.mean() > 1 / 3
    again = block_mask(200, 200)
    assert np.array_equal(train, again[0])
    assert np.array_equal(held, again[1])
    assert not np.array_equal(held, block_mask(200, 200, seed=1)[1])


@pytest.mark.parametrize(("height", "width"), [(40, 60), (60, 40), (1, 100)])
def test_a_small_picture_is_split_by_a_strip(height, width):
    train, held = block_mask(height, width)
    assert train.any()
    assert held.mean() == pytest.approx(0.2, abs=0.02)


def test_a_picture_too_small_to_split_is_refused():
    with pytest.raises(DatasetError, match="12 x 12 is too small"):
        block_mask(12, 12)
    with pytest.raises(DatasetError, match="too small"):
        block_mask(1, 1, guard=0)


def test_impossible_blocks_are_refused():
    with pytest.raises(OptionError, match="block"):
        block_mask(100, 100, block=0)
    with pytest.raises(OptionError, match="guard"):
        block_mask(100, 100, guard=-1)

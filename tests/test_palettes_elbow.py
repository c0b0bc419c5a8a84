"""How many colours a palette gets by itself."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom._types import UInt8
from photochrom.palettes import elbow, kmeans
from pictures import chelsea

PATCHES = np.array(
    [[200, 40, 40], [40, 160, 60], [50, 70, 200], [220, 200, 60], [120, 120, 120], [180, 60, 200],
     [60, 190, 200], [240, 140, 30]], np.uint8,
)  # fmt: skip


def patches(k: int, noise: float = 2.0) -> UInt8:
    """A picture of k colours, each with some noise."""
    rng = np.random.default_rng(k)
    rgb = PATCHES[:k].repeat(2000, axis=0) + rng.normal(0, noise, (2000 * k, 3))
    return np.clip(np.rint(rgb), 0, 255).astype(np.uint8).reshape(k, 2000, 3)


@pytest.mark.parametrize("k", [2, 3, 4, 5, 6, 8])
@pytest.mark.parametrize("space", ["chroma", "srgb"])
def test_as_many_colours_as_there_are_patches(k: int, space: kmeans.Space) -> None:
    assert len(kmeans.fit([patches(k)], None, space=space)) == k


def test_few_distinct_colours_are_all_taken() -> None:
    assert len(kmeans.fit([patches(6, noise=0)], None, space="srgb")) == 6


def test_the_choice_is_the_same_every_time() -> None:
    first, second = (kmeans.fit([chelsea()], None, seed=3) for _ in range(2))
    assert first == second
    assert 4 <= len(first) <= 16


def test_what_cannot_be_seen_needs_no_more_colours() -> None:
    assert elbow.choose(lambda k: 4.0 / k, 1000, enough=2.3) == 2
    assert elbow.choose(lambda k: 12.0 / k, 1000, enough=2.3) == 6
    assert elbow.choose(lambda k: 12.0 / k, 1000) == 8  # sqrt(64), where the slope is the chord's


def test_no_more_colours_are_tried_than_there_are() -> None:
    errors = {1: 9.0, 2: 8.0, 3: 7.0, 4: 5.0, 5: 4.0}
    assert elbow.choose(errors.__getitem__, 6) == 6


@given(st.lists(st.floats(0.01, 30), min_size=16, max_size=16))
def test_the_elbow_is_furthest_from_the_chord(drawn: list[float]) -> None:
    errors = dict(zip((1, *elbow.LADDER), sorted(drawn, reverse=True), strict=True))
    points = np.array(list(errors.items()))
    if np.ptp(points[:, 1]) < 1e-3:
        return
    points = (points - points[-1]) / (points[0] - points[-1])
    distance = (points[:, 0] - points[:, 1]) / np.sqrt(2)  # from the line through (0, 0), (1, 1)
    found = (1, *elbow.LADDER).index(elbow.choose(errors.__getitem__, 1000))
    assert distance[found] >= distance[1:].max() - 1e-9

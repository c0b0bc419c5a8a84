"""Probability handed to another palette, and the hull that its mixtures lie in."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls

from photochrom.palettes.decode import annealed_mean
from photochrom.palettes.handover import SIGMA, Handover, distinct
from photochrom.palettes.hull import Hull, nearest_mixture
from photochrom.palettes.palette import Palette

Array = npt.NDArray[Any]
RNG = np.random.default_rng(5)
OWN = Palette(RNG.normal(0, 40, (9, 2)))
NEW = Palette(np.array([[0.0, 0], [50, 20], [-30, 40], [10, -45]]))
seeds = st.integers(0, 1000)


def slow(logits: Array, own: Array, new: Array, gain: float) -> Array:
    """Hand over pixel by pixel and colour by colour."""
    result = np.zeros((len(logits), len(new)))
    for pixel, row in enumerate(logits):
        chances = np.exp(row) / np.exp(row).sum()
        for chance, color in zip(chances, own, strict=True):
            apart = np.array([np.hypot(*(gain * color - other)) for other in new])
            share = np.exp(-(apart**2 - apart.min() ** 2) / (2 * SIGMA**2))
            result[pixel] += chance * share / share.sum()
    return result


def test_each_colour_hands_its_probability_to_those_near_it() -> None:
    logits = RNG.normal(0, 3, (20, 9))
    hand = Handover.of(OWN, NEW, gain=1.3)
    wanted = slow(logits, OWN.chroma, hand.palette.chroma, 1.3)
    np.testing.assert_allclose(np.exp(hand.logits(logits)), wanted, atol=1e-6)


def test_a_palette_of_any_size_takes_all_the_probability() -> None:
    for k in (2, 5, 700):
        hand = Handover.of(OWN, Palette(RNG.normal(0, 30, (k, 2))))
        assert hand.shares.shape == (9, k)
        np.testing.assert_allclose(hand.shares.sum(axis=1), 1, atol=1e-5)


def test_neither_order_nor_a_second_entry_matters() -> None:
    again = Palette(NEW.colors[[3, 1, 0, 2, 0, 3]])
    assert distinct(again) == distinct(NEW)
    gray = Palette(np.array([[0.0, 0, 0], [255, 255, 255], [99, 99, 99], [200, 0, 0]]), "srgb")
    assert len(distinct(gray)) == 2


def test_black_and_white_alone_make_gray() -> None:
    palette = Palette(np.array([[0.0, 0, 0], [255, 255, 255]]), "srgb")
    hand = Handover.of(OWN, palette)
    chroma = annealed_mean(hand.logits(RNG.normal(0, 3, (7, 9))), hand.palette, 0.5)
    np.testing.assert_allclose(chroma, 0, atol=1e-9)


def mixtures_error(points: Array, found: Array, corners: Array) -> float:
    """How far found points are from the nearest mixtures, by non-negative least squares."""
    sum_to_one = 1e5 * np.ones(len(corners))
    error = 0.0
    for point, mine in zip(points, found, strict=True):
        weights, _ = nnls(np.vstack([corners.T, sum_to_one]), np.append(point, 1e5))
        error = max(error, float(np.abs(weights @ corners - mine).max()))
    return error


@given(seeds, st.integers(1, 9))
@settings(deadline=None, max_examples=40)
def test_the_nearest_mixture_is_found(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    corners = rng.normal(0, 40, (k, 2))
    palette = Palette(np.concatenate([corners, corners]))
    points = rng.normal(0, 60, (40, 2))
    assert mixtures_error(points, nearest_mixture(points, palette), corners) < 1e-2


@given(seeds, st.integers(1, 9))
@settings(deadline=None, max_examples=20)
def test_the_table_keeps_to_the_hull_and_leaves_what_is_within(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    corners = np.clip(rng.normal(0, 40, (k, 2)), -90, 90)
    palette = Palette(np.concatenate([corners, corners]))
    hull = Hull.of(palette)
    points = np.clip(rng.normal(0, 60, (2, 30, 5)), -127, 127).astype(np.float32)
    found = hull.within(points).reshape(2, -1).T.astype(np.float64)
    assert mixtures_error(found, found, corners) < 0.01  # it is a mixture itself
    nearest = nearest_mixture(points.reshape(2, -1).T.astype(np.float64), palette)
    assert np.abs(found - nearest).max() < 1  # the table's step
    middle = corners.mean(axis=0)
    if k >= 3:
        inner = (middle + 0.2 * (rng.dirichlet(np.ones(k), 50) @ corners - middle)).T
        width = np.sqrt(abs(np.linalg.det(np.cov(corners.T))))
        if width > 400:  # then a fifth of it is more than a node from the border
            within = hull.within(inner[:, np.newaxis].astype(np.float32))[:, 0]
            np.testing.assert_allclose(within, inner, atol=0.05)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (128, 512)])
def test_blocks_of_any_shape_are_taken(shape: tuple[int, int]) -> None:
    assert Hull.of(NEW).within(np.full((2, *shape), 99, np.float32)).shape == (2, *shape)

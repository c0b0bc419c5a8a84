"""Nearest and soft labels, against slow loops."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.errors import ShapeError
from photochrom.palettes import labels
from photochrom.palettes.palette import Palette

PALETTE = Palette(np.array([[0.0, 0.0], [20, 0], [0, 20], [-30, -10], [60, 50], [20, 5]]))
SRGB = Palette(np.array([[0.0, 0, 0], [255, 0, 0], [10, 20, 30]]), "srgb")


def slow_distances(sample: np.ndarray, palette: Palette) -> list[float]:
    return [math.dist(sample, color) for color in palette.colors]


def samples(seed: int, count: int = 200, width: int = 2) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-60, 60, (count, width)).astype(np.float32)


def test_the_nearest_color_is_found() -> None:
    given_samples = samples(0)
    found = labels.nearest(given_samples, PALETTE)
    for sample, label in zip(given_samples, found, strict=True):
        distances = slow_distances(sample, PALETTE)
        assert distances[label] == pytest.approx(min(distances), rel=1e-5)


def test_of_equally_near_colors_the_first_is_taken() -> None:
    palette = Palette(np.array([[5.0, 0.0], [-5.0, 0.0], [5.0, 0.0]]))
    assert labels.nearest(np.zeros((1, 2)), palette).tolist() == [0]


@given(st.integers(0, 100))
def test_every_color_is_nearest_to_itself(seed: int) -> None:
    palette = Palette(np.random.default_rng(seed).uniform(-90, 90, (32, 2)))
    assert labels.nearest(palette.colors, palette).tolist() == list(range(32))


@given(st.permutations(range(6)))
def test_permuting_a_palette_permutes_the_labels(order: list[int]) -> None:
    permuted = Palette(PALETTE.colors[order])
    given_samples = samples(1)
    chosen = permuted.colors[labels.nearest(given_samples, permuted)]
    assert np.array_equal(chosen, PALETTE.colors[labels.nearest(given_samples, PALETTE)])
    weights = labels.soft(given_samples, permuted, neighbors=3)
    assert weights == pytest.approx(labels.soft(given_samples, PALETTE, neighbors=3)[:, order])


def test_soft_labels_equal_a_slow_loop() -> None:
    given_samples = samples(2, 50)
    weights = labels.soft(given_samples, PALETTE, neighbors=3, sigma=7.0)
    for sample, found in zip(given_samples, weights, strict=True):
        distances = slow_distances(sample, PALETTE)
        near = sorted(range(6), key=distances.__getitem__)[:3]
        shares = {i: math.exp(-(distances[i] ** 2) / (2 * 7.0**2)) for i in near}
        expected = [shares.get(i, 0) / sum(shares.values()) for i in range(6)]
        assert found == pytest.approx(expected, abs=1e-5)


def test_soft_labels_sum_to_one_even_far_from_all_colors() -> None:
    far = np.array([[1e4, -1e4], [0.0, 0.0]], dtype=np.float32)
    assert labels.soft(far, PALETTE).sum(axis=1) == pytest.approx([1, 1])


def test_a_palette_smaller_than_the_neighbors_is_shared_by_all_its_colors() -> None:
    small = Palette(np.array([[-1.0, 0.0], [1.0, 0.0]]))
    assert labels.soft(np.zeros((1, 2)), small)[0].tolist() == [0.5, 0.5]


def test_more_samples_than_one_chunk_equal_the_parts() -> None:
    many = samples(3, (1 << 16) + 100)
    parts = np.concatenate([labels.nearest(many[:70], PALETTE), labels.nearest(many[70:], PALETTE)])
    assert np.array_equal(labels.nearest(many, PALETTE), parts)
    assert np.array_equal(labels.soft(many, PALETTE)[-5:], labels.soft(many[-5:], PALETTE))


@pytest.mark.parametrize("shape", [(2,), (0, 2), (3, 4, 2)])
def test_any_leading_shape(shape: tuple[int, ...]) -> None:
    assert labels.nearest(np.zeros(shape), PALETTE).shape == shape[:-1]
    assert labels.soft(np.zeros(shape), PALETTE).shape == (*shape[:-1], 6)


def test_srgb_palettes_take_code_values() -> None:
    assert labels.nearest(np.array([[250.0, 5, 5], [11, 20, 30]]), SRGB).tolist() == [1, 2]


@pytest.mark.parametrize("label", [labels.nearest, labels.soft])
def test_samples_of_another_space_are_refused(label: object) -> None:
    with pytest.raises(ShapeError, match="last axis of 3"):
        label(np.zeros((4, 2)), SRGB)  # type: ignore[operator]

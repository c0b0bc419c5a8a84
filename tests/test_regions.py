"""Regions of a grid: merging, edges that divide, soft borders, families of colours."""

from typing import Any

import numpy as np
import pytest
from scipy.ndimage import label
from sklearn.cluster import AgglomerativeClustering
from sklearn.metrics import adjusted_rand_score

from models import COLORS
from photochrom.errors import ShapeError
from photochrom.filters import guided_mean, regions
from photochrom.inference import regions as found_regions
from photochrom.inference.field import Guess
from photochrom.inference.regions import Regions
from photochrom.palettes import families
from photochrom.palettes.palette import Palette

Array = np.ndarray[Any, np.dtype[Any]]
PALETTE = Palette(COLORS)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("most", [0.2, 1.0, 8.0])
def test_merging_mutual_favourites_is_wards_method(seed: int, most: float) -> None:
    features = np.random.default_rng(seed).normal(size=(120, 3))
    ours = regions.merge(features, np.ones(120), regions.everyone(120), most)
    theirs = AgglomerativeClustering(
        n_clusters=None,
        distance_threshold=np.sqrt(2 * most),  # scikit-learn's is the root of twice the cost
        linkage="ward",
    ).fit_predict(features)
    assert 1 < ours.max() < 119
    assert adjusted_rand_score(ours, theirs) == 1


@pytest.mark.parametrize("seed", range(6))
def test_regions_of_a_grid_hold_together_and_differ_from_their_neighbours(seed: int) -> None:
    height, width, most = 9, 13, 1.5
    features = np.random.default_rng(seed).normal(size=(height * width, 3))
    pairs = regions.neighbours(height, width)
    labels = regions.merge(features, np.ones(height * width), pairs, most)
    assert 1 < labels.max() < height * width - 1
    for one in range(labels.max() + 1):
        assert label((labels == one).reshape(height, width))[1] == 1
    for one, other in {tuple(sorted(labels[pair])) for pair in pairs if np.ptp(labels[pair])}:
        inside = [features[labels == each] for each in (one, other)]
        both = np.concatenate(inside)
        apart = sum(((each - each.mean(axis=0)) ** 2).sum() for each in inside)
        assert ((both - both.mean(axis=0)) ** 2).sum() - apart >= most - 1e-9


def test_sizes_count_as_that_many_equal_parts() -> None:
    rng = np.random.default_rng(0)
    few, sizes = rng.normal(size=(8, 2)), rng.integers(1, 6, 8)
    many = np.repeat(few, sizes, axis=0)
    whole = regions.merge(many, np.ones(len(many)), regions.everyone(len(many)), 2.0)
    short = regions.merge(few, sizes.astype(float), regions.everyone(8), 2.0)
    assert 1 < short.max() + 1 < 8
    assert adjusted_rand_score(np.repeat(short, sizes), whole) == 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (30, 40)])
def test_a_blank_grid_is_one_region(shape: tuple[int, int]) -> None:
    cells = shape[0] * shape[1]
    found = regions.merge(np.ones((cells, 2)), np.ones(cells), regions.neighbours(*shape), 1e-9)
    np.testing.assert_array_equal(found, 0)


def test_features_and_sizes_must_fit() -> None:
    with pytest.raises(ShapeError, match="features"):
        regions.merge(np.ones((4, 2)), np.ones(3), regions.everyone(4), 1.0)


def test_a_border_that_is_no_edge_goes_and_an_edge_stays() -> None:
    guide = np.tile(np.array([10.0, 11, 12, 13, 40, 41, 42]), (5, 1))
    labels = np.tile(np.array([0, 0, 1, 1, 2, 2, 2]), (5, 1))
    found = regions.dissolve(labels, guide, 3.0)
    np.testing.assert_array_equal(found, np.tile([0, 0, 0, 0, 1, 1, 1], (5, 1)))
    np.testing.assert_array_equal(regions.dissolve(labels, guide, 0.5), labels)
    np.testing.assert_array_equal(regions.dissolve(labels, guide, 99.0), 0)


def line_fits(plane: Array, guide: Array, radius: int, epsilon: float) -> Array:
    """The guided filter by its definition: a line fitted in every window, one after the other."""
    pad = 2 * radius
    big, tone = (np.pad(each, pad, mode="symmetric") for each in (plane, guide / 100))
    slope, offset = np.zeros_like(big), np.zeros_like(big)
    for row in range(radius, big.shape[0] - radius):
        for column in range(radius, big.shape[1] - radius):
            at = np.s_[row - radius : row + radius + 1, column - radius : column + radius + 1]
            covariance = ((tone[at] - tone[at].mean()) * big[at]).mean()
            slope[row, column] = covariance / (tone[at].var() + epsilon)
            offset[row, column] = big[at].mean() - slope[row, column] * tone[at].mean()
    result = np.zeros_like(plane)
    for row, column in np.ndindex(plane.shape):
        at = np.s_[row + radius : row + 3 * radius + 1, column + radius : column + 3 * radius + 1]
        result[row, column] = slope[at].mean() * guide[row, column] / 100 + offset[at].mean()
    return result


def test_the_guided_mean_is_a_line_in_every_window() -> None:
    rng = np.random.default_rng(0)
    planes = rng.normal(size=(2, 11, 14)).astype(np.float32)
    guide = rng.uniform(20, 80, (11, 14)).astype(np.float32)
    found = guided_mean.smooth(planes, guide, 2)
    for plane, smoothed in zip(planes, found, strict=True):
        slow = line_fits(plane.astype(float), guide.astype(float), 2, guided_mean.EPSILON)
        inside = np.s_[2:-2, 2:-2]  # beyond, windows of windows are mirrored in another order
        np.testing.assert_allclose(smoothed[inside], slow[inside], atol=1e-4)


def test_borders_are_sharp_on_an_edge_and_soft_without() -> None:
    labels = np.repeat([[0, 1]], 12, axis=0).repeat(10, axis=1)
    edge = np.where(labels == 0, 20, 80).astype(np.float32)
    sharp = guided_mean.soften(labels, 2, edge, 3)
    assert sharp[0, 5, 9] > 0.95
    assert sharp[0, 5, 10] < 0.05
    soft = guided_mean.soften(labels, 2, np.full_like(edge, 50), 3)
    assert 0.5 < soft[0, 5, 9] < 0.7
    np.testing.assert_allclose(soft.sum(axis=0), 1, atol=1e-6)


def test_planes_of_another_size_are_refused() -> None:
    with pytest.raises(ShapeError, match="guide"):
        guided_mean.smooth(np.zeros((2, 4, 5), np.float32), np.zeros((5, 4), np.float32), 1)


def test_every_colour_belongs_to_its_nearest_family_most() -> None:
    colors = np.random.default_rng(0).uniform(-80, 80, (200, 2))
    shares = families.shares(Palette(colors))
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    far = [[np.hypot(*(color - anchor)) for anchor in families.ANCHORS] for color in colors]
    np.testing.assert_array_equal(shares.argmax(axis=1), np.argmin(far, axis=1))
    gray = families.shares(Palette(np.array([[0.0, 0], [60, 0]])))
    assert gray[0].argmax() == 0


def halves(height: int = 30, width: int = 40) -> Guess:
    """Left: red for certain, dark; right: green or blue, light."""
    output = np.zeros((6, height, width), np.float32)
    output[1, :, : width // 2] = 12
    output[2:4, :, width // 2 :] = 9
    lightness = np.full((height, width), 30, np.float32)
    lightness[:, width // 2 :] = 70
    return Guess(output, lightness, (height, width))


@pytest.mark.parametrize("size", [(30, 40), (300, 400)])
def test_what_is_alike_is_one_region_with_its_mean_probability(size: tuple[int, int]) -> None:
    found = Regions.of(halves(*size), PALETTE)
    assert len(found.sizes) == 2
    np.testing.assert_allclose(found.sizes, 0.5)
    np.testing.assert_allclose(found.lightness, [30, 70])
    np.testing.assert_allclose(found.probabilities[0, 1], 1, atol=1e-3)
    np.testing.assert_allclose(found.probabilities[1, 2:4], 0.5, atol=1e-3)
    shares = found.shares(halves(*size).lightness)
    assert shares.shape == (2, *size)
    assert shares[0, :, 0].min() > 0.99


def test_alike_parts_far_from_each_other_are_one_region() -> None:
    guess = halves()
    swapped = np.concatenate([guess.output[..., 20:], guess.output], axis=2)
    light = np.concatenate([guess.lightness[:, 20:], guess.lightness], axis=1)
    found = Regions.of(Guess(swapped, light, (30, 60)), PALETTE)
    assert len(found.sizes) == 2
    np.testing.assert_array_equal(found.labels[:, 0], found.labels[:, -1])


@pytest.mark.parametrize("most", [3, 24])
def test_there_are_no_more_regions_than_can_be_coloured(
    most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds = np.arange(6)[:, None, None] == np.arange(6).repeat(8)  # six stripes, each sure
    output = np.where(np.broadcast_to(kinds, (6, 30, 48)), 9, 0).astype(np.float32)
    light = np.tile(np.array([20.0, 80] * 3).repeat(8), (30, 1)).astype(np.float32)
    monkeypatch.setattr(found_regions, "_MOST", most)
    found = Regions.of(Guess(output, light, (30, 48)), PALETTE)
    assert 1 < len(found.sizes) <= most
    assert most < 6 or len(found.sizes) > 3

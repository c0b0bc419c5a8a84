"""Fitting palettes."""

import numpy as np
import pytest
import skimage.data
import sklearn.cluster

from photochrom.color import lab
from photochrom.errors import PaletteError
from photochrom.palettes import kmeans, labels


@pytest.fixture(scope="module")
def coffee() -> np.ndarray:
    return skimage.data.coffee()[::4, ::4]


def spread(rgb: np.ndarray, colors: np.ndarray) -> float:
    distances = ((rgb.reshape(-1, 1, 3).astype(float) - colors) ** 2).sum(-1)
    return float(distances.min(axis=1).mean())


def test_an_rgb_palette_is_as_tight_as_scikit_learns(coffee: np.ndarray) -> None:
    ours = kmeans.fit([coffee], 16, space="srgb")
    other = sklearn.cluster.KMeans(16, n_init=3, random_state=0).fit(coffee.reshape(-1, 3))
    assert spread(coffee, ours.colors) < 1.03 * spread(coffee, other.cluster_centers_)


def test_a_chroma_palette_is_as_tight_as_scikit_learns(coffee: np.ndarray) -> None:
    chroma = lab.from_srgb(coffee.reshape(-1, 3) / 255)[:, 1:]
    ours = kmeans.fit([coffee], 12)
    nearest = ours.colors[labels.nearest(chroma, ours)]
    other = sklearn.cluster.KMeans(12, n_init=3, random_state=0).fit(chroma)
    assert ((chroma - nearest) ** 2).sum() < 1.03 * other.inertia_


def test_same_seed_same_palette(coffee: np.ndarray) -> None:
    assert kmeans.fit([coffee], 8, seed=5) == kmeans.fit([coffee], 8, seed=5)
    assert kmeans.fit([coffee], 8, seed=5) != kmeans.fit([coffee], 8, seed=6)


def test_an_rgb_palette_holds_whole_code_values_in_order(coffee: np.ndarray) -> None:
    colors = kmeans.fit([coffee], 8, space="srgb").colors
    assert np.array_equal(colors, np.rint(colors))
    assert colors.tolist() == sorted(colors.tolist())


def test_exactly_as_many_colors_as_asked_for_are_found_back() -> None:
    exact = np.array([[0, 0, 0], [10, 200, 30], [250, 5, 5], [0, 0, 255]], dtype=np.uint8)
    picture = np.repeat(exact, 50, axis=0).reshape(10, 20, 3)
    assert kmeans.fit([picture], 4, space="srgb").colors.tolist() == sorted(exact.tolist())


def test_pictures_of_different_sizes_are_fitted_together(coffee: np.ndarray) -> None:
    red = np.full((90, 7, 3), (255, 0, 0), dtype=np.uint8)
    both = kmeans.fit(iter([coffee, red]), 32, space="srgb")
    assert spread(red, both.colors) < 100


def test_more_samples_than_are_needed_are_thinned_out() -> None:
    big = np.random.default_rng(0).integers(0, 256, (500, 500, 3), dtype=np.uint8)
    assert len(kmeans.fit([big], 3, space="srgb")) == 3


@pytest.mark.parametrize(("k", "message"), [(3, "2 distinct"), (1, "at least 2"), (0, "at least")])
def test_a_palette_that_cannot_be_fitted_is_refused(k: int, message: str) -> None:
    two = np.zeros((4, 4, 3), dtype=np.uint8)
    two[0] = 200, 10, 10
    with pytest.raises(PaletteError, match=message):
        kmeans.fit([two], k)


def test_the_pictures_are_not_written_to(coffee: np.ndarray) -> None:
    frozen = coffee.copy()
    frozen.flags.writeable = False
    kmeans.fit([frozen], 4)
    assert np.array_equal(frozen, coffee)

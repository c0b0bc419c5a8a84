"""CIEDE2000 against its published pairs and scikit-image."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.color import deltaE_ciede2000

from photochrom.errors import ShapeError
from photochrom.metrics import ciede2000

# Sharma, Wu and Dalal 2005, table 1: L a b, L a b, difference.
PUBLISHED = np.array(
    [
        [50.0000, 2.6772, -79.7751, 50.0000, 0.0000, -82.7485, 2.0425],
        [50.0000, 3.1571, -77.2803, 50.0000, 0.0000, -82.7485, 2.8615],
        [50.0000, 2.8361, -74.0200, 50.0000, 0.0000, -82.7485, 3.4412],
        [50.0000, -1.3802, -84.2814, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -1.1848, -84.8006, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -0.9009, -85.5211, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, 0.0000, 0.0000, 50.0000, -1.0000, 2.0000, 2.3669],
        [50.0000, -1.0000, 2.0000, 50.0000, 0.0000, 0.0000, 2.3669],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0009, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0010, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0011, 7.2195],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0012, 7.2195],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0009, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0010, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0011, -2.4900, 4.7461],
        [50.0000, 2.5000, 0.0000, 50.0000, 0.0000, -2.5000, 4.3065],
        [50.0000, 2.5000, 0.0000, 73.0000, 25.0000, -18.0000, 27.1492],
        [50.0000, 2.5000, 0.0000, 61.0000, -5.0000, 29.0000, 22.8977],
        [50.0000, 2.5000, 0.0000, 56.0000, -27.0000, -3.0000, 31.9030],
        [50.0000, 2.5000, 0.0000, 58.0000, 24.0000, 15.0000, 19.4535],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.1736, 0.5854, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2972, 0.0000, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 1.8634, 0.5757, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2592, 0.3350, 1.0000],
        [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644],
        [63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630],
        [61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731],
        [35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645],
        [22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373],
        [36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146],
        [90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441],
        [90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381],
        [6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377],
        [2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082],
    ]
)


def _random_lab(seed: int, *shape: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.uniform([0, -90, -90], [100, 90, 90], (*shape, 3))


def test_the_published_pairs_come_out():
    found = ciede2000.difference(PUBLISHED[:, :3], PUBLISHED[:, 3:6])
    np.testing.assert_allclose(found, PUBLISHED[:, 6], atol=5.1e-5)  # printed to 4 digits


@given(st.integers(0, 2**32 - 1))
def test_it_agrees_with_scikit_image(seed):
    lab_a, lab_b = _random_lab(seed, 50), _random_lab(seed + 1, 50)
    lab_b[:5] = lab_a[:5]
    lab_a[5:10, 1:] = 0
    np.testing.assert_allclose(
        ciede2000.difference(lab_a, lab_b), deltaE_ciede2000(lab_a, lab_b), atol=1e-9
    )


def test_float32_stays_float32_and_agrees():
    lab_a, lab_b = _random_lab(1, 300, 300), _random_lab(2, 300, 300)
    found = ciede2000.difference(lab_a.astype(np.float32), lab_b.astype(np.float32))
    assert found.dtype == np.float32
    assert found.shape == (300, 300)
    np.testing.assert_allclose(found, ciede2000.difference(lab_a, lab_b), atol=1e-3)


def test_the_chunks_of_a_large_picture_equal_the_whole():
    lab_a, lab_b = _random_lab(3, 70_000), _random_lab(4, 70_000)
    whole = ciede2000.difference(lab_a, lab_b)
    np.testing.assert_array_equal(whole[-5:], ciede2000.difference(lab_a[-5:], lab_b[-5:]))


def test_the_order_of_the_pair_does_not_matter():
    lab_a, lab_b = _random_lab(5, 500), _random_lab(6, 500)
    there, back = ciede2000.difference(lab_a, lab_b), ciede2000.difference(lab_b, lab_a)
    np.testing.assert_allclose(there, back, atol=1e-9)


def test_nan_stays_in_its_pixel():
    lab_a, lab_b = _random_lab(7, 3), _random_lab(8, 3)
    lab_a[1, 1] = np.nan
    assert np.isnan(ciede2000.difference(lab_a, lab_b)).tolist() == [False, True, False]


def test_unequal_shapes_are_refused():
    with pytest.raises(ShapeError, match="last axis of 3"):
        ciede2000.difference(np.zeros((4, 3)), np.zeros((5, 3)))
    with pytest.raises(ShapeError, match="last axis of 3"):
        ciede2000.difference(np.zeros((3, 4)), np.zeros((3, 4)))

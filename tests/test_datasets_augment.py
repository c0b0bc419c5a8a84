"""Augmentation: pure, seeded, and each option alone does what it says."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photochrom.color import lab
from photochrom.datasets import Augmentation, augment
from photochrom.errors import OptionError, ShapeError
from pictures import chelsea

NOTHING = Augmentation(flip=False)


@pytest.fixture(scope="module")
def picture():
    return lab.from_srgb(chelsea(4).astype(np.float32) / 255)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_no_option_changes_nothing(picture):
    assert np.array_equal(augment(picture, NOTHING, rng()), picture)


def test_flipping_mirrors_about_every_other_picture(picture):
    results = [augment(picture, Augmentation(flip=True), rng(seed)) for seed in range(40)]
    mirrored = [np.array_equal(result, picture[:, ::-1]) for result in results]
    plain = [np.array_equal(result, picture) for result in results]
    assert all(a != b for a, b in zip(mirrored, plain, strict=True))
    assert 10 < sum(mirrored) < 30


def test_tone_bends_lightness_and_leaves_chroma_alone(picture):
    toned = augment(picture, Augmentation(flip=False, tone=0.5), rng(1))
    assert np.array_equal(toned[..., 1:], picture[..., 1:])
    lightness, before = toned[..., 0], picture[..., 0]
    assert np.abs(lightness - before).max() > 1
    assert lightness.min() >= 0
    assert lightness.max() <= 100
    order = np.argsort(before, axis=None)
    assert (np.diff(lightness.ravel()[order]) >= -1e-4).all()
    gamma = np.log(lightness / 100) / np.log(before / 100)
    assert np.ptp(gamma) < 1e-3
    assert abs(np.log(gamma.mean())) <= 0.5


def test_a_crop_is_a_part_of_the_picture(picture):
    cut = augment(picture, Augmentation(flip=False, crop=16), rng(2))
    assert cut.shape == (16, 16, 3)
    found = [
        (y, x)
        for y in range(picture.shape[0] - 15)
        for x in range(picture.shape[1] - 15)
        if np.array_equal(picture[y : y + 16, x : x + 16], cut)
    ]
    assert len(found) == 1


def test_crops_reach_every_edge():
    marked = np.zeros((5, 6, 3), np.float32)
    marked[..., 0] = np.arange(30).reshape(5, 6)
    options = Augmentation(flip=False, crop=4)
    corners = {float(augment(marked, options, rng(seed))[0, 0, 0]) for seed in range(100)}
    assert corners == {0, 1, 2, 6, 7, 8}


@given(
    height=st.integers(1, 40),
    width=st.integers(1, 40),
    crop=st.integers(1, 50),
    low=st.floats(0.3, 1),
    high=st.floats(1, 3),
    seed=st.integers(0, 99),
)
@settings(max_examples=50, deadline=None)
def test_a_crop_has_its_shape_whatever_the_picture(*, height, width, crop, low, high, seed):
    flat = np.full((height, width, 3), (50, 20, -20), np.float32)
    options = Augmentation(scale=(low, high), crop=crop)
    varied = augment(flat, options, rng(seed))
    assert varied.shape == (crop, crop, 3)
    assert np.abs(varied - (50, 20, -20)).max() < 1e-3


def test_a_picture_smaller_than_the_crop_keeps_its_aspect():
    slope = np.zeros((8, 20, 3), np.float32)
    slope[..., 0] = np.arange(20)
    for seed in range(20):
        cut = augment(slope, Augmentation(flip=False, crop=16), rng(seed))
        assert cut.shape == (16, 16, 3)
        assert np.ptp(cut[..., 0]) == pytest.approx(7, abs=0.01)  # 8 columns, enlarged


def test_scaling_changes_the_size_by_the_factor(picture):
    doubled = augment(picture, Augmentation(flip=False, scale=(2, 2)), rng())
    assert doubled.shape == (150, 226, 3)
    halved = augment(doubled, Augmentation(flip=False, scale=(0.5, 0.5)), rng())
    assert halved.shape == picture.shape
    assert np.abs(halved - picture).mean() < 2


@given(st.integers(0, 1000))
@settings(max_examples=20, deadline=None)
def test_the_same_generator_state_gives_the_same_result(seed):
    small = lab.from_srgb(chelsea(16).astype(np.float32) / 255)
    before = small.copy()
    options = Augmentation(scale=(0.8, 1.25), crop=12, tone=0.3)
    first, second = (augment(small, options, rng(seed)) for _ in range(2))
    assert np.array_equal(first, second)
    assert first.dtype == np.float32
    assert np.array_equal(small, before)


def test_one_option_does_not_move_the_draws_of_another(picture):
    plain = augment(picture, Augmentation(flip=False, crop=16), rng(7))
    toned = augment(picture, Augmentation(flip=False, crop=16, tone=0.3), rng(7))
    assert np.array_equal(plain[..., 1:], toned[..., 1:])


@pytest.mark.parametrize(
    "options",
    [{"scale": (0, 1)}, {"scale": (2, 1)}, {"scale": (1, float("inf"))}, {"crop": 0}, {"tone": -1}],
)
def test_impossible_options_are_refused(options):
    with pytest.raises(OptionError, match="expected"):
        Augmentation(**options)


def test_a_gray_picture_is_refused():
    with pytest.raises(ShapeError, match="h, w, 3"):
        augment(np.zeros((4, 4), np.float32), NOTHING, rng())

"""Encoded gray and its lightness."""

import numpy as np
import pytest
import skimage.color
from hypothesis import given
from hypothesis import strategies as st

from photochrom.color import gray, lab


@given(st.floats(0, 1))
def test_gray_and_lightness_are_inverses(level: float) -> None:
    there = gray.to_lightness(np.array(level))
    assert gray.from_lightness(there) == pytest.approx(level, abs=1e-6)


@given(st.floats(0, 1))
def test_a_gray_color_has_its_own_code_as_gray(level: float) -> None:
    assert gray.from_srgb(np.full(3, level)) == pytest.approx(level, abs=1e-6)


def test_gray_of_a_color_has_its_luminance() -> None:
    rgb = np.random.default_rng(0).random((500, 3))
    luminance = skimage.color.rgb2xyz(rgb)[:, 1]
    as_gray = skimage.color.rgb2xyz(np.repeat(gray.from_srgb(rgb)[:, None], 3, axis=1))[:, 1]
    assert as_gray == pytest.approx(luminance, abs=1e-4)  # its matrix has six digits


def test_every_8_bit_gray_survives_lightness_in_float32() -> None:
    codes = np.arange(256, dtype=np.float32) / 255
    back = gray.from_lightness(gray.to_lightness(codes))
    assert np.rint(back * 255).tolist() == list(range(256))


def test_white_and_black_are_lightness_100_and_0() -> None:
    assert gray.to_lightness(np.array([0.0, 1.0])).tolist() == pytest.approx([0, 100], abs=1e-12)


def test_the_origins_luma_weighs_encoded_values() -> None:
    assert gray.origin_luma(np.eye(3)).tolist() == [0.21, 0.72, 0.07]
    assert gray.origin_luma(np.array([[0.5, 0.5, 0.5]])) == pytest.approx([0.5])


@given(st.tuples(*[st.floats(0, 1)] * 3))
def test_lightness_of_gray_equals_lightness_of_the_color(rgb: tuple[float, float, float]) -> None:
    color = np.array(rgb)
    assert gray.to_lightness(gray.from_srgb(color)) == pytest.approx(
        float(lab.lightness_from_srgb(color)), abs=1e-4
    )

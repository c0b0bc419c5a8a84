"""CIE L*a*b*, against published numbers and other libraries."""

import coloraide
import numpy as np
import pytest
import skimage.color
from hypothesis import given
from hypothesis import strategies as st

from photochrom.color import lab
from photochrom.errors import ShapeError

TOLERANCE = {
    "coloraide": 1e-9,  # same white, float64 both
    "skimage": 0.02,  # its matrix and white are rounded to six and five digits
    "published": 0.01,  # given to two digits
    "round trip": 1e-9,  # float64; the toe of sRGB alone costs 6e-8 of linear light near 0.04
    "toe": 2e-6,
    "float32": 2e-4,  # L*, a*, b* up to 100, 24 bits, and a cube
}

# Bruce Lindbloom's calculator, sRGB under D65.
PUBLISHED = {
    (255, 0, 0): (53.24, 80.09, 67.20),
    (0, 255, 0): (87.73, -86.18, 83.18),
    (0, 0, 255): (32.30, 79.19, -107.86),
    (255, 255, 255): (100.0, 0.0, 0.0),
    (0, 0, 0): (0.0, 0.0, 0.0),
}

channels = st.floats(0, 1)
colors = st.tuples(channels, channels, channels)


@pytest.mark.parametrize(("code", "expected"), PUBLISHED.items())
def test_primaries_have_their_published_values(
    code: tuple[int, int, int], expected: tuple[float, float, float]
) -> None:
    assert lab.from_srgb(np.array(code) / 255) == pytest.approx(expected, abs=0.02)


@given(colors)
def test_coloraide_agrees(rgb: tuple[float, float, float]) -> None:
    other = coloraide.Color("srgb", rgb).convert("lab-d65").coords(nans=False)
    assert lab.from_srgb(np.array(rgb)) == pytest.approx(other, abs=TOLERANCE["coloraide"])


def test_scikit_image_agrees_on_a_grid_of_colors() -> None:
    axis = np.linspace(0, 1, 9)
    grid = np.stack(np.meshgrid(axis, axis, axis), axis=-1)
    other = skimage.color.rgb2lab(grid)
    assert np.abs(lab.from_srgb(grid) - other).max() < TOLERANCE["skimage"]


@given(st.tuples(*[st.floats(-0.5, 1.5)] * 3))
def test_a_round_trip_gives_the_color_back_even_outside_0_to_1(
    rgb: tuple[float, float, float],
) -> None:
    back = lab.to_srgb(lab.from_srgb(np.array(rgb)))
    assert back == pytest.approx(rgb, abs=TOLERANCE["toe"])


@given(st.floats(0, 1))
def test_gray_has_no_chroma_at_all(level: float) -> None:
    for dtype in (np.float32, np.float64):
        assert lab.from_srgb(np.full(3, level, dtype=dtype))[1:].tolist() == [0, 0]


@given(st.floats(0, 100))
def test_no_chroma_gives_an_exact_gray(lightness: float) -> None:
    for dtype in (np.float32, np.float64):
        red, green, blue = lab.to_srgb(np.array([lightness, 0, 0], dtype=dtype))
        assert red == green == blue


@given(colors)
def test_lightness_alone_is_the_first_component(rgb: tuple[float, float, float]) -> None:
    whole = lab.from_srgb(np.array(rgb))[0]
    assert lab.lightness_from_srgb(np.array(rgb)) == pytest.approx(whole, abs=1e-12)


@given(st.floats(-0.5, 2))
def test_lightness_and_luminance_are_inverses(luminance: float) -> None:
    there = lab.lightness_from_luminance(np.array(luminance))
    assert lab.luminance_from_lightness(there) == pytest.approx(luminance, abs=1e-12)


def test_middle_gray_has_the_lightness_of_the_definition() -> None:
    # CIE 15:2004: L* = 116 (Y/Yn)^(1/3) - 16; 18.42 % is L* 50.
    assert lab.lightness_from_luminance(np.array(0.1841865)) == pytest.approx(50, abs=1e-4)


@pytest.mark.parametrize("shape", [(3,), (2, 3), (2, 0, 3), (4, 5, 6, 3)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_any_leading_shape_keeps_its_shape_and_type(shape: tuple[int, ...], dtype: type) -> None:
    values = np.full(shape, 0.25, dtype=dtype)
    for convert in (lab.from_srgb, lab.to_srgb, lab.from_linear, lab.to_linear):
        assert convert(values).shape == shape
        assert convert(values).dtype == dtype
    assert lab.lightness_from_srgb(values).shape == shape[:-1]
    assert lab.lightness_from_srgb(values).dtype == dtype


def test_float32_agrees_with_float64() -> None:
    rgb = np.random.default_rng(1).random((1000, 3))
    close = lab.from_srgb(rgb.astype(np.float32)) - lab.from_srgb(rgb)
    assert np.abs(close).max() < TOLERANCE["float32"]


def test_nan_stays_in_its_pixel() -> None:
    values = np.full((3, 3), 0.5)
    values[1, 2] = np.nan
    for convert in (lab.from_srgb, lab.to_srgb):
        wrong = np.isnan(convert(values)).any(axis=1)
        assert wrong.tolist() == [False, True, False]


@pytest.mark.parametrize("convert", [lab.from_srgb, lab.to_srgb, lab.lightness_from_srgb])
def test_a_last_axis_other_than_3_is_refused(convert: object) -> None:
    with pytest.raises(ShapeError, match="last axis of 3"):
        convert(np.zeros((4, 2)))  # type: ignore[operator]


def test_the_input_is_not_written_to() -> None:
    values = np.full((2, 3), 0.3)
    values.flags.writeable = False
    lab.from_srgb(values)
    lab.to_srgb(values)
    assert (values == 0.3).all()

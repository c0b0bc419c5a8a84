"""Into the sRGB gamut along constant lightness and hue."""

import coloraide
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.color import gamut, lab
from photochrom.errors import ShapeError

TOLERANCE = {
    "lightness": 0.01,  # the promise: max |dL*| in float
    "hue": 0.02,  # a*b* units across the direction of the hue
    "in gamut": 1e-6,  # sRGB; only rounding
    "chroma": 0.1,  # a*b* units; 14 halvings of 130, and the clip of 1e-5 linear near black
}

lightnesses = st.floats(0, 100)
chromas = st.tuples(st.floats(-128, 128), st.floats(-128, 128))


def mapped(lightness: float, chroma: tuple[float, float]) -> np.ndarray:
    return gamut.to_srgb(np.array(lightness), np.array(chroma))


@given(lightnesses, chromas)
def test_lightness_is_kept(lightness: float, chroma: tuple[float, float]) -> None:
    after = lab.lightness_from_srgb(mapped(lightness, chroma))
    assert after == pytest.approx(lightness, abs=TOLERANCE["lightness"])


@given(lightnesses, chromas)
def test_lightness_is_kept_in_float32(lightness: float, chroma: tuple[float, float]) -> None:
    rgb = gamut.to_srgb(np.float32([lightness]), np.float32([chroma]))
    assert rgb.dtype == np.float32
    after = lab.lightness_from_srgb(rgb.astype(np.float64))
    assert after == pytest.approx([lightness], abs=TOLERANCE["lightness"])


@given(lightnesses, chromas)
def test_hue_is_kept_and_chroma_never_grows(lightness: float, chroma: tuple[float, float]) -> None:
    a, b = lab.from_srgb(mapped(lightness, chroma))[1:]
    size = np.hypot(*chroma)
    if size > 1:
        across = (a * chroma[1] - b * chroma[0]) / size
        assert across == pytest.approx(0, abs=0.1)
    assert np.hypot(a, b) <= size + TOLERANCE["chroma"]


@given(lightnesses, chromas)
def test_the_result_lies_in_the_gamut(lightness: float, chroma: tuple[float, float]) -> None:
    rgb = mapped(lightness, chroma)
    assert 0 <= rgb.min() <= rgb.max() <= 1


@given(st.tuples(*[st.floats(0, 1)] * 3))
def test_a_color_of_the_gamut_is_left_alone(rgb: tuple[float, float, float]) -> None:
    whole = lab.from_srgb(np.array(rgb))
    assert gamut.to_srgb(whole[0], whole[1:]) == pytest.approx(rgb, abs=1e-4)


@given(st.floats(-20, 120))
def test_gray_stays_gray(lightness: float) -> None:
    for dtype in (np.float32, np.float64):
        red, green, blue = gamut.to_srgb(np.array(lightness, dtype), np.zeros(2, dtype))
        assert red == green == blue


@pytest.mark.parametrize("angle", range(0, 360, 30))
def test_the_chroma_left_is_the_largest_that_fits(angle: int) -> None:
    direction = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
    left = np.hypot(*lab.from_srgb(mapped(60.0, tuple(direction * 150)))[1:])

    def fits(size: float) -> bool:
        a, b = direction * size
        return bool(coloraide.Color("lab-d65", [60, a, b]).in_gamut("srgb", tolerance=1e-4))

    largest = max(size for size in np.arange(0, 150, 0.25) if fits(size))
    assert left == pytest.approx(largest, abs=0.5)


@pytest.mark.parametrize("shape", [(), (4,), (2, 0), (2, 3, 4)])
def test_any_leading_shape(shape: tuple[int, ...]) -> None:
    assert gamut.to_srgb(np.full(shape, 50.0), np.full((*shape, 2), 90.0)).shape == (*shape, 3)


def test_shapes_that_disagree_are_refused() -> None:
    with pytest.raises(ShapeError, match="to go with lightness"):
        gamut.to_srgb(np.zeros((2, 3)), np.zeros((2, 2)))


def test_nan_stays_in_its_pixel() -> None:
    chroma = np.array([[10.0, 10.0], [np.nan, 0.0], [90.0, 90.0]])
    rgb = gamut.to_srgb(np.full(3, 50.0), chroma)
    assert np.isnan(rgb).any(axis=1).tolist() == [False, True, False]


def test_integer_lightness_is_refused() -> None:
    with pytest.raises(ShapeError, match="floating"):
        gamut.to_srgb(np.array([50]), np.zeros((1, 2)))

"""The fast way between codes and colour, against the plain one in float64."""

from typing import Any

import numpy as np
import pytest
from coloraide import Color
from hypothesis import given
from hypothesis import strategies as st

from photochrom.color import codes, gamut, gray, lab, srgb
from photochrom.errors import ShapeError

Array = np.ndarray[Any, np.dtype[Any]]
DTYPES = (np.uint8, np.uint16)
STORED = 0.6  # code values of the gray equivalent: rounding three channels gives 0.5 and a little


def most(dtype: Any) -> int:
    return int(np.iinfo(dtype).max)


def combined(lightness: Array, chroma: Array, dtype: Any) -> Array:
    return codes.from_lightness(lightness, chroma, np.dtype(dtype))


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_gray_code_comes_back_as_it_was(dtype: Any) -> None:
    every = np.arange(most(dtype) + 1).astype(dtype).reshape(-1, 64, 1)
    lightness = codes.lightness(every)
    result = combined(lightness, np.zeros((2, *lightness.shape), np.float32), dtype)
    np.testing.assert_array_equal(result, np.repeat(every, 3, axis=2))


@pytest.mark.parametrize("dtype", DTYPES)
def test_gray_stored_as_rgb_comes_back_as_it_was(dtype: Any) -> None:
    every = np.arange(most(dtype) + 1).astype(dtype).reshape(-1, 64, 1).repeat(3, axis=2)
    lightness = codes.lightness(every)
    result = combined(lightness, np.zeros((2, *lightness.shape), np.float32), dtype)
    np.testing.assert_array_equal(result, every)


@pytest.mark.parametrize("dtype", DTYPES)
def test_lightness_of_rgb_agrees_with_float64(dtype: Any) -> None:
    rgb = np.random.default_rng(0).integers(0, most(dtype) + 1, (90, 80, 3)).astype(dtype)
    expected = lab.lightness_from_srgb(rgb / most(dtype))
    np.testing.assert_allclose(codes.lightness(rgb), expected, atol=1e-4)


def test_lightness_of_some_colours_agrees_with_coloraide() -> None:
    for hexa in ("#000000", "#ffffff", "#c04020", "#010203", "#7f7f7f"):
        color = Color(hexa)
        rgb = np.rint(np.array(color.coords()) * 255).astype(np.uint8)[None, None]
        expected = color.convert("lab-d65")["lightness"]
        assert codes.lightness(rgb)[0, 0] == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize("dtype", DTYPES)
def test_within_the_gamut_colours_agree_with_the_plain_way(dtype: Any) -> None:
    rgb = np.random.default_rng(1).uniform(0.02, 0.98, (60, 70, 3))
    colors = lab.from_srgb(rgb)
    result = combined(
        colors[..., 0].astype(np.float32),
        np.moveaxis(colors[..., 1:], -1, 0).astype(np.float32),
        dtype,
    )
    assert np.abs(result - rgb * most(dtype)).max() < 0.55 + most(dtype) * 1e-6


@given(st.integers(0, 9999), st.sampled_from([3.0, 15.0, 40.0]), st.sampled_from(DTYPES))
def test_lightness_is_kept_whatever_the_chroma(seed: int, spread: float, dtype: Any) -> None:
    rng = np.random.default_rng(seed)
    lightness = rng.uniform(0, 100, (20, 30)).astype(np.float32)
    lightness[0] = rng.uniform(0, 5, 30)
    chroma = rng.normal(0, spread, (2, 20, 30)).astype(np.float32)
    result = combined(lightness, chroma, dtype).astype(float)
    before = gray.from_lightness(lightness.astype(float)) * most(dtype)
    after = gray.from_srgb(result / most(dtype)) * most(dtype)
    assert np.abs(after - before).max() <= STORED


def test_dark_and_strongly_coloured_pixels_keep_their_lightness_too() -> None:
    lightness, hue = np.meshgrid(np.linspace(0, 12, 900), np.linspace(0, 2 * np.pi, 720))
    direction = np.stack([np.cos(hue), np.sin(hue)]).astype(np.float32)
    # Rounded without regard to each other, the channels miss by up to 0.62 at chroma 12 to 16.
    for size, dtype in ((12, np.uint8), (16, np.uint8), (12, np.uint16), (60, np.uint16)):
        result = combined(lightness.astype(np.float32), size * direction, dtype).astype(float)
        before = gray.from_lightness(lightness) * most(dtype)
        after = gray.from_srgb(result / most(dtype)) * most(dtype)
        assert np.abs(after - before).max() <= STORED


@given(st.integers(0, 9999), st.sampled_from([15.0, 40.0]))
def test_out_of_gamut_chroma_is_reduced_as_in_the_plain_way(seed: int, spread: float) -> None:
    rng = np.random.default_rng(seed)
    lightness = rng.uniform(0, 100, (20, 30)).astype(np.float32)
    chroma = rng.normal(0, spread, (2, 20, 30)).astype(np.float32)
    expected = gamut.to_srgb(lightness.astype(float), np.moveaxis(chroma, 0, -1).astype(float))
    error = np.abs(combined(lightness, chroma, np.uint8) - expected * 255).max(axis=-1)
    # A line of constant L* and hue may leave the gamut and enter it again; both ends are right.
    assert error.mean() < 0.6
    assert np.quantile(error, 0.98) < 1.5


@given(st.floats(-20, 120), st.sampled_from(DTYPES))
def test_no_chroma_is_gray_at_any_lightness(level: float, dtype: Any) -> None:
    result = combined(np.full((1, 1), level, np.float32), np.zeros((2, 1, 1), np.float32), dtype)
    expected = srgb.encode(lab.luminance_from_lightness(np.clip(np.float64(level), 0, 100)))
    assert len(set(result[0, 0].tolist())) == 1
    assert abs(result[0, 0, 0] - expected * most(dtype)) < STORED


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 2), (4, 5, 4)])
def test_other_shapes_of_codes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="codes must be"):
        codes.lightness(np.zeros(shape, np.uint8))


def test_other_types_and_shapes_are_refused() -> None:
    with pytest.raises(ShapeError, match="codes must be"):
        codes.lightness(np.zeros((4, 5, 1), np.float32))  # type: ignore[arg-type]
    with pytest.raises(ShapeError, match="chroma needs shape"):
        combined(np.zeros((4, 5), np.float32), np.zeros((4, 5, 2), np.float32), np.uint8)


def test_inputs_are_not_written_to() -> None:
    lightness = np.full((4, 5), 200, np.float32)
    chroma = np.full((2, 4, 5), 90, np.float32)
    combined(lightness, chroma, np.uint8)
    assert (lightness == 200).all()
    assert (chroma == 90).all()

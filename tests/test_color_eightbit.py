"""The table for 8-bit pictures, against the plain way in float64."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.color import eightbit, gamut, gray, lab
from photochrom.errors import ShapeError
from photochrom.metrics import ciede2000

Array = np.ndarray[Any, np.dtype[Any]]
STORED = 0.6  # code values of the gray equivalent: the promise
ROUNDED = 0.5  # the same for gray pictures: only green's rounding is left
GRAYS = np.arange(256, dtype=np.uint8)


def combined(pixels: Array, chroma: Array) -> Array:
    return eightbit.combine(eightbit.Tones.of(pixels), chroma.astype(np.float32))


def gray_error(result: Array, pixels: Array) -> float:
    wanted = pixels[..., 0] / 255 if pixels.shape[2] == 1 else gray.from_srgb(pixels / 255)
    return float(np.abs(gray.from_srgb(result / 255) - wanted).max() * 255)


def plain(grays: Array, chroma: Array) -> Array:
    """Encoded sRGB as `gamut` computes it, without tables."""
    lightness = gray.to_lightness(grays[..., 0] / 255)
    return gamut.to_srgb(lightness, np.moveaxis(chroma, 0, -1).astype(float))


def noise(seed: int, spread: float, shape: tuple[int, int] = (64, 64)) -> Array:
    return np.random.default_rng(seed).normal(0, spread, (2, *shape))


@pytest.mark.parametrize("channels", [1, 3])
def test_without_chroma_every_gray_comes_back_as_it_was(channels: int) -> None:
    pixels = np.repeat(GRAYS.reshape(16, 16, 1), channels, axis=2)
    result = combined(pixels, np.zeros((2, 16, 16)))
    np.testing.assert_array_equal(result, np.repeat(GRAYS.reshape(16, 16, 1), 3, axis=2))


@pytest.mark.parametrize("size", [0.5, 3, 8, 15, 30, 60, 100, 150, 400])
def test_every_gray_keeps_its_lightness_in_every_hue(size: float) -> None:
    angle = np.linspace(0, 2 * np.pi, 360, endpoint=False)
    ring = size * np.stack([np.cos(angle), np.sin(angle)])[:, None]
    pixels = np.repeat(GRAYS.reshape(-1, 1, 1), 360, axis=1)
    result = combined(pixels, np.repeat(ring, 256, axis=1))
    assert gray_error(result, pixels) <= ROUNDED


@given(st.integers(0, 9999), st.sampled_from([0.3, 3.0, 15.0, 60.0]))
def test_colours_keep_their_luminance_too(seed: int, spread: float) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    pixels[:8] //= 16
    pixels[8:16] |= 240
    assert gray_error(combined(pixels, noise(seed, spread)), pixels) <= STORED


def test_colours_become_gray_without_chroma() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    result = combined(pixels, np.zeros((2, 64, 64)))
    assert (result == result[..., :1]).all()
    assert gray_error(result, pixels) <= STORED


@pytest.mark.parametrize(("spread", "most"), [(8, 0.06), (25, 0.08), (60, 0.1)])
def test_colours_are_as_near_to_the_plain_way_as_rounding(spread: float, most: float) -> None:
    grays = np.random.default_rng(1).integers(0, 256, (200, 200, 1)).astype(np.uint8)
    chroma = noise(1, spread, (200, 200))
    exact = plain(grays, chroma)
    rounded = lab.from_srgb(np.rint(exact * 255) / 255)
    table = lab.from_srgb(combined(grays, chroma) / 255)
    best = ciede2000.difference(rounded, lab.from_srgb(exact)).mean()
    assert ciede2000.difference(table, lab.from_srgb(exact)).mean() < best + most


def test_a_slow_change_of_chroma_shows_no_steps() -> None:
    ramp = np.linspace(-20, 30, 4000)
    chroma = np.stack([ramp, ramp[::-1] / 2])[:, None]
    grays = np.full((1, 4000, 1), 140, np.uint8)
    result = combined(grays, chroma)[0].astype(int)
    assert np.abs(np.diff(result, axis=0)).max() <= 1
    assert np.abs(result - plain(grays, chroma)[0] * 255).max() < 1


def test_chroma_beyond_every_gamut_keeps_its_hue() -> None:
    """What lies off the table is brought onto it towards gray, not along its sides."""
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    grays = np.full((1, 90, 1), 120, np.uint8)
    for size in (130, 500):
        chroma = size * np.stack([np.cos(angle), np.sin(angle)])[:, None]
        found = lab.from_srgb(combined(grays, chroma) / 255)[0, :, 1:]
        turned = np.angle(np.exp(1j * (np.arctan2(found[:, 1], found[:, 0]) - angle)))
        assert np.abs(turned).max() < np.radians(4)


def test_a_pixel_does_not_depend_on_where_it_stands() -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (33, 47, 1)).astype(np.uint8)
    chroma = noise(2, 30, (33, 47))
    whole = combined(pixels, chroma)
    mirrored = combined(pixels[::-1, ::-1], chroma[:, ::-1, ::-1])
    np.testing.assert_array_equal(mirrored[::-1, ::-1], whole)
    part = combined(pixels[5:6, 3:20], chroma[:, 5:6, 3:20])
    np.testing.assert_array_equal(part, whole[5:6, 3:20])


def test_tones_of_colours_are_their_nearest_grays() -> None:
    pixels = np.random.default_rng(3).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    tones = eightbit.Tones.of(pixels)
    exact = gray.from_srgb(pixels / 255) * 255
    assert np.abs(tones.gray - exact).max() < 0.51
    np.testing.assert_allclose(tones.lightness(), lab.lightness_from_srgb(pixels / 255), atol=0.3)


def test_inputs_are_not_written_to() -> None:
    pixels, chroma = np.full((4, 5, 3), 200, np.uint8), np.full((2, 4, 5), 900, np.float32)
    combined(pixels, chroma)
    assert (pixels == 200).all()
    assert (chroma == 900).all()


def test_other_shapes_and_types_are_refused() -> None:
    for pixels in (np.zeros((4, 5), np.uint8), np.zeros((4, 5, 1), np.uint16)):
        with pytest.raises(ShapeError, match="pixels must be"):
            eightbit.Tones.of(pixels)
    with pytest.raises(ShapeError, match="to go with tones"):
        combined(np.zeros((4, 5, 1), np.uint8), np.zeros((2, 5, 4)))

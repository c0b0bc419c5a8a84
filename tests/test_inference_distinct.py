"""Large pictures by distinct chromas: as exact in lightness, and nearly as in colour."""

from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.color import gray, lab
from photochrom.inference import distinct, fullsize, pairs
from photochrom.metrics import ciede2000
from pictures import photograph

Array = np.ndarray[Any, np.dtype[Any]]
STORED = 0.6  # code values of the gray equivalent
FLIPPED = 1  # code values: float32 weights and rounding


@pytest.fixture(autouse=True)
def every_picture_counts_as_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fullsize, "_MANY", 0)


def small_of(rgb: Array, cells: tuple[int, int]) -> tuple[Array, Array]:
    """True chroma and lightness on a small grid."""
    small = cv2.resize(rgb, cells[::-1], interpolation=cv2.INTER_AREA)
    colors = lab.from_srgb(small.astype(np.float32) / 255)
    return np.ascontiguousarray(colors[..., 1:]), np.ascontiguousarray(colors[..., 0])


def gray_photograph(cut: tuple[int, int] = (0, 0)) -> tuple[Array, Array, Array]:
    """Twice the size of coffee, less some rows and columns; chroma halved, so that it is few."""
    rgb = cv2.resize(photograph("coffee"), None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    rgb = rgb[cut[0] :, cut[1] :]
    pixels = np.rint(gray.from_srgb(rgb / 255.0) * 255).astype(np.uint8)[..., None]
    chroma, guide = small_of(rgb, (20, 30))
    return pixels, chroma / 2, guide


def distinctly(*given_arrays: Array) -> Array:
    """The way of large pictures, and proof that it was taken."""
    taken = []
    with pytest.MonkeyPatch.context() as patch:
        way = distinct.color
        patch.setattr(distinct, "color", lambda *a, **o: taken.append(way(*a, **o)) or taken[-1])
        result = fullsize.color(*given_arrays)
    assert taken[0] is not None
    return result


def plainly(*given_arrays: Array) -> Array:
    """The way of small pictures, pixel by pixel."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fullsize, "_MANY", 10**9)
        return fullsize.color(*given_arrays)


@pytest.mark.parametrize("channels", [1, 3])
def test_lightness_is_kept(channels: int) -> None:
    pixels, chroma, guide = gray_photograph()
    result = distinctly(pixels.repeat(channels, axis=2), chroma, guide)
    assert np.abs(gray.from_srgb(result / 255) * 255 - pixels[..., 0]).max() <= STORED


def test_colours_are_nearly_those_of_the_plain_way() -> None:
    pixels, chroma, guide = gray_photograph()
    found, expected = (
        lab.from_srgb(way(pixels, chroma, guide) / 255) for way in (distinctly, plainly)
    )
    assert ciede2000.difference(found, expected).mean() < 0.4  # rounding alone gives 0.2


@pytest.mark.parametrize("cut", [(0, 0), (1, 1), (3, 0), (1, 2)])
@pytest.mark.parametrize("axis", [0, 1])
def test_flips_commute_at_even_and_odd_sizes(cut: tuple[int, int], axis: int) -> None:
    given_arrays = gray_photograph(cut)
    plain = distinctly(*given_arrays).astype(int)
    flipped = [np.ascontiguousarray(np.flip(array, axis)) for array in given_arrays]
    difference = np.abs(np.flip(distinctly(*flipped), axis) - plain)
    # Where chroma falls between two steps, float32 decides, and a step is worth a code or two.
    assert difference.max() <= FLIPPED + 2
    assert (difference > 0).mean() < 1e-3


def test_tiles_equal_the_whole_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    given_arrays = gray_photograph((1, 1))
    whole = distinctly(*given_arrays)
    monkeypatch.setattr(pairs, "_ROWS", 7)
    monkeypatch.setattr(pairs, "_COLUMNS", 31)
    monkeypatch.setattr(distinct, "_AT_ONCE", 5)
    np.testing.assert_array_equal(distinctly(*given_arrays), whole)


def test_without_chroma_the_picture_comes_back() -> None:
    pixels, chroma, guide = gray_photograph()
    result = distinctly(pixels, np.zeros_like(chroma), guide)
    np.testing.assert_array_equal(result, pixels.repeat(3, axis=2))


def test_pictures_with_colours_go_the_plain_way() -> None:
    pixels, chroma, guide = gray_photograph()
    one_colour = pixels.repeat(3, axis=2)
    one_colour[500, 700] = (90, 140, 30)
    result = fullsize.color(one_colour, chroma, guide)
    np.testing.assert_array_equal(result, plainly(one_colour, chroma, guide))
    before, after = (gray.from_srgb(rgb[500, 700] / 255) * 255 for rgb in (one_colour, result))
    assert abs(after - before) <= STORED


def test_too_many_chromas_go_the_plain_way() -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (90, 90, 1)).astype(np.uint8)
    chroma = rng.normal(0, 40, (10, 10, 2)).astype(np.float32)
    guide = rng.uniform(0, 100, (10, 10)).astype(np.float32)
    result = fullsize.color(pixels, chroma, guide)
    np.testing.assert_array_equal(result, plainly(pixels, chroma, guide))


def test_fine_grids_go_the_plain_way() -> None:
    pixels = gray_photograph()[0]
    chroma = np.full((160, 240, 2), 10.3, np.float32)  # half units would make it 10.5
    guide = np.full((160, 240), 50, np.float32)
    result = fullsize.color(pixels, chroma, guide)
    np.testing.assert_array_equal(result, plainly(pixels, chroma, guide))


@given(st.integers(1, 60))
def test_mirrored_axes_fall_into_the_same_groups(length: int) -> None:
    groups = [
        set(range(start, start + run.by))
        for run in pairs.runs(length)
        for start in range(run.pixels.start, run.pixels.stop, run.by)
    ]
    assert sorted(pixel for group in groups for pixel in group) == list(range(length))
    assert [{length - 1 - pixel for pixel in group} for group in groups[::-1]] == groups
    assert len(groups) == pairs.count(length) <= length / 2 + 2
    means = [np.mean([pixel + 0.5 for pixel in group]) for group in groups]
    np.testing.assert_allclose(pairs.centres(length), means)


@given(st.integers(1, 60), st.integers(1, 60))
def test_tiles_cover_every_pixel_and_group_once(height: int, width: int) -> None:
    seen = np.zeros((height, width), int)
    grouped = np.zeros((pairs.count(height), pairs.count(width)), int)
    for tile in pairs.tiles(height, width):
        seen[tile.pixels] += 1
        grouped[tile.groups] += 1
        part = seen[tile.pixels].shape
        shape = grouped[tile.groups].shape
        assert part == (shape[0] * tile.down.by, shape[1] * tile.across.by)
    assert (seen == 1).all()
    assert (grouped == 1).all()


def test_inputs_are_not_written_to() -> None:
    given_arrays = gray_photograph()
    copies = [array.copy() for array in given_arrays]
    fullsize.color(*given_arrays)
    for array, copy in zip(given_arrays, copies, strict=True):
        np.testing.assert_array_equal(array, copy)

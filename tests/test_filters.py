"""Enlargement and the guided filter against slow obvious loops, by blocks, and mirrored."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import zoom

from photochrom.color import lab
from photochrom.errors import ShapeError
from photochrom.filters.enlarge import Enlargement
from photochrom.filters.guided import GuidedEnlargement
from photochrom.metrics import ciede2000
from pictures import photograph

Array = np.ndarray[Any, np.dtype[Any]]
FLIP_TOLERANCE = 1e-3  # float32: mirrored weights are 1 - w, on values of about 100

sizes = st.integers(1, 40)
pairs = st.tuples(sizes, sizes)
seeds = st.integers(0, 9999)


def whole(height: int, width: int) -> tuple[slice, slice]:
    return slice(0, height), slice(0, width)


def enlarged(planes: Array, height: int, width: int, span: Any = None) -> Array:
    return Enlargement.of(planes, height, width, span).block(*whole(height, width))


def guided(chroma: Array, guide: Array, lightness: Array, **options: Any) -> Array:
    enlargement = GuidedEnlargement.of(chroma, guide, *lightness.shape, **options)
    return enlargement.block(*whole(*lightness.shape), lightness)


def made(seed: int, cells: tuple[int, int], full: tuple[int, int]) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng(seed)
    chroma = rng.normal(0, 30, (*cells, 2)).astype(np.float32)
    guide = rng.uniform(0, 100, cells).astype(np.float32)
    return chroma, guide, rng.uniform(0, 100, full).astype(np.float32)


def slow_bilinear(plane: Array, height: int, width: int, span: tuple[float, float]) -> Array:
    result = np.zeros((height, width))
    for row in range(height):
        for column in range(width):
            y = np.clip((row + 0.5) * span[0] / height - 0.5, 0, plane.shape[0] - 1)
            x = np.clip((column + 0.5) * span[1] / width - 0.5, 0, plane.shape[1] - 1)
            for i in (int(y), int(y) + 1):
                for j in (int(x), int(x) + 1):
                    share = max(0, 1 - abs(y - i)) * max(0, 1 - abs(x - j))
                    if share > 0:
                        result[row, column] += share * plane[i, j]
    return result


def slow_guided(chroma: Array, guide: Array, lightness: Array, radius: int, eps: float) -> Array:
    """The definition: a line fitted in every window, slopes averaged, detail added."""
    height, width = guide.shape
    guide, lightness = guide / 100, lightness / 100

    def window(y: int, x: int) -> tuple[slice, slice]:
        return (
            slice(max(0, y - radius), y + radius + 1),
            slice(max(0, x - radius), x + radius + 1),
        )

    cells = [(y, x) for y in range(height) for x in range(width)]
    result = []
    for plane in np.moveaxis(chroma.astype(float), -1, 0):
        fitted = np.zeros_like(plane)
        for cell in cells:
            g, p = guide[window(*cell)].ravel(), plane[window(*cell)].ravel()
            fitted[cell] = np.mean((g - g.mean()) * (p - p.mean())) / (g.var() + eps)
        slope = np.array([fitted[window(*cell)].mean() for cell in cells]).reshape(height, width)
        size = lightness.shape
        up = slow_bilinear(slope, *size, guide.shape)
        result.append(up * lightness + slow_bilinear(plane - slope * guide, *size, guide.shape))
    return np.array(result)


@given(pairs, pairs, st.floats(0.2, 1), seeds)
@settings(max_examples=25, deadline=None)
def test_enlargement_is_bilinear_between_centres(
    cells: tuple[int, int], full: tuple[int, int], share: float, seed: int
) -> None:
    (h, w), (height, width) = cells, full
    plane = np.random.default_rng(seed).normal(0, 50, (1, h, w)).astype(np.float32)
    span = (h * share, w * share)
    expected = slow_bilinear(plane[0], height, width, span)
    np.testing.assert_allclose(enlarged(plane, height, width, span)[0], expected, atol=2e-4)


def test_enlargement_agrees_with_scipy() -> None:
    plane = np.random.default_rng(0).normal(0, 50, (1, 7, 9)).astype(np.float32)
    expected = zoom(plane[0], (5, 4), order=1, grid_mode=True, mode="nearest")
    np.testing.assert_allclose(enlarged(plane, 35, 36)[0], expected, atol=1e-4)


def test_places_between_pixels_lie_between_their_values() -> None:
    planes = made(6, (5, 7), (1, 1))[0].transpose(2, 0, 1)
    full = enlarged(planes, 60, 91)
    at = (np.arange(1, 60).astype(float), np.array([0.5, 3.5, 90.5]))  # rows between, columns on
    found = Enlargement.of(planes, 60, 91, at=at).block(slice(0, 59), slice(0, 3))
    between = (full[:, 1:] + full[:, :-1])[:, :, [0, 3, 90]] / 2
    kinks = np.abs(np.diff(full, 2, axis=1)).max(axis=(0, 2)) > 1e-3  # centres of cells
    smooth = ~(np.append(kinks, False) | np.insert(kinks, 0, False))
    np.testing.assert_allclose(found[:, smooth], between[:, smooth], atol=1e-3)


@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 50), st.integers(1, 50), st.data())
def test_any_block_equals_the_whole_exactly(
    h: int, w: int, height: int, width: int, data: st.DataObject
) -> None:
    chroma, guide, lightness = made(0, (h, w), (height, width))
    enlargement = GuidedEnlargement.of(chroma, guide, height, width)
    top = data.draw(st.integers(0, height - 1))
    left = data.draw(st.integers(0, width - 1))
    rows = slice(top, data.draw(st.integers(top + 1, height)))
    columns = slice(left, data.draw(st.integers(left + 1, width)))
    block = enlargement.block(rows, columns, lightness[rows, columns])
    expected = enlargement.block(*whole(height, width), lightness)[:, rows, columns]
    np.testing.assert_array_equal(block, expected)


@given(sizes, sizes, sizes, sizes, seeds)
def test_flips_commute_with_the_guided_enlargement(
    h: int, w: int, height: int, width: int, seed: int
) -> None:
    chroma, guide, lightness = made(seed, (h, w), (height, width))
    plain = guided(chroma, guide, lightness)
    across = guided(chroma[:, ::-1], guide[:, ::-1], lightness[:, ::-1])[..., ::-1]
    down = guided(chroma[::-1], guide[::-1], lightness[::-1])[:, ::-1]
    np.testing.assert_allclose(across, plain, atol=FLIP_TOLERANCE)
    np.testing.assert_allclose(down, plain, atol=FLIP_TOLERANCE)


@pytest.mark.parametrize("radius", [1, 2])
def test_the_guided_filter_equals_brute_force(radius: int) -> None:
    chroma, guide, lightness = made(1, (6, 8), (15, 17))
    fast = guided(chroma, guide, lightness, radius=radius, epsilon=1e-3)
    slow = slow_guided(chroma, guide, lightness, radius, 1e-3)
    np.testing.assert_allclose(fast, slow, atol=1e-3)


def test_no_chroma_stays_no_chroma() -> None:
    _, guide, lightness = made(2, (6, 8), (30, 40))
    assert not guided(np.zeros((6, 8, 2), np.float32), guide, lightness).any()


def test_constant_chroma_stays_constant() -> None:
    _, guide, lightness = made(3, (6, 8), (30, 40))
    result = guided(np.full((6, 8, 2), 25, np.float32), guide, lightness)
    np.testing.assert_allclose(result, 25, atol=1e-3)


def test_at_the_same_size_chroma_comes_back_as_it_was() -> None:
    chroma, guide, _ = made(4, (12, 9), (1, 1))
    result = guided(chroma, guide, guide)
    np.testing.assert_allclose(np.moveaxis(result, 0, -1), chroma, atol=1e-3)


def test_a_colour_edge_follows_the_lightness_edge() -> None:
    lightness = np.repeat([[20.0, 80.0]], [105, 55], axis=1).repeat(160, axis=0).astype(np.float32)
    true = np.where(lightness > 50, 40, -10).astype(np.float32)
    small = [plane.reshape(16, 10, 16, 10).mean(axis=(1, 3)) for plane in (true, lightness)]
    chroma = np.stack([small[0], small[0]], axis=-1)
    bilinear = np.abs(enlarged(small[0][None], 160, 160)[0] - true).mean()
    sharp = np.abs(guided(chroma, small[1], lightness)[0] - true).mean()
    assert sharp < bilinear / 2


@pytest.mark.parametrize("name", ["astronaut", "chelsea", "coffee"])
def test_on_photographs_it_is_nearer_to_the_truth_than_bilinear(name: str) -> None:
    rgb = photograph(name)
    height, width = (length // 4 * 4 for length in rgb.shape[:2])
    true = lab.from_srgb(rgb[:height, :width].astype(np.float32) / 255)
    small = true.reshape(height // 4, 4, width // 4, 4, 3).mean(axis=(1, 3))
    lightness = np.ascontiguousarray(true[..., 0])

    def error(chroma: Array) -> float:
        result = np.concatenate([lightness[..., None], np.moveaxis(chroma, 0, -1)], axis=-1)
        return float(ciede2000.difference(result, true).mean())

    bilinear = error(enlarged(np.moveaxis(small[..., 1:], -1, 0), height, width))
    assert error(guided(small[..., 1:], small[..., 0], lightness)) < bilinear


def test_inputs_are_not_written_to() -> None:
    given_arrays = made(5, (6, 8), (30, 40))
    copies = [array.copy() for array in given_arrays]
    guided(*given_arrays)
    for array, copy in zip(given_arrays, copies, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ShapeError, match="do not fit"):
        GuidedEnlargement.of(np.zeros((4, 5, 2), np.float32), np.zeros((5, 4), np.float32), 9, 9)
    with pytest.raises(ShapeError, match="planes"):
        Enlargement.of(np.zeros((4, 5), np.float32), 9, 9)

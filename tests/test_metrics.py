"""PSNR, SSIM, colourfulness, cross-entropy, bootstrap and baselines."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage import data
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from photochrom.color import lab
from photochrom.errors import ShapeError
from photochrom.metrics import baselines, bootstrap, colorfulness, crossentropy, psnr, ssim


def _pair(seed: int = 0, height: int = 40, width: int = 37) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    top = int(rng.integers(0, 200))
    truth = data.chelsea()[top : top + height, 50 : 50 + width]
    noise = rng.normal(0, rng.uniform(1, 60), truth.shape)
    return truth, np.clip(truth + noise, 0, 255).astype(np.uint8)


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_psnr_agrees_with_scikit_image(seed):
    truth, noisy = _pair(seed)
    assert psnr.rgb(truth, noisy) == pytest.approx(peak_signal_noise_ratio(truth, noisy))


def test_psnr_of_a_tall_picture_counts_every_strip():
    truth = np.zeros((600, 3, 3), np.uint8)
    wrong = truth.copy()
    wrong[599] = 255
    assert psnr.rgb(truth, wrong) == pytest.approx(10 * math.log10(600))


def test_equal_pictures_are_infinitely_alike_but_count_the_ceiling_in_a_mean():
    truth, noisy = _pair()
    assert psnr.rgb(truth, truth) == math.inf
    assert psnr.for_mean(psnr.rgb(truth, truth)) == psnr.CEILING
    assert psnr.for_mean(psnr.rgb(truth, noisy)) == psnr.rgb(truth, noisy)


def test_chroma_psnr_does_not_see_lightness():
    lab_a = np.random.default_rng(0).uniform(-50, 50, (9, 8, 3))
    darker = lab_a - [20, 0, 0]
    assert psnr.chroma(lab_a, darker) == math.inf
    assert psnr.chroma(lab_a, lab_a + np.array([0, 25.5, 25.5])) == pytest.approx(20)
    assert psnr.chroma(lab_a, lab_a + np.array([0, 25.5, 0])) == pytest.approx(
        20 + 10 * math.log10(2)
    )


def test_psnr_refuses_unequal_shapes():
    with pytest.raises(ShapeError, match="one shape"):
        psnr.rgb(np.zeros((2, 2, 3), np.uint8), np.zeros((2, 3, 3), np.uint8))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.integers(11, 60), st.integers(11, 60))
def test_ssim_agrees_with_scikit_image(seed, height, width):
    truth, noisy = _pair(seed, height, width)
    other = structural_similarity(
        truth,
        noisy,
        channel_axis=-1,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=255,
    )
    assert ssim.rgb(truth, noisy) == pytest.approx(other, abs=1e-4)  # float32 against float64


def test_ssim_in_strips_agrees_with_scikit_image():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 256, (1100, 30, 3), dtype=np.uint8)
    noisy = np.where(rng.random(truth.shape) < 0.3, 128, truth).astype(np.uint8)
    other = structural_similarity(
        truth, noisy, channel_axis=-1, gaussian_weights=True, use_sample_covariance=False
    )
    assert ssim.rgb(truth, noisy) == pytest.approx(other, abs=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (10, 10), (50, 4)])
def test_ssim_gives_a_figure_for_tiny_pictures(size):
    truth, noisy = _pair(3, *size)
    assert ssim.rgb(truth, truth) == pytest.approx(1, abs=1e-6)
    assert ssim.rgb(truth, noisy) < 1


def test_ssim_refuses_unequal_shapes():
    with pytest.raises(ShapeError, match="two"):
        ssim.rgb(np.zeros((20, 20, 3), np.uint8), np.zeros((20, 21, 3), np.uint8))


def _slow_colorfulness(rgb: np.ndarray) -> float:
    pixels = [tuple(map(float, pixel)) for pixel in rgb.reshape(-1, 3)]
    rg = [r - g for r, g, _ in pixels]
    yb = [(r + g) / 2 - b for r, g, b in pixels]
    means = [sum(v) / len(v) for v in (rg, yb)]
    spreads = [sum((x - m) ** 2 for x in v) / len(v) for v, m in zip((rg, yb), means, strict=True)]
    return math.sqrt(sum(spreads)) + 0.3 * math.sqrt(sum(m * m for m in means))


@settings(max_examples=20)
@given(st.integers(0, 1000))
def test_colourfulness_agrees_with_a_slow_loop(seed):
    _, noisy = _pair(seed, 10, 9)
    assert colorfulness.measure(noisy) == pytest.approx(_slow_colorfulness(noisy))


def test_colourfulness_of_a_tall_picture_counts_every_strip():
    tall = np.zeros((600, 2, 3), np.uint8)
    tall[599] = [255, 0, 0]
    assert colorfulness.measure(tall) == pytest.approx(_slow_colorfulness(tall))


def test_gray_has_no_colourfulness():
    gray = np.repeat(np.arange(256, dtype=np.uint8)[:, None, None], 3, axis=2)
    assert colorfulness.measure(gray) == 0
    with pytest.raises(ShapeError, match="picture is needed"):
        colorfulness.measure(gray[0])


def test_guessing_all_colours_alike_costs_log_k():
    labels = np.array([[0, 1], [2, 3]])
    assert crossentropy.mean(np.full((2, 2, 4), 7.0), labels) == pytest.approx(math.log(4))


@given(st.integers(0, 1000))
def test_cross_entropy_agrees_with_a_slow_loop(seed):
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 5, (3, 4, 6))
    labels = rng.integers(0, 6, (3, 4))
    slow = [
        math.log(sum(math.exp(v) for v in row)) - row[label]
        for row, label in zip(logits.reshape(-1, 6), labels.ravel(), strict=True)
    ]
    assert crossentropy.mean(logits, labels) == pytest.approx(sum(slow) / len(slow))


def test_cross_entropy_survives_large_logits_and_refuses_wrong_shapes():
    assert crossentropy.mean(np.array([[1e4, 0.0]]), np.array([1])) == pytest.approx(1e4)
    with pytest.raises(ShapeError, match="go together"):
        crossentropy.mean(np.zeros((3, 2)), np.zeros(4, np.intp))


def test_the_bootstrap_interval_has_the_width_that_theory_gives():
    values = np.random.default_rng(5).normal(10, 2, 900)
    found = bootstrap.mean(list(values))
    half = 1.96 * values.std() / math.sqrt(900)
    assert found.mean == pytest.approx(values.mean())
    assert found.mean - found.low == pytest.approx(half, rel=0.1)
    assert found.high - found.mean == pytest.approx(half, rel=0.1)


def test_more_confidence_needs_a_wider_interval():
    values = [1.0, 2.0, 4.0, 8.0, 16.0]
    sure, unsure = bootstrap.mean(values, confidence=0.99), bootstrap.mean(values, confidence=0.5)
    assert sure.low < unsure.low < unsure.high < sure.high


def test_the_same_values_give_the_same_interval():
    values = list(np.random.default_rng(2).normal(0, 1, 50))
    assert bootstrap.mean(values) == bootstrap.mean(values)
    other = bootstrap.mean(values, rng=np.random.default_rng(9))
    assert other.mean == bootstrap.mean(values).mean


def test_one_picture_has_no_interval():
    found = bootstrap.mean([3.0])
    assert found.mean == 3.0
    assert math.isnan(found.low)
    assert not found.is_below_zero
    assert not found.is_above_zero
    with pytest.raises(ShapeError, match="at least one value"):
        bootstrap.mean([])


def test_a_paired_difference_sees_what_single_intervals_hide():
    rng = np.random.default_rng(1)
    hard = rng.uniform(0, 100, 30)
    ours, theirs = hard + 1 + rng.normal(0, 0.1, 30), hard
    found = bootstrap.paired_difference(list(ours), list(theirs))
    assert found.is_above_zero
    assert found.mean == pytest.approx(1, abs=0.1)
    assert bootstrap.mean(list(ours)).low < bootstrap.mean(list(theirs)).high
    with pytest.raises(ShapeError, match="pairs"):
        bootstrap.paired_difference([1.0], [1.0, 2.0])


def test_baselines_agree_with_a_slow_loop():
    picture = lab.from_srgb(data.chelsea()[::15, ::15] / 255)
    found = baselines.fit_baselines([picture[:10], picture[10:]])
    bins: dict[int, list[np.ndarray]] = {}
    for pixel in picture.reshape(-1, 3):
        bins.setdefault(min(int(pixel[0] // 5), 19), []).append(pixel[1:])
    for number, chroma in bins.items():
        np.testing.assert_allclose(found.lightness_table[number], np.mean(chroma, axis=0))
    np.testing.assert_allclose(found.mean_chroma, picture[..., 1:].reshape(-1, 2).mean(axis=0))


def test_empty_bins_are_filled_from_their_neighbours():
    table = baselines.fit_baselines([np.array([[12.0, 10, 20], [22.0, 30, 0]])]).lightness_table
    np.testing.assert_allclose(table[:3], [[10, 20]] * 3)
    np.testing.assert_allclose(table[3], [20, 10])
    np.testing.assert_allclose(table[4:], [[30, 0]] * 16)


def test_the_table_is_linear_between_the_middles_of_its_bins():
    ramp = np.stack([np.arange(20.0), -np.arange(20.0)], axis=-1)
    table = baselines.Baselines(np.zeros(2), ramp)
    lightness = np.array([[-5.0, 0.0, 2.5], [5.0, 7.5, 120.0]])
    expected = np.array([[0, 0, 0], [0.5, 1, 19]])
    np.testing.assert_allclose(
        table.from_lightness(lightness), np.stack([expected, -expected], axis=-1), atol=1e-6
    )


def test_the_mean_chroma_is_the_same_everywhere():
    found = baselines.Baselines.of_tuples((3.0, -4.0), ((0.0, 0.0),) * 20)
    chroma = found.constant(np.zeros((2, 5)))
    assert chroma.shape == (2, 5, 2)
    np.testing.assert_array_equal(chroma, np.broadcast_to([3, -4], (2, 5, 2)))


def test_the_table_beats_the_mean_and_the_mean_beats_gray_on_its_own_picture():
    picture = lab.from_srgb(data.coffee()[::4, ::4] / 255)
    found = baselines.fit_baselines([picture])
    truth = picture[..., 1:]
    lightness = picture[..., 0]
    guesses = [found.from_lightness(lightness), found.constant(lightness), np.zeros_like(truth)]
    errors = [np.mean((guess - truth) ** 2) for guess in guesses]
    assert errors == sorted(errors)


def test_no_pixels_make_no_baselines():
    with pytest.raises(ShapeError, match="at least one pixel"):
        baselines.fit_baselines([])
    with pytest.raises(ShapeError, match="last axis of 3"):
        baselines.fit_baselines([np.zeros((4, 4))])

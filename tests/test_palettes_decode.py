"""From logits to chroma."""

import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

from photochrom.errors import OptionError, ShapeError
from photochrom.palettes import decode
from photochrom.palettes.palette import Palette

PALETTE = Palette(np.array([[0.0, 0.0], [20, -10], [5, 40], [-30, -10]]))
SRGB = Palette(np.array([[0.0, 0, 0], [255, 0, 0], [51, 102, 204]]), "srgb")


def logits(seed: int, shape: tuple[int, ...] = (5, 6, 4)) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 3, shape).astype(np.float32)


def test_probabilities_are_a_softmax() -> None:
    given_logits = logits(0)
    expected = scipy.special.softmax(given_logits.astype(np.float64), axis=-1)
    assert decode.probabilities(given_logits) == pytest.approx(expected, abs=1e-6)


def test_huge_logits_do_not_overflow() -> None:
    assert decode.probabilities(np.array([1e4, 0.0])).tolist() == [1, 0]


def test_argmax_takes_the_likeliest_color() -> None:
    given_logits = logits(1)
    chroma = decode.argmax_chroma(given_logits, PALETTE)
    for place in np.ndindex(5, 6):
        best = max(range(4), key=lambda k: given_logits[(*place, k)])
        assert chroma[place].tolist() == PALETTE.colors[best].tolist()


@pytest.mark.parametrize("temperature", [0.1, 0.38, 1.0, 3.0])
def test_the_annealed_mean_equals_a_slow_loop(temperature: float) -> None:
    given_logits = logits(2)
    found = decode.annealed_mean(given_logits, PALETTE, temperature)
    for place in np.ndindex(5, 6):
        p = np.exp(given_logits[place].astype(np.float64))
        p = (p / p.sum()) ** (1 / temperature)
        expected = sum(share * color for share, color in zip(p / p.sum(), PALETTE.colors))  # noqa: B905
        assert found[place] == pytest.approx(expected, abs=1e-3)


def test_a_cold_annealed_mean_is_argmax() -> None:
    given_logits = logits(3)
    cold = decode.annealed_mean(given_logits, PALETTE, 0)
    assert np.array_equal(cold, decode.argmax_chroma(given_logits, PALETTE))
    clear = np.eye(4, dtype=np.float32)
    assert decode.annealed_mean(clear, PALETTE, 2e-3) == pytest.approx(PALETTE.colors, abs=1e-3)


@given(st.permutations(range(4)), st.floats(0, 2))
def test_permuting_a_palette_changes_nothing(order: list[int], temperature: float) -> None:
    given_logits = logits(4)
    plain = decode.annealed_mean(given_logits, PALETTE, temperature)
    permuted = Palette(PALETTE.colors[order])
    assert decode.annealed_mean(given_logits[..., order], permuted, temperature) == pytest.approx(
        plain, abs=1e-3
    )


def test_the_origins_decode_gives_the_palettes_own_color() -> None:
    rgb = decode.argmax_rgb(np.array([[0.0, 1, 0], [0, 0, 1]]), SRGB)
    assert rgb == pytest.approx(np.array([[1, 0, 0], [0.2, 0.4, 0.8]]))


def test_the_origins_decode_needs_an_srgb_palette() -> None:
    with pytest.raises(OptionError, match="srgb palette"):
        decode.argmax_rgb(logits(5), PALETTE)


def test_the_type_of_the_logits_is_kept() -> None:
    for dtype in (np.float32, np.float64):
        some = logits(6).astype(dtype)
        assert decode.annealed_mean(some, PALETTE, 0.5).dtype == dtype
        assert decode.argmax_chroma(some, PALETTE).dtype == dtype


def test_vividness_runs_from_half_to_half_as_much_again() -> None:
    assert [decode.gain_from_vividness(v) for v in (0, 0.5, 1)] == [0.5, 1, 1.5]


@pytest.mark.parametrize("vividness", [-0.1, 1.1, float("nan")])
def test_vividness_outside_0_to_1_is_refused(vividness: float) -> None:
    with pytest.raises(OptionError, match="between 0 and 1"):
        decode.gain_from_vividness(vividness)


@pytest.mark.parametrize("temperature", [-1.0, float("nan")])
def test_a_temperature_below_0_is_refused(temperature: float) -> None:
    with pytest.raises(OptionError, match="0 or more"):
        decode.annealed_mean(logits(7), PALETTE, temperature)


def test_logits_for_another_palette_are_refused() -> None:
    with pytest.raises(ShapeError, match="palette of 4"):
        decode.annealed_mean(np.zeros((2, 5)), PALETTE, 1)
    with pytest.raises(ShapeError, match="palette of 4"):
        decode.argmax_chroma(np.zeros((2, 3)), PALETTE)

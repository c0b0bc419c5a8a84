"""Calibration of the general network, on logits whose right reading is known."""

from dataclasses import replace

import numpy as np
import onnx
import pytest
import torch
from scipy.special import softmax

from general import PALETTE, crops, network
from models import model_bytes, palette_spec
from photochrom.color import lab
from photochrom.filters.resize import resize
from photochrom.inference.runtime import Runtime
from photochrom.metrics import colorfulness, psnr
from photochrom.palettes import decode, labels
from photochrom.training.export import export
from photochrom.training.general.calibrate import (
    BETAS,
    GAINS,
    TEMPERATURES,
    Setting,
    calibrate,
    corrected,
    figures,
    measure,
    search,
    take_back,
)
from photochrom.training.general.folding import folded
from photochrom.training.general.judge import Judged, baseline_figures, paint, run
from photochrom.training.general.network import MULTIPLE, OUTPUT_STRIDE, WORKING
from pictures import photograph

WEIGHTS = np.array([0.4, 2.0, 2.5, 1.5, 3.0, 1.0])


def setting(beta: float, temperature: float, gain: float) -> Setting:
    return Setting(beta, temperature, gain, psnr=0.0, de00=None, colour=0.0)


def read_as(each: Setting) -> tuple[float, float, float]:
    return each.beta, each.temperature, each.gain


def truths() -> list[Judged]:
    """Pictures with the logits of one who knows their colours, and is not too sure of them."""
    found = []
    for picture in crops(40)[::3]:
        cells = picture.reshape(10, 4, 10, 4, 3).mean(axis=(1, 3))
        chroma = lab.from_srgb((cells / 255).astype(np.float32))[..., 1:]
        soft = labels.soft(chroma, PALETTE)
        found.append(Judged(picture, 1.5 * np.log(soft + 0.02)))
    return found


def test_the_chosen_one_is_the_best_of_those_that_keep_enough_colour() -> None:
    judged = truths()
    found = calibrate(judged, PALETTE, WEIGHTS, least=0.5)
    assert len(found.table) == len(BETAS) * len(TEMPERATURES) * len(GAINS)
    assert found.chosen.colour >= 0.5
    better = [each for each in found.table if each.psnr > found.chosen.psnr + 0.5]
    assert all(
        measure(judged, PALETTE, WEIGHTS, each).colour < 0.5 or each.colour < 0.5 for each in better
    )


def test_where_nothing_keeps_enough_the_most_colourful_is_taken() -> None:
    found = calibrate(truths(), PALETTE, WEIGHTS, least=99.0)
    assert found.chosen.colour < 99
    most = max(found.table, key=lambda each: each.colour)
    assert read_as(found.chosen) == read_as(most)


def test_a_setting_is_measured_on_whole_pictures() -> None:
    judged = truths()
    found = measure(judged, PALETTE, WEIGHTS, setting(0.5, 0.65, 1.3))
    ratios, ours, theirs = [], [], []
    for each in judged:
        probability = softmax((each.logits - 0.5 * np.log(WEIGHTS)) / 0.65, axis=-1)
        painted = paint(each.truth, 1.3 * probability @ PALETTE.chroma)
        ratios.append(psnr.rgb(painted, each.truth))
        ours.append(colorfulness.measure(painted))
        theirs.append(colorfulness.measure(each.truth))
    assert found.psnr == pytest.approx(np.mean(ratios), abs=0.01)
    assert found.colour == pytest.approx(np.sum(ours) / np.sum(theirs), abs=0.002)


def test_the_search_ranks_temperatures_as_whole_pictures_do() -> None:
    judged = truths()
    table = {read_as(each): each for each in search(judged, PALETTE, WEIGHTS)}
    for read in [(0.0, 1.3, 1.0), (0.0, 0.65, 1.0), (0.5, 0.38, 1.15)]:
        exact = measure(judged, PALETTE, WEIGHTS, table[read])
        assert table[read].colour == pytest.approx(exact.colour, abs=0.2)  # tiny, busy pictures
    for varied in ([(0.0, t, 1.0) for t in TEMPERATURES], [(0.0, 1.0, g) for g in GAINS]):
        colours = [table[read].colour for read in varied]
        assert colours == sorted(colours)


def test_taking_all_of_the_rebalancing_back_gives_the_plain_probability() -> None:
    plain = np.random.default_rng(0).dirichlet(np.ones(6), (4, 5)).astype(np.float32)
    weighted = plain * WEIGHTS
    weighted /= weighted.sum(axis=-1, keepdims=True)
    found = decode.probabilities(corrected(np.log(weighted).astype(np.float32), WEIGHTS, 1.0))
    np.testing.assert_allclose(found, plain, atol=1e-5)


def test_the_correction_in_the_bias_equals_the_correction_of_the_logits() -> None:
    made, pictures = network(), list(crops(40)[:2])
    before = list(run(made, pictures, torch.device("cpu"), None))
    take_back(made, WEIGHTS, 0.75)
    for old, new in zip(before, run(made, pictures, torch.device("cpu"), None), strict=True):
        np.testing.assert_allclose(corrected(old.logits, WEIGHTS, 0.75), new.logits, atol=1e-4)


def test_the_figures_of_a_corrected_network_are_those_of_corrected_logits() -> None:
    """Of pictures that come one at a time, too: all logits need not be held."""
    made, pictures, cpu = network(), list(crops(40)[:3]), torch.device("cpu")
    chosen = setting(0.75, 0.65, 1.3)
    wanted = figures(list(run(made, pictures, cpu)), PALETTE, WEIGHTS, chosen)
    take_back(made, WEIGHTS, chosen.beta)
    found = figures(run(made, pictures, cpu), PALETTE, WEIGHTS, replace(chosen, beta=0.0))
    assert found == pytest.approx(wanted, abs=0.01)


def test_pictures_whose_sides_are_no_multiple_are_judged_whole() -> None:
    picture = np.ascontiguousarray(crops(48)[0][:37, :45])
    judged = next(run(network(), [picture], torch.device("cpu"), None))
    assert judged.logits.shape == (10, 12, 6)
    assert judged.paint(PALETTE, 0.5).shape == picture.shape
    search([judged], PALETTE, WEIGHTS)


def test_pictures_are_judged_as_the_runtime_shows_them() -> None:
    picture = np.ascontiguousarray(photograph("coffee")[::3, ::3])  # 134 x 200
    made = network()
    graph = export(folded(made), "palette", multiple=MULTIPLE)
    spec = palette_spec(palette=PALETTE, stride=OUTPUT_STRIDE, multiple=MULTIPLE, reach=None,
                        working=WORKING, temperature=0.5, gain=1.3)  # fmt: skip
    judged = next(run(made, [picture], torch.device("cpu")))
    size = WORKING.of(*picture.shape[:2])
    lightness = resize((lab.from_srgb(picture.astype(np.float32) / 255)[..., 0]), size)
    data = model_bytes(onnx.load_model_from_string(graph), spec)
    logits = Runtime(data, spec).run(lightness)
    np.testing.assert_allclose(np.moveaxis(logits, 0, -1), judged.logits, atol=1e-2)


def test_painting_keeps_the_lightness() -> None:
    picture = crops(40)[4]
    painted = paint(picture, np.full((10, 10, 2), 25.0, dtype=np.float32))
    before, after = (lab.from_srgb(codes / 255)[..., 0] for codes in (picture, painted))
    assert np.abs(before - after).max() < 0.5


def test_gray_is_among_the_baselines() -> None:
    from photochrom.metrics.baselines import fit_baselines

    pictures = list(crops(40)[:4])
    baselines = fit_baselines(lab.from_srgb(picture / 255) for picture in pictures)
    found = baseline_figures(baselines, pictures)
    assert set(found) == {"gray", "mean chroma", "lightness table"}
    assert found["gray"]["colorfulness"] < 0.5
    assert found["lightness table"]["de00"] < found["gray"]["de00"]

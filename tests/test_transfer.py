"""The parts of a transfer: what it begins with, learns, mixes, and chooses by."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch

from general import CPU, PALETTE, crops, network, state_bytes
from photochrom.errors import ModelFileError, OptionError, TrainingError
from photochrom.inference.runtime import Runtime
from photochrom.metrics.baselines import BINS, fit_baselines
from photochrom.modelfile.file import read_model
from photochrom.models import packaged
from photochrom.palettes import decode
from photochrom.palettes.palette import Palette
from photochrom.training.general.network import GeneralNetwork
from photochrom.training.general.targets import Targets
from photochrom.training.pictures import from_rgb
from photochrom.training.transfer.candidates import (
    READINGS,
    SHARES_OF_FEW,
    Cells,
    Tried,
    Way,
    all_ways,
    logits,
)
from photochrom.training.transfer.config import TransferConfig
from photochrom.training.transfer.mixture import LightnessTable, Mixture, mix
from photochrom.training.transfer.start import Start, extend, load_start
from photochrom.training.transfer.tune import blend, tune
from transfer import config, general_model, grid_palette, mild_network, start, working

HALF = 2e-2  # of the largest logit: 16 bits a weight, through sixty layers of noise
LEAST = 2e-6  # probability that a mixture adds to every colour, and rounding


def random_lightness(count: int, height: int, width: int) -> Any:
    return torch.rand(count, 1, height, width, generator=torch.Generator().manual_seed(0))


def softmax(values: np.ndarray) -> np.ndarray:
    """By SciPy."""
    from scipy.special import softmax as known

    return np.asarray(known(values, axis=-1))


def test_weights_read_back_from_a_file_say_the_same() -> None:
    made = mild_network()
    begin, spec, _ = load_start(general_model(made.state_dict()))
    seen = random_lightness(1, 64, 96)
    with torch.no_grad():
        wanted, found = made(seen).numpy(), begin.network(seen).numpy()
    np.testing.assert_allclose(found, wanted, atol=HALF * np.abs(wanted).max())
    assert not np.array_equal(found, wanted)
    for name, weight in made.state_dict().items():
        torch.testing.assert_close(begin.network.state_dict()[name], weight, rtol=1e-3, atol=1e-6)
    assert (begin.palette, begin.temperature, begin.gain) == (PALETTE, 0.7, 1.2)
    assert spec.working.short_side == 40


def test_the_packaged_model_is_read_back_as_it_runs() -> None:
    """Two libraries compute with the same rounded weights."""
    begin, spec, _ = load_start("general")
    cells = Cells.of(working(1)[0])
    found = logits(begin.network, cells)
    data, _ = read_model(packaged.resolve("general"))
    wanted = Runtime(data, spec, threads=1).run(working(1)[0].lab[..., 0]).transpose(1, 2, 0)
    np.testing.assert_allclose(found, wanted, atol=1e-3)
    assert np.abs(wanted).max() > 1


@pytest.mark.parametrize("preset", ["window", "transfer", "test"])
def test_a_model_of_another_kind_is_no_start(preset: str) -> None:
    with pytest.raises(OptionError, match=f"only a model of --preset general.*{preset}"):
        load_start(general_model(preset=preset))


def without(weights: dict[str, Any]) -> None:
    del weights["decoder.head.weight"]


def cut(weights: dict[str, Any]) -> None:
    weights["decoder.head.weight"] = weights["decoder.head.weight"][:5]


@pytest.mark.parametrize("change", [without, cut])
def test_a_missing_or_misshapen_weight_is_one_clear_error(change: Any) -> None:
    weights = dict(mild_network().state_dict())
    change(weights)
    with pytest.raises(ModelFileError, match=r"no weight decoder\.head\.weight of shape \(6, 96"):
        load_start(general_model(weights))


def test_a_new_colour_shares_what_its_parent_had() -> None:
    begin = start()
    before = state_bytes(begin.network)
    wide = extend(begin, working(6), 5, seed=0)
    added = wide.palette.colors[6:]
    assert 1 < len(added) <= 5
    assert np.array_equal(wide.palette.colors[:6], PALETTE.colors)
    seen = random_lightness(2, 64, 64)
    with torch.no_grad():
        old = softmax(begin.network(seen).permute(0, 2, 3, 1).numpy())
        new = softmax(wide.network(seen).permute(0, 2, 3, 1).numpy())
    for color in range(6):
        family = [6 + number for number, each in enumerate(added)
                  if np.argmin(((PALETTE.colors - each) ** 2).sum(axis=1)) == color]  # fmt: skip
        np.testing.assert_allclose(new[..., [color, *family]].sum(axis=-1), old[..., color],
                                   atol=1e-5)  # fmt: skip
        for twin in family:
            np.testing.assert_allclose(new[..., twin], new[..., color], atol=1e-6)
    assert state_bytes(begin.network) == before
    assert (wide.temperature, wide.gain) == (begin.temperature, begin.gain)


def test_new_colours_lie_where_the_palette_had_none_and_not_on_each_other() -> None:
    wide = extend(start(), working(6), 16, seed=0)
    for number, color in enumerate(wide.palette.colors[6:]):
        others = np.delete(wide.palette.colors, 6 + number, axis=0)
        assert np.linalg.norm(others - color, axis=1).min() > 1
        assert np.linalg.norm(PALETTE.colors - color, axis=1).min() > 3


def flat(*colors: tuple[int, int, int]) -> np.ndarray:
    return np.repeat(np.repeat(np.array([colors], np.uint8), 8, 1), 40, 0)


@pytest.mark.parametrize(
    ("most", "codes"),
    [(16, flat((250, 40, 40), (40, 200, 60), (30, 40, 240))), (0, None), (1, None)],
)
def test_too_few_colours_for_entries_leave_the_start_as_it_is(most: int, codes: Any) -> None:
    pictures = working(2) if codes is None else [from_rgb("flat", codes / 255)]
    begin = start()
    assert extend(begin, pictures, most, seed=0) is begin


def test_a_palette_that_has_all_colours_gains_none() -> None:
    palette = grid_palette()
    begin = Start(GeneralNetwork(len(palette)).eval(), palette, 1.0)
    assert extend(begin, working(4), 16, seed=0) is begin


def test_a_cell_is_the_mean_of_its_pixels_in_a_picture_of_any_size() -> None:
    picture = from_rgb("odd", crops(48)[4][:41, :38] / 255)
    cells = Cells.of(picture)
    assert cells.lightness.shape == (1, 1, 64, 64)
    assert cells.lab.shape == (11, 10, 3)
    for row in range(11):
        for column in range(10):
            rows = [min(r, 2 * 41 - 1 - r) for r in range(4 * row, 4 * row + 4)]
            columns = [min(c, 2 * 38 - 1 - c) for c in range(4 * column, 4 * column + 4)]
            wanted = np.mean([picture.lab[r, c] for r in rows for c in columns], axis=0)
            np.testing.assert_allclose(cells.lab[row, column], wanted, atol=1e-3)


def test_a_table_has_the_mean_chroma_of_the_baseline() -> None:
    pictures = [picture.lab for picture in working(12)]
    palette = grid_palette()
    table = LightnessTable.fit(pictures, palette, seed=0)
    np.testing.assert_allclose(table.shares.sum(axis=1), 1, atol=1e-5)
    counts = np.histogram(np.concatenate([p[..., 0].ravel() for p in pictures]), BINS, (0, 100))[0]
    known = counts > 50
    wanted = fit_baselines(pictures).lightness_table
    assert known.sum() > 15
    assert np.abs(table.shares @ palette.colors - wanted)[known].max() < 1.5  # of steps of 8


def test_lightness_that_never_occurs_takes_the_nearest_that_does() -> None:
    lab = np.array([[12.0, 45, 30], [13, 45, 30], [72, 5, -45]])
    shares = LightnessTable.fit([lab], PALETTE, seed=0).shares
    assert shares.argmax(axis=1).tolist() == [1] * 9 + [3] * 11


def test_a_table_is_read_linearly_between_its_bins() -> None:
    table = LightnessTable.fit([p.lab for p in working(5)], PALETTE, seed=0)
    levels = np.linspace(-3, 104, 77, dtype=np.float32)
    middles = np.arange(2.5, 100, 5)
    wanted = np.stack([np.interp(levels, middles, column) for column in table.shares.T], axis=-1)
    np.testing.assert_allclose(table.probabilities(levels), wanted, atol=1e-5)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_a_mixture_in_torch_and_in_arrays_is_one(share: float) -> None:
    table = LightnessTable.fit([p.lab for p in working(5)], PALETTE, seed=0)
    made = mild_network()
    cells = Cells.of(from_rgb("odd", crops(48)[4][:41, :38] / 255))
    with torch.no_grad():
        whole = Mixture(made, table, share)(cells.lightness)[0].permute(1, 2, 0).numpy()
    said, guess = logits(made, cells), table.probabilities(cells.lab[..., 0])
    ours = np.exp(mix(said, guess, share))
    np.testing.assert_allclose(np.exp(whole[:11, :10]), ours, atol=1e-5)
    wanted = (1 - share) * softmax(said) + share * guess
    np.testing.assert_allclose(ours, wanted, atol=LEAST)


def tuned(begin: GeneralNetwork, looks: list[int], number: int = 0, **options: Any) -> list[Any]:
    targets = Targets.of(PALETTE, np.zeros((1, 3), np.uint8), 0.0)
    found = tune(begin, crops(40)[:3], targets, config(**options), looks=looks, number=number,
                 device=CPU)  # fmt: skip
    return [network for _, network in found]


def test_every_seed_and_every_fit_of_a_run_draws_its_own() -> None:
    begin = mild_network()
    before = state_bytes(begin)
    first, again, other, next_fit = (
        state_bytes(tuned(begin, [2], number, seed=seed)[0])
        for number, seed in ((0, 0), (0, 0), (0, 1), (1, 0))
    )
    assert first == again
    assert len({before, first, other, next_fit}) == 4
    assert state_bytes(begin) == before


def test_a_look_is_what_a_training_of_its_length_gives() -> None:
    begin = mild_network()
    short, long = tuned(begin, [2, 3])
    assert state_bytes(short) == state_bytes(tuned(begin, [2])[0])
    assert state_bytes(short) != state_bytes(long)


def test_fine_tuning_learns_what_it_is_shown() -> None:
    begin = mild_network()
    losses: list[float] = []
    targets = Targets.of(PALETTE, np.zeros((1, 3), np.uint8), 0.0)
    list(tune(begin, crops(40)[:1], targets, config(batch=4, decoder_rate=2e-3), looks=[24],
              number=0, device=CPU, tell=lambda _, loss: losses.append(loss)))  # fmt: skip
    assert len(losses) == 24
    assert np.mean(losses[-5:]) < 0.9 * np.mean(losses[:5])


def test_a_loss_that_is_no_number_is_one_clear_error() -> None:
    begin = mild_network()
    with torch.no_grad():
        begin.decoder.head.weight[0, 0] = float("nan")
    with pytest.raises(TrainingError, match="no longer a finite number after 2 steps"):
        tuned(begin, [2, 4])


def test_a_blend_lies_between_the_two() -> None:
    first, last = mild_network(), mild_network(seed=1)
    before = state_bytes(first), state_bytes(last)
    assert state_bytes(blend(first, last, 0.0)) == before[0]
    assert state_bytes(blend(first, last, 1.0)) == before[1]
    half = blend(first, last, 0.5).state_dict()
    for name, weight in half.items():
        mean = (first.state_dict()[name] + last.state_dict()[name]) / 2
        torch.testing.assert_close(weight, mean, atol=1e-5, rtol=1e-4)
    assert (state_bytes(first), state_bytes(last)) == before


def test_the_least_mean_error_is_chosen_and_then_the_last_reading_worth_it() -> None:
    a, b, c = Way(), Way(4, 1.0, 0.5), Way(0, 0.0, 1.0)
    tried = Tried(
        {
            a: np.array([[9.0, 9, 1, 9, 9, 9], [9, 9, 8.9, 9, 9, 9]]),  # best in one picture only
            b: np.array([[4.0, 4.02, 4.04, 4.5, 4.03, 4.2], [5.0, 5.02, 5.08, 5, 5.05, 5]]),
            c: np.full((2, 6), 4.6),
        }
    )
    # b: 4.5, 4.52, 4.56, 4.75, 4.54, 4.6; within one in a hundred of 4.5 are three
    assert tried.choose() == (b, READINGS[4])
    rows = tried.rows()
    assert [row["way"] for row in rows] == [way.describe() for way in (b, c, a)]
    assert rows[0]["de00"] == {"1 x 1": 4.5, "0.8 x 1": 4.52, "0.65 x 1": 4.56, "0.5 x 1": 4.75,
                               "0.8 x 1.15": 4.54, "0.8 x 1.3": 4.6}  # fmt: skip


def test_the_first_stages_stay_as_they_are() -> None:
    begin = mild_network()
    (made,) = tuned(begin, [3], frozen_stages=2)
    for number, (old, new) in enumerate(
        zip(begin.encoder.stages, made.encoder.stages, strict=True)
    ):
        assert (state_bytes(old) == state_bytes(new)) == (number < 2)
    assert state_bytes(begin.encoder.stem) == state_bytes(made.encoder.stem)
    (free,) = tuned(begin, [3], frozen_stages=0)
    assert state_bytes(begin.encoder.stem) != state_bytes(free.encoder.stem)


def test_the_last_reading_is_the_most_vivid() -> None:
    """On what the packaged model says of photographs."""
    begin = load_start("general")[0]
    said = [logits(begin.network, Cells.of(picture)) for picture in working(8)]
    vivid = [
        np.mean([np.linalg.norm(g * decode.annealed_mean(s, begin.palette, t), axis=-1).mean()
                 for s in said])
        for t, g in READINGS
    ]  # fmt: skip
    assert max(vivid) == vivid[-1] > vivid[-2] > vivid[READINGS.index((0.8, 1.0))]


def test_of_equally_good_ways_the_simplest_is_chosen_and_listed_first() -> None:
    ways = [Way(8, 1.0), Way(8, 0.5), Way(0, 0.0, 0.5), Way()]
    tried = Tried({way: np.full((3, len(READINGS)), 7.0) for way in ways})
    assert tried.choose() == (Way(), READINGS[-1])
    assert tried.rows()[0]["way"] == "general as it is"


def test_every_way_has_one_name() -> None:
    ways = all_ways([1, 2, 4])
    assert len(set(ways)) == len(ways) == 5 + 3 * 2 * 4
    assert len({way.describe() for way in ways}) == len(ways)
    assert Way(0, 0.0, 1.0) in ways
    few = all_ways([1, 2, 4], SHARES_OF_FEW)
    assert set(few) == {way for way in ways if way.share < 1}
    assert not any(one == two for one, two in pairwise(sorted(ways)))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"steps": 9, "seconds": 9.0}, "given once"),
        ({"steps": 3}, "steps must lie between 4"),
        ({"seconds": 0.5}, "seconds must lie between 1"),
        ({"seconds": float("nan")}, "seconds must lie"),
        ({"crop": 100}, "multiple of 32, got 100"),
        ({"crop": 0}, "crop must lie between 32"),
        ({"batch": 0}, "batch must lie"),
        ({"added_colors": 897}, "added_colors must lie"),
        ({"seed": -1}, "seed must lie"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        TransferConfig(**options)


def test_the_options_kept_tell_nothing_of_the_machine() -> None:
    kept = TransferConfig(start="/home/me/my.onnx", device="cuda:1").to_dict()
    assert not {"start", "device"} & kept.keys()
    assert kept["batch"] == 16


def test_the_most_colours_that_may_be_added_still_fit() -> None:
    """A palette of 128 and 896 more."""
    begin = Start(network(128), Palette(np.random.default_rng(0).uniform(-2, 2, (128, 2))), 1.0)
    wide = extend(begin, working(15), 896, seed=0)
    assert 300 < len(wide.palette) <= 1024
    assert wide.network.decoder.head.out_channels == len(wide.palette)

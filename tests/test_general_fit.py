"""The training loop of the general network: repeats exactly, resumes exactly, and learns."""

import copy
import math
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from scipy.special import kl_div, softmax

from general import PALETTE, config, crops, fitting, state_bytes
from photochrom.errors import CheckpointError, OptionError, TrainingError
from photochrom.palettes import labels
from photochrom.training.general import checkpoint
from photochrom.training.general.checkpoint import NAME, Saved
from photochrom.training.general.config import DEFAULT_STEPS, GeneralConfig
from photochrom.training.general.crops import to_cells, to_lab
from photochrom.training.general.fit import GeneralFit
from photochrom.training.general.judge import Judged, run
from photochrom.training.general.run import start
from photochrom.training.general.stored import load_stored
from transfer import general_model, mild_network

PAIR = crops(32)[:2]


def saved_for(wanted: GeneralConfig) -> Saved:
    return Saved(wanted.to_dict(), [["shard"], [2]], PALETTE.to_json())


def advance_to(fit: GeneralFit, step: int) -> None:
    """However slow the machine is: one `advance` ends after a second."""
    while fit.state.step < step:
        fit.advance(step - fit.state.step)


def learned(wanted: GeneralConfig) -> bytes:
    with fitting(wanted, *PAIR) as fit:
        advance_to(fit, wanted.steps or 1)
        return state_bytes(fit.network) + state_bytes(fit.average)


def test_the_same_seed_gives_the_same_bytes_and_another_one_others() -> None:
    assert learned(config()) == learned(config())
    assert learned(config()) != learned(config(seed=1))


@pytest.mark.parametrize("stop", [1, 3])
def test_a_resumed_fit_ends_as_one_that_was_never_stopped(tmp_path: Path, stop: int) -> None:
    wanted = config()
    with fitting(wanted, *PAIR) as fit:
        advance_to(fit, stop)
        checkpoint.write(tmp_path, saved_for(wanted), fit)
    with fitting(wanted, *PAIR) as fit:
        found = checkpoint.read(tmp_path, saved_for(wanted))
        checkpoint.restore(tmp_path, found, fit)
        assert fit.state.step == stop
        advance_to(fit, 4)
        assert fit.share == 1
        assert state_bytes(fit.network) + state_bytes(fit.average) == learned(wanted)


def test_the_average_follows_by_hand() -> None:
    with fitting(config(average=0.3), *PAIR) as fit:
        for value in fit.average.parameters():  # far away: the first steps are tiny
            value.add_(1)
        expected = [value.clone() for value in fit.average.parameters()]
        for step in range(4):
            fit.advance(1)
            # `step` is 1 after the first: (1 + 1) / (10 + 1), which is below 0.3 for three steps
            decay = min(0.3, (2 + step) / (11 + step))
            expected = [
                decay * old + (1 - decay) * new.detach()
                for old, new in zip(expected, fit.network.parameters(), strict=True)
            ]
        for ours, theirs in zip(fit.average.parameters(), expected, strict=True):
            torch.testing.assert_close(ours, theirs)


def test_the_rate_warms_up_and_ends_near_nothing() -> None:
    wanted = config(steps=1000)
    with fitting(wanted, *PAIR) as fit:
        rates = []
        for step in (0, 25, 50, 500, 999):
            fit.state.step = step
            fit._step()
            rates.append([group["lr"] for group in fit.optimizer.param_groups])
    peaks = (wanted.encoder_rate, wanted.decoder_rate)
    for part, peak in enumerate(peaks):
        first, warming, warm, middle, last = (rate[part] / peak for rate in rates)
        assert first == pytest.approx(1 / 200, rel=0.01)
        assert warming == pytest.approx(0.5 * (1 + math.cos(0.025 * math.pi)) / 2, rel=0.02)
        assert warm == pytest.approx((1 + math.cos(0.05 * math.pi)) / 2, rel=0.02)
        assert middle == pytest.approx(0.505, rel=0.01)
        assert last == pytest.approx(0.01, rel=0.01)


def test_weights_do_not_move_at_a_rate_of_nearly_nothing_but_all_do_otherwise() -> None:
    with fitting(config(), *PAIR) as fit:
        before = copy.deepcopy(fit.network)
        fit.advance(2)
        pairs = zip(before.named_parameters(), fit.network.parameters(), strict=True)
        assert [name for (name, old), new in pairs if torch.equal(old, new)] == []
        kept = zip(before.buffers(), fit.network.buffers(), strict=True)
        assert all(torch.equal(old, new) for old, new in kept)  # norms are frozen


def test_seconds_end_a_fit_and_steps_are_counted_anyway() -> None:
    with fitting(config(steps=None, seconds=0.05), *PAIR) as fit:
        while fit.share < 1:
            fit.advance(10)
        assert fit.state.seconds >= 0.05
        assert fit.state.step >= 1
        assert fit.state.rate > 0


def test_without_a_length_there_is_one() -> None:
    with fitting(config(steps=None), *PAIR) as fit:
        assert fit.steps == DEFAULT_STEPS


def test_a_loss_that_is_not_finite_is_an_error() -> None:
    with fitting(config(), *PAIR) as fit, torch.no_grad():
        fit.network.decoder.head.weight.fill_(float("nan"))
        with torch.enable_grad(), pytest.raises(TrainingError, match="lower the learning rates"):
            fit.advance(1)


def test_the_network_overfits_one_small_picture() -> None:
    picture = crops(32)[0]
    wanted = config(
        steps=60, batch=1, rebalancing=0.0, average=0.8, encoder_rate=1e-3, skipped=0.0,
        dropout=0.0, smallest_crop=0.65,
    )  # fmt: skip
    with fitting(wanted, picture) as fit:
        before = next(run(fit.average, [picture], fit.device, None))
        while fit.share < 1:
            fit.advance(20)
        after = next(run(fit.average, [picture], fit.device, None))

    def excess(judged: Judged) -> float:
        """Cross-entropy above that of one who knows every cell, nats."""
        _, chroma = to_lab(torch.from_numpy(picture[None].copy()))
        soft = labels.soft(np.moveaxis(to_cells(chroma)[0].numpy(), 0, -1), PALETTE)
        return float(kl_div(soft, softmax(judged.logits, axis=-1)).sum(axis=-1).mean())

    assert excess(after) < 0.35 * excess(before)


# Checkpoints that must be refused.


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("run")
    with fitting(config(), *PAIR) as fit:
        fit.advance(1)
        checkpoint.write(path, saved_for(config()), fit)
    return path


def test_nothing_to_resume_is_said(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="nothing to resume"):
        checkpoint.read(tmp_path, saved_for(config()))


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"batch": 3}, "batch"),
        ({"encoder": Path("other.pth")}, "encoder"),
        ({"seed": 2}, "seed"),
        ({"steps": None, "seconds": 60.0}, "seconds, steps"),
    ],
)
def test_other_options_are_refused_by_name(
    folder: Path, options: dict[str, object], word: str
) -> None:
    with pytest.raises(CheckpointError, match=f"other options \\({word}\\)"):
        checkpoint.read(folder, saved_for(config(**options)))


def test_the_machine_may_change(folder: Path) -> None:
    wanted = config(device="cuda", cache_gb=1, licence="CC0")
    assert checkpoint.read(folder, saved_for(wanted)).state["step"] == 1


def test_other_pictures_are_refused(folder: Path) -> None:
    wanted = saved_for(config())
    wanted.source = [["shard"], [3]]
    with pytest.raises(CheckpointError, match="other pictures"):
        checkpoint.read(folder, wanted)


@pytest.mark.parametrize("keep", [0, 5, 2000, -100])
def test_a_damaged_checkpoint_is_refused(folder: Path, tmp_path: Path, keep: int) -> None:
    (tmp_path / NAME).write_bytes((folder / NAME).read_bytes()[:keep])
    with pytest.raises(CheckpointError, match="damaged"):
        checkpoint.read(tmp_path, saved_for(config()))


def test_a_checkpoint_of_another_kind_of_training_is_refused(tmp_path: Path) -> None:
    save_file({"x": torch.zeros(1)}, tmp_path / NAME, metadata={"format": "1", "progress": "{}"})
    with pytest.raises(CheckpointError, match=r"another training; start anew$"):
        checkpoint.read(tmp_path, saved_for(config()))


@pytest.mark.parametrize("wrong", ["missing", "shape", "slot"])
def test_weights_that_do_not_fit_are_refused(folder: Path, tmp_path: Path, wrong: str) -> None:
    tensors = load_file(folder / NAME)
    if wrong == "missing":
        del tensors["network.encoder.stem.weight"]
    elif wrong == "shape":
        tensors["average.decoder.head.bias"] = torch.zeros(7)
    else:
        tensors["optimizer.0.exp_avg"] = torch.zeros(3, 3)
    save_file(tensors, tmp_path / NAME)
    found = checkpoint.read(folder, saved_for(config()))
    with fitting(config(), *PAIR) as fit, pytest.raises(CheckpointError, match="does not fit"):
        checkpoint.restore(tmp_path, found, fit)


WRONG = [
    ({"steps": 3, "seconds": 4.0}, "given once"),
    ({"crop": 100}, "multiple of 32"),
    ({"batch": 0}, "batch must lie between"),
    ({"precision": "fp16"}, "precision must be"),
    ({"rebalancing": 1.5}, "rebalancing must lie"),
    ({"seconds": 0.0}, "seconds must lie"),
    ({"skipped": 1.0}, "skipped must lie"),
    ({"dropout": -0.1}, "dropout must lie"),
    ({"smallest_crop": 0.0}, "smallest_crop must lie"),
    ({"start": "general", "encoder": Path("lite0.pth")}, "a model has an encoder"),
]


@pytest.mark.parametrize(("options", "words"), WRONG)
def test_wrong_options_are_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        GeneralConfig(**options)  # type: ignore[arg-type]


def test_what_a_checkpoint_compares_names_no_path_and_no_machine() -> None:
    plain = GeneralConfig(encoder=Path("/somewhere/lite0.pth"), device="cuda").to_dict()
    assert plain["encoder"] == "lite0.pth"
    gone = {"device", "cache_gb", "licence"}
    assert set(plain) == set(asdict(GeneralConfig())) - gone


def test_the_length_that_counts_is_written_down() -> None:
    def length(**options: float) -> tuple[object, object]:
        plain = GeneralConfig(**options).to_dict()  # type: ignore[arg-type]
        return plain["steps"], plain["seconds"]

    assert length() == (DEFAULT_STEPS, None)
    assert length(steps=7) == (7, None)
    assert length(seconds=60.0) == (None, 60.0)


# Going on from a model.


def test_a_training_begins_as_the_model_it_goes_on_from(tmp_path: Path) -> None:
    held = mild_network()
    model = tmp_path / "mine.onnx"
    model.write_bytes(general_model(held.state_dict()))
    began = start(config(start=model), PALETTE).eval()
    lightness = torch.rand(1, 1, 32, 64, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        said, wanted = began(lightness), load_stored(model)[0](lightness)
    torch.testing.assert_close(said, wanted, rtol=1e-4, atol=1e-4)
    assert not torch.allclose(said, start(config(), PALETTE).eval()(lightness), atol=0.1)


def test_of_the_model_that_is_gone_on_from_only_its_name_is_kept() -> None:
    assert config(start=Path("/home/me/mine.onnx")).to_dict()["start"] == "mine.onnx"
    assert config().to_dict()["start"] is None

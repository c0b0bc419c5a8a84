"""Training from a folder to a model file: what it learns, keeps, repeats and refuses."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import onnxruntime
import pytest
import torch

from photochrom.datasets.augment import Augmentation
from photochrom.errors import (
    CheckpointError,
    DatasetError,
    OptionError,
    OutputExistsError,
    PaletteError,
    TrainingError,
    WriteError,
)
from photochrom.modelfile.file import read_model
from photochrom.training import phases, rounds
from photochrom.training.config import TrainConfig
from photochrom.training.dense import DenseNetwork
from photochrom.training.export import export
from photochrom.training.fit import Length, State
from photochrom.training.presets import PRESETS, RGB_OUTPUTS, find_preset
from photochrom.training.train import train
from pictures import chelsea, encode, photograph

TORCH_IS_ONNX = 1e-4  # the issue's own bound; two libraries sum in another order
QUICK = TrainConfig(preset="origin-dense-small", window=5, colors=8, short_side=32, steps=60)


@pytest.fixture
def folder(tmp_path):
    """Four small colour photographs, different enough not to be duplicates."""
    path = tmp_path / "photos"
    path.mkdir()
    for name in ("astronaut", "china", "coffee", "flower"):
        small = np.ascontiguousarray(photograph(name)[::6, ::6])
        (path / f"{name}.png").write_bytes(encode(small, "png"))
    return path


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_every_preset_learns_one_small_picture(name, tmp_path):
    only = tmp_path / "one"
    only.mkdir()
    (only / "chelsea.png").write_bytes(encode(chelsea(6), "png"))
    config = TrainConfig(preset=name, steps=150, short_side=48, refit=True, batch=256)
    if PRESETS[name].kind == "palette":
        config = replace(config, colors=8)
    history: list[float] = []
    result = train(only, tmp_path / "m.onnx", config, progress=lambda p: history.append(p.loss))
    assert history[-1] < history[0]
    metrics = result.spec.training.metrics
    assert metrics[name]["de00"] < 0.75 * metrics["gray"]["de00"]
    assert any("blocks" in warning for warning in result.warnings)
    assert result.spec.training.held_out == "blocks"


@pytest.mark.parametrize("name", sorted(PRESETS))
def test_torch_and_onnx_agree_for_every_preset_and_size(name):
    preset = find_preset(name)
    windows = preset.windows(7)
    outputs = RGB_OUTPUTS if preset.kind == "rgb" else 8
    network = preset.build(7, windows.inputs, outputs)
    convert = preset.convert()
    dense = DenseNetwork(convert, windows, network.collapsed()).eval()
    graph = export(dense, preset.kind)
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    for count, height, width in ((1, 17, 40), (3, 33, 9), (1, 1, 1)):
        lightness = torch.rand(count, 1, height, width)
        with torch.inference_mode():
            expected = dense(lightness).numpy()
        (found,) = session.run(None, {"lightness": lightness.numpy()})
        np.testing.assert_allclose(found, expected, atol=TORCH_IS_ONNX)


def test_same_seed_gives_the_same_bytes_and_another_seed_others(folder, tmp_path):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        train(folder, tmp_path / f"{name}.onnx", replace(QUICK, seed=seed))
    first, second, other = ((tmp_path / f"{n}.onnx").read_bytes() for n in "abc")
    assert first == second
    assert first != other


def test_model_files_hold_no_local_path_and_no_time(folder, tmp_path):
    train(folder, tmp_path / "m.onnx", QUICK)
    data = (tmp_path / "m.onnx").read_bytes()
    for word in (str(tmp_path).encode(), b"site-packages", b"/src/", b".py", b"seconds_spent"):
        assert word not in data


class StoppedError(Exception):
    """Raised in the middle of a training."""


@pytest.mark.parametrize("moment", [0.2, 0.7])
@pytest.mark.parametrize(
    "change",
    [
        {},
        {"preset": "window"},
        {"augmentation": Augmentation(scale=(0.9, 1.1), tone=0.1)},
        {"preset": "origin-conv", "recipe": "origin"},
        {"preset": "origin-regression", "colors": None, "optimizer": "sgd"},
    ],
)
def test_a_resumed_run_ends_in_the_same_bytes(change, moment, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(phases, "_SAVE_EVERY", 0.0)
    monkeypatch.setattr(phases, "_CHUNK", 7)
    config = replace(QUICK, refit=True, steps=40, **{"batch": 128, **change})

    def stop(progress):
        if progress.share > moment:
            raise StoppedError

    train(folder, tmp_path / "whole.onnx", config)
    with pytest.raises(StoppedError):
        train(folder, tmp_path / "parts.onnx", config, progress=stop)
    assert not (tmp_path / "parts.onnx").exists()
    train(folder, tmp_path / "parts.onnx", config, resume=True)
    assert (tmp_path / "parts.onnx").read_bytes() == (tmp_path / "whole.onnx").read_bytes()


def test_ctrl_c_keeps_a_checkpoint_and_writes_no_model(folder, tmp_path):
    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(folder, tmp_path / "m.onnx", QUICK, progress=interrupt)
    assert (tmp_path / "m.run" / "checkpoint.safetensors").exists()
    assert not (tmp_path / "m.onnx").exists()


def test_the_run_folder_holds_what_a_person_looks_at(folder, tmp_path):
    result = train(folder, tmp_path / "m.onnx", QUICK)
    config = json.loads((result.run_folder / "config.json").read_text())
    assert config["window"] == 5
    lines = (result.run_folder / "metrics.jsonl").read_text().splitlines()
    assert {"loss", "step", "held_out"} <= json.loads(lines[-1]).keys()
    assert "<svg" in (result.run_folder / "loss.svg").read_text()
    assert (result.run_folder / "swatch.png").read_bytes().startswith(b"\x89PNG")
    assert len(list((result.run_folder / "samples").iterdir())) >= 2
    assert not list(result.run_folder.glob("**/*.tmp"))


def test_the_summary_judges_beside_the_baselines(folder, tmp_path):
    result = train(folder, tmp_path / "m.onnx", QUICK)
    metrics = read_model(tmp_path / "m.onnx")[1].training.metrics
    assert set(metrics) == {"gray", "mean chroma", "lightness table", "origin-dense-small"}
    assert metrics["gray"]["colorfulness"] == 0
    assert result.spec.training.held_out == "pictures"


def test_a_toy_beats_gray_on_a_picture_it_never_saw(tmp_path):
    """Left halves teach right halves: another part of the same scene."""
    halves = tmp_path / "halves"
    whole = photograph("coffee")[::4, ::4]
    width = whole.shape[1] // 2
    for part, columns in (("train", slice(0, width)), ("test", slice(width, None))):
        (halves / part).mkdir(parents=True)
        half = np.ascontiguousarray(whole[:, columns])
        (halves / part / "coffee.png").write_bytes(encode(half, "png"))
    result = train(halves, tmp_path / "m.onnx", TrainConfig(steps=150, short_side=96, colors=16))
    metrics = result.spec.training.metrics
    assert metrics["window"]["de00"] < 0.9 * metrics["gray"]["de00"]


def test_train_never_reads_the_test_folder(tmp_path):
    for part in ("train", "test"):
        (tmp_path / "f" / part).mkdir(parents=True)
    (tmp_path / "f" / "train" / "a.png").write_bytes(encode(chelsea(6), "png"))
    (tmp_path / "f" / "test" / "b.png").write_bytes(b"not a picture")
    result = train(tmp_path / "f", tmp_path / "m.onnx", QUICK)
    assert result.spec.training.pictures == 1
    assert result.dropped == []


def test_the_origin_recipe_trains_the_exact_network(folder, tmp_path):
    config = replace(QUICK, preset="origin-conv", recipe="origin", steps=20, optimizer="adam")
    result = train(folder, tmp_path / "m.onnx", config)
    resolved = json.loads((result.run_folder / "config.json").read_text())
    assert (resolved["batch"], resolved["optimizer"]) == (32, "adam")


@pytest.mark.parametrize("length", [{"seconds": 1.0}, {"epochs": 2}])
def test_length_by_the_clock_and_by_epochs(length, folder, tmp_path):
    config = replace(QUICK, steps=None, **length)
    told = []
    train(folder, tmp_path / "m.onnx", config, progress=told.append)
    assert told[-1].share == 1
    assert told[-1].seconds_left == 0


def test_a_loss_that_is_no_number_is_said_and_no_model_is_written(folder, tmp_path, monkeypatch):
    def explode(outputs, _targets):
        return outputs.sum() * float("inf")

    monkeypatch.setattr("photochrom.training.fit.functional.cross_entropy", explode)
    with pytest.raises(TrainingError, match="lower the learning rate"):
        train(folder, tmp_path / "m.onnx", QUICK)
    assert not (tmp_path / "m.onnx").exists()


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"colors": 1000}, PaletteError, "distinct"),
        ({"window": 35}, DatasetError, "larger than"),
        ({"preset": "origin-regression"}, OptionError, "no palette"),
        ({"preset": "nonsense"}, OptionError, "no preset"),
    ],
)
def test_settings_that_do_not_fit_the_pictures(change, error, words, tmp_path):
    flat = np.zeros((40, 40, 3), np.uint8)
    flat[:20] = (200, 40, 40)
    flat[20:] = (40, 90, 200)
    for index in range(3):
        (tmp_path / f"{index}.png").write_bytes(encode(np.roll(flat, 9 * index, 0), "png"))
    with pytest.raises(error, match=words):
        train(tmp_path, tmp_path / "m.onnx", replace(QUICK, **change))
    assert not (tmp_path / "m.onnx").exists()


@pytest.mark.parametrize(
    "bad",
    [{"steps": 0}, {"steps": 5, "epochs": 1}, {"window": 2}, {"holdout": 1.0}, {"recipe": "x"}],
)
def test_options_out_of_range_are_refused(bad):
    with pytest.raises(OptionError):
        TrainConfig(**bad)


def test_resuming_needs_the_same_options_and_pictures(folder, tmp_path):
    out = tmp_path / "m.onnx"
    with pytest.raises(CheckpointError, match="nothing to resume"):
        train(folder, out, QUICK, resume=True)
    train(folder, out, QUICK)
    out.unlink()
    with pytest.raises(CheckpointError, match=r"other options \(window\)"):
        train(folder, out, replace(QUICK, window=7), resume=True)
    (folder / "flower.png").unlink()
    with pytest.raises(CheckpointError, match="other pictures"):
        train(folder, out, QUICK, resume=True)


def test_a_damaged_checkpoint_is_said(folder, tmp_path):
    train(folder, tmp_path / "m.onnx", QUICK)
    (tmp_path / "m.onnx").unlink()
    checkpoint = tmp_path / "m.run" / "checkpoint.safetensors"
    checkpoint.write_bytes(checkpoint.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match="damaged"):
        train(folder, tmp_path / "m.onnx", QUICK, resume=True)


def test_nothing_is_overwritten_unless_asked(folder, tmp_path):
    out = tmp_path / "m.onnx"
    train(folder, out, QUICK)
    before = out.read_bytes()
    with pytest.raises(OutputExistsError):
        train(folder, out, replace(QUICK, seed=1))
    out.unlink()
    with pytest.raises(OutputExistsError, match="holds a run already"):
        train(folder, out, replace(QUICK, seed=1))
    train(folder, out, replace(QUICK, seed=1), overwrite=True)
    assert out.read_bytes() != before


def test_an_unwritable_place_is_said_before_training(folder, tmp_path):
    (tmp_path / "file").write_text("in the way")
    folder = tmp_path / "nothing"  # not even looked for
    for place in ("file/m.onnx", "missing/m.onnx", "m.run", "."):
        with pytest.raises(WriteError):
            train(folder, tmp_path / place, QUICK)


def test_a_refused_training_leaves_nothing(folder, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(DatasetError, match="larger than"):
        train(folder, tmp_path / "m.onnx", replace(QUICK, window=35))
    assert sorted(tmp_path.rglob("*")) == before


def test_a_model_beside_its_pictures_does_not_learn_its_own_samples(folder, tmp_path):
    first = train(folder, folder / "m.onnx", QUICK, run_folder=folder / "mine")
    again = train(folder, folder / "m.onnx", QUICK, run_folder=folder / "mine", overwrite=True)
    third = train(folder, folder / "m.onnx", QUICK, overwrite=True)
    assert first.spec.training.pictures == again.spec.training.pictures == 4
    assert third.spec.training.pictures > 4  # another run folder inside is the user's own mistake


def test_a_new_run_removes_what_the_one_before_left(folder, tmp_path):
    train(folder, tmp_path / "m.onnx", replace(QUICK, refit=True))
    assert list((tmp_path / "m.run" / "samples").glob("refitting-*"))
    config = replace(QUICK, preset="origin-regression", colors=None)
    train(folder, tmp_path / "m.onnx", config, overwrite=True)
    assert not list((tmp_path / "m.run" / "samples").glob("refitting-*"))
    assert not (tmp_path / "m.run" / "palette.json").exists()


def test_every_epoch_leaves_a_sheet_and_a_line(folder, tmp_path):
    config = replace(QUICK, steps=None, epochs=5, batch=100)
    result = train(folder, tmp_path / "m.onnx", config)
    lines = (result.run_folder / "metrics.jsonl").read_text().splitlines()
    sheets = sorted(path.name for path in (result.run_folder / "samples").iterdir())
    assert len(lines) == 5
    assert sheets == [f"choosing-{share:03d}.png" for share in (20, 40, 60, 80, 100)]


def test_no_report_is_missed_by_rounding():
    for steps in (100, 300, 7100):
        fit = SimpleNamespace(length=Length(steps=steps), share=0.0, state=State())
        due = 0
        while fit.share < 1:
            fit.state.step += min(25, phases._until_report(fit, 100))
            fit.share = fit.length.share(fit.state.step, 0.0)
            assert phases._reports_due(fit, 100) - due <= 1
            due = phases._reports_due(fit, 100)
        assert due == 100


def test_all_of_many_pictures_are_learned_from():
    drawn = [rounds.which_pictures(40, 0, number) for number in range(6)]
    assert all(len(each) <= rounds.PICTURES_A_ROUND for each in drawn)
    for pass_ in (drawn[:3], drawn[3:]):
        assert sorted(number for each in pass_ for number in each) == list(range(40))
    assert drawn[:3] != drawn[3:]

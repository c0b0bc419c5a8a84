"""Sweeps over network, window and palette, with a trainer that only pretends."""

import base64
import builtins
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from photochrom.datasets.folder import find_pictures
from photochrom.errors import (
    DatasetError,
    MissingExtraError,
    OptionError,
    OutputExistsError,
    PaletteError,
    TrainingError,
    WriteError,
)
from photochrom.evaluation import combinations, sweep_page
from photochrom.evaluation import sweep as room
from photochrom.evaluation.combinations import Combination, Outcome
from photochrom.evaluation.sweep import sweep
from photochrom.training.config import TrainConfig
from test_evaluation import PHOTOGRAPHS, photograph, save, summary_of, write_model
from test_report import outline

KINDS = {"dense": "palette", "conv": "palette", "regression": "rgb"}


@dataclass
class Trainer:
    """Writes tiny models; wide windows and many colours are better."""

    folder: Path
    trained: list[str]
    fail_on: str = ""
    error: BaseException | None = None

    def __call__(self, folder, out, config, *, run_folder, overwrite, progress):
        assert overwrite
        if out.stem == self.fail_on:
            raise self.error
        self.trained.append(out.stem)
        if progress is not None:
            progress("step")
        training = summary_of([photograph(name) for name in PHOTOGRAPHS[:2]])
        write_model(out, training, seed=config.window)
        (run_folder / "samples").mkdir(parents=True, exist_ok=True)
        (run_folder / "samples" / "epoch-001.png").write_bytes(b"sample of " + out.stem.encode())
        de00 = 20 - config.window / 10 - (config.colors or 0) / 100
        figures = {
            config.preset: {"de00": de00, "psnr": 40 - de00, "cross_entropy": 1.0},
            "lightness table": {"de00": 18.5},
        }
        summary = SimpleNamespace(metrics=figures, held_out="pictures")
        return SimpleNamespace(spec=SimpleNamespace(training=summary), seconds=1.5)


def find_preset(name: str) -> SimpleNamespace:
    if name not in KINDS:
        raise OptionError(f"no preset {name!r}")
    return SimpleNamespace(kind=KINDS[name])


@pytest.fixture
def trainer(tmp_path, monkeypatch) -> Trainer:
    folder = tmp_path / "cats"
    for name in PHOTOGRAPHS[:2]:
        save(folder / "train", f"{name}.png", photograph(name))
    for name in PHOTOGRAPHS[2:]:
        save(folder / "test", f"{name}.png", photograph(name))
    fake = Trainer(folder, [])
    presets = SimpleNamespace(find_preset=find_preset, rounded=lambda w: w - 1 + w % 2)
    monkeypatch.setattr(room, "_training_room", lambda: (presets, fake))
    return fake


def run(trainer: Trainer, report: Path, **options):
    arguments = {"presets": ["dense", "conv"], "windows": [5, 12], "colors": [4, 8]} | options
    return sweep(trainer.folder, *(arguments.pop(k) for k in ("presets", "windows", "colors")),
                 report=report, **arguments)  # fmt: skip


def test_every_combination_is_trained_once_and_the_best_are_chosen(trainer, tmp_path):
    found = run(trainer, tmp_path / "out")
    assert trainer.trained == [
        *("dense-w5-k4", "dense-w5-k8", "dense-w11-k4", "dense-w11-k8"),
        *("conv-w5-k4", "conv-w5-k8", "conv-w11-k4", "conv-w11-k8"),
    ]
    assert [one.combination.name for one in found.chosen] == ["dense-w11-k8", "conv-w11-k8"]
    assert found.evaluation.pictures == ("coffee.png", "rocket.png")
    assert [row.name for row in found.evaluation.models] == ["dense-w11-k8", "conv-w11-k8"]


def test_networks_without_palette_are_trained_once_a_window(trainer, tmp_path):
    found = run(trainer, tmp_path / "out", presets=["regression"], windows=[4, 5, 12])
    assert len(found.outcomes) == 3
    assert trainer.trained == ["regression-w3", "regression-w5", "regression-w11"]


def test_what_is_finished_is_not_trained_again(trainer, tmp_path):
    first = run(trainer, tmp_path / "out")
    page = first.page.read_bytes()
    trainer.trained.clear()
    second = run(trainer, tmp_path / "out")
    assert trainer.trained == []
    assert second.outcomes == first.outcomes
    assert second.page.read_bytes() == page


@pytest.mark.parametrize(
    "change",
    [
        lambda trainer, out: (out / "dense-w5-k4" / "dense-w5-k4.onnx").unlink(),
        lambda trainer, out: (out / "dense-w5-k4" / "result.json").write_text(
            "{", encoding="utf-8"
        ),
        lambda trainer, out: (out / "dense-w5-k4" / "result.json").write_bytes(b"\xff\xfe"),
    ],
)
def test_what_is_damaged_is_trained_again(trainer, tmp_path, change):
    run(trainer, tmp_path / "out")
    trainer.trained.clear()
    change(trainer, tmp_path / "out")
    run(trainer, tmp_path / "out")
    assert trainer.trained == ["dense-w5-k4"]


def test_a_changed_setting_or_picture_is_trained_again(trainer, tmp_path):
    run(trainer, tmp_path / "out")
    trainer.trained.clear()
    run(trainer, tmp_path / "out", config=TrainConfig(seed=7))
    assert len(trainer.trained) == 8
    trainer.trained.clear()
    save(trainer.folder / "train", "more.png", photograph("coffee"))
    run(trainer, tmp_path / "out", config=TrainConfig(seed=7))
    assert len(trainer.trained) == 8


def test_an_interrupted_sweep_keeps_what_is_finished_and_goes_on(trainer, tmp_path):
    trainer.fail_on, trainer.error = "dense-w11-k4", KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        run(trainer, tmp_path / "out")
    page = (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "Of 2 combinations" in page
    trainer.fail_on = ""
    done = list(trainer.trained)
    run(trainer, tmp_path / "out")
    assert len(set(trainer.trained)) == len(trainer.trained) == 8
    assert trainer.trained[:2] == done


def test_a_combination_that_fails_is_named_and_the_others_go_on(trainer, tmp_path):
    trainer.fail_on, trainer.error = "dense-w5-k8", PaletteError("cannot fit 8 colours")
    found = run(trainer, tmp_path / "out")
    assert len(trainer.trained) == 7
    assert found.outcomes[1].figure("seconds") is None
    assert "dense-w5-k8: cannot fit 8 colours" in found.table()
    assert "dense-w5-k8: cannot fit 8 colours" in found.page.read_text(encoding="utf-8")
    (tmp_path / "out" / "dense-w5-k8" / "dense-w5-k8.onnx").write_text(
        "of earlier settings", encoding="utf-8"
    )
    trainer.fail_on = ""
    assert "cannot fit" not in run(trainer, tmp_path / "out").table()  # failures are tried again


def test_a_full_disk_ends_the_sweep(trainer, tmp_path):
    trainer.fail_on, trainer.error = "dense-w5-k8", WriteError("no space")
    with pytest.raises(WriteError):
        run(trainer, tmp_path / "out")
    assert trainer.trained == ["dense-w5-k4"]


def test_a_report_folder_that_cannot_be_made_is_refused(trainer, tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(WriteError, match="cannot make the folder"):
        run(trainer, tmp_path / "file")


def test_a_sweep_within_its_folder_does_not_learn_from_its_own_samples(trainer, tmp_path):
    trainer.folder = trainer.folder / "train"
    before = find_pictures(trainer.folder)
    run(trainer, trainer.folder / "report", presets=["dense"])
    assert find_pictures(trainer.folder) == before
    trainer.trained.clear()
    run(trainer, trainer.folder / "report", presets=["dense"])
    assert trainer.trained == []


def test_a_page_that_is_not_of_a_sweep_is_not_overwritten(trainer, tmp_path):
    page = tmp_path / "out" / "index.html"
    page.parent.mkdir()
    page.write_text("mine", encoding="utf-8")
    with pytest.raises(OutputExistsError, match="another folder"):
        run(trainer, tmp_path / "out")
    assert trainer.trained == []
    assert page.read_text(encoding="utf-8") == "mine"


def test_a_sweep_stopped_in_its_only_training_knows_its_folder_again(trainer, tmp_path):
    only = {"presets": ["dense"], "windows": [5], "colors": [4]}
    run(trainer, tmp_path / "out", **only)
    trainer.fail_on, trainer.error = "dense-w5-k4", KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        run(trainer, tmp_path / "out", config=TrainConfig(seed=7), **only)
    trainer.fail_on = ""
    assert run(trainer, tmp_path / "out", config=TrainConfig(seed=7), **only).chosen


@pytest.mark.skipif(sys.platform != "linux", reason="such names exist on Linux alone")
def test_names_outside_unicode_do_not_break_the_page(trainer, tmp_path):
    save(trainer.folder / "test", "plain.png", photograph("coffee"))
    odd = trainer.folder / "test" / os.fsdecode(b"\xff.png")
    (trainer.folder / "test" / "plain.png").rename(odd)
    trainer.fail_on, trainer.error = "dense-w5-k4", PaletteError(f"cannot read {odd}")
    page = run(trainer, tmp_path / "out").page.read_text(encoding="utf-8")
    assert "<b>truth</b> \\udcff.png" in page
    assert "test/?.png" in page


def test_nothing_trained_is_an_error(trainer, tmp_path):
    trainer.fail_on, trainer.error = "dense-w5-k4", PaletteError("too few colours")
    with pytest.raises(TrainingError, match=r"none of the combinations .* too few colours"):
        run(trainer, tmp_path / "out", presets=["dense"], windows=[5], colors=[4])


def test_options_are_checked_before_the_first_training(trainer, tmp_path):
    with pytest.raises(OptionError, match="no preset 'dens'"):
        run(trainer, tmp_path / "out", presets=["dense", "dens"])
    with pytest.raises(OptionError, match="colors"):
        run(trainer, tmp_path / "out", colors=[4, 1])
    with pytest.raises(OptionError, match="at least one"):
        run(trainer, tmp_path / "out", windows=[])
    with pytest.raises(DatasetError):
        sweep(tmp_path / "none", ["dense"], [5], [4], report=tmp_path / "out")
    assert trainer.trained == []


def test_progress_is_told_of_each_training_and_within(trainer, tmp_path):
    seen, within = [], []
    run(
        trainer,
        tmp_path / "out",
        presets=["dense"],
        windows=[5],
        progress=lambda *state: seen.append(state),
        training=within.append,
    )
    assert seen == [(0, 2, "dense-w5-k4"), (1, 2, "dense-w5-k8")]
    assert within == ["step", "step"]


def test_the_page_has_a_grid_a_network_and_the_test_pictures_apart(trainer, tmp_path):
    page = run(trainer, tmp_path / "out").page.read_text(encoding="utf-8")
    seen = outline(page)
    assert all(image["alt"] for image in seen.images)
    assert page.count("<caption>dE00, lower is better</caption>") == 2
    assert '<th scope="row">window 11</th><td>18.86</td><td class="best">18.82</td>' in page
    assert "dense with a window of 11, 8 colours comes nearest" in seen.text
    assert "(lightness table: 18.50)" in seen.text
    held_out, test = page.split("On pictures that no choice has seen")
    assert "<img" not in held_out
    assert "data:image/jpeg" in test


def test_without_test_pictures_the_best_training_shows_its_sample_sheet(trainer, tmp_path):
    trainer.folder = trainer.folder / "train"
    found = run(trainer, tmp_path / "out")
    assert found.evaluation is None
    page = found.page.read_text(encoding="utf-8")
    assert page.count("<img") == 1
    assert base64.b64encode(b"sample of dense-w11-k8").decode() in page
    assert "On pictures that no choice has seen" not in page


def test_cross_entropy_is_ranked_within_one_palette_size(trainer, tmp_path):
    def one(window: int, colors: int, value: float) -> Outcome:
        figures = {"dense": {"de00": 1.0, "cross_entropy": value}}
        return Outcome(Combination("dense", window, colors), 1.0, figures)

    page = sweep_page.page(
        [one(5, 4, 1.1), one(7, 4, 1.0), one(5, 8, 1.5), one(7, 8, 1.6)], None, None, None
    )
    entropies = page.split("<caption>x-entropy")[1].split("</table>")[0]
    assert entropies.count('class="best"') == 2
    assert '<td class="best">1.000</td>' in entropies
    assert '<td class="best">1.500</td>' in entropies


def test_missing_figures_are_dashes_not_errors():
    bare = Outcome(Combination("dense", 5, None), 2.0, {"dense": {"de00": 3.0}})
    text = sweep_page.text([bare], [bare], None)
    line = text.splitlines()[-1].split()
    assert line[:5] == ["dense-w5", "3.00", "–", "–", "2.0"]
    assert "no palette" in sweep_page.page([bare], None, None, None)


def test_outcomes_survive_json_and_strangers_are_refused():
    outcome = Outcome(Combination("dense", 5, 4), 1.25, {"dense": {"de00": 3.5}}, "blocks")
    text = outcome.to_json("key")
    assert Outcome.from_json(text, "key") == outcome
    assert Outcome.from_json(text, "other") is None
    assert Outcome.from_json("[]", "key") is None
    assert Outcome.from_json(json.dumps({"fingerprint": "key", "x": 1}), "key") is None


@pytest.mark.skipif(sys.platform != "linux", reason="such names exist on Linux alone")
def test_pictures_that_cannot_be_read_or_named_count_too(tmp_path):
    dangling, odd = tmp_path / "a.jpg", tmp_path / os.fsdecode(b"\xff.jpg")
    dangling.symlink_to(tmp_path / "nowhere")
    before = combinations.hash_files([dangling])
    dangling.unlink()
    dangling.write_bytes(b"here again")
    assert combinations.hash_files([dangling]) != before
    odd.write_bytes(b"1")
    assert combinations.hash_files([odd]) != combinations.hash_files([dangling])


def test_names_and_bytes_of_the_pictures_count(tmp_path):
    first, second = tmp_path / "a.jpg", tmp_path / "b.jpg"
    first.write_bytes(b"1")
    second.write_bytes(b"1")
    assert combinations.hash_files([first]) != combinations.hash_files([second])
    before = combinations.hash_files([first])
    first.write_bytes(b"2")
    assert combinations.hash_files([first]) != before


def test_without_torch_the_missing_extra_is_named(tmp_path, monkeypatch):
    save(tmp_path / "cats", "a.png", photograph("coffee"))
    real = builtins.__import__

    def without_torch(name, *arguments, **options):
        if name.startswith("photochrom.training") and arguments[2] != ("TrainConfig",):
            raise ModuleNotFoundError("No module named 'torch'", name="torch")
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without_torch)
    with pytest.raises(MissingExtraError, match=r"photochrom\[train\]"):
        sweep(tmp_path / "cats", ["window"], [5], [4], report=tmp_path / "out")


def test_models_of_a_sweep_are_read_back_by_their_names(trainer, tmp_path):
    run(trainer, tmp_path / "out", presets=["dense"], windows=[5], colors=[4])
    plain = json.loads(
        (tmp_path / "out" / "dense-w5-k4" / "result.json").read_text(encoding="utf-8")
    )
    assert plain["combination"] == {"preset": "dense", "window": 5, "colors": 4}
    assert np.isfinite(plain["seconds"])
    assert (tmp_path / "out" / "dense-w5-k4" / "dense-w5-k4.onnx").exists()


def test_a_folder_of_gray_pictures_is_refused_before_any_training(trainer, tmp_path):
    for path in sorted((trainer.folder / "train").iterdir()):
        path.unlink()
        save(trainer.folder / "train", path.name, np.full((40, 40, 3), 99, np.uint8))
    with pytest.raises(DatasetError, match="near-gray"):
        run(trainer, tmp_path / "out")
    assert trainer.trained == []

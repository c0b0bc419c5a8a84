"""`photochrom train --preset general` from a folder to a model, and what can go wrong."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch")

import torch

from general import config, crops, put_pictures
from photochrom.cli.main import main
from photochrom.datasets.locations import open_source
from photochrom.datasets.source import Source
from photochrom.errors import CheckpointError, DatasetError, OptionError, OutOfMemoryError
from photochrom.inference.colorizer import Colorizer
from photochrom.modelfile.file import read_model
from photochrom.training.general.fit import GeneralFit
from photochrom.training.general.pictures import Pictures, gather, hash_source
from photochrom.training.general.processes import Processes, find_device
from photochrom.training.general.reports import Reports
from photochrom.training.phases import Progress
from photochrom.training.train import train

SHORT = ["--preset", "general", "--batch", "2", "--crop", "32", "--colors", "6", "--precision",
         "fp32", "--held-out", "2"]  # fmt: skip
GRAY = "1 picture was not learned from (photos/gray.png"


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return put_pictures(tmp_path_factory.mktemp("general") / "photos")


@pytest.fixture(scope="module")
def model(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three steps, then resumed for none."""
    path = tmp_path_factory.mktemp("model") / "g.onnx"
    train(photos, path, config(steps=3, licence="CC0"))
    return path


def test_the_model_says_what_it_is(model: Path) -> None:
    _, spec = read_model(model)
    assert (spec.preset, spec.kind, spec.stride, spec.multiple) == ("general", "palette", 4, 32)
    assert (spec.reach, spec.licence, spec.version) == (None, "CC0", "0.1.0")
    summary = spec.training
    assert summary is not None
    assert summary.pictures == 16  # the gray one, too: when it is met must not matter
    assert set(summary.metrics) == {"gray", "mean chroma", "lightness table", "general"}
    assert (summary.options["steps"], summary.options["steps_done"]) == (3, 3)
    assert "prior_correction" in summary.options
    assert str(model.parent) not in spec.to_json()


def test_the_model_colours_a_picture(model: Path) -> None:
    colored = np.asarray(Colorizer(model).colorize(np.ascontiguousarray(crops()[0][..., 0])))
    assert np.ptp(colored.astype(int), axis=-1).max() > 5


def test_the_run_folder_shows_how_it_went(model: Path) -> None:
    folder = model.with_suffix(".run")
    for name in ("config.json", "palette.json", "swatch.png", "metrics.jsonl", "loss.svg",
                 "checkpoint.safetensors", "calibration.json"):  # fmt: skip
        assert (folder / name).stat().st_size > 0
    last = json.loads((folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()[-1])
    assert last["step"] == 3
    assert set(last["held_out"]) == {"1.0", "0.5", "0.3"}
    assert (folder / "samples" / "step-000003.png").exists()
    curve = (folder / "loss.svg").read_text(encoding="utf-8")
    assert curve.count("<polyline") == 4
    chosen = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))["chosen"]
    spec = read_model(model)[1]
    assert (chosen["temperature"], chosen["gain"]) == (spec.temperature, spec.gain)


def test_an_interrupted_training_ends_in_the_same_file(
    photos: Path, model: Path, tmp_path: Path
) -> None:
    out = tmp_path / "g.onnx"

    def press(state: Progress) -> None:
        if state.step == 1:
            signal.raise_signal(signal.SIGINT)

    wanted = config(steps=3, licence="CC0")
    before = signal.getsignal(signal.SIGINT)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("photochrom.training.general.run._CHUNK", 1)
        train(photos, out, wanted, progress=press)  # goes on to the end of the second step
    assert signal.getsignal(signal.SIGINT) is before
    assert not out.exists()
    resumed = train(photos, out, wanted, resume=True)
    assert out.read_bytes() == model.read_bytes()
    assert [words.split(":")[0] for words in resumed.warnings] == [GRAY]


def test_a_bad_picture_met_before_the_interruption_is_named_after_it(
    photos: Path, model: Path, tmp_path: Path
) -> None:
    """Resumed for no step, so that it is not met again; nor when the sample is drawn."""
    out = tmp_path / "g.onnx"
    shutil.copytree(model.with_suffix(".run"), out.with_suffix(".run"))

    def without_bad(*given: Any) -> Pictures:
        return replace(gather(*given), bad=[])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("photochrom.training.general.train.gather", without_bad)
        result = train(photos, out, config(steps=3, licence="CC0"), resume=True)
    assert [words.split(":")[0] for words in result.warnings] == [GRAY]


def test_an_interruption_during_the_last_report_is_not_lost(photos: Path, tmp_path: Path) -> None:
    out, make = tmp_path / "g.onnx", Reports.make

    def interrupted(reports: Reports, fit: GeneralFit) -> None:
        make(reports, fit)
        signal.raise_signal(signal.SIGINT)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Reports, "make", interrupted)
        train(photos, out, config(steps=1))
    assert not out.exists()
    train(photos, out, config(steps=1), resume=True)
    assert out.exists()


def test_resuming_on_other_pictures_of_the_same_number_is_refused(
    photos: Path, model: Path, tmp_path: Path
) -> None:
    renamed, replaced = (put_pictures(tmp_path / each / photos.name) for each in "ab")
    (renamed / "03.png").rename(renamed / "03a.png")
    for number in range(15):
        Image.new("RGB", (40, 40), (200, 10 * number, 30)).save(replaced / f"{number:02d}.png")
    for others in (renamed, replaced):
        with pytest.raises(CheckpointError, match="other pictures"):
            train(others, model, config(steps=3), resume=True, overwrite=True)


@pytest.mark.parametrize("part", ["gather", "GeneralRun", "_finished"])
def test_running_out_of_memory_is_one_clear_error_wherever_it_happens(
    photos: Path, tmp_path: Path, part: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"photochrom.training.general.train.{part}", full)
        with pytest.raises(OutOfMemoryError, match="smaller --batch"):
            train(photos, tmp_path / "g.onnx", config(steps=1))


class Second(Processes):
    """The second of two processes, of which the first agrees with it; it is told what to say."""

    words = ""

    def average_gradients(self, parameters: Iterable[torch.Tensor]) -> None:
        return None

    def agree(self, value: float, device: torch.device) -> float:
        return value

    def agree_on(self, words: str) -> str:
        return self.words

    def any_of(self, value: bool, device: torch.device) -> bool:
        return value


def test_the_second_process_leaves_calibration_and_export_to_the_first(
    photos: Path, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = read_model(model)[1]
    monkeypatch.setattr(Second, "words", wanted.to_json())
    monkeypatch.setattr(
        "photochrom.training.general.train.joined", lambda _: nullcontext(Second(1, 2))
    )
    for part in ("calibrate", "export"):
        monkeypatch.delattr(f"photochrom.training.general.train.{part}")
    result = train(photos, tmp_path / "g.onnx", config(steps=1))
    assert result.spec == wanted
    assert list(tmp_path.iterdir()) == []


def test_the_shell_says_how_it_did_and_names_bad_pictures(
    photos: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Resumed at its end: nothing is left to learn."""
    arguments = ["train", str(photos), "-o", str(model), *SHORT, "--steps", "3"]
    assert main([*arguments, "--resume", "--force", "--licence", "CC0"]) == 0
    captured = capsys.readouterr()
    assert captured.out.splitlines()[0] == "on held-out pictures:"
    assert captured.out.splitlines()[-1] == str(model)
    assert "1 picture was not learned from" in captured.err
    assert "gray.png: near-gray" in captured.err


def test_options_of_the_other_kind_are_refused(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "m.onnx")
    assert main(["train", str(photos), "-o", out, *SHORT, "--window", "7", "--no-flip"]) == 2
    assert "--window, --no-flip: options of the small networks" in capsys.readouterr().err
    assert main(["train", str(photos), "-o", out, "--precision", "fp32"]) == 2
    assert "--precision: options of --preset general; --preset transfer" in capsys.readouterr().err
    both = ["--start", "general", "-k", "6"]
    assert main(["train", str(photos), "-o", out, "--preset", "general", *both]) == 2
    assert "goes on from a model keeps its palette" in capsys.readouterr().err


def few(folder: Path) -> None:
    for path in sorted(folder.iterdir())[9:]:
        path.unlink()


def gray(folder: Path) -> None:
    for path in folder.iterdir():
        path.write_bytes((folder / "gray.png").read_bytes())


def text(folder: Path) -> None:
    for path in folder.iterdir():
        path.write_text("no picture", encoding="utf-8")


@pytest.mark.parametrize(("make", "words"), [(few, "at least 10"), (gray, "near-gray"),
                                             (text, "unreadable")])  # fmt: skip
def test_pictures_that_cannot_teach_are_one_sentence(
    tmp_path: Path, make: Callable[[Path], None], words: str
) -> None:
    folder = put_pictures(tmp_path / "photos")
    make(folder)
    with pytest.raises(DatasetError, match=words):
        train(folder, tmp_path / "g.onnx", config())
    assert not (tmp_path / "g.run").exists()


def test_a_wrong_encoder_leaves_nothing_behind(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train", str(photos), "-o", str(tmp_path / "g.onnx"), *SHORT, "--steps", "1"]
    assert main([*arguments, "--encoder", str(tmp_path / "none.pth")]) == 1
    assert "cannot read the backbone" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["tpu", "cuda:", "gpu", "meta"])
def test_an_unknown_device_is_refused(name: str) -> None:
    with pytest.raises(OptionError, match="device must be cpu, cuda or cuda:N"):
        find_device(name)


@pytest.mark.parametrize("name", ["cuda", "cuda:7"])
def test_a_gpu_that_is_not_there_is_one_clear_error(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cuda.device_count", lambda: 0)
    with pytest.raises(OptionError, match=f"there is no GPU {name} here"):
        find_device(name)


def test_held_out_pictures_are_not_learned_from(photos: Path) -> None:
    source = open_source(photos)
    pictures = gather(source, config(held_out=3))
    assert len(pictures.learned) == len(source) - 3
    learned = {pictures.learned.name(i) for i in range(len(pictures.learned))}
    assert len(pictures.held) == 3
    assert len({source.name(i) for i in range(len(source))} - learned) == 3


def spoil(folder: Path, numbers: Iterable[int]) -> Source:
    """Make pictures of a folder gray, by their number."""
    source = open_source(folder)
    for number in numbers:
        path = folder.parent / source.name(number)
        path.write_bytes((folder / "gray.png").read_bytes())
    return open_source(folder)


def test_a_bad_held_out_picture_is_left_out_and_no_other_counts_twice(tmp_path: Path) -> None:
    folder = put_pictures(tmp_path / "photos")
    numbers = held_numbers(open_source(folder))
    before = gather(open_source(folder), config(held_out=3))
    after = gather(spoil(folder, numbers[:1]), config(held_out=3))
    assert len(before.held) == 3
    assert len(after.held) == 2
    assert len({picture.tobytes() for picture in after.held}) == 2
    assert {each.name for each in after.bad} == {
        open_source(folder).name(numbers[0]), "photos/gray.png",
    }  # fmt: skip


def test_no_picture_is_sampled_twice(photos: Path) -> None:
    pictures = gather(open_source(photos), config(held_out=3))
    pixels = 24 * 24
    each = [pictures.samples[i : i + pixels].tobytes() for i in range(0, 12 * pixels, pixels)]
    assert len(pictures.samples) == 12 * pixels  # 13 less the gray one
    assert len(set(each)) == 12


def test_where_none_held_out_is_good_that_is_said(tmp_path: Path) -> None:
    folder = put_pictures(tmp_path / "photos")
    source = spoil(folder, held_numbers(open_source(folder)))
    with pytest.raises(DatasetError, match=r"none of the 3 held-out pictures .*near-gray"):
        gather(source, config(held_out=3))


def held_numbers(source: Source) -> list[int]:
    """Of three held out; none of them the gray one, which would be left out anyway."""
    learned = gather(source, config(held_out=3)).learned
    kept = {learned.name(number) for number in range(len(learned))}
    assert "photos/gray.png" in kept
    return [number for number in range(len(source)) if source.name(number) not in kept]


def test_the_hash_is_of_what_the_pictures_are_not_of_where_they_lie(
    photos: Path, tmp_path: Path
) -> None:
    moved = put_pictures(tmp_path / "elsewhere")
    assert hash_source(open_source(moved)) == hash_source(open_source(photos))
    (moved / "03.png").write_bytes((moved / "04.png").read_bytes())
    assert hash_source(open_source(moved)) != hash_source(open_source(photos))


SCRIPT = Path(__file__).with_name("two_processes.py")


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="torchrun's gloo is tested where it is used")
def test_two_processes_learn_what_one_learns(photos: Path, tmp_path: Path) -> None:
    """Gradients of two halves equal those of the whole; the command runs under torchrun."""
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    command = [*torchrun, "--standalone", str(SCRIPT), str(photos), str(tmp_path)]
    found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert found.returncode == 0, found.stderr[-3000:]
    assert found.stdout.count("gradients agree") == 2
    assert found.stdout.count(str(tmp_path / "g.onnx")) == 1  # the first alone speaks
    read_model(tmp_path / "g.onnx")

"""`photochrom train`, `evaluate` and `sweep`, with networks that learn for a moment."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pictures import photograph

pytest.importorskip("torch")

from photochrom.cli.main import main
from photochrom.cli.train import _verdict
from photochrom.modelfile.file import read_model

SHORT = ["--preset", "origin-dense-small", "--window", "5", "--colors", "4", "--short-side", "32"]


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four pictures to learn from and one to judge by."""
    folder = tmp_path_factory.mktemp("photos")
    for name in ("chelsea", "astronaut", "coffee", "china", "flower"):
        path = folder / ("test" if name == "flower" else "train") / f"{name}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(photograph(name)[::6, ::6]).save(path)
    return folder


@pytest.fixture(scope="module")
def model(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "m.onnx"
    assert main(["train", str(photos), "-o", str(path), *SHORT, "--steps", "3"]) == 0
    return path


def test_training_leaves_a_model_and_a_run_folder(model: Path) -> None:
    assert read_model(model)[1].preset == "origin-dense-small"
    assert (model.parent / "m.run").is_dir()


def test_the_result_says_how_it_did_beside_trivial_guesses(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train", str(photos), "-o", str(tmp_path / "m.onnx"), *SHORT, "--steps", "2"]
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "on held-out pictures:"
    assert [line.split("  ")[0] for line in lines[2:5]] == [
        "gray", "mean chroma", "lightness table"
    ]  # fmt: skip
    assert "beat" in lines[-2]
    assert lines[-1] == str(tmp_path / "m.onnx")


def test_json_names_what_was_left_out(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "more"
    folder.mkdir()
    for path in (photos / "train").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    Image.fromarray(np.full((40, 40, 3), 90, np.uint8)).save(folder / "gray.png")
    (folder / "text.jpg").write_text("no picture")
    (folder / "z-copy.png").write_bytes((folder / "coffee.png").read_bytes())
    arguments = ["train", str(folder), "-o", str(tmp_path / "m.onnx"), *SHORT, "--steps", "2"]
    assert main([*arguments, "--json", "--no-flip"]) == 0
    captured = capsys.readouterr()
    plain = json.loads(captured.out)
    assert plain["pictures"] == 4
    assert sorted(name for name, _ in plain["dropped"]) == ["gray.png", "text.jpg", "z-copy.png"]
    assert "left out text.jpg" in captured.err


def test_one_picture_works_with_a_warning(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(photograph("chelsea")[::3, ::3]).save(tmp_path / "one.png")
    arguments = ["train", str(tmp_path), "-o", str(tmp_path / "m.onnx"), *SHORT, "--steps", "2"]
    assert main(arguments) == 0
    captured = capsys.readouterr()
    assert "blocks" in captured.out
    assert "photochrom: " in captured.err


def test_a_model_is_not_overwritten_without_force(
    photos: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = model.read_bytes()
    arguments = ["train", str(photos), "-o", str(model), *SHORT, "--steps", "3"]
    assert main(arguments) == 1
    assert "exists already" in capsys.readouterr().err
    assert model.read_bytes() == before
    assert main([*arguments, "--force"]) == 0
    assert model.read_bytes() == before  # same seed, same steps, same bytes


def make_empty(folder: Path) -> None:
    pass


def make_gray(folder: Path) -> None:
    for level in (50, 90):
        Image.fromarray(np.full((40, 40, 3), level, np.uint8)).save(folder / f"{level}.png")


def make_unreadable(folder: Path) -> None:
    (folder / "text.jpg").write_text("no picture")


def make_flat(folder: Path) -> None:
    picture = np.full((40, 60, 3), (200, 40, 40), np.uint8)
    picture[:, 30:] = 40, 200, 40
    Image.fromarray(picture).save(folder / "two-colours.png")


BAD_FOLDERS = [(make_empty, "empty"), (make_gray, "gray"), (make_unreadable, "text.jpg"),
               (make_flat, "distinct")]  # fmt: skip


@pytest.mark.parametrize(("make", "word"), BAD_FOLDERS)
def test_a_folder_that_cannot_teach_is_one_sentence(
    tmp_path: Path, make: object, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    make(folder)  # type: ignore[operator]
    assert main(["train", str(folder), "-o", str(tmp_path / "m.onnx"), *SHORT]) == 1
    captured = capsys.readouterr()
    assert word in captured.err
    assert "unexpected" not in captured.err
    assert captured.out == ""
    assert not (tmp_path / "m.onnx").exists()


WINDOW = ["--preset", "window"]
WRONG = {
    "preset": (["--preset", "nonsense"], "no preset 'nonsense'; there are general"),
    "window": ([*WINDOW, "--window", "1"], "window must lie between 3 and 101, got 1"),
    "colors": ([*WINDOW, "--colors", "1"], "colors must lie between 2 and 1024, got 1"),
    "holdout": ([*WINDOW, "--holdout", "1.5"], "holdout must lie between"),
    "two lengths": ([*WINDOW, "--steps", "2", "--epochs", "3"], "the length is given once"),
    "scale": ([*WINDOW, "--scale", "2", "1"], "scale"),
}


@pytest.mark.parametrize(("options", "sentence"), WRONG.values(), ids=WRONG.keys())
def test_wrong_options_exit_with_2(
    photos: Path,
    tmp_path: Path,
    options: list[str],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["train", str(photos), "-o", str(tmp_path / "m.onnx"), *options]) == 2
    said = capsys.readouterr().err
    assert said.startswith("photochrom: ")
    assert sentence in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT to send")
def test_ctrl_c_keeps_what_was_learned_and_tells_how_to_go_on(photos: Path, tmp_path: Path) -> None:
    arguments = ["train", str(photos), "-o", str(tmp_path / "m.onnx"), *SHORT]
    command = [sys.executable, "-m", "photochrom", *arguments]
    with subprocess.Popen(
        [*command, "--seconds", "60"], stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        first = process.stderr.readline()  # the first line of progress: training is under way
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert process.returncode == 130, first + rest
    assert "--resume" in rest
    assert "Traceback" not in rest
    assert not (tmp_path / "m.onnx").exists()
    assert list((tmp_path / "m.run").glob("checkpoint*"))


def test_resuming_where_nothing_was_begun_is_one_sentence(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["train", str(photos), "-o", str(tmp_path / "m.onnx"), *SHORT, "--resume"]
    assert main(arguments) == 1
    assert "unexpected" not in capsys.readouterr().err


def test_evaluate_prints_the_table_and_writes_the_page(
    photos: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["evaluate", str(photos), "--model", str(model), "--report", str(tmp_path / "r")]
    assert main(arguments) == 0
    captured = capsys.readouterr()
    assert "lightness table" in captured.out
    assert "index.html" in captured.err
    assert (tmp_path / "r" / "index.html").exists()
    assert main(arguments) == 1
    assert main([*arguments, "--force", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["held_out"] is True


def test_evaluate_of_a_missing_folder_is_one_sentence(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", "nowhere", "--model", str(model)]) == 1
    assert "nowhere" in capsys.readouterr().err


def test_sweep_refuses_what_is_no_number(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "some", "--window", "5,seven"]) == 2
    assert "5,seven" in capsys.readouterr().err
    assert main(["sweep", "nowhere"]) == 1


@pytest.mark.parametrize(
    ("ours", "sentence"),
    [(8.0, "beats all trivial guesses: 2.00 dE00"), (11.5, "does not beat the mean chroma")],
)
def test_the_verdict_is_against_the_best_trivial_guess(ours: float, sentence: str) -> None:
    metrics = {"gray": 12.0, "mean chroma": 10.0, "lightness table": 11.0, "window": ours}
    said = _verdict({name: {"de00": value} for name, value in metrics.items()}, "window")
    assert said.startswith(sentence)

"""`photochrom colorize --alternatives`: names, the sheet, and what is refused."""

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import models
from photochrom.cli.main import main
from photochrom.inference.colorizer import Colorizer
from pictures import chelsea, encode, opened


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("model") / "doubtful.onnx"
    network = models.conv_model(gain=2)
    path.write_bytes(models.model_bytes(network, models.palette_spec()))
    return str(path)


@pytest.fixture
def scan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    gray = np.asarray(Image.fromarray(chelsea(4)).convert("L"))
    Path("cat.png").write_bytes(encode(Image.fromarray(gray), "png"))
    return "cat.png"


def files(folder: str = ".") -> list[str]:
    """All files in a folder but the record of a batch."""
    root = Path(folder)
    found = (p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file())
    return sorted(name for name in found if ".photochrom/" not in name)


def test_every_answer_is_a_file_and_the_sheet_another(
    scan: str, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["colorize", scan, "--alternatives", "3", "-m", model]) == 0
    names = ["cat-color-1.png", "cat-color-2.png", "cat-color-3.png", "cat-color-sheet.png"]
    assert files() == sorted([*names, "cat.png"])
    assert capsys.readouterr().out.splitlines() == names
    expected = Colorizer(model).alternatives(scan, 3)
    for name, picture in zip(names, expected, strict=False):
        np.testing.assert_array_equal(np.asarray(opened(Path(name).read_bytes())), picture.pixels)
    sheet = np.asarray(opened(Path(names[-1]).read_bytes()))
    assert sheet.shape == (22 + 75 + 16, 4 * (113 + 16), 3)
    first = sheet[22 + 8 : 22 + 8 + 75, 8 : 8 + 113]  # gray comes first
    assert np.ptp(first, axis=2).max() == 0


def test_the_seed_is_that_of_every_answer(scan: str, model: str) -> None:
    words = ["--alternatives", "2", "--seed", "9", "--format", "png"]
    assert main(["colorize", scan, *words, "-m", model, "-o", "out"]) == 0
    expected = Colorizer(model).colorize(scan, alternative=2, seed=9).pixels
    found = np.asarray(opened(Path("out/cat-2.png").read_bytes()))
    np.testing.assert_array_equal(found, expected)


def test_one_answer_is_repeated_from_its_own_recipe(scan: str, model: str) -> None:
    assert main(["colorize", scan, "--alternatives", "3", "--seed", "4", "-m", model]) == 0
    assert main(["recolor", "cat-color-3.png", scan, "-m", model, "-o", "again.png"]) == 0
    assert Path("again.png").read_bytes() == Path("cat-color-3.png").read_bytes()


def test_a_named_file_gives_its_name_and_suffix(scan: str, model: str) -> None:
    assert main(["colorize", scan, "--alternatives", "2", "-m", model, "-o", "to/x.webp"]) == 0
    assert files("to") == ["x-1.webp", "x-2.webp", "x-sheet.png"]
    assert opened(Path("to/x-1.webp").read_bytes()).format == "WEBP"


def test_a_tree_is_mirrored(scan: str, model: str) -> None:
    deep = Path("scans/deep")
    deep.mkdir(parents=True)
    (deep / "a.png").write_bytes(Path(scan).read_bytes())
    assert main(["colorize", "scans", "--alternatives", "2", "-m", model, "-o", "done"]) == 0
    assert files("done") == ["deep/a-1.png", "deep/a-2.png", "deep/a-sheet.png"]


def test_json_names_all_files(scan: str, model: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["colorize", scan, "no.png", "--alternatives", "2", "-m", model, "--json"]
    assert main([*words, "-o", "done"]) == 3
    first, second = json.loads(capsys.readouterr().out)
    names = [str(Path(f"done/cat-{name}.png")) for name in ("1", "2", "sheet")]
    assert (first["output"], first["files"]) == (names[-1], names)
    assert (second["output"], second["files"]) == (None, [])
    assert main([*words, "-o", "done"]) == 3
    again = json.loads(capsys.readouterr().out)[0]
    assert again == first | {"before": True}


@pytest.mark.parametrize("taken", ["cat-color-2.png", "cat-color-sheet.png"])
def test_nothing_is_overwritten_without_force(scan: str, model: str, taken: str) -> None:
    Path(taken).write_bytes(b"mine")
    words = ["colorize", scan, "--alternatives", "2", "-m", model]
    assert main(words) == 1
    assert files() == sorted(["cat.png", taken])
    assert Path(taken).read_bytes() == b"mine"
    assert main([*words, "--force"]) == 0
    assert len(files()) == 4


def test_a_certain_model_is_told_to_have_few_answers(
    scan: str, capsys: pytest.CaptureFixture[str]
) -> None:
    certain = models.constant_model(np.array([0, 30.0, 0, 0, 0, 0]))
    Path("sure.onnx").write_bytes(models.model_bytes(certain, models.palette_spec()))
    assert main(["colorize", scan, "--alternatives", "3", "-m", "sure.onnx"]) == 0
    assert "too like an earlier answer are 2, 3" in capsys.readouterr().err


def test_a_picture_in_colour_is_left_alone(
    model: str, scan: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("color.png").write_bytes(encode(chelsea(4), "png"))
    assert main(["colorize", "color.png", "--alternatives", "2", "-m", model]) == 0
    assert "left alone" in capsys.readouterr().err
    assert files() == ["cat.png", "color.png"]


REFUSED = {
    "none": ["cat.png", "--alternatives", "0"],
    "too many": ["cat.png", "--alternatives", "17"],
    "a stream": ["-", "--alternatives", "2"],
    "a stream to a file": ["-", "--alternatives", "2", "-o", "out.png"],
    "a layer": ["cat.png", "--alternatives", "2", "--layer", "layer.png"],
    "a seed alone": ["cat.png", "--seed", "3"],
    "a seed below 0": ["cat.png", "--alternatives", "2", "--seed", "-1"],
    "no lightness": ["cat.png", "--alternatives", "2", "--decode", "argmax-rgb"],
    "one sheet for two": ["cat.png", "cat.jpg", "--alternatives", "2", "-o", "out"],
    "an input as answer": ["cat.png", "cat-color-1.png", "--alternatives", "2"],
}


@pytest.mark.parametrize("arguments", REFUSED.values(), ids=REFUSED.keys())
def test_what_does_not_go_together_is_refused_before_any_work(
    scan: str, model: str, arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("cat.jpg", "cat-color-1.png"):
        Path(name).write_bytes(Path(scan).read_bytes())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path(scan).read_bytes())))
    assert main(["colorize", *arguments, "-m", model]) == 2
    assert files() == ["cat-color-1.png", "cat.jpg", "cat.png"]


def test_a_model_without_a_palette_is_refused(scan: str) -> None:
    direct = models.conv_model(3, output="rgb")
    Path("direct.onnx").write_bytes(models.model_bytes(direct, models.rgb_spec()))
    assert main(["colorize", scan, "--alternatives", "2", "-m", "direct.onnx"]) == 2
    assert files() == ["cat.png", "direct.onnx"]

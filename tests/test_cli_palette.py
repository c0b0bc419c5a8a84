"""`photochrom palette`."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import models
from photochrom.cli.main import main
from photochrom.palettes.files import SUFFIXES, load_palette, save_palette
from photochrom.palettes.palette import Palette
from pictures import opened

TWO = Palette(np.array([[255.0, 0, 0], [0, 0, 255]]), "srgb", ("red", "blue"))


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    for name, color in (("a", (250, 10, 10)), ("b", (10, 10, 250))):
        picture = np.full((20, 30, 3), color, np.uint8)
        picture[:, :15] = 40, 200, 40
        Image.fromarray(picture).save(tmp_path / "photos" / f"{name}.png")
    save_palette(TWO, tmp_path / "two.json")
    return tmp_path


def test_fit_finds_the_colors_of_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["photos", "-o", "three.json", "--colors", "3", "--space", "srgb"]
    assert main(["palette", "fit", *arguments, "--swatch", "three.png"]) == 0
    assert capsys.readouterr().out.splitlines() == ["three.json", "three.png"]
    found = load_palette("three.json")
    assert found.colors.tolist() == [[10, 10, 250], [40, 200, 40], [250, 10, 10]]
    assert opened(Path("three.png").read_bytes()).size == (64, 64)


def test_fit_makes_a_palette_without_lightness_by_default() -> None:
    assert main(["palette", "fit", "photos/a.png", "-o", "a.json", "-k", "2"]) == 0
    assert load_palette("a.json").space == "chroma"


def test_more_colors_than_there_are_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["palette", "fit", "photos/a.png", "-o", "a.json", "-k", "9"]) == 1
    assert capsys.readouterr().err == (
        "photochrom: cannot fit 9 colours to pictures with 2 distinct ones; ask for fewer\n"
    )
    assert not Path("a.json").exists()


def test_an_empty_folder_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty").mkdir()
    assert main(["palette", "fit", "empty", "-o", "a.json"]) == 1
    assert "empty" in capsys.readouterr().err


def test_show_lists_codes_and_names(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["palette", "show", "two.json"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "  0   255.00    0.00    0.00  #ff0000  red",
        "  1     0.00    0.00  255.00  #0000ff  blue",
    ]


def test_show_draws_blocks_in_a_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert main(["palette", "show", "two.json"]) == 0
    assert "\x1b[48;2;255;0;0m" in capsys.readouterr().out
    monkeypatch.setenv("NO_COLOR", "1")
    assert main(["palette", "show", "two.json"]) == 0
    assert "\x1b" not in capsys.readouterr().out


def test_show_as_json_is_the_palette(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["palette", "show", "two.json", "--json"]) == 0
    assert Palette.from_dict(json.loads(capsys.readouterr().out)) == TWO


def test_a_models_palette_is_shown_and_converted(capsys: pytest.CaptureFixture[str]) -> None:
    Path("m.onnx").write_bytes(models.model_bytes(models.conv_model(), models.palette_spec()))
    assert main(["palette", "show", "m.onnx"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 6
    assert main(["palette", "convert", "m.onnx", "m.json"]) == 0
    assert load_palette("m.json") == models.palette_spec().palette


def test_a_full_color_model_has_no_palette(capsys: pytest.CaptureFixture[str]) -> None:
    graph = models.conv_model(3, output="rgb")
    Path("m.onnx").write_bytes(models.model_bytes(graph, models.rgb_spec()))
    assert main(["palette", "show", "m.onnx"]) == 1
    assert "no palette" in capsys.readouterr().err


def test_convert_there_and_back_is_exact_for_full_colors() -> None:
    assert main(["palette", "convert", "two.json", "two.gpl"]) == 0
    assert main(["palette", "convert", "two.gpl", "back.json"]) == 0
    assert load_palette("back.json") == TWO


def test_convert_overwrites_only_by_force() -> None:
    Path("two.gpl").write_text("mine")
    assert main(["palette", "convert", "two.json", "two.gpl"]) == 1
    assert Path("two.gpl").read_text() == "mine"
    assert main(["palette", "convert", "two.json", "two.gpl", "--force"]) == 0


def test_outputs_of_a_fit_are_checked_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    wrong = ["palette", "fit", "nowhere.png", "-o"]  # would fail by its name, but later
    assert main([*wrong, "p.xyz"]) == 2
    assert main([*wrong, "p.json", "--swatch", "p.bmp"]) == 2
    assert not list(tmp_path.glob("p.*"))


def test_without_a_number_the_elbow_chooses_and_tells(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["palette", "fit", "photos", "-o", "some.json"]) == 0
    found = capsys.readouterr()
    assert found.out == "some.json\n"
    assert found.err == "photochrom: 3 colours, by the elbow (--colors K for others)\n"
    assert len(load_palette("some.json")) == 3


def test_gray_pictures_have_no_palette_of_chroma(capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("L", (20, 20), 77).save("gray.png")
    assert main(["palette", "fit", "gray.png", "-o", "some.json"]) == 1
    assert "one colour only" in capsys.readouterr().err


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_is_shown_and_converted(
    suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["palette", "convert", "two.json", f"some{suffix}"]) == 0
    assert main(["palette", "show", f"some{suffix}"]) == 0
    assert "#ff0000" in capsys.readouterr().out
    assert main(["palette", "convert", f"some{suffix}", "back.json"]) == 0
    assert load_palette("back.json").colors.tolist() == TWO.colors.tolist()


def test_a_swatch_is_a_palette_again() -> None:
    save_palette(Palette(np.arange(15.0).reshape(5, 3) * 16, "srgb"), "five.json")
    assert main(["palette", "show", "five.json", "--swatch", "five.png"]) == 0
    assert load_palette("five.png") == load_palette("five.json")

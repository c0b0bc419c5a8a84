"""`photochrom model`."""

import dataclasses
import hashlib
import json
from pathlib import Path

import pytest

import models
from photochrom.cli.main import main
from photochrom.modelfile.spec import TrainingSummary
from photochrom.models import packaged

FOLDER = Path(packaged.__file__).parent
SUMMARY = TrainingSummary(
    pictures=7,
    data_hash="0" * 64,
    held_out="pictures",
    mean_chroma=(1.0, 2.0),
    lightness_table=((0.0, 0.0),) * 20,
    metrics={"gray": {"dE00": 9.5}, "model": {"dE00": 7.25}},
)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    spec = models.palette_spec(training=SUMMARY)
    (tmp_path / "m.onnx").write_bytes(models.model_bytes(models.conv_model(), spec))
    return tmp_path / "m.onnx"


def test_info_says_what_a_model_is_and_how_well_it_did(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["model", "info", str(model)]) == 0
    shown = capsys.readouterr().out
    for part in ("6 colours (chroma)", "7 pictures", "dE00 7.250", "32 px", "not stated"):
        assert part in shown


def test_info_says_what_a_transfer_chose_and_how_vivid_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = {"words": "25 steps, 50% of the way", "steps": 25}
    one = dataclasses.replace(
        SUMMARY, pictures=1, held_out="nothing", metrics={}, options={"chosen": chosen}
    )
    spec = models.palette_spec(training=one, temperature=0.8, gain=1.25)
    (tmp_path / "m.onnx").write_bytes(models.model_bytes(models.conv_model(), spec))
    assert main(["model", "info", str(tmp_path / "m.onnx")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "decode      annealed-mean, temperature 0.8, gain 1.25" in lines
    assert lines[-2:] == [
        "trained on  1 picture, not judged",
        "chosen      25 steps, 50% of the way",
    ]


@pytest.mark.parametrize("odd", [{}, {"chosen": None}, {"chosen": "x"}, {"chosen": {"words": 3}}])
def test_info_of_a_training_that_chose_nothing_in_words_is_silent_about_it(
    odd: dict[str, object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spec = models.palette_spec(training=dataclasses.replace(SUMMARY, options=odd))
    (tmp_path / "m.onnx").write_bytes(models.model_bytes(models.conv_model(), spec))
    assert main(["model", "info", str(tmp_path / "m.onnx")]) == 0
    assert "chosen" not in capsys.readouterr().out


def test_info_as_json_holds_the_hash_of_the_file(
    model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["model", "info", str(model), "--json"]) == 0
    plain = json.loads(capsys.readouterr().out)
    assert plain["sha256"] == hashlib.sha256(model.read_bytes()).hexdigest()
    assert plain["training"]["pictures"] == 7


def test_info_of_a_model_without_palette_or_summary(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    graph = models.conv_model(3, output="rgb")
    (tmp_path / "m.onnx").write_bytes(models.model_bytes(graph, models.rgb_spec()))
    assert main(["model", "info", str(tmp_path / "m.onnx")]) == 0
    assert "full colour" in capsys.readouterr().out


def test_verify_tells_each_check(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "verify", str(model)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 3
    assert all(line.startswith("ok: ") for line in lines)
    assert main(["model", "verify", str(model), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["checks"] == [line[4:] for line in lines]


@pytest.mark.parametrize("verb", ["info", "verify"])
@pytest.mark.parametrize("name", ["cut.onnx", "text.onnx", "nowhere.onnx", "."])
def test_what_is_no_model_is_one_sentence(
    model: Path, verb: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (model.parent / "cut.onnx").write_bytes(model.read_bytes()[:-100])
    (model.parent / "text.onnx").write_text("no model")
    assert main(["model", verb, str(model.parent / name)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("photochrom: ")
    assert captured.err.count("\n") == 1
    assert "unexpected" not in captured.err


def test_the_list_names_size_hash_licences_and_card(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert main(["model", "list"]) == 0
    shown = capsys.readouterr().out
    assert listed[0]["name"] == "general"
    for one in listed:
        content = (FOLDER / one["file"]).read_bytes()
        assert one["sha256"] == hashlib.sha256(content).hexdigest()
        assert one["bytes"] == len(content)
        for part in ("name", "sha256", "code_licence", "weights_licence"):
            assert one[part] in shown
        assert f"{one['bytes']:,} bytes" in shown


def test_info_and_verify_take_a_packaged_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "info", "general"]) == 0
    assert "photochrom model card general" in capsys.readouterr().out
    assert main(["model", "verify", "general"]) == 0
    assert main(["palette", "show", "general"]) == 0


def test_the_card_is_printed_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["model", "card", "general"]) == 0
    assert capsys.readouterr().out.strip() == (FOLDER / "general.md").read_text("utf-8").strip()
    assert main(["model", "card", "mine.onnx"]) == 1
    assert "there is: general" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["info", "verify"])
def test_a_packaged_model_with_another_hash_is_refused(
    verb: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = dataclasses.replace(packaged.find("general"), sha256="0" * 64)
    monkeypatch.setattr(packaged, "packaged", lambda: (wrong,))
    assert main(["model", verb, "general"]) == 1
    err = capsys.readouterr().err
    assert "damaged or was changed" in err
    assert "pip install --force-reinstall photochrom" in err

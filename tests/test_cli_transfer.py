"""`photochrom train` without --preset: a general model fitted to a folder, for a moment.

What is learned is held by the tests of the transfer; these hold what a user gives, reads and gets.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from models import constant_model
from photochrom.cli.main import main
from photochrom.cli.train import _verdict
from photochrom.errors import OptionError
from photochrom.modelfile.file import read_model
from photochrom.training.config import TrainConfig
from photochrom.training.phases import Progress
from photochrom.training.train import train
from transfer import general_model, put_pictures

TINY = ["--steps", "4", "--batch", "2", "--crop", "32"]
METHODS = ["gray", "mean chroma", "lightness table", "general", "transfer"]
COLUMNS = {"de00", "psnr", "psnr_chroma", "ssim", "colorfulness", "colorfulness_truth"}


def quick_export(network: Any, _kind: str, *, multiple: int) -> bytes:
    """A graph with as many outputs: the exporter takes seconds, and other tests hold it."""
    del multiple
    decoder = getattr(network, "network", network).decoder
    content: bytes = constant_model(np.zeros(decoder.head.out_channels)).SerializeToString()
    return content


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("photochrom.training.transfer.train.export", quick_export)


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("start") / "general.onnx"
    path.write_bytes(general_model())
    return path


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return put_pictures(tmp_path_factory.mktemp("pictures") / "photos", 2)


def words(photos: Path, out: Path, start: Path, *more: str) -> list[str]:
    return ["train", str(photos), "-o", str(out), "--start", str(start), *TINY, *more]


def test_without_a_preset_the_general_model_is_fitted_to_the_folder(
    photos: Path, start: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mine.onnx"
    assert main(words(photos, out, start)) == 0
    captured = capsys.readouterr()
    lines = captured.out.splitlines()
    chosen = lines.pop(0)
    assert lines[0] == "on held-out pictures:"
    assert set(lines[1].split()) == COLUMNS
    assert [line.split("  ")[0] for line in lines[2:7]] == METHODS
    assert any(word in lines[7] for word in ("beat", "as near"))
    assert lines[8:] == [str(out)]
    assert "choosing: loss " in captured.err
    assert (tmp_path / "mine.run" / "metrics.jsonl").exists()
    _, spec = read_model(out)
    assert (spec.preset, spec.licence) == ("transfer", "CC0")
    assert spec.training is not None
    assert spec.training.options["steps"] == 4
    assert chosen == f"chosen: {spec.training.options['chosen']['words']}"


def test_json_holds_the_figures_of_every_method(
    photos: Path, start: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(photos, tmp_path / "m.onnx", start, "--json")) == 0
    plain = json.loads(capsys.readouterr().out)
    assert set(plain) == {
        "model", "run_folder", "pictures", "held_out", "chosen", "metrics", "dropped", "warnings"
    }  # fmt: skip
    assert any(word in plain["chosen"] for word in ("steps", "general", "table"))
    assert (plain["pictures"], plain["held_out"], plain["dropped"]) == (2, "pictures", [])
    assert list(plain["metrics"]) == METHODS
    assert all(set(figures) == COLUMNS for figures in plain["metrics"].values())


def test_one_picture_has_no_table_and_is_told_why(
    start: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = put_pictures(tmp_path / "one", 1)
    out = tmp_path / "m.onnx"
    assert main(words(one, out, start)) == 0
    captured = capsys.readouterr()
    chosen, path = captured.out.splitlines()
    assert chosen.startswith("chosen: 4 steps")
    assert path == str(out)
    assert "photochrom: with one picture nothing could be held out" in captured.err
    assert main(words(one, out, start, "--force", "--json")) == 0
    plain = json.loads(capsys.readouterr().out)
    assert (plain["metrics"], plain["held_out"]) == ({}, "nothing")


def test_an_earlier_transfer_is_not_overwritten_without_force(
    start: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = put_pictures(tmp_path / "one", 1)
    runs = tmp_path / "m.run"
    runs.mkdir()
    (runs / "config.json").write_text("{}", encoding="utf-8")  # all that tells of a transfer
    assert main(words(one, tmp_path / "m.onnx", start)) == 1
    err = capsys.readouterr().err
    assert f"{runs} holds a run already; choose another folder" in err  # nothing to go on with
    assert (runs / "config.json").read_text(encoding="utf-8") == "{}"


REFUSED = {
    "--window 7 --no-flip": "--window, --no-flip: options of the small networks; --preset tran",
    "--encoder e.pth": "--encoder: options of --preset general; --preset transfer has no such",
    "--colors 32": "--colors: a transfer keeps the palette of its start",
    "--resume": "keeps no checkpoint to resume; run it again with --force",
    "--seconds 9": "the length is given once: by steps or by seconds",
    "--crop 40": "crop must be a multiple of 32, got 40",
}


@pytest.mark.parametrize("more", REFUSED)
def test_what_a_transfer_does_not_have_exits_with_2(
    photos: Path, start: Path, tmp_path: Path, more: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(photos, tmp_path / "m.onnx", start, *more.split())) == 2
    assert REFUSED[more] in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_small_networks_have_no_start(
    photos: Path, start: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words(photos, tmp_path / "m.onnx", start, "--preset", "window")) == 2
    said = "--start: options of --preset transfer and general; --preset window has no such option"
    assert said in capsys.readouterr().err


def put_nothing(_: Path) -> str:
    return "bad.onnx"


def put_text(path: Path) -> str:
    path.write_text("no model", encoding="utf-8")
    return "not an ONNX model"


def put_window(path: Path) -> str:
    path.write_bytes(general_model(preset="window"))
    return "only a model of --preset general"


@pytest.mark.parametrize(("put", "status"), [(put_nothing, 1), (put_text, 1), (put_window, 2)])
def test_a_start_that_cannot_be_learned_on_from_is_one_sentence(
    photos: Path,
    tmp_path: Path,
    put: Callable[[Path], str],
    status: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bad = tmp_path / "bad.onnx"
    sentence = put(bad)
    assert main(words(photos, tmp_path / "m.onnx", bad)) == status
    captured = capsys.readouterr()
    assert sentence in captured.err
    assert "unexpected" not in captured.err
    assert not (tmp_path / "m.onnx").exists()
    assert not (tmp_path / "m.run").exists()


def test_ctrl_c_tells_to_run_it_again(
    start: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photos = put_pictures(tmp_path / "one", 1)
    out = tmp_path / "m.onnx"

    def press(_shown: object, _state: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("photochrom.cli.progress.Training.__call__", press)
        assert main(words(photos, out, start)) == 130
    assert "keeps nothing before its end, so run it again" in capsys.readouterr().err
    assert not out.exists()
    assert main(words(photos, out, start)) == 0  # nothing in the way, no --force


def test_from_python_a_preset_of_another_kind_is_told_its_options(
    photos: Path, tmp_path: Path
) -> None:
    for preset, name in (("transfer", "TransferConfig"), ("general", "GeneralConfig")):
        said = f"'{preset}' is not one of the small networks .*{preset}.config.{name}$"
        with pytest.raises(OptionError, match=said):
            train(photos, tmp_path / "m.onnx", TrainConfig(preset=preset))


BESIDE = [
    (6.0, "beats general and all trivial guesses: 2.00 dE00 nearer than general"),
    (8.0, "is as near to the truth as general, no nearer; more pictures"),
    (9.5, "does not beat general, which is 1.50 dE00 nearer to the truth; more pictures"),
]


@pytest.mark.parametrize(("ours", "sentence"), BESIDE)
def test_the_verdict_is_against_what_the_transfer_began_with(ours: float, sentence: str) -> None:
    metrics = dict(zip(METHODS, (12.0, 10.0, 11.0, 8.0, ours), strict=True))
    said = _verdict({name: {"de00": value} for name, value in metrics.items()}, "transfer")
    assert said.startswith(sentence)


def test_where_a_guess_is_better_than_general_it_is_the_rival() -> None:
    metrics = dict(zip(METHODS, (12.0, 10.0, 7.0, 8.0, 6.5), strict=True))
    said = _verdict({name: {"de00": value} for name, value in metrics.items()}, "transfer")
    rival = "0.50 dE00 nearer than the lightness table"
    assert said == f"beats general and all trivial guesses: {rival}"


def test_the_general_network_itself_is_told_that_longer_helps() -> None:
    metrics = {"gray": {"de00": 9.0}, "mean chroma": {"de00": 8.0}, "general": {"de00": 8.5}}
    said = _verdict(metrics, "general")
    assert said.startswith("does not beat the mean chroma, which is 0.50 dE00 nearer to the truth")
    assert said.endswith("a longer training help most")

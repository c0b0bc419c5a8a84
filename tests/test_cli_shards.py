"""`photochrom shards`: what is printed, and exit codes."""

import json
from pathlib import Path

import pytest

from photochrom.cli import shards as verb
from photochrom.cli.main import main
from photochrom.datasets import Stream, open_source
from photochrom.datasets.shards import SUFFIXES
from pictures import encode, photograph
from shards import gray


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli") / "photos"
    folder.mkdir()
    for name in ("chelsea", "coffee", "rocket"):
        (folder / f"{name}.png").write_bytes(encode(photograph(name)[::4, ::4], "png"))
    (folder / "gray.png").write_bytes(gray())
    return folder


def test_shards_of_a_folder_can_be_streamed(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["shards", str(photos), "-o", str(out), "--per-shard", "2"]) == 0
    printed = capsys.readouterr()
    assert printed.out == f"{out}\n"
    assert "left out photos/gray.png: near-gray" in printed.err
    assert "3 pictures in 2 shards" in printed.err
    with Stream(open_source(out), batch=3) as stream:
        assert sorted(picture.shape[:2] for picture in stream.batch(0)) == [
            (75, 113),
            (100, 150),
            (107, 160),
        ]


def test_the_result_comes_as_json(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["shards", str(photos), "-o", str(tmp_path / "out"), "--json", "--short-side", "40"]
    assert main([*command, "--format", "png", "--quality", "50", "--seed", "3"]) == 0
    told = json.loads(capsys.readouterr().out)
    index = json.loads((tmp_path / "out" / "index.json").read_text(encoding="utf-8"))
    assert told["output"] == str(tmp_path / "out")
    assert {name: index[name] for name in ("pictures", "shards", "dropped")} == {
        name: told[name] for name in ("pictures", "shards", "dropped")
    }
    assert index["options"] == {
        "short_side": 40,
        "per_shard": 1000,
        "quality": 50,
        "format": "png",
        "seed": 3,
    }


def test_nothing_is_overwritten_without_force(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["shards", str(photos), "-o", str(tmp_path / "out")]
    assert main(command) == 0
    assert main(command) == 1
    assert "--force" in capsys.readouterr().err
    assert main([*command, "--force"]) == 0


def test_errors_are_one_sentence(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = ["-o", str(tmp_path / "out")]
    for status, words, says in (
        (1, [str(tmp_path / "none"), *out], "there is no"),
        (2, [str(photos), *out, "--short-side", "3"], "short side of at least 16"),
        (2, [str(photos), *out, "--format", "gif"], "gif"),
        (2, [str(photos)], "--output"),
    ):
        assert main(["shards", *words]) == status
        printed = capsys.readouterr().err
        assert says in printed
        assert "Traceback" not in printed
    assert list(tmp_path.iterdir()) == []


def test_formats_are_those_of_the_room() -> None:
    assert tuple(SUFFIXES) == verb.FORMATS


def test_progress_outside_a_terminal_is_a_line_now_and_then(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["shards", str(photos), "-o", str(tmp_path / "out")]) == 0
    shown = [line for line in capsys.readouterr().err.splitlines() if line.startswith("packing")]
    assert shown == ["packing 1 of 4: photos/chelsea.png"]

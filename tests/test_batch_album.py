"""Batches whose pictures are brought together: a first pass, its record, and what it changes."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from photochrom import Colorizer
from photochrom.cli.main import main
from photochrom.inference.album import Album


@pytest.fixture(scope="module")
def roll(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three exposures of one scene, something else, and a file that is no picture."""
    folder = tmp_path_factory.mktemp("roll")
    cat = np.asarray(Image.fromarray(data.chelsea()).convert("L"))[::2, ::2] / 255
    for number, gamma in enumerate((0.6, 1.0, 1.6)):
        exposed = (cat[number * 4 :] ** gamma * 255).astype(np.uint8)
        Image.fromarray(exposed).save(folder / f"cat-{number}.png")
    Image.fromarray(data.coffee()).convert("L").resize((150, 100)).save(folder / "other.png")
    (folder / "text.png").write_text("no picture")
    return folder


@pytest.fixture(scope="module")
def results(roll: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the roll becomes as an album."""
    out = tmp_path_factory.mktemp("results") / "out"
    assert main(["colorize", str(roll), "-o", str(out), "--album", "--workers", "1"]) == 3
    return out


@pytest.fixture
def change() -> Callable[[Path, Path], Path]:
    """Copy a folder with the times of its files."""
    return lambda source, target: Path(shutil.copytree(source, target))


def looks(out: Path) -> dict[str, dict[str, object]]:
    lines = (out / ".photochrom" / "manifest.jsonl").read_text().splitlines()
    return {each["looked"]: each for each in map(json.loads, lines) if "looked" in each}


def test_a_batch_colours_its_pictures_as_an_album_by_hand_does(roll: Path, results: Path) -> None:
    colorizer = Colorizer(threads=1)
    paths = [path for path in sorted(roll.glob("*.png")) if path.stem != "text"]
    album = Album.of(colorizer.album_note(path) for path in paths)
    changed = 0
    for path in paths:
        ours = np.asarray(Image.open(results / path.name))
        np.testing.assert_array_equal(ours, colorizer.colorize(path, album=album).pixels)
        changed += bool((ours != colorizer.colorize(path).pixels).any())
    assert changed >= 2  # or the album would say nothing


def test_looks_are_on_record_and_pictures_that_cannot_be_read_have_none(results: Path) -> None:
    assert set(looks(results)) == {"cat-0.png", "cat-1.png", "cat-2.png", "other.png"}


def test_a_second_run_looks_at_nothing_again_and_does_nothing(
    roll: Path, results: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (results / ".photochrom" / "manifest.jsonl").read_text()
    stamps = {path: path.stat().st_mtime_ns for path in results.glob("*.png")}
    (roll / "text.png").rename(roll / "text.txt")
    try:
        assert main(["colorize", str(roll), "-o", str(results), "--album"]) == 0
        assert main(["colorize", str(roll), "-o", str(results), "--album", "--verify"]) == 0
    finally:
        (roll / "text.txt").rename(roll / "text.png")
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps
    assert (results / ".photochrom" / "manifest.jsonl").read_text() == before


def test_a_new_picture_recolours_those_it_is_like_and_no_others(
    roll: Path, results: Path, tmp_path: Path, change: Callable[[Path, Path], Path]
) -> None:
    grown, out = change(roll, tmp_path / "grown"), change(results, tmp_path / "out")
    lighter = np.asarray(Image.open(grown / "cat-0.png")).astype(float) * 0.5 + 100
    Image.fromarray(lighter.astype(np.uint8)).save(grown / "cat-3.png")
    stamps = {path.name: path.stat().st_mtime_ns for path in out.glob("*.png")}
    assert main(["colorize", str(grown), "-o", str(out), "--album"]) == 3
    moved = {name for name, stamp in stamps.items() if (out / name).stat().st_mtime_ns != stamp}
    assert "other.png" not in moved
    assert moved & {"cat-0.png", "cat-1.png", "cat-2.png"}
    assert (out / "cat-3.png").exists()


CLASHES = {
    "a stream": ["-"],
    "shards": ["{roll}", "-o", "{out}", "--shard", "1/2"],
    "alternatives": ["{roll}", "-o", "{out}", "--alternatives", "2"],
    "another palette": ["{roll}", "-o", "{out}", "--exact-palette"],
}


@pytest.mark.parametrize("words", CLASHES.values(), ids=CLASHES)
def test_what_goes_with_no_album_is_refused_before_any_work(
    words: list[str], roll: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    given = [word.format(roll=roll, out=out) for word in words]
    assert main(["colorize", *given, "--album"]) == 2
    assert not list(out.glob("*.png"))


def test_pictures_without_a_folder_of_results_are_an_album_too(roll: Path, tmp_path: Path) -> None:
    for name in ("cat-0.png", "cat-1.png"):
        (tmp_path / name).write_bytes((roll / name).read_bytes())
    paths = [str(tmp_path / name) for name in ("cat-0.png", "cat-1.png")]
    assert main(["colorize", *paths, "--album"]) == 0
    colorizer = Colorizer(threads=1)
    album = Album.of(colorizer.album_note(path) for path in paths)
    wanted = colorizer.colorize(paths[0], album=album).pixels
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "cat-0-color.png")), wanted)

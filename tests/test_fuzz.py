"""The fuzzing itself: every target finds a bug that is planted, and keeps what found it."""

import random
import sys
import types
from collections.abc import Callable
from functools import reduce
from importlib import import_module
from pathlib import Path

import pytest
from fuzz import pictures, run, seeds
from fuzz.mutate import mutate
from fuzz.samples import samples
from fuzz.targets import TARGETS, feed

from photochrom.batch.worker import Worker
from photochrom.imageio import load_image

FOUND = sorted(Path(run.__file__).with_name("found").iterdir())
TRIES = 5000  # the slowest finds its bug after some 400
# What is planted where: a function well within each reader.
PLACES = {
    "palette-json": "photochrom.palettes.palette.Palette.to_dict",
    "palette-gpl": "photochrom.palettes.formats.gpl.palette_of",
    "palette-ase": "photochrom.palettes.formats.ase.palette_of",
    "palette-aco": "photochrom.palettes.formats.aco.palette_of",
    "palette-css": "photochrom.palettes.formats.stylesheet.palette_of",
    "palette-lines": "photochrom.palettes.formats.lines.palette_of",
    "palette-png": "photochrom.palettes.formats.png.palette_of",
    "words": "photochrom.inference.hints.hint._chroma",
    "hints": "photochrom.inference.hints.hint.Hint.to_dict",
    "layer": "photochrom.inference.layerfile.planes.decode",
    "recipe": "photochrom.inference.recipe.recorded.to_dict",
    "description": "photochrom.modelfile.spec._check",
    "model": "photochrom.modelfile.constants._unpacked",
    "network": "photochrom.inference.runtime._channels",
    "manifest": "fuzz.readers.line_of",
    "lock": "photochrom.batch.lock._is_dead",
    "answer": "photochrom.batch.messages._error",
    "shard": "photochrom.datasets.tars._pictures",
    "xmp": "photochrom.imageio.packetscan._key",
    "exif": "photochrom.imageio.exif._drop_thumbnail",
    "tiff": "photochrom.imageio.tiff._pack",
    "segments": "photochrom.imageio.jpegheader._tidied",
}


class Planted:
    """A function with a bug that shows for what no seed has."""

    def __init__(self, real: Callable[..., object], error: Exception) -> None:
        self._real, self._error = real, error
        self._known: set[str] = set()
        self.shows = False

    def __call__(self, *given: object) -> object:
        if not self.shows:
            self._known.add(repr(given))
        elif repr(given) not in self._known:
            raise self._error
        return self._real(*given)

    def __get__(self, owner: object, _: type) -> object:
        return types.MethodType(self, owner)


def holder_of(place: str) -> tuple[object, str]:
    """The module or class that a dotted name is in, and the last part of it."""
    *path, name = place.split(".")
    try:
        return import_module(".".join(path)), name
    except ModuleNotFoundError:  # a class, or a module imported under another's name
        return reduce(getattr, path[-1:], import_module(".".join(path[:-1]))), name


def test_every_target_has_a_place_for_a_bug() -> None:
    assert PLACES.keys() == TARGETS.keys()


@pytest.mark.parametrize("name", TARGETS)
def test_the_contract_holds_for_the_seeds(name: str) -> None:
    for seed in TARGETS[name].seeds():
        feed(TARGETS[name], seed)


@pytest.mark.parametrize("path", FOUND, ids=lambda path: path.name)
def test_what_was_found_once_does_no_harm_again(path: Path) -> None:
    feed(TARGETS[path.name.rpartition("-")[0]], path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_a_planted_bug_is_found_by_changed_seeds(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changes at random find it; libFuzzer, which looks where it gets, needs fewer."""
    error = MemoryError() if name == "answer" else ZeroDivisionError()  # what its contract forbids
    holder, attribute = holder_of(PLACES[name])
    bug = Planted(getattr(holder, attribute), error)
    monkeypatch.setattr(holder, attribute, bug)
    known = list(TARGETS[name].seeds())
    for seed in known:
        feed(TARGETS[name], seed)
    bug.shows, rng = True, random.Random(0)
    with pytest.raises(type(error)):
        for _ in range(TRIES):
            feed(TARGETS[name], mutate(rng, rng.choice(known), rng.choice(known)))


SCRIPT = """
import runpy, sys
from photochrom.palettes.formats import words
real = words.Words.text
def text(self, count):
    if count == 9:
        raise ZeroDivisionError("planted")
    return real(self, count)
words.Words.text = text
runpy.run_module("fuzz.one", run_name="__main__")
"""


def test_libfuzzer_finds_a_planted_bug_and_what_it_keeps_repeats_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("atheris")
    monkeypatch.setattr(run, "FINDINGS", tmp_path)
    (tmp_path / "planted.py").write_text(SCRIPT)
    monkeypatch.setattr(run, "PROGRAM", [str(tmp_path / "planted.py")])
    report = run.fuzz("palette-ase", 60)
    assert report.finding == "ZeroDivisionError: planted"
    assert report.megabytes > 0
    (kept,) = tmp_path.glob("palette-ase-crash-*")
    assert "ZeroDivisionError" in (tmp_path / "palette-ase.log").read_text()
    monkeypatch.undo()
    feed(TARGETS["palette-ase"], kept.read_bytes())  # without the bug it does no harm


BUGS = """
import os
from photochrom.imageio import exif
real = exif.clean
def clean(block):
    if block[:200].count(255) > 8:
        os.abort()
    if block.count(b"abc") != 1:
        raise KeyError("planted")
    return real(block)
exif.clean = clean
"""


def test_bugs_planted_in_a_worker_are_told_and_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that ends the worker is told, and the next picture has another; an error ends it all."""
    (tmp_path / "sitecustomize.py").write_text(BUGS)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(pictures, "FINDINGS", tmp_path / "findings")
    whole = next(samples())
    crashing = whole.replace(b"\xff\xd8thumbnail", b"\xff" * 11)
    failing = whole.replace(b"abc", b"xyz")
    assert len({whole, crashing, failing}) == 3
    with Worker(pictures.order(), threads=1, memory=1 << 30, seconds=60) as worker:
        counts, finding = pictures.feed(worker, iter([whole, crashing, whole, failing, whole]))
    assert counts == {"colored": 2, "crashed": 1}
    assert finding is not None
    assert "KeyError" in finding
    kept = {path.name.rsplit("-", 1)[0]: path for path in (tmp_path / "findings").iterdir()}
    assert kept["pictures-crashed"].read_bytes() == crashing
    assert kept["pictures-finding"].read_bytes() == failing
    assert "crashed: " in capsys.readouterr().out


def test_the_samples_are_read_and_none_is_like_another() -> None:
    found = list(samples())
    assert len(set(found)) == len(found) > 30
    for data in found:
        assert load_image(data).kept.format in ("jpeg", "png", "tiff", "webp")


def test_equal_seeds_give_equal_inputs() -> None:
    def inputs() -> list[bytes]:
        rng = random.Random(5)
        return [mutate(rng, seeds.TIFF, b"other") for _ in range(50)]

    assert inputs() == inputs()
    assert len(set(inputs())) > 40


def test_an_unknown_target_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["run", "nothing"])
    with pytest.raises(SystemExit) as caught:
        run.main()
    assert caught.value.code == 2


def test_a_finding_makes_the_run_fail(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(run, "FINDINGS", tmp_path)
    monkeypatch.setattr(sys, "argv", ["run", "xmp", "exif"])
    reports = {"xmp": run.Report(90, 9, 50), "exif": run.Report(5, 9, 60, "KeyError: 3")}
    monkeypatch.setattr(run, "fuzz", lambda name, _: reports[name])
    with pytest.raises(SystemExit) as caught:
        run.main()
    assert caught.value.code == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split() == ["exif", "5", "1", "60", "1", "KeyError:", "3"]

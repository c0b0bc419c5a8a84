"""`photochrom train-many`: what is trained, what is kept, and what the catalogue says."""

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("torch")

from photochrom.cli.main import main
from photochrom.domains import local, words
from photochrom.domains.domain import RECORD, Domain, Task, find_domains
from photochrom.domains.engine import Ended, Planned, Started
from photochrom.domains.entry import Cell, Entry, Failure, read_entry
from photochrom.domains.job import Catalogue, Watching, train_many
from photochrom.domains.local import LocalEngine
from photochrom.domains.page import page
from photochrom.errors import LockedError, OptionError, OutputExistsError, WriteError
from photochrom.inference.colorizer import Colorizer
from photochrom.training.config import TrainConfig
from photochrom.training.transfer.config import TransferConfig
from pictures import photograph

CONFIG = TransferConfig(steps=4)


def entry(name: str, **changes: Any) -> Entry:
    """One that beats everything on test pictures."""
    figures = {
        method: {"de00": far, "psnr": 20.0}
        for method, far in (("gray", 9.0), ("mean chroma", 8.0), ("lightness table", 7.0),
                            ("general", 6.0), ("own model", 5.0))
    }  # fmt: skip
    differences = {
        method: (5.0 - values["de00"], 4.5 - values["de00"], 5.5 - values["de00"])
        for method, values in figures.items()
        if method != "own model"
    }
    made = Entry(
        name=name, folder=f"/pictures/{name}", preset="transfer", pictures=12, judged="test",
        judged_by=10, figures=figures, differences=differences,
        palette='{"space": "chroma", "colors": [[0, 0], [20, 30]], "names": null}', added=0,
        tones=((10, 10, 10), (200, 180, 90)), chosen="half of the way", seconds=20.0, size=5,
        sha256=hashlib.sha256(b"model").hexdigest(),
        samples=((Cell("gray", "samples/a.jpg", 4, 3, 9.0), Cell("truth", "samples/b.jpg", 4, 3)),),
    )  # fmt: skip
    return replace(made, **changes)


class Pretended:
    """An engine that trains nothing, but leaves what a training leaves."""

    def __init__(self, **fates: str) -> None:
        self.fates = fates
        self.asked: list[str] = []
        self.closed = False

    def __call__(
        self, tasks: Sequence[Planned], scratch: Path, started: Started
    ) -> Generator[Ended, None, None]:
        try:
            for planned in tasks:
                yield self._ended(planned, scratch, started)
        finally:
            self.closed = True

    def _ended(self, planned: Planned, scratch: Path, started: Started) -> Ended:
        domain = planned.task.domain
        self.asked.append(domain.name)
        started(domain.name)
        place = scratch / domain.name
        fate = self.fates.get(domain.name, "trained")
        if fate == "interrupted":
            raise KeyboardInterrupt
        if fate != "trained":
            return Ended(planned.task, place, fate, fatal=fate == "no space left")
        (place / domain.run / "samples").mkdir(parents=True)
        for name in "ab":
            (place / domain.run / "samples" / f"{name}.jpg").write_bytes(b"jpeg " + name.encode())
        (place / domain.model).write_bytes(b"model")
        (place / domain.run / RECORD).write_text(entry(domain.name).to_json(planned.fingerprint))
        return Ended(planned.task, place)


@pytest.fixture
def kinds(tmp_path: Path) -> list[Path]:
    """Three folders of a picture each."""
    folders = [tmp_path / "kinds" / name for name in ("beach", "cats", "forest")]
    for number, folder in enumerate(folders):
        folder.mkdir(parents=True)
        Image.fromarray(np.full((8, 8, 3), 60 * number, np.uint8)).save(folder / "a.png")
    return folders


def trained(engine: Pretended, folders: Sequence[Path], out: Path, **options: Any) -> list[str]:
    """Run, and return what was trained."""
    before = len(engine.asked)
    train_many(folders, out, options.pop("config", CONFIG), engine, **options)
    return engine.asked[before:]


def test_only_what_is_missing_failed_or_changed_is_trained(
    kinds: list[Path], tmp_path: Path
) -> None:
    engine, out = Pretended(cats="it rained"), tmp_path / "out"
    assert trained(engine, kinds, out) == ["beach", "cats", "forest"]
    assert trained(engine, kinds, out) == ["cats"]  # what failed may work now
    engine.fates.clear()
    assert trained(engine, kinds, out) == ["cats"]
    assert trained(engine, kinds, out) == []
    (out / "beach.onnx").unlink()
    assert trained(engine, kinds, out) == ["beach"]
    (out / "beach.onnx").write_bytes(b"another")
    assert trained(engine, kinds, out) == ["beach"]
    (out / "cats.run" / RECORD).write_text("{")
    assert trained(engine, kinds, out, force=True) == ["beach", "cats", "forest"]
    Image.new("RGB", (8, 8), "red").save(kinds[2] / "b.png")
    assert trained(engine, kinds, out) == ["forest"]
    changed = TransferConfig(steps=5)
    assert trained(engine, kinds, out, config=changed) == ["beach", "cats", "forest"]


def test_pictures_that_judge_count_among_what_changed(kinds: list[Path], tmp_path: Path) -> None:
    engine, out = Pretended(), tmp_path / "out"
    for part in ("train", "test"):
        (kinds[0] / part).mkdir()
        shutil.copy(kinds[0] / "a.png", kinds[0] / part / "a.png")
    trained(engine, kinds, out)
    Image.new("RGB", (8, 8), "red").save(kinds[0] / "test" / "b.png")
    assert trained(engine, kinds, out) == ["beach"]


def test_one_that_fails_stops_no_other_and_is_named(kinds: list[Path], tmp_path: Path) -> None:
    told: list[Entry | Failure] = []
    folders = [*kinds, tmp_path / "nowhere"]
    engine = Pretended(cats="its pictures are gray")
    watching = Watching(ended=told.append)
    found = train_many(folders, tmp_path / "out", CONFIG, engine, watching=watching)
    assert [one.name for one in found.entries] == ["beach", "forest"]
    assert {one.name: one.reason for one in found.failures} == {
        "cats": "its pictures are gray",
        "nowhere": f"expected a folder of pictures, but {tmp_path / 'nowhere'} does not exist",
    }
    assert {one.name for one in told} == {"beach", "cats", "forest", "nowhere"}
    text = found.page.read_text(encoding="utf-8")
    assert "cats: its pictures are gray" in text
    plain = json.loads((tmp_path / "out" / RECORD).read_text())
    assert [one["name"] for one in plain["domains"]] == ["beach", "forest"]
    assert [one["name"] for one in plain["failed"]] == ["nowhere", "cats"]


def test_models_of_earlier_runs_stay_in_the_catalogue(kinds: list[Path], tmp_path: Path) -> None:
    train_many(kinds[:2], tmp_path / "out", CONFIG, Pretended())
    found = train_many(kinds[2:], tmp_path / "out", CONFIG, Pretended())
    assert [one.name for one in found.entries] == ["beach", "cats", "forest"]
    assert found.trained == ("forest",)


def test_ctrl_c_leaves_a_catalogue_of_what_is_done(kinds: list[Path], tmp_path: Path) -> None:
    engine, out = Pretended(cats="interrupted"), tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        train_many(kinds, out, CONFIG, engine)
    assert engine.closed
    assert [one["name"] for one in json.loads((out / RECORD).read_text())["domains"]] == ["beach"]
    assert not (out / ".photochrom" / "training").exists()
    engine.fates.clear()
    assert trained(engine, kinds, out) == ["cats", "forest"]


def test_a_full_disk_ends_the_run_at_once(kinds: list[Path], tmp_path: Path) -> None:
    engine = Pretended(cats="no space left")
    with pytest.raises(WriteError, match="no space left"):
        train_many(kinds, tmp_path / "out", CONFIG, engine)
    assert engine.asked == ["beach", "cats"]
    assert (tmp_path / "out" / "beach.onnx").exists()


def test_what_a_killed_run_left_is_cleared_away(kinds: list[Path], tmp_path: Path) -> None:
    left = tmp_path / "out" / ".photochrom" / "training" / "beach"
    left.mkdir(parents=True)
    (left / "beach.onnx").write_bytes(b"half")
    train_many(kinds, tmp_path / "out", CONFIG, Pretended())
    assert (tmp_path / "out" / "beach.onnx").read_bytes() == b"model"
    assert not left.exists()


def test_two_folders_of_one_name_are_refused(tmp_path: Path) -> None:
    folders = [tmp_path / "a" / "Cats", tmp_path / "b" / "cats"]
    with pytest.raises(OptionError, match=r"Cats and .*cats would both be called"):
        find_domains(folders)
    assert [one.name for one in find_domains(folders[:1])] == ["Cats"]


@pytest.mark.parametrize("name", ["beach.onnx", "beach.run", "index.html"])
def test_what_is_of_other_origin_is_not_overwritten(
    kinds: list[Path], tmp_path: Path, name: str
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / name).mkdir() if name.endswith(".run") else (out / name).write_text("mine")
    engine = Pretended()
    with pytest.raises(OutputExistsError, match=name):
        train_many(kinds, out, CONFIG, engine)
    assert engine.asked == []
    train_many(kinds, out, CONFIG, engine, force=True)
    assert engine.asked == ["beach", "cats", "forest"]


def test_results_keep_out_of_the_pictures(kinds: list[Path]) -> None:
    for out in (kinds[0], kinds[0] / "models"):
        with pytest.raises(OptionError, match="whose pictures are learned from"):
            train_many(kinds, out, CONFIG, Pretended())
    assert not (kinds[0] / "models").exists()


def test_two_runs_do_not_meet_in_one_folder(kinds: list[Path], tmp_path: Path) -> None:
    class Second(Pretended):
        def _ended(self, planned: Planned, scratch: Path, started: Started) -> Ended:
            with pytest.raises(LockedError):
                train_many(kinds, tmp_path / "out", CONFIG, Pretended())
            return super()._ended(planned, scratch, started)

    assert len(train_many(kinds[:1], tmp_path / "out", CONFIG, Second()).trained) == 1


@pytest.mark.parametrize(
    ("judged", "difference", "wanted", "said"),
    [
        ("test", (-1.0, -1.5, -0.5), "better", "beats general and all trivial guesses: 1.00 dE00"),
        ("test", (-1.0, -2.5, 0.5), "open", "cannot be told from general: it comes 1.00 dE00 near"),
        ("test", (1.0, 0.5, 1.5), "worse", "does not beat general: it comes 1.00 dE00 farther"),
        ("test", (-1.0, None, None), "open", "cannot be told from general"),
        ("pictures", (-1.0, None, None), "better", "(held-out pictures)"),
        ("blocks", (1.0, None, None), "worse", "(held-out blocks)"),
    ],
)
def test_a_verdict_is_as_sure_as_its_interval(
    judged: Any, difference: Any, wanted: str, said: str
) -> None:
    one = entry("cats", judged=judged)
    one = replace(one, differences=one.differences | {"general": difference})
    assert one.rival == "general"
    assert one.standing == wanted
    assert said in words.verdict(one)
    assert read_entry(one.to_json("f")) == (one, "f")


def test_where_nothing_was_judged_nothing_is_claimed() -> None:
    one = entry("cats", judged="nothing", figures={}, differences={})
    assert (one.standing, one.gain) == ("open", 0.0)
    assert "nothing is known" in words.verdict(one)
    assert "0 have a model of their own" in words.summary([one])
    page([one], [], lambda *_: None)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"fingerprint": "f"}', "null", "[" * 99_999])
def test_a_damaged_record_is_no_record(text: str) -> None:
    assert read_entry(text) is None


def test_the_page_shows_all_and_needs_nothing_from_elsewhere() -> None:
    name = "<b>old & 'new'</b>"
    files = {"samples/a.jpg": b"first"}
    shown = page([entry(name), entry("cats")], [Failure("x", "/x", "<i>")],
                 lambda _, file: files.get(file))  # fmt: skip
    assert "<b>old" not in shown
    assert "&lt;b&gt;old" in shown
    assert "x: &lt;i&gt;" in shown
    assert "data:image/jpeg;base64,Zmlyc3Q=" in shown
    assert shown.count("(the picture is gone)") == 2
    assert shown.count('title="20, 30"') == 2
    assert "photochrom colorize old.jpg --model cats.onnx" in shown
    assert "--model &#x27;&lt;b&gt;" in shown  # for a shell, and for a page
    links = re.findall(r'(?:href|src)="([^"]*)"', shown)
    assert links
    assert not [one for one in links if "//" in one.partition(",")[0]]


def test_the_most_useful_models_come_first(kinds: list[Path], tmp_path: Path) -> None:
    class Graded(Pretended):
        def _ended(self, planned: Planned, scratch: Path, started: Started) -> Ended:
            ended = super()._ended(planned, scratch, started)
            gain = {"beach": 0.5, "cats": 2.0, "forest": -1.0}[planned.task.domain.name]
            one = entry(planned.task.domain.name)
            one = replace(one, differences=one.differences | {"general": (-gain, None, None)})
            path = ended.place / planned.task.domain.run / RECORD
            path.write_text(one.to_json(planned.fingerprint))
            return ended

    found = train_many(kinds, tmp_path / "out", CONFIG, Graded())
    assert [one.name for one in found.entries] == ["cats", "beach", "forest"]
    text = found.page.read_text(encoding="utf-8")
    places = [text.index(f'href="#{name}"') for name in ("cats", "beach", "forest")]
    assert places == sorted(places)


def planned(folder: Path) -> Planned:
    return Planned(Task(Domain(folder.name, folder), TrainConfig(steps=2)), "f")


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_a_process_that_is_killed_fails_alone(
    kinds: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(*given: Any) -> Any:
        found = real(*given)
        found.process.kill()
        return found

    real = local._start
    monkeypatch.setattr(local, "_start", start)
    tasks = [planned(folder) for folder in kinds[:2]]
    ended = list(LocalEngine(2)(tasks, tmp_path, lambda name: None))
    assert [one.reason for one in ended] == [
        "its process was ended by SIGKILL; memory may have run out"
    ] * 2
    assert not any(one.fatal for one in ended)


def test_what_is_under_way_ends_with_the_engine(
    kinds: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(*given: Any) -> Any:
        found.append(real(*given))
        return found[-1]

    def interrupted(seconds: float) -> None:
        raise KeyboardInterrupt

    found: list[Any] = []
    real = local._start
    monkeypatch.setattr(local, "_start", start)
    monkeypatch.setattr(local.time, "sleep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        list(LocalEngine(2)([planned(folder) for folder in kinds], tmp_path, lambda name: None))
    assert len(found) == 2
    assert all(one.process.returncode is not None for one in found)


def test_a_process_does_not_outlive_its_parent(kinds: list[Path], tmp_path: Path) -> None:
    running = local._start(planned(kinds[0]), tmp_path / "place", None)
    assert running.process.stdin is not None
    running.process.stdin.close()  # as the system does when the parent dies
    assert running.process.wait(60) == 1


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A kind of picture with train/ and test/, and one of gray pictures."""
    root = tmp_path_factory.mktemp("many")
    for name, part, crop in (("chelsea", "train", 0), ("chelsea", "test", 1), ("gray", "", 0)):
        folder = root / name / part
        folder.mkdir(parents=True)
        codes = photograph("chelsea")[::4, ::4]
        half = codes.shape[1] // 2
        Image.fromarray(np.ascontiguousarray(codes[:, crop * half : (crop + 1) * half])).convert(
            "L" if name == "gray" else "RGB"
        ).save(folder / "a.png")
    return root


@pytest.fixture(scope="module")
def done(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """The real thing, once: output folder, stdout and stderr."""
    out = tmp_path_factory.mktemp("catalogue") / "models"
    command = [sys.executable, "-m", "photochrom", "train-many", str(photos / "chelsea"),
               str(photos / "gray"), "-o", str(out), "--preset", "window", "--steps", "2",
               "--workers", "2"]  # fmt: skip
    found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert found.returncode == 3, found.stderr
    return out, found.stdout, found.stderr


def test_a_folder_becomes_a_model_judged_on_its_test_pictures(
    done: tuple[Path, str, str],
) -> None:
    out, said, _ = done
    record = read_entry((out / "chelsea.run" / RECORD).read_text())
    assert record is not None
    one = record[0]
    assert (one.judged, one.judged_by, one.pictures, one.preset) == ("test", 1, 1, "window")
    assert set(one.figures) == {"gray", "mean chroma", "lightness table", "general", "own model"}
    assert [cell.method for cell in one.samples[0]] == [
        "gray", "lightness table", "general", "own model", "truth",
    ]  # fmt: skip
    assert len(one.tones) == 20
    line = next(line for line in said.splitlines() if line.startswith("chelsea"))
    assert f"{one.figures['own model']['de00']:.2f}" in line
    assert "gray: not trained: no picture to learn from" in said
    colored = np.asarray(Colorizer(out / "chelsea.onnx").colorize(np.full((9, 9), 99, np.uint8)))
    assert colored.shape == (9, 9, 3)


def test_figures_are_those_of_evaluate(done: tuple[Path, str, str], photos: Path,
                                       capfd: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    out, _, _ = done
    record = read_entry((out / "chelsea.run" / RECORD).read_text())
    assert record is not None
    main(["evaluate", str(photos / "chelsea"), "-m", str(out / "chelsea.onnx"), "--json"])
    methods = json.loads(capfd.readouterr().out)["methods"]
    means = {one["name"]: one["means"]["de00"]["mean"] for one in methods}
    ours = {method: values["de00"] for method, values in record[0].figures.items()}
    assert ours["own model"] == pytest.approx(means["chelsea"])
    assert ours["lightness table"] == pytest.approx(means["lightness table"])
    assert ours["gray"] == pytest.approx(means["gray"])


def test_the_next_run_trains_nothing_anew(
    done: tuple[Path, str, str], photos: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out, _, _ = done
    before = (out / "chelsea.onnx").stat().st_mtime_ns
    arguments = ["train-many", str(photos / "chelsea"), "-o", str(out), "--preset", "window",
                 "--steps", "2", "--json"]  # fmt: skip
    assert main(arguments) == 0
    told = capfd.readouterr()
    assert (out / "chelsea.onnx").stat().st_mtime_ns == before
    plain = json.loads(told.out)
    assert [one["name"] for one in plain["domains"]] == ["chelsea"]
    assert "1 of 1 are up to date" in told.err


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_ends_all_processes(photos: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "photochrom", "train-many", str(photos / "chelsea"),
               str(photos / "gray"), "-o", str(tmp_path / "out"), "--preset", "window",
               "--seconds", "600"]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        line = running.stderr.readline()
        assert "training 1 of 2: chelsea" in line
        running.send_signal(signal.SIGINT)
        rest = running.stderr.read()
        assert running.wait(60) == 130
    assert "interrupted; finished models are kept" in rest
    assert not (tmp_path / "out" / ".photochrom" / "training").exists()
    assert children_in(tmp_path) == []


def children_in(place: Path) -> list[str]:
    """Processes that still work in a folder, where the system lets one look."""
    deadline = time.monotonic() + 10
    while True:
        found = []
        for open_file in Path("/proc").glob("[0-9]*/fd/1"):
            try:
                found.append(str(open_file.readlink()))
            except OSError:
                continue
        left = [one for one in found if one.startswith(str(place))]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--preset", "general"], "use `train`"),
        (["--preset", "window", "--start", "general"], "--start is for --preset transfer"),
        (["--address", "10.0.0.5:6379"], "give --engine ray"),
        (["--steps", "4", "--seconds", "5"], "the length is given once"),
        (["--start", "no-such-model"], "there is no model file no-such-model"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_made(
    kinds: list[Path], tmp_path: Path, options: list[str], said: str,
    capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    arguments = ["train-many", str(kinds[0]), "-o", str(tmp_path / "out"), *options]
    assert main(arguments) == (1 if "no-such-model" in options else 2)
    told = capfd.readouterr().err
    assert said in told
    assert told.count("\n") == 1
    assert not (tmp_path / "out" / "index.html").exists()


def test_a_catalogue_says_what_was_kept(kinds: list[Path], tmp_path: Path) -> None:
    engine = Pretended()
    train_many(kinds, tmp_path / "out", CONFIG, engine)
    (tmp_path / "out" / "cats.onnx").unlink()
    found: Catalogue = train_many(kinds, tmp_path / "out", CONFIG, engine)
    assert (found.trained, found.kept) == (("cats",), ("beach", "forest"))

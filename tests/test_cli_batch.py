"""`photochrom colorize FOLDER -o OUT`: whole runs with real workers, their exit codes and words."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import models
from painter import Easel, Painter
from photochrom.batch import local
from photochrom.batch.lock import locked
from photochrom.batch.order import Model, Order
from photochrom.batch.plan import Plan
from photochrom.batch.run import Report
from photochrom.batch.shard import Shard
from photochrom.cli import progress
from photochrom.cli.main import main
from photochrom.cli.progress import Counter
from photochrom.cli.rows import STOPPING, show

FAULTS = Path(__file__).parent / "faults"
ROOT = Path(local.__file__).parents[2]
posix = pytest.mark.skipif(os.name != "posix", reason="signals are those of Unix")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("model") / "some.onnx"
    path.write_bytes(models.model_bytes(models.conv_model(), models.palette_spec()))
    return str(path)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def draw(*names: str) -> None:
    for number, name in enumerate(names):
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        ramp = np.linspace(number * 9, 255, 40 * 48).reshape(40, 48).astype(np.uint8)
        Image.fromarray(ramp).save(name)


def results(folder: str) -> dict[str, bytes]:
    """All files of a folder but the record."""
    root = Path(folder)
    found = (path for path in root.rglob("*") if path.is_file())
    names = {path.relative_to(root).as_posix(): path for path in found}
    return {k: path.read_bytes() for k, path in names.items() if not k.startswith(".photochrom/")}


def test_a_batch_is_the_same_by_any_number_of_workers_and_told_in_rows(
    desk: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["a.png", "b.tif", "deep/c.png", "z.jpg"]
    draw(*(f"scans/{name}" for name in names))
    Path("scans/y.png").write_text("no picture")
    words = ["colorize", "scans", "-m", model, "--json"]
    for workers in ("1", "2"):
        assert main([*words, "-o", f"out{workers}", "--workers", workers]) == 3
        rows = json.loads(capsys.readouterr().out)
        assert [Path(row["input"]).name for row in rows] == [
            "a.png", "b.tif", "c.png", "y.png", "z.jpg",
        ]  # fmt: skip
        assert rows[0]["files"] == [rows[0]["output"]] == [str(Path(f"out{workers}/a.png"))]
        assert [row["error"] is None for row in rows] == [True, True, True, False, True]
    assert results("out1") == results("out2")
    assert sorted(results("out1")) == names
    left = sorted(path.name for path in Path("out2/.photochrom").iterdir())
    assert left == ["lock", "locking", "manifest.jsonl"]

    Path("scans/y.png").unlink()
    (Path("out2") / "z.jpg").unlink()
    assert main([*words, "-o", "out2"]) == 0
    again = json.loads(capsys.readouterr().out)
    assert [(Path(row["input"]).as_posix(), row["before"]) for row in again] == [
        ("scans/a.png", True),
        ("scans/b.tif", True),
        ("scans/deep/c.png", True),
        ("scans/z.jpg", False),
    ]
    assert results("out2") == results("out1")


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a stand-in colour, so that nothing has to be started."""
    monkeypatch.setattr(
        local, "LocalEngine", lambda order, _, *, staging, **__: Easel(Painter(order), staging)
    )


@pytest.fixture
def scans(desk: Path) -> Path:
    (desk / "scans").mkdir()
    for name in "abc":
        (desk / "scans" / f"{name}.png").write_text(name)
    return desk / "scans"


def test_a_picture_that_is_coloured_twice_is_told_with_both_results(
    scans: Path, model: str, painted: None, capsys: pytest.CaptureFixture[str]
) -> None:
    (scans / "sub").mkdir()
    (scans / "sub" / "c.png").write_text("c of sub")
    for name in "abc":
        (scans / f"{name}.png").rename(scans / f"{name}.tif")
    words = ["colorize", "scans", "scans/sub", "-m", model, "-o", "out"]
    wanted = [str(Path("out") / name) for name in ("a.tif", "b.tif", "c.tif", "sub/c.png", "c.png")]
    assert main(words) == 0
    assert capsys.readouterr().out.splitlines() == wanted
    assert main([*words, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["output"], row["before"]) for row in rows] == [(name, True) for name in wanted]
    Path("out/c.png").unlink()
    assert main(words) == 0
    assert capsys.readouterr().out.splitlines() == wanted[-1:]


def test_exit_codes_and_sums_tell_how_a_batch_ended(
    scans: Path, model: str, painted: None, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["colorize", "scans", "-o", "out", "-m", model]
    for name in "ab":
        (scans / f"{name}.png").write_text("broken")
    assert main(words) == 3
    captured = capsys.readouterr()
    assert captured.out == f"{Path('out/c.png')}\n"
    told = [f"photochrom: {Path(f'scans/{name}.png')}: it is broken" for name in "ab"]
    summed = ["photochrom: 2 of 3 pictures failed"]
    listed = [f"  {Path(f'scans/{name}.png')}: it is broken" for name in "ab"]
    assert captured.err.splitlines() == [*told, *summed, *listed]

    (scans / "a.png").write_text("colour")
    (scans / "b.png").write_text("mended")
    assert main(words) == 0
    assert capsys.readouterr().err.splitlines() == [
        "photochrom: 1 of 3 pictures were done before",
        f"{Path('scans/a.png')}: already in colour, left alone; --even-if-colored colours it anew",
        "photochrom: 1 of 3 pictures already in colour, left alone; "
        "--even-if-colored colours it anew",
    ]
    assert main(words) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "photochrom: 3 of 3 pictures were done before\n")

    for name in "abc":
        (scans / f"{name}.png").write_text("broken for good")
    assert main(words) == 1


def test_a_batch_can_be_verified(
    scans: Path, model: str, painted: None, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["colorize", "scans", "-o", "out", "-m", model]
    assert main([*words, "--verify"]) == 1
    assert "there is no record of a batch in out" in capsys.readouterr().err
    assert not Path("out").exists()
    assert main(words) == 0
    assert main([*words, "--verify"]) == 0
    times = Path("out/b.png").stat().st_atime_ns, Path("out/b.png").stat().st_mtime_ns
    Path("out/b.png").write_text("0: B")
    os.utime("out/b.png", ns=times)
    capsys.readouterr()
    assert main([*words, "--verify", "--json"]) == 3
    rows = json.loads(capsys.readouterr().out)
    assert [row["error"] is None for row in rows] == [True, False, True]
    assert "is damaged; the next run makes it anew" in rows[1]["error"]
    assert main(words) == 0
    assert Path("out/b.png").read_text() == "0: b"


def test_a_batch_in_use_or_with_a_damaged_record_fails_with_what_to_do(
    scans: Path, model: str, painted: None, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["colorize", "scans", "-o", "out", "-m", model]
    with locked("out", Shard()):
        assert main(words) == 1
        assert "another run" in capsys.readouterr().err
    Path("out/.photochrom/manifest.jsonl").write_text("{}\n")
    assert main(words) == 1
    assert "is no record of a batch of photochrom" in capsys.readouterr().err
    assert main([*words, "--force"]) == 0


USAGE = {
    "a shard of a single picture": (["scans/a.png", "--shard", "1/2"], "--shard is for a batch"),
    "verify of a single picture": (["scans/a.png", "--verify"], "--verify is for a batch"),
    "verify that would be forced": (
        ["scans", "-o", "out", "--verify", "--force"], "--verify changes nothing; leave out --force"
    ),
    "a stream on a cluster": (["-", "-o", "out.png", "--engine", "ray"], "--engine ray is for"),
    "no shard": (["scans", "-o", "out", "--shard", "3/2"], "expected a shard such as 2/8"),
    "more shards than pictures": (["scans", "-o", "out", "--shard", "4/4"], "fewer pictures (3)"),
    "no size": (["scans", "-o", "out", "--max-memory", "much"], "a size such as 800M"),
    "too little": (["scans", "-o", "out", "--max-memory", "100M"], "512 MB at least, got 100 MB"),
    "too little for so many": (
        ["scans", "-o", "out", "--max-memory", "1g", "--workers", "3"], "3 workers need 1536 MB",
    ),
    "no worker": (["scans", "-o", "out", "--workers", "0"], "workers"),
    "no time": (["scans", "-o", "out", "--max-seconds", "0"], "max-seconds"),
    "endless time": (["scans", "-o", "out", "--max-seconds", "inf"], "seconds, got inf"),
    "no number of seconds": (["scans", "-o", "out", "--max-seconds", "nan"], "seconds, got nan"),
    "more memory than there is": (
        ["scans", "-o", "out", "--max-memory", "9000000T"], "no machine has 9000000T",
    ),
    "endless memory": (["scans", "-o", "out", "--max-memory", "9" * 400], "no machine has 999"),
    "an address without a cluster": (["scans", "-o", "out", "--address", "auto"], "--engine ray"),
    "a layer of a folder": (["scans", "-o", "out", "--layer", "l.png"], "name that file"),
    "the same folder": (["scans", "-o", "scans"], "name another folder"),
}  # fmt: skip


@pytest.mark.parametrize("asked", USAGE.values(), ids=USAGE.keys())
def test_wrong_usage_of_a_batch_ends_with_2_before_any_work(
    scans: Path, model: str, asked: tuple[list[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, words = asked
    assert main(["colorize", *arguments, "-m", model]) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.out == ""
    assert results("scans").keys() == {"a.png", "b.png", "c.png"}
    assert not Path("out").exists() or results("out") == {}


SIZES = {
    "800M": 800 << 20, "2G": 2 << 30, "1.5 gb": 3 << 29, "600000000": 600_000_000,
    "2GiB": 2 << 30, "1T": 1 << 40,
}  # fmt: skip


def test_sizes_are_read_as_people_write_them(
    scans: Path, model: str, painted: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int | None] = []
    spread = local.Means.spread

    def watched(means: local.Means, pictures: int) -> local.Spread:
        seen.append(means.memory)
        return spread(means, pictures)

    monkeypatch.setattr(local.Means, "spread", watched)
    for text in SIZES:
        assert main(["colorize", "scans", "-o", "out", "-m", model, "--max-memory", text]) == 0
    assert seen == list(SIZES.values())


@pytest.mark.parametrize(
    ("left", "full", "said"),
    [
        (0, False, "interrupted; no picture is left"),
        (1, False, "interrupted; 1 picture is left; the same command goes on"),
        (2, False, "interrupted; 2 pictures are left; the same command goes on"),
        (0, True, "no space left"),
        (2, True, "no space left; 2 pictures are left; the same command goes on"),
    ],
)
def test_what_is_left_is_counted_in_words(
    left: int, full: bool, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    report = Report([], [], left, interrupted=not full, full=full)
    show(report, Order(Model(b"", "stand-in", "")), Plan((), "out"), as_json=False)
    assert capsys.readouterr().err == f"photochrom: {said}\n"


@contextmanager
def running(desk: Path, model: str, *names: str) -> Iterator["subprocess.Popen[bytes]"]:
    """A run of the command in a group of its own, whose picture "wait" or "hang" is at hand.

    What it says on stderr is in the file "err".
    """
    draw(*(f"scans/{name}.png" for name in names))
    words = ["colorize", "scans", "-o", "out", "-m", model, "--workers", "1"]
    path = os.pathsep.join([str(ROOT), str(FAULTS)])
    here = {**os.environ, "PYTHONPATH": path, "PHOTOCHROM_TEST_DESK": str(desk)}
    command = [sys.executable, "-m", "photochrom", *words]
    with (
        (desk / "err").open("w") as err,
        subprocess.Popen(command, env=here, stderr=err, start_new_session=True) as process,
    ):
        try:
            until((desk / "reached").exists)
            yield process
        finally:
            process.kill()


def until(happened: Callable[[], bool]) -> None:
    """Wait for something that happens soon, unless it never does."""
    end = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.01)


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_interruption_finishes_the_picture_at_hand(
    desk: Path, model: str, number: signal.Signals
) -> None:
    with running(desk, model, "a", "wait", "x", "y") as process:
        os.killpg(process.pid, number)  # as a terminal does: parent and worker get it
        until(lambda: STOPPING in Path("err").read_text())
        (desk / "go").touch()
        assert process.wait(120) == 130
    said = "photochrom: interrupted; 2 pictures are left; the same command goes on"
    assert said in Path("err").read_text()
    assert sorted(results("out")) == ["a.png", "wait.png"]
    if number == signal.SIGINT:
        for out in ("out", "in-peace"):
            assert main(["colorize", "scans", "-o", out, "-m", model, "--workers", "1"]) == 0
        assert results("out") == results("in-peace")


@posix
def test_the_second_interruption_stops_at_once_and_leaves_nothing_behind(
    desk: Path, model: str
) -> None:
    with running(desk, model, "a", "hang", "x") as process:
        os.killpg(process.pid, signal.SIGINT)
        until(lambda: STOPPING in Path("err").read_text())
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(120) == 130
        assert "photochrom: interrupted" in Path("err").read_text()
        until(lambda: not _lives(process.pid))
    assert sorted(results("out")) == ["a.png"]
    left = sorted(path.name for path in Path("out/.photochrom").iterdir())
    assert left == ["claims", "lock", "locking", "manifest.jsonl"]
    assert main(["colorize", "scans", "-o", "out", "-m", model, "--workers", "1"]) == 0
    assert sorted(results("out")) == ["a.png", "hang.png", "x.png"]


def _lives(group: int) -> bool:
    """Whether anything of a group of processes is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


@posix
def test_pictures_that_crash_their_decoder_are_named_and_cost_no_other(
    desk: Path, model: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(FAULTS), prepend=os.pathsep)
    draw("scans/a.png", "scans/segfault.png", "scans/z.png")
    assert main(["colorize", "scans", "-o", "out", "-m", model, "--workers", "1"]) == 3
    assert "segfault.png: it makes its decoder crash (SIGSEGV)" in capsys.readouterr().err
    assert sorted(results("out")) == ["a.png", "z.png"]


def test_progress_tells_rate_and_time_left(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    with Counter("colouring", None) as counter:
        now[0] = 100.0  # until the workers are up
        counter.total(9, "colouring")
        for _ in range(9):
            now[0] += 2.0
            counter.finish()
    assert capsys.readouterr().err.splitlines() == [
        "colouring: 1 of 9, 0.5 pictures/s, 16 s left",
        "colouring: 4 of 9, 0.5 pictures/s, 10 s left",
        "colouring: 7 of 9, 0.5 pictures/s, 4 s left",
    ]

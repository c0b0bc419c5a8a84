"""Batches under fire: real processes, killed, starved and fed with what breaks them."""

import _thread
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import painter
from models import conv_model, model_bytes, palette_spec
from photochrom.batch import local
from photochrom.batch.child import Ask, Start
from photochrom.batch.item import Item
from photochrom.batch.local import LEAST_MEMORY, LocalEngine, Spread
from photochrom.batch.order import Model, Order
from photochrom.batch.process import Process
from photochrom.batch.worker import Worker
from photochrom.cli.main import main
from pictures import encode

ROOT = Path(__file__).parents[1]
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "tiny.onnx"
    path.write_bytes(model_bytes(conv_model(), palette_spec()))
    return path


@linux
def test_a_batch_that_is_killed_again_and_again_ends_as_one_left_in_peace(
    tmp_path: Path, model: Path
) -> None:
    """In large by hand: `python -m benchmarks.batch kill`."""
    few = ["--pictures", "24", "--broken", "6", "--kills", "5", "--model", str(model)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.batch", "kill", *few],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.endswith("problems: 0\n"), done.stdout + done.stderr
    assert done.returncode == 0
    assert "killed 5 times" in done.stdout


@pytest.fixture(scope="module")
def scans(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise, which JPEG cannot make small: some 30 KB each, in colour 60 KB."""
    folder = tmp_path_factory.mktemp("scans")
    rng = np.random.default_rng(0)
    for number in range(6):
        noise = rng.integers(0, 256, (160, 240), dtype=np.uint8)
        (folder / f"{number}.jpg").write_bytes(encode(noise, "jpeg", quality=90))
    return folder


@linux
def test_an_engine_leaves_no_process_and_no_open_file_though_its_workers_were_killed(
    scans: Path, tmp_path: Path, model: Path
) -> None:
    open_files, children = _open_files(), _children()
    spread = Spread(2, 1, 2 * LEAST_MEMORY)
    items = [Item(path.name, str(path), str(tmp_path / path.name)) for path in scans.iterdir()]
    with LocalEngine(Order(Model.of(model)), spread) as engine:
        outcomes = engine.run(items)
        kinds = [next(outcomes).kind]
        for child in _children() - children:
            os.kill(child, 9)
        kinds += [outcome.kind for outcome in outcomes]
    # What the system killed, it did for want of memory: those pictures are tried once more.
    assert kinds == [None] * len(items)
    assert _open_files() == open_files
    assert _children() == children


def test_ctrl_c_while_workers_start_waits_for_none_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: queue.SimpleQueue[bool] = queue.SimpleQueue()
    both = threading.Barrier(2, _thread.interrupt_main)

    class Slow:
        def __init__(self, *_: object, **__: object) -> None:
            self.killed = threading.Event()

        def start(self) -> None:
            both.wait()
            ended.put(self.killed.wait(20))

        def kill(self, *, forever: bool = False) -> None:
            self.killed.set()

        def close(self) -> None:
            pass

    monkeypatch.setattr(local, "Worker", Slow)
    with pytest.raises(KeyboardInterrupt), LocalEngine(painter.ORDER, Spread(2, 1, 1)) as engine:
        engine.start()
    assert [ended.get(timeout=30) for _ in range(2)] == [True, True]


def test_what_a_worker_printed_over_earlier_pictures_does_not_explain_a_later_crash(
    scans: Path, model: Path
) -> None:
    start = Start(Order(Model.of(model)), threads=1)
    ask = Ask(str(scans / "0.jpg"), None, keep=False, cast=None, look=False)
    with Process("photochrom.batch.child", start, threads=1, memory=None) as process:
        process.start()
        words = process._words
        assert words is not None
        words.write(b"failed to allocate 5 bytes, no matter")
        words.flush()
        process.ask(ask, 60)
        assert os.fstat(words.fileno()).st_size == 0


def test_a_machine_without_a_folder_for_temporary_files_colors(
    scans: Path, tmp_path: Path, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with Worker(Order(Model.of(model)), threads=1) as worker:
        assert worker.color(scans / "0.jpg").files


def _open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _children() -> set[int]:
    tasks = Path("/proc/self/task").iterdir()
    try:
        return {int(child) for task in tasks for child in (task / "children").read_text().split()}
    except FileNotFoundError:  # a thread ended; its children are another's now
        return _children()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system for some of the results alone; only root may make one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    try:
        mount = ["mount", "-t", "tmpfs", "-o", "size=200k", "none", disk]
        subprocess.run(mount, check=True, stderr=subprocess.DEVNULL)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("may not mount a file system")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_disk_that_gets_full_stops_the_batch_and_with_more_space_it_goes_on(
    scans: Path, small_disk: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = ["colorize", str(scans), "-o", str(small_disk), "--model", str(model)]
    assert main(batch) == 1
    words = capsys.readouterr().err
    assert "No space left on device" in words
    assert "the same command goes on" in words
    before = set(small_disk.glob("*.jpg"))
    assert 0 < len(before) < 6
    assert not list(small_disk.rglob("*.tmp"))
    subprocess.run(["mount", "-o", "remount,size=2m", small_disk], check=True)
    assert main(batch) == 0
    assert set(map(Path, capsys.readouterr().out.split())) == set(small_disk.glob("*.jpg")) - before


def test_a_folder_that_may_not_be_written_to_is_told_before_any_work(
    scans: Path, tmp_path: Path, model: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir(mode=0o555)
    done = subprocess.run(
        [*_unprivileged(), sys.executable, "-m", "photochrom", "colorize", scans, "-o", out],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"photochrom: {out} cannot be written to: Permission denied\n"


def _unprivileged() -> list[str]:
    """Words before a command that let permissions hold for root, too."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        pytest.skip("root may write everywhere")
    return ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]


@linux
def test_names_that_are_no_text_are_printed_as_they_are(
    scans: Path, tmp_path: Path, model: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    odd = tmp_path / os.fsdecode(b"\xff \x1b[31m red.jpg")
    shutil.copy(scans / "0.jpg", odd)
    assert main(["colorize", str(odd), "-o", str(tmp_path / "out"), "--model", str(model)]) == 0
    assert capfdbinary.readouterr().out == os.fsencode(tmp_path / "out" / odd.name) + b"\n"

"""Batches that are run again after mishaps of all kinds; a stand-in colours, so it is quick."""

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from painter import ORDER, Easel, paint, told
from photochrom.batch import manifest, record, todo
from photochrom.batch.item import Outcome
from photochrom.batch.lock import locked
from photochrom.batch.shard import Shard
from photochrom.errors import DiskFullError, LockedError, WriteError
from photochrom.imageio import Limits

DAY = 86_400.0


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    for name in ("a", "b", "c"):
        (folder / f"{name}.png").write_bytes(name.encode())
    return folder


ALL_DONE = {"a.png": "done", "b.png": "done", "c.png": "done"}


def test_a_result_is_replaced_after_an_attempt_that_failed(scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert told(paint(scans, out)) == ALL_DONE
    (scans / "a.png").write_bytes(b"mistake of ours")
    assert "unexpected error" in told(paint(scans, out))["a.png"]
    (scans / "a.png").write_bytes(b"repaired")
    assert told(paint(scans, out)) == {"a.png": "done"}
    assert (out / "a.png").read_bytes() == b"0: repaired"


def test_files_beside_a_result_are_replaced_when_they_are_wanted_again(
    scans: Path, tmp_path: Path
) -> None:
    out, more = tmp_path / "out", replace(ORDER, confidence=True)
    assert told(paint(scans, out, more)) == ALL_DONE
    assert told(paint(scans, out)) == ALL_DONE
    assert told(paint(scans, out, more)) == ALL_DONE


def test_a_clock_that_was_set_back_hides_no_later_line(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    paint(scans, out)
    now = manifest.time.time()
    monkeypatch.setattr(manifest.time, "time", lambda: now - DAY)
    (scans / "a.png").write_bytes(b"changed")
    assert told(paint(scans, out)) == {"a.png": "done"}
    assert told(paint(scans, out)) == {}


def test_a_clock_that_is_set_back_in_the_middle_makes_nothing_be_done_twice(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = iter(range(10**9, 0, -1000))
    monkeypatch.setattr(manifest.time, "time", lambda: float(next(ticks)))
    assert told(paint(scans, tmp_path / "out")) == ALL_DONE
    assert told(paint(scans, tmp_path / "out")) == {}


def test_a_run_that_was_killed_replaces_its_own_though_the_clock_was_set_back(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    paint(scans, out)
    now = manifest.time.time()
    monkeypatch.setattr(manifest.time, "time", lambda: now - DAY)
    with pytest.raises(KeyboardInterrupt), monkeypatch.context() as patch:
        patch.setattr(
            record._Appended, "add", _ended_at(2, record._Appended.add, KeyboardInterrupt())
        )
        paint(scans, out, replace(ORDER, quality=50))
    assert told(paint(scans, out, replace(ORDER, quality=50))) == {"b.png": "done", "c.png": "done"}


def _ended_at(call: int, add: Callable[..., None], error: BaseException) -> Callable[..., None]:
    """Let a log take so many additions, planned pictures among them, and then none."""
    left = iter(range(call))

    def added(*arguments: Any, **options: Any) -> None:
        if next(left, None) is None:
            raise error
        add(*arguments, **options)

    return added


def test_the_same_size_and_time_in_another_folder_is_another_picture(
    scans: Path, tmp_path: Path
) -> None:
    other, out = tmp_path / "other", tmp_path / "out"
    other.mkdir()
    for folder, content in ((scans, b"one"), (other, b"two")):
        (folder / "a.png").write_bytes(content)
        os.utime(folder / "a.png", (1, 1))
    paint(scans, out)
    assert "another picture" in told(paint(other, out))["a.png"]


def test_a_folder_that_was_moved_is_not_done_anew(scans: Path, tmp_path: Path) -> None:
    paint(scans, tmp_path / "out")
    scans.rename(tmp_path / "moved")
    assert told(paint(tmp_path / "moved", tmp_path / "out")) == {}


def test_a_disk_that_is_full_for_the_record_stops_the_run_and_loses_nothing(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        full = DiskFullError("no space left")
        patch.setattr(record._Appended, "add", _ended_at(3, record._Appended.add, full))
        report = paint(scans, tmp_path / "out")
    assert report.full
    assert (told(report), report.left) == ({"a.png": "done"}, 2)
    assert told(paint(scans, tmp_path / "out")) == {"b.png": "done", "c.png": "done"}


def test_a_folder_of_results_that_goes_away_ends_the_run(scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with pytest.raises(WriteError, match="is gone"):
        paint(scans, out, before=lambda _: shutil.rmtree(out, ignore_errors=True))
    assert told(paint(scans, out)) == ALL_DONE


def test_a_picture_that_is_written_on_while_it_is_read_fails_and_is_done_by_the_next_run(
    scans: Path, tmp_path: Path
) -> None:
    def write_on(path: Path) -> None:
        if path.name == "b.png":
            path.write_bytes(b"twice as long")

    first = told(paint(scans, tmp_path / "out", before=write_on))
    assert "was changed while it was read" in first.pop("b.png")
    assert first == {"a.png": "done", "c.png": "done"}
    assert not (tmp_path / "out/b.png").exists()
    assert told(paint(scans, tmp_path / "out")) == {"b.png": "done"}


def test_pictures_that_vanish_while_the_run_is_on_are_named(scans: Path, tmp_path: Path) -> None:
    def remove_the_next(path: Path) -> None:
        if path.name == "a.png":
            (scans / "b.png").unlink()

    report = told(paint(scans, tmp_path / "out", before=remove_the_next))
    assert "b.png" in report.pop("b.png")
    assert report == {"a.png": "done", "c.png": "done"}


def test_results_behind_a_link_are_found_again(scans: Path, tmp_path: Path) -> None:
    for name in ("1950", "1951"):
        (scans / name).mkdir()
        (scans / name / "d.png").write_bytes(b"d")
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (out / "1950").symlink_to(tmp_path / "elsewhere")
    assert len(told(paint(scans, out))) == 5
    assert told(paint(scans, out)) == {}
    assert (tmp_path / "elsewhere/d.png").read_bytes() == b"0: d"


def test_results_on_another_disk_behind_a_link_are_written(
    scans: Path, tmp_path: Path, other_disk: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/album").symlink_to(other_disk)
    (scans / "album").mkdir()
    (scans / "a.png").rename(scans / "album/a.png")
    assert set(told(paint(scans, tmp_path / "out")).values()) == {"done"}
    assert [path.name for path in other_disk.iterdir()] == ["a.png"]


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    shm = Path("/dev/shm")
    if not os.access(shm, os.W_OK) or shm.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system to write to")
    with tempfile.TemporaryDirectory(dir=shm) as folder:
        yield Path(folder)


def test_what_killed_runs_left_unfinished_goes_but_not_what_another_shard_may_need(
    scans: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    paint(scans, out)
    left = [out / ".photochrom" / f"unfinished{of}" for of in ("", "-1-of-2", "-2-of-2", "-1-of-3")]
    for folder in left:
        folder.mkdir()
        (folder / ".0.tmp").write_bytes(b"half")
    paint(scans, out, shard=Shard(1, 2))
    assert [folder.exists() for folder in left] == [False, False, True, False]
    paint(scans, out)
    assert not any(folder.exists() for folder in left)


def test_a_record_does_not_grow_by_runs_that_are_killed_before_they_do_anything(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    for _ in range(3):
        with pytest.raises(KeyboardInterrupt), monkeypatch.context() as patch:
            patch.setattr(Easel, "run", _interrupted)
            paint(scans, tmp_path / "out")
        sizes.append((tmp_path / "out/.photochrom/manifest.jsonl").stat().st_size)
    assert sizes == sizes[:1] * 3
    assert told(paint(scans, tmp_path / "out")) == ALL_DONE


def _interrupted(*_: object) -> Iterator[Outcome]:
    raise KeyboardInterrupt


def test_a_result_is_on_the_disk_before_it_has_its_name(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    sync, rename = os.fsync, Path.replace

    def synced(file: int) -> None:
        steps.append(f"sync {os.fstat(file).st_size}")
        sync(file)

    def renamed(path: Path, target: Path) -> Path:
        steps.append(f"rename {target.name}")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", renamed)
    paint(scans, tmp_path / "out")
    at = steps.index("rename b.png")
    assert steps[at - 1] == f"sync {len(b'0: b')}"


def test_a_place_far_away_is_asked_as_often_about_many_pictures_as_about_few(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fsspec = pytest.importorskip("fsspec")
    from photochrom.storage.remote import RemoteFiles

    asked: list[object] = []
    fresh = RemoteFiles._fresh
    monkeypatch.setattr(RemoteFiles, "_fresh", lambda files: asked.append(files) or fresh(files))
    counts = []
    for pictures in (3, 30):
        place = f"memory://asked/{pictures}"
        for number in range(pictures):
            with fsspec.open(f"{place}/in/{number}.png", "wb") as file:
                file.write(b"%d" % number)
        assert len(told(paint(f"{place}/in", f"{place}/out"))) == pictures
        asked.clear()
        assert told(paint(f"{place}/in", f"{place}/out")) == {}
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_a_disk_without_locks_still_lets_one_run_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fcntl = pytest.importorskip("fcntl")

    def refuse(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "Operation not supported")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with locked(str(tmp_path), Shard()), pytest.raises(LockedError), locked(str(tmp_path), Shard()):
        pass
    with locked(str(tmp_path), Shard()):
        pass


def test_a_shard_is_told_who_is_at_work_now_and_not_who_was_before(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    with locked(str(tmp_path), Shard(1, 2)):
        pass
    (tmp_path / ".photochrom/lock-1-of-2").write_bytes(b"somebody long gone")
    named = pytest.raises(LockedError, match=f"process {os.getpid()} ")
    with locked(str(tmp_path), Shard()), named, locked(str(tmp_path), Shard(1, 2)):
        pass


def test_a_file_that_is_too_large_is_not_even_read(scans: Path, tmp_path: Path) -> None:
    (scans / "b.png").write_bytes(bytes(11))
    report = paint(scans, tmp_path / "out", replace(ORDER, limits=Limits(max_bytes=10)))
    read = {each.item.key: each.sha256 != "" for each in report.outcomes}
    assert read == {"a.png": True, "b.png": False, "c.png": True}


def test_planning_reads_no_picture_to_learn_that_other_options_are_asked_for(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint(scans, tmp_path / "out")
    monkeypatch.setattr(todo, "hash_of", pytest.fail)
    assert told(paint(scans, tmp_path / "out", replace(ORDER, quality=50))) == ALL_DONE

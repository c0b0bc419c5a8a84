"""Batches that are run again after all kinds of mishaps; a stand-in colours, so that it is quick."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from photochrom.batch import manifest, record
from photochrom.batch.item import Item, Outcome
from photochrom.batch.order import Model, Order
from photochrom.batch.perform import perform
from photochrom.batch.plan import plan
from photochrom.batch.results import Result, names
from photochrom.batch.run import Report, run_batch
from photochrom.batch.shard import Shard

ORDER = Order(Model(b"", "stand-in", "0" * 64))
DAY = 86_400.0


class Painter:
    """Colours like a worker, in this process: the result is what was read, and a word before it."""

    def __init__(self, order: Order, before: Callable[[Path], None] | None = None) -> None:
        self.order, self.before = order, before

    def color(self, source: Path, *, format: str | None = None) -> Result:
        content = source.read_bytes()
        if self.before is not None:
            self.before(source)
        if content.startswith(b"broken"):
            raise ValueError("broken")
        files = len(names(self.order, "a.png"))
        return Result(tuple(b"%d: " % number + content for number in range(files)))


class Engine:
    """One painter, no process."""

    def __init__(self, painter: Painter, staging: Path | None) -> None:
        self.painter, self.staging, self.stopped = painter, staging, False

    def __enter__(self) -> "Engine":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def start(self) -> None:
        pass

    def stop(self) -> None:
        self.stopped = True

    def run(self, items: Sequence[Item]) -> Iterator[Outcome]:
        for item in items:
            if not self.stopped:
                yield perform(self.painter, item, self.staging)  # type: ignore[arg-type]


class Silent:
    def begin(self, todo: int, ended: int) -> None:
        pass

    def tell(self, outcome: Outcome) -> None:
        pass


def color(
    source: Path,
    target: Path,
    order: Order = ORDER,
    before: Callable[[Path], None] | None = None,
    **options: Any,
) -> Report:
    """Run a batch; `before` is called with each picture after it was read."""
    painter = Painter(order, before)
    planned = plan([str(source)], str(target), None)
    return run_batch(
        planned, order, lambda _, staging: Engine(painter, staging), Silent(), **options
    )


def told(report: Report) -> dict[str, str]:
    """What became of each picture of a run."""
    return {each.item.key: each.error or each.status for each in report.outcomes}


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
    assert told(color(scans, out)) == ALL_DONE
    (scans / "a.png").write_bytes(b"broken while it was saved")
    assert "unexpected error" in told(color(scans, out))["a.png"]
    (scans / "a.png").write_bytes(b"repaired")
    assert told(color(scans, out)) == {"a.png": "done"}
    assert (out / "a.png").read_bytes() == b"0: repaired"


def test_files_beside_a_result_are_replaced_when_they_are_wanted_again(
    scans: Path, tmp_path: Path
) -> None:
    out, more = tmp_path / "out", replace(ORDER, confidence=True)
    assert told(color(scans, out, more)) == ALL_DONE
    assert told(color(scans, out)) == ALL_DONE
    assert told(color(scans, out, more)) == ALL_DONE


def test_a_clock_that_was_set_back_hides_no_later_line(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    color(scans, out)
    now = manifest.time.time()
    monkeypatch.setattr(manifest.time, "time", lambda: now - DAY)
    (scans / "a.png").write_bytes(b"changed")
    assert told(color(scans, out)) == {"a.png": "done"}
    assert told(color(scans, out)) == {}


def test_a_clock_that_is_set_back_in_the_middle_makes_nothing_be_done_twice(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = iter(range(10**9, 0, -1000))
    monkeypatch.setattr(manifest.time, "time", lambda: float(next(ticks)))
    assert told(color(scans, tmp_path / "out")) == ALL_DONE
    assert told(color(scans, tmp_path / "out")) == {}


def test_a_run_that_was_killed_replaces_its_own_though_the_clock_was_set_back(
    scans: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    color(scans, out)
    now = manifest.time.time()
    monkeypatch.setattr(manifest.time, "time", lambda: now - DAY)
    with pytest.raises(KeyboardInterrupt), monkeypatch.context() as patch:
        patch.setattr(record._Appended, "add", _killed_at(2, record._Appended.add))
        color(scans, out, replace(ORDER, quality=50))
    assert told(color(scans, out, replace(ORDER, quality=50))) == {"b.png": "done", "c.png": "done"}


def _killed_at(call: int, add: Callable[..., None]) -> Callable[..., None]:
    """Let a log take so many additions, planned pictures among them, and then end the run."""
    left = iter(range(call))

    def added(*arguments: Any, **options: Any) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt
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
    color(scans, out)
    assert "another picture" in told(color(other, out))["a.png"]


def test_a_folder_that_was_moved_is_not_done_anew(scans: Path, tmp_path: Path) -> None:
    color(scans, tmp_path / "out")
    scans.rename(tmp_path / "moved")
    assert told(color(tmp_path / "moved", tmp_path / "out")) == {}

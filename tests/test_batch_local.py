"""The engine of this machine: how means are shared out, and what becomes of all pictures."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from hypothesis import given
from hypothesis import strategies as st

from painter import ORDER, Painter
from photochrom.batch import local
from photochrom.batch.item import Item, Outcome
from photochrom.batch.local import LocalEngine, Means, Spread
from photochrom.batch.order import Order
from photochrom.errors import OptionError, OutOfMemoryError

GB = 1 << 30
MB = 1 << 20


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 4 cores and 10 GB."""
    monkeypatch.setattr(local, "cores", lambda: 4)
    monkeypatch.setattr(local, "memory", lambda: 10 * GB)


@pytest.mark.parametrize(
    ("means", "pictures", "expected"),
    [
        (Means(), 100, Spread(4, 1, 9 * GB // 4)),
        (Means(), 3, Spread(3, 1, 3 * GB)),
        (Means(), 1, Spread(1, 4, 9 * GB)),  # one picture gets all cores
        (Means(), 0, Spread(1, 1, 9 * GB)),
        (Means(workers=2), 100, Spread(2, 1, 9 * GB // 2)),
        (Means(workers=2), 1, Spread(1, 2, 9 * GB)),
        (Means(workers=9), 100, Spread(9, 1, GB)),
        (Means(memory=2 * GB), 100, Spread(4, 1, GB // 2)),
        (Means(memory=GB), 100, Spread(2, 1, GB // 2)),  # fewer where memory is short
        (Means(memory=600 * MB), 100, Spread(1, 1, 600 * MB)),
        (Means(workers=2, memory=GB), 100, Spread(2, 1, GB // 2)),
    ],
    ids=str,
)
def test_means_are_shared_out_by_what_there_is(
    means: Means, pictures: int, expected: Spread
) -> None:
    assert means.spread(pictures) == expected


@given(st.none() | st.integers(1, 64), st.integers(512 * MB, 64 * GB), st.integers(0, 10**6))
def test_workers_never_get_more_than_was_allowed(
    workers: int | None, memory: int, pictures: int
) -> None:
    means = Means(workers, memory)
    if workers is not None and workers * local.LEAST_MEMORY > memory:
        with pytest.raises(OptionError, match="take fewer workers"):
            means.spread(pictures)
        return
    found = means.spread(pictures)
    assert 1 <= found.workers <= max(1, pictures)
    assert found.workers * found.memory <= memory
    assert found.memory >= local.LEAST_MEMORY
    assert found.workers <= (workers or 4)
    assert found.workers * found.threads <= (workers or 4)


@pytest.mark.parametrize(
    ("means", "words"),
    [
        ({"workers": 0}, "workers must be 1 or more, got 0"),
        ({"memory": 100 * MB}, "a worker needs 512 MB at least, got 100 MB"),
    ],
)
def test_means_that_make_no_sense_are_refused(means: dict[str, int], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        Means(**means)


class Brush(Painter):
    """A worker in this process: what begins with "large" needs 3 GB."""

    def __init__(self, order: Order, *, threads: int, memory: int, seconds: float) -> None:
        super().__init__(order, self._hold)
        self.threads, self.memory, self.seconds = threads, memory, seconds
        self.coloured: list[str] = []
        BRUSHES.append(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True

    def kill(self, *, forever: bool = False) -> None:
        pass

    def _hold(self, source: Path | bytes) -> None:
        assert isinstance(source, Path)
        self.coloured.append(source.stem)
        if source.read_bytes().startswith(b"large") and self.memory < 3 * GB:
            raise OutOfMemoryError("it takes more memory than it may")
        if source.read_bytes().startswith(b"wait"):
            assert MEETING.wait(30) >= 0
        if source.read_bytes().startswith(b"gate"):
            assert GATE.wait(30)
        if source.read_bytes().startswith(b"huge"):
            raise OutOfMemoryError("nothing is enough")


BRUSHES: list[Brush] = []
MEETING = threading.Barrier(2)
GATE = threading.Event()


@pytest.fixture(autouse=True)
def brushes(monkeypatch: pytest.MonkeyPatch) -> list[Brush]:
    """All workers that an engine makes."""
    BRUSHES.clear()
    monkeypatch.setattr(local, "Worker", Brush)
    return BRUSHES


Write = Callable[..., list[Item]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write pictures of a content and name them as items."""

    def written(**contents: str) -> list[Item]:
        items = []
        for name, content in contents.items():
            (tmp_path / f"{name}.png").write_text(content)
            source, target = (str(tmp_path / place) for place in (f"{name}.png", f"out/{name}.png"))
            items.append(Item(f"{name}.png", source, target))
        return items

    return written


def told(outcomes: Iterator[Outcome]) -> dict[str, str]:
    found = [(each.item.key.removesuffix(".png"), each.kind or each.status) for each in outcomes]
    assert len(dict(found)) == len(found)  # each picture has one outcome
    return dict(found)


def test_every_picture_has_one_outcome(write: Write) -> None:
    items = write(**{f"p{number}": "fine" for number in range(40)}, bad="broken", old="colour")
    with LocalEngine(ORDER, Spread(3, 1, GB)) as engine:
        engine.start()
        found = told(engine.run(items))
    assert len(found) == 42
    assert (found.pop("bad"), found.pop("old")) == ("PictureError", "skipped")
    assert set(found.values()) == {"done"}


def test_as_many_workers_as_asked_are_at_work_at_once(write: Write) -> None:
    items = write(one="wait", two="wait")  # each waits for the other
    with LocalEngine(ORDER, Spread(2, 1, GB)) as engine:
        assert told(engine.run(items)) == {"one": "done", "two": "done"}


def test_a_picture_that_fits_only_alone_is_coloured_alone_at_the_end(
    write: Write, brushes: list[Brush]
) -> None:
    items = write(a="large", b="fine", c="large", d="huge")
    with LocalEngine(ORDER, Spread(2, 1, 2 * GB), seconds=7) as engine:
        outcomes = list(engine.run(items))
    expected = {"a": "done", "b": "done", "c": "done", "d": "OutOfMemoryError"}
    assert told(iter(outcomes)) == expected
    assert outcomes[0].item.key == "b.png"  # the others are not kept waiting
    *beside, alone = brushes
    assert [(one.threads, one.memory) for one in beside] == [(1, 2 * GB)] * 2
    assert (alone.threads, alone.memory, alone.seconds) == (2, 4 * GB, 7)
    assert sorted(alone.coloured) == ["a", "c", "d"]
    assert all(one.closed for one in brushes)


def test_one_worker_that_has_all_memory_already_tries_once(
    write: Write, brushes: list[Brush]
) -> None:
    with LocalEngine(ORDER, Spread(1, 4, 2 * GB)) as engine:
        assert told(engine.run(write(a="large"))) == {"a": "OutOfMemoryError"}
    assert [one.coloured for one in brushes if one.coloured] == [["a"]]


def test_a_stop_finishes_what_is_at_hand_and_begins_nothing(write: Write) -> None:
    GATE.clear()
    rest = {f"rest{number}": "fine" for number in range(20)}
    items = write(a="large", b="fine", c="gate", d="gate", **rest)
    with LocalEngine(ORDER, Spread(2, 1, 2 * GB)) as engine:
        outcomes = engine.run(items)
        first = next(outcomes)
        engine.stop()
        GATE.set()
        found = told(outcomes)
    assert (first.item.key, first.status) == ("b.png", "done")
    assert found.pop("a") == "OutOfMemoryError"  # it is not tried again
    assert set(found) <= {"c", "d"}
    assert set(found.values()) == {"done"}


def test_an_error_that_is_no_picture_s_ends_the_run(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Outcome:
        raise SystemExit("the engine is broken")

    monkeypatch.setattr(local, "perform", fail)
    with (
        pytest.raises(SystemExit, match="the engine is broken"),
        LocalEngine(ORDER, Spread(2, 1, GB)) as engine,
    ):
        list(engine.run(write(a="fine", b="fine")))


def test_an_engine_hands_its_order_to_all_workers(brushes: list[Brush]) -> None:
    order = replace(ORDER, quality=50)
    with LocalEngine(order, Spread(3, 2, GB)):
        assert [one.order for one in brushes] == [order] * 3

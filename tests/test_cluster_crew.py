"""Who colours which picture on a cluster; a stand-in for Ray loses workers at will."""

import random
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photochrom.batch.item import Item, Outcome
from photochrom.batch.local import LEAST_MEMORY, Means
from photochrom.batch.order import Model, Order
from photochrom.cluster import batches
from photochrom.cluster import crew as crews
from photochrom.cluster.crew import LOSSES, Crew, Painted
from photochrom.cluster.places import as_asked, everywhere, explained, for_all, marked
from photochrom.cluster.room import Node, Room, Size, share_out, whole
from photochrom.errors import (
    ClusterError,
    InputMissingError,
    ModelFileError,
    OptionError,
    OutOfMemoryError,
    PhotochromError,
)

GB = 1 << 30
ORDER = Order(Model(b"", "stand-in", "0" * 64))


class RayError(Exception):
    pass


class RayActorError(RayError):
    pass


@dataclass
class FakeRay:
    """Enough of Ray for a crew: calls end when they are waited for, in any order, or in a loss."""

    answer: Callable[[str, Any], Any]
    rng: random.Random = field(default_factory=random.Random)
    alive: int = 0
    busy: set[Any] = field(default_factory=set)
    most_busy: int = 0
    begun: list[str] = field(default_factory=list)

    class exceptions:  # noqa: N801 - as Ray names it
        RayError = RayError

    def remote(self, kind: type) -> "FakeRay":
        return self

    def options(self, **_: Any) -> Any:
        return _Kind(self)

    def wait(
        self, references: list[Any], num_returns: int, timeout: float
    ) -> tuple[list[Any], list[Any]]:
        picked = self.rng.choice(references)
        return [picked], [one for one in references if one is not picked]

    def get(self, reference: "_Call") -> Any:
        self.busy.discard(reference)
        answer = self.answer(reference.name, reference.item)
        if isinstance(answer, RayError):
            raise answer
        return answer

    def kill(self, painter: Any) -> None:
        self.alive -= 1


@dataclass(frozen=True, eq=False)
class _Call:
    name: str
    item: Any = None


class _Kind:
    def __init__(self, ray: FakeRay) -> None:
        self.ray = ray

    def remote(self, *_: Any) -> Any:
        self.ray.alive += 1
        return _Painter(self.ray)


class _Painter:
    def __init__(self, ray: FakeRay) -> None:
        self.start = _Method(ray, "start")
        self.paint = _Method(ray, "paint")


@dataclass
class _Method:
    ray: FakeRay
    name: str

    def remote(self, *given: Any) -> _Call:
        if self.name == "start":
            return _Call(self.name)
        call = _Call(self.name, given[0])
        self.ray.begun.append(given[0].key)
        self.ray.busy.add(call)
        self.ray.most_busy = max(self.ray.most_busy, len(self.ray.busy))
        return call


def done(name: str, item: Any) -> Any:
    return "node1" if name == "start" else Outcome(item, "done", 0.1)


def crew(ray: FakeRay, painters: int = 2, stopped: Callable[[], bool] = lambda: False) -> Crew:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(crews, "load", lambda: ray)
        return Crew("the order", Room(painters, Size()), 1.0, stopped)


def items(count: int) -> list[Item]:
    return [Item(f"{n}.png", f"/in/{n}.png", f"/out/{n}.png") for n in range(count)]


@settings(deadline=None)  # the machine may be busy
@given(
    st.integers(0, 2**32), st.integers(1, 5), st.integers(0, 30), st.floats(0, 0.6)
)  # fmt: skip
def test_every_picture_ends_once_whatever_is_lost(
    seed: int, painters: int, count: int, share: float
) -> None:
    rng = random.Random(seed)
    losses: dict[str, int] = {}

    def answer(name: str, item: Any) -> Any:
        if name == "paint" and rng.random() < share:
            losses[item.key] = losses.get(item.key, 0) + 1
            return RayActorError("the node died")
        return done(name, item)

    ray = FakeRay(answer, rng)
    ended = [one.outcome for one in crew(ray, painters).paint(items(count), None, None)]
    told = {outcome.item.key: outcome for outcome in ended}
    assert len(ended) == len(told) == count
    assert ray.most_busy <= painters
    for key, outcome in told.items():
        assert (outcome.status == "failed") == (losses.get(key, 0) == LOSSES)
        assert ray.begun.count(key) == losses.get(key, 0) + (outcome.status == "done")


def test_a_picture_over_which_workers_are_lost_again_and_again_fails_by_name() -> None:
    def answer(name: str, item: Any) -> Any:
        if name == "paint" and item.key == "1.png":
            return RayActorError("The actor died.\n\tand much more")
        return done(name, item)

    ended = [one.outcome for one in crew(FakeRay(answer)).paint(items(3), None, None)]
    failed = next(outcome for outcome in ended if outcome.status == "failed")
    assert failed.item.key == "1.png"
    assert failed.kind == "ClusterError"
    assert failed.error == "3 workers were lost over it, the last one on node1: The actor died."


def test_nothing_is_begun_after_a_stop_and_what_is_at_hand_ends() -> None:
    stopped: list[bool] = []
    ray = FakeRay(done)
    keys = []
    for painted in crew(ray, 3, lambda: bool(stopped)).paint(items(20), None, None):
        keys.append(painted.outcome.item.key)
        if len(keys) == 5:
            stopped.append(True)
    assert sorted(keys) == sorted(ray.begun)
    assert 5 <= len(keys) <= 7


def test_no_more_painters_are_asked_for_than_there_are_pictures() -> None:
    ray = FakeRay(done)
    list(crew(ray, 50).paint(items(3), None, None))
    assert ray.alive == 3


def test_an_error_of_the_model_ends_the_start() -> None:
    ray = FakeRay(lambda *_: ModelFileError("no model"))
    some = crew(ray)
    with pytest.raises(ModelFileError, match="no model"):
        some.start()
    some.close()
    assert ray.alive == 0


def test_what_is_wrong_for_all_pictures_is_raised() -> None:
    def answer(name: str, item: Any) -> Any:
        return "node1" if name == "start" else ClusterError("node1 does not see /out")

    ray = FakeRay(answer)
    some = crew(ray)
    with pytest.raises(ClusterError, match="does not see"):
        list(some.paint(items(3), None, None))
    some.close()
    assert ray.alive == 0


def test_workers_that_cannot_be_started_are_told_after_some_tries() -> None:
    said = """The actor died because of an error raised in its creation task, ray::Painter (pid=7)
        some trace
    ModuleNotFoundError: No module named 'photochrom'"""
    ray = FakeRay(lambda *_: RayActorError(said))
    with pytest.raises(ClusterError, match="could be started: ModuleNotFoundError: No module"):
        crew(ray).start()
    assert ray.alive == 0


def test_a_cluster_without_room_is_given_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = iter(range(0, 10_000, 20))
    monkeypatch.setattr(crews.time, "monotonic", lambda: float(next(clock)))
    ray = FakeRay(done)
    monkeypatch.setattr(ray, "wait", lambda references, **_: ([], references), raising=False)
    with pytest.raises(
        ClusterError, match="15 minutes no machine of the cluster has had a core and 512 MB"
    ):
        crew(ray).start()
    assert [r.getMessage()[:33] for r in caplog.records] == ["waiting for a machine of the clus"]


def test_all_are_let_go_in_the_end() -> None:
    ray = FakeRay(done)
    some = crew(ray, 3)
    painting = some.paint(items(20), None, None)
    next(painting)
    some.close()
    assert ray.alive == 0


class FakeCrew:
    """Says of large pictures that they need more than half a gigabyte."""

    rooms: ClassVar[list[Room]] = []
    no_room = False

    def __init__(self, order: Any, room: Room, seconds: float, stopped: Callable[[], bool]) -> None:
        self.memory = room.size.memory or GB // 2
        self.rooms.append(room)

    def start(self) -> None:
        if self.no_room and len(self.rooms) > 1:
            raise ClusterError("no machine")

    def paint(self, items: list[Item], staging: Any, mark: Any) -> Iterator[Painted]:
        for item in items:
            if "large" in item.key and self.memory <= GB // 2:
                kind = OutOfMemoryError.__name__
                yield Painted(Outcome(item, "failed", 0.0, error="too large", kind=kind), "node1")
            else:
                yield Painted(Outcome(item, "done", 0.0), "node1")

    def close(self) -> None:
        pass


@pytest.mark.parametrize("no_room", [False, True])
def test_pictures_too_large_beside_others_are_tried_on_a_whole_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, no_room: bool
) -> None:
    node = {"Alive": True, "Resources": {"CPU": 4.0, "memory": 2.0 * GB}}
    ray = SimpleNamespace(put=lambda value: value, nodes=lambda: [node])
    for name, stand_in in (
        ("load", lambda: ray), ("connected", lambda *_, **__: nullcontext()), ("Crew", FakeCrew),
    ):  # fmt: skip
        monkeypatch.setattr(batches, name, stand_in)
    monkeypatch.setattr(FakeCrew, "rooms", [])
    monkeypatch.setattr(FakeCrew, "no_room", no_room)
    some = [Item(name, f"/in/{name}", f"{tmp_path}/{name}") for name in ("a", "large", "z")]
    with batches.RayEngine(ORDER, Means(), len(some)) as engine:
        engine.start()
        told = {one.item.key: one.error or one.status for one in engine.run(some)}
    assert told == {"a": "done", "large": "too large" if no_room else "done", "z": "done"}
    assert FakeCrew.rooms == [Room(3, Size()), Room(1, Size(4, 0, 2 * GB))]


SMALL, LARGE = Node(2, 0, 4 * GB), Node(16, 2, 64 * GB)


@pytest.mark.parametrize(
    ("there", "means", "pictures", "gpu", "expected"),
    [
        ([SMALL, LARGE], Means(), 1000, False, Room(18, Size(1, 0, None))),
        ([SMALL, LARGE], Means(), 3, False, Room(3, Size(1, 0, None))),
        ([SMALL, LARGE], Means(5), 1000, False, Room(5, Size(1, 0, None))),
        ([SMALL, LARGE], Means(100), 1000, False, Room(100, Size(1, 0, None))),
        ([SMALL, LARGE], Means(), 1000, True, Room(2, Size(1, 1, None))),
        ([SMALL], Means(4), 1000, True, Room(4, Size(1, 1, None))),
        ([SMALL, LARGE], Means(4, 8 * GB), 1000, False, Room(4, Size(1, 0, 2 * GB))),
        ([SMALL, LARGE], Means(None, 2 * GB), 1000, False, Room(4, Size(1, 0, GB // 2))),
        ([Node(64, 0, 4 * GB)], Means(), 1000, False, Room(8, Size(1, 0, None))),
        ([Node(0, 0, 4 * GB)], Means(), 1000, False, Room(1, Size(1, 0, None))),
        ([], Means(), 1000, False, Room(1, Size(1, 0, None))),
        ([SMALL, LARGE], Means(), 1, False, Room(1, Size(16, 0, 64 * GB))),
        ([Node(0, 0, 4 * GB)], Means(), 1, False, Room(1, Size())),
        ([SMALL, LARGE], Means(4, 2 * GB), 1, False, Room(1, Size(4, 0, 2 * GB))),
    ],
)
def test_a_cluster_is_shared_out(
    there: list[Node], means: Means, pictures: int, gpu: bool, expected: Room
) -> None:
    assert share_out(there, means, pictures, gpu=gpu) == expected


def test_a_cluster_without_a_gpu_is_told_where_nobody_said_to_wait() -> None:
    with pytest.raises(OptionError, match="no GPU now; --workers N waits"):
        share_out([SMALL], Means(), 10, gpu=True)


def test_too_little_memory_for_so_many_workers_is_told() -> None:
    with pytest.raises(OptionError, match="4 workers need 2048 MB at least, got 1024 MB"):
        share_out([LARGE], Means(4, GB), 10, gpu=False)


@pytest.mark.parametrize(
    ("size", "node", "expected"),
    [
        (Size(), LARGE, 4 * GB),
        (Size(4), LARGE, 16 * GB),
        (Size(gpus=1), LARGE, 32 * GB),
        (Size(memory=3 * GB), LARGE, 3 * GB),
        (Size(memory=30 * GB), SMALL, 4 * GB),
        (Size(), Node(64, 0, 4 * GB), LEAST_MEMORY),
    ],
)
def test_a_painter_takes_its_share_of_its_own_machine(
    size: Size, node: Node, expected: int
) -> None:
    assert size.limit(node) == expected


def test_what_a_painter_needs_is_said_in_words() -> None:
    assert str(Size()) == "a core and 512 MB"
    assert str(Size(4, 1)) == "4 cores, a GPU and 512 MB"


def test_the_machine_with_most_memory_is_taken_whole() -> None:
    assert whole([SMALL, LARGE, SMALL], Means(), gpu=False) == Size(16, 0, 64 * GB)
    assert whole([SMALL, LARGE], Means(None, 2 * GB), gpu=True) == Size(16, 1, 2 * GB)


def test_places_do_not_depend_on_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    item = Item("a.png", "in/a.png", "s3://bucket/out/a.png")
    assert for_all(item) == Item("a.png", str(tmp_path / "in/a.png"), "s3://bucket/out/a.png")


def test_places_in_the_memory_of_one_process_are_refused() -> None:
    with pytest.raises(OptionError, match="the memory of this program alone"):
        everywhere("memory://out/a.png")


def test_errors_name_pictures_as_they_were_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    item = Item("a.png", "in/a.png", "out/a.png")
    outcome = Outcome(for_all(item), "failed", 0.0, error=f"{tmp_path}/in/a.png is damaged")
    assert as_asked(outcome, item, ORDER) == Outcome(
        item, "failed", 0.0, error="in/a.png is damaged"
    )


@pytest.fixture
def missing(tmp_path: Path) -> Iterator[Outcome]:
    item = Item("a.png", str(tmp_path / "a.png"), str(tmp_path / "out/a.png"))
    kind = InputMissingError.__name__
    return Outcome(item, "failed", 0.0, error=f"there is no file {item.source}", kind=kind)


def test_an_input_that_another_machine_does_not_see_is_told_apart(missing: Outcome) -> None:
    assert explained(missing, "node2") == missing
    Path(missing.item.source).write_bytes(b"here it is")
    told = explained(missing, "node2").error or ""
    assert told.startswith(f"node2 does not see {missing.item.source}, which is there")


def test_a_mark_lies_where_results_go_while_the_work_goes_on(tmp_path: Path) -> None:
    near = Item("a.png", "/in/a.png", str(tmp_path / "new/a.png"))
    far = Item("a.png", "/in/a.png", "s3://bucket/a.png")
    with marked(None, [far]) as mark:
        assert mark is None
    with marked(None, [far, near]) as mark:
        assert mark is not None
        assert mark.exists()
        assert mark.parent == tmp_path / "new"
    assert list((tmp_path / "new").iterdir()) == []
    with marked(tmp_path, [far]) as mark:
        assert mark is not None
        assert mark.parent == tmp_path


def test_a_mark_that_cannot_be_put_down_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with (
        pytest.raises(PhotochromError, match="cannot be written to"),
        marked(tmp_path / "file", []),
    ):
        pass

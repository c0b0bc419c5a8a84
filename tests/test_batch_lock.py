"""One run at a time for the same results, by the system's lock or by signs of life."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest

from photochrom.batch import lock
from photochrom.batch.lock import locked
from photochrom.batch.shard import Shard
from photochrom.errors import LockedError, StorageError, WriteError
from photochrom.storage.place import files_of
from photochrom.storage.remote import RemoteFiles

ALL = Shard()
THIRD = Shard(3, 8).name("lock")
DEAD = 2**22 + 4711  # a process that is none: Linux gives no higher number than 2**22


@pytest.fixture(params=["folder", "store"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A folder of this machine, or one in a store that knows no locks."""
    if request.param == "folder":
        pytest.importorskip("fcntl")
        return str(tmp_path / "out")
    return _store()


@pytest.fixture
def store() -> str:
    return _store()


def _store() -> str:
    pytest.importorskip("fsspec")
    return f"memory://{uuid4().hex}"


def test_a_second_run_is_refused_until_the_first_ends(place: str) -> None:
    with locked(place, ALL):
        said = f"another run (process {os.getpid()} on {socket.gethostname()}) is at work on "
        with pytest.raises(LockedError) as refused, locked(place, ALL):
            pass
        assert str(refused.value).startswith(f"{said}{place}; ")
    with locked(place, ALL):
        pass


def test_an_error_within_frees_it(place: str) -> None:
    with pytest.raises(ZeroDivisionError), locked(place, ALL):
        raise ZeroDivisionError
    with locked(place, ALL):
        pass


def test_shards_of_one_count_run_side_by_side(place: str) -> None:
    with ExitStack() as held:
        for number in (1, 2, 3):
            held.enter_context(locked(place, Shard(number, 3)))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (ALL, Shard(1, 2)),
        (Shard(1, 2), ALL),
        (Shard(1, 2), Shard(1, 2)),
        (Shard(1, 2), Shard(2, 3)),
        (Shard(12, 12), Shard(2, 2)),
    ],
    ids=str,
)
def test_shards_that_may_have_pictures_in_common_do_not(
    place: str, first: Shard, second: Shard
) -> None:
    with locked(place, first), pytest.raises(LockedError), locked(place, second):
        pass
    with locked(place, second):
        pass


def test_another_folder_is_free(place: str) -> None:
    with locked(place, ALL), locked(f"{place}-other", ALL):
        pass


def test_a_run_that_is_killed_holds_nothing(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    script = (
        "import sys, time\n"
        "from photochrom.batch.lock import locked\n"
        "from photochrom.batch.shard import Shard\n"
        "with locked(sys.argv[1], Shard()):\n"
        "    print('held', flush=True)\n"
        "    time.sleep(600)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "held\n"
            with (
                pytest.raises(LockedError, match=f"process {other.pid} "),
                locked(str(tmp_path), ALL),
            ):
                pass
        finally:
            other.kill()
    with locked(str(tmp_path), ALL):
        pass


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    folder = str(tmp_path / "file/out")
    with pytest.raises(WriteError, match="cannot be written to"), locked(folder, ALL):
        pass


def said(store: str) -> dict[str, object]:
    """What is written of the run that holds a store."""
    plain = json.loads(files_of(store).read(f"{store}/.photochrom/lock.json"))
    assert isinstance(plain, dict)
    return plain


def say(store: str, **values: object) -> None:
    """Let another machine's run hold a store."""
    plain = {"id": "other", "who": "process 7 on mars", "pid": 7, "host": "mars", "at": time.time()}
    content = json.dumps(plain | values).encode()
    files_of(store).write(f"{store}/.photochrom/lock.json", content)


def test_a_run_on_another_machine_that_gives_signs_of_life_is_respected(store: str) -> None:
    say(store, pid=DEAD)
    with pytest.raises(LockedError, match="process 7 on mars"), locked(store, ALL):
        pass
    assert said(store)["id"] == "other"
    say(store, at=time.time() - 60, pid=DEAD)
    with pytest.raises(LockedError), locked(store, ALL):
        pass


@pytest.mark.parametrize(
    "values",
    [
        {"at": 1_700_000_000.0},
        {"at": 17_000_000_000.0},
        {"at": None},
        {"at": "now"},
        {"host": socket.gethostname(), "pid": DEAD},
    ],
    ids=str,
)
def test_a_run_that_is_dead_holds_nothing(
    store: str, values: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "_WATCHED", 0)
    say(store, **values)
    with locked(store, ALL):
        assert said(store)["pid"] == os.getpid()


@pytest.mark.parametrize("process", [os.getppid(), 2**70, None, True, "7"], ids=str)
def test_a_run_on_this_machine_that_lives_or_may_live_is_respected(
    store: str, process: object
) -> None:
    say(store, host=socket.gethostname(), pid=process)
    with pytest.raises(LockedError), locked(store, ALL):
        pass


def test_what_is_no_sign_of_life_holds_nothing(store: str) -> None:
    times = (b'{"at": %s}' % at for at in (b"NaN", b"Infinity", b"1" + b"0" * 400, b"-1e300"))
    for content in (b"", b"[]", b"{", b"\xff", *times):
        files_of(store).write(f"{store}/.photochrom/lock.json", content)
        with locked(store, ALL):
            pass


def test_signs_of_life_go_on_while_a_run_lives(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_ALIVE_EVERY", 0.01)
    with locked(store, ALL):
        first = said(store)["at"]
        until(lambda: said(store)["at"] != first)
    time.sleep(0.05)
    assert files_of(store).names(f"{store}/.photochrom") == []


def until(happened: object) -> None:
    """Wait for something that happens soon, unless it never does."""
    end = time.monotonic() + 30
    while not happened():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.01)


def test_of_two_that_begin_at_the_same_moment_the_last_writer_goes_on(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(lock, "_say", lambda *_: say(store))  # the other's word comes after ours
        with pytest.raises(LockedError, match="process 7 on mars"), locked(store, ALL):
            pass
    assert said(store)["id"] == "other"


def test_two_of_different_parts_that_begin_at_the_same_moment_both_refuse(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = json.dumps({"id": "x", "who": "me", "pid": 7, "host": "mars", "at": time.time()})
    own_say = lock._say

    def at_once(place: str, own: str) -> None:
        files_of(store).write(f"{store}/.photochrom/{THIRD}.json", content.encode())
        own_say(place, own)

    monkeypatch.setattr(lock, "_say", at_once)
    with pytest.raises(LockedError, match="me"), locked(store, ALL):
        pass
    assert files_of(store).names(f"{store}/.photochrom") == [f"{THIRD}.json"]


def test_a_run_that_slept_does_not_take_back_what_another_took_over(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "_ALIVE_EVERY", 0.01)
    with locked(store, ALL) as check:
        check()
        say(store)
        until(lambda: is_lost(check))
        time.sleep(0.1)
        assert said(store)["id"] == "other"
    assert said(store)["id"] == "other"


def is_lost(check: Callable[[], None]) -> bool:
    try:
        check()
    except LockedError as error:
        return "another run took over" in str(error)
    return False


def test_a_run_that_slept_while_another_came_and_went_ends_too(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "_ALIVE_EVERY", 0.01)
    with locked(store, ALL) as check:
        files_of(store).remove(f"{store}/.photochrom/lock.json")
        until(lambda: is_lost(check))
        assert files_of(store).names(f"{store}/.photochrom") == []


@pytest.mark.parametrize(
    ("slept", "next_"), [(Shard(1, 2), ALL), (ALL, Shard(2, 3)), (Shard(1, 2), Shard(1, 4))]
)
def test_what_a_run_of_another_part_takes_over_is_lost_to_who_slept(
    store: str, slept: Shard, next_: Shard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "_WATCHED", 0)
    monkeypatch.setattr(lock, "_ALIVE_EVERY", 0.3)  # it sleeps meanwhile
    with locked(store, slept) as check:
        place = f"{store}/.photochrom/{slept.name('lock')}.json"
        word = json.loads(files_of(store).read(place))
        files_of(store).write(place, json.dumps(word | {"at": 5, "host": "mars"}).encode())
        with locked(store, next_) as other:
            until(lambda: is_lost(check))
            other()


def test_runs_that_cannot_be_read_of_are_not_taken_for_dead(
    store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(store, at=5)

    def fails(*_: object) -> bytes:
        raise StorageError("the network is down")

    monkeypatch.setattr(
        lock, "time", Watching(lambda: monkeypatch.setattr(RemoteFiles, "read", fails))
    )
    with pytest.raises(StorageError), locked(store, ALL):
        pass


def test_all_dead_runs_are_watched_at_once_and_told(
    store: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    watched: list[int] = []
    monkeypatch.setattr(lock, "time", Watching(lambda: watched.append(1)))
    for number in (1, 2, 3):
        content = json.dumps({"id": "x", "pid": 7, "host": "mars", "at": 5}).encode()
        name = f"{store}/.photochrom/{Shard(number, 8).name('lock')}.json"
        files_of(store).write(name, content)
    with locked(store, ALL):
        assert files_of(store).names(f"{store}/.photochrom") == ["lock.json"]
    assert watched == [1]
    assert "left by a run" in caplog.text


@pytest.mark.parametrize("wrong", [-1000, 1000])
def test_a_run_whose_clock_is_wrong_lives_if_it_writes(
    wrong: float, store: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(store, at=time.time() + wrong)
    monkeypatch.setattr(lock, "time", Watching(lambda: say(store, at=time.time() + wrong + 20)))
    with pytest.raises(LockedError, match="process 7 on mars"), locked(store, ALL):
        pass


class Watching:
    """A clock by which something happens whenever somebody sleeps."""

    time = staticmethod(time.time)

    def __init__(self, happens: Callable[[], None]) -> None:
        self._happens = happens

    def sleep(self, seconds: float) -> None:
        assert seconds > 2 * 20  # much longer than from one sign of life to the next
        self._happens()

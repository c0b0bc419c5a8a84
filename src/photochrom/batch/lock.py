"""One run at a time for the same results.

On this machine the system holds the lock and frees it with the process, however that ends. A store
of objects has no locks: there a run writes that it is alive, again and again, and is taken for dead
when it does not for a while. One that slept and finds another in its place ends.
"""

import errno
import json
import logging
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path as FilePath
from threading import Event, Thread
from typing import IO, Any
from uuid import uuid4

from photochrom._files import write_error
from photochrom.batch.record import FOLDER
from photochrom.batch.shard import Shard
from photochrom.errors import InputMissingError, LockedError, PhotochromError
from photochrom.storage.place import files_of, join, shown

try:
    import fcntl
except ImportError:  # Windows; there the sign of life serves for folders of this machine, too
    fcntl = None  # type: ignore[assignment]

_GUARD = "locking"
_LOCKLESS = (errno.ENOLCK, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)
_ALIVE_EVERY = 20.0  # s
_DEAD_AFTER = 90.0  # s without a sign of life
_WATCHED = 45.0  # s that a run which seems dead is watched: clocks differ
_NEVER = 1e12  # s; no time of a run
logger = logging.getLogger(__name__)


@contextmanager
def locked(folder: str, shard: Shard) -> Iterator[Callable[[], None]]:
    """Hold the results of a batch, or those of one shard, within the block.

    Yields what raises `LockedError` if another run has taken over meanwhile: this machine slept.

    Raises
    ------
    LockedError
        If another run holds what has pictures in common.
    """
    near = files_of(folder).near(folder)
    if near is not None and _has_locks(near / FOLDER):
        with _held_by_system(near / FOLDER, shard):
            yield lambda: None
    else:
        with _held_by_word(join(folder, FOLDER), shard) as check:
            yield check


def _has_locks(folder: FilePath) -> bool:
    """Whether a file system has locks: some of the network and of programs have none."""
    if fcntl is None:
        return False
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / _GUARD).open("ab") as guard:
            fcntl.flock(guard, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:  # what else may be wrong is told by who takes the lock
        return error.errno not in _LOCKLESS
    return True


@contextmanager
def _held_by_system(folder: FilePath, shard: Shard) -> Iterator[None]:
    held: list[IO[bytes]] = []
    with ExitStack() as files:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with (folder / _GUARD).open("ab") as guard:  # two that begin at once wait here
                fcntl.flock(guard, fcntl.LOCK_EX)
                paths = [path for path in folder.glob("lock*") if _is_met(path.name, shard)]
                for path in {*paths, folder / shard.name("lock")}:
                    held.append(files.enter_context(path.open("a+b")))
                    _try(held[-1], folder)
            for file in held:
                file.truncate(0)
                file.write(_who().encode())
                file.flush()
        except OSError as error:
            if isinstance(error, PhotochromError):
                raise
            raise write_error(f"{folder.parent} cannot be written to", error) from error
        yield


def _try(file: IO[bytes], folder: FilePath) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        raise _locked(str(folder.parent), file.read().decode(errors="replace")) from None


def _locked(folder: str, who: str) -> LockedError:
    return LockedError(
        f"another run ({who or 'unknown'}) is at work on {shown(folder)}; wait for it, or stop it "
        "first"
    )


def _results(folder: str) -> str:
    """Return where the results lie whose record is in a folder."""
    return folder.removesuffix(f"/{FOLDER}")


def _is_met(name: str, shard: Shard) -> bool:
    """Whether a file is the lock of a shard that has pictures in common with this one."""
    other = Shard.in_name(name, "lock")
    return other is not None and shard.meets(other)


def _who() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}"


@contextmanager
def _held_by_word(folder: str, shard: Shard) -> Iterator[Callable[[], None]]:
    files, own = files_of(folder), uuid4().hex
    place = join(folder, f"{shard.name('lock')}.json")
    _make_way(folder, shard)
    _say(place, own)
    for where, said in _others(folder, shard):
        if said.get("id") != own:  # another began at the same moment
            if where != place:
                files.remove(place)
            raise _locked(_results(folder), str(said.get("who", "")))
    ended, taken = Event(), Event()
    living = Thread(target=_live, args=(place, own, ended, taken), daemon=True)
    living.start()

    def check() -> None:
        if taken.is_set():
            raise LockedError(
                f"another run took over {shown(_results(folder))} while this one "
                "gave no sign of life, as where a machine sleeps; what was made stays, and the "
                "same command makes what is still missing"
            )

    try:
        yield check
    finally:
        ended.set()
        living.join(_ALIVE_EVERY)  # or its last sign might come after the end
        with suppress(PhotochromError):  # it will count as dead soon
            if _said(place).get("id") == own:
                files.remove(place)


def _make_way(folder: str, shard: Shard) -> None:
    """Remove the words of dead runs, which they find missing should they only have slept.

    Raises
    ------
    LockedError
        If one lives.
    """
    silent = {}
    for place, said in _others(folder, shard):
        if abs(time.time() - said["at"]) <= _DEAD_AFTER:
            raise _locked(_results(folder), str(said.get("who", "")))
        silent[place] = said
    if silent:
        where = shown(_results(folder))
        logger.warning("%s was left by a run: %g s to see whether it lives", where, _WATCHED)
        time.sleep(_WATCHED)
        for place, said in _others(folder, shard):
            if said != silent.get(place):
                raise _locked(_results(folder), str(said.get("who", "")))
    for place in _places(folder, shard):
        files_of(place).remove(place)


def _others(folder: str, shard: Shard) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the words of runs that have pictures in common with this one, if they may live."""
    for place in _places(folder, shard):
        said = _said(place)
        at = said.get("at")
        if isinstance(at, int | float) and abs(at) < _NEVER and not _is_dead(said):
            yield place, said


def _places(folder: str, shard: Shard) -> list[str]:
    names = files_of(folder).names(folder)
    return [
        join(folder, name)
        for name in names
        if name.endswith(".json") and _is_met(name.removesuffix(".json"), shard)
    ]


def _live(place: str, own: str, ended: Event, taken: Event) -> None:
    while not ended.wait(_ALIVE_EVERY):
        with suppress(PhotochromError):  # the next one may get through
            if _said(place).get("id") != own:
                taken.set()
                return
            _say(place, own)


def _say(place: str, own: str) -> None:
    plain = {"id": own, "who": _who(), "pid": os.getpid(), "host": socket.gethostname()}
    files_of(place).write(place, json.dumps(plain | {"at": time.time()}).encode())


def _said(place: str) -> dict[str, Any]:
    """Return what is written at a place; nothing where nothing is, or no word of a run."""
    with suppress(InputMissingError, ValueError):
        plain = json.loads(files_of(place).read(place))
        if isinstance(plain, dict):
            return plain
    return {}


def _is_dead(said: dict[str, Any]) -> bool:
    """Whether it ran on this machine and does no more, such as after a kill."""
    pid = said.get("pid")
    if said.get("host") != socket.gethostname() or type(pid) is not int or os.name == "nt":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        pass
    return False

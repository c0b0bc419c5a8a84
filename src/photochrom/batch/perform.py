"""One picture from where it lies to where its result goes: the same in every engine."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path as FilePath

from photochrom._files import make_folder, staged
from photochrom.batch import claims
from photochrom.batch.item import Item, Outcome, Status, Written
from photochrom.batch.order import Order
from photochrom.batch.results import Result, format_to, names
from photochrom.batch.worker import Worker
from photochrom.errors import InputMissingError, OutputExistsError, PhotochromError, PictureError
from photochrom.storage.files import State
from photochrom.storage.place import files_of, shown

_CHUNK = 1 << 20  # bytes, of a file that is hashed


@dataclass(frozen=True)
class _Read:
    """An input: its path, or its bytes where it is elsewhere; its state and SHA-256."""

    source: FilePath | bytes
    state: State
    sha256: str


def perform(worker: Worker, item: Item, staging: FilePath | None = None) -> Outcome:
    """Read a picture, colour it, write all its files; whatever goes wrong is in the outcome.

    Of an item that is only to be looked at, notes are taken and nothing is written.

    Parameters
    ----------
    worker : colours it, by its order
    item : which picture
    staging : folder for files that are not complete yet, on the disk of the results; None for the
        folder of each result
    """
    started = time.perf_counter()
    found, result, note, failure = None, None, None, None
    files: tuple[Written, ...] = ()
    try:
        if not item.look and item.claims is None:  # else the plan has just looked
            check_target(item, worker.order)
        found = _read(item.source, worker.order)
        if item.look:
            note = worker.look(found.source)
        else:
            format_ = format_to(worker.order, item.target)
            result = worker.color(found.source, format=format_, cast=item.cast)
        _check_unchanged(item.source, found)
        if result is not None:
            files = _write(result, item, worker.order, staging)
    except Exception as error:  # one picture is no disaster, whatever it is
        failure = error
    return Outcome(
        item,
        _status(result, failure),
        round(time.perf_counter() - started, 3),
        state=None if found is None else found.state,
        sha256="" if found is None else found.sha256,
        files=files,
        error=None if failure is None else sentence(failure),
        kind=None if failure is None else type(failure).__name__,
        notes=() if result is None or failure is not None else result.notes,
        album_note=note,
    )


def check_target(item: Item, order: Order) -> None:
    """Refuse names that are taken.

    Raises
    ------
    OutputExistsError
        If a file of the result is there and may not be replaced.
    """
    for place in names(order, item.target):
        _is_there(place, item)


def _is_there(place: str, item: Item) -> bool:
    """Whether a file is there, which may be replaced; else raise `OutputExistsError`."""
    now = files_of(place).state(place)
    if now is None or item.replace:
        return now is not None or item.replace
    known = next((each for each in item.ours if each.place == place), None)
    if known is not None and now == known.state:
        return True
    found = hash_of(place)
    if known is not None and found == known.sha256:
        return True
    # A worker that was lost may have written it, and another has the picture now.
    if item.claims is not None and claims.is_claimed(item.claims, found):
        return True
    raise _taken(place)


def _taken(place: str) -> OutputExistsError:
    return OutputExistsError(f"{shown(place)} exists already; --force overwrites it")


def hash_of(place: str) -> str:
    """Return the SHA-256 of a file, hex.

    Raises
    ------
    InputMissingError, StorageError
        If it is not there, or cannot be read.
    """
    near = files_of(place).near(place)
    return (
        _hash(near) if near is not None else hashlib.sha256(files_of(place).read(place)).hexdigest()
    )


def sentence(error: Exception) -> str:
    """Return what a user is told of an error."""
    if isinstance(error, PhotochromError):
        return str(error)
    return f"unexpected error, {type(error).__name__}: {error} (--debug shows where)"


def _read(place: str, order: Order) -> _Read:
    """Look at an input; a file of this machine is left to the worker to read."""
    files = files_of(place)
    state = files.state(place)
    near = files.near(place)
    if near is not None:
        # What is too large is refused unread: it may be a terabyte of nothing.
        read = state is None or state.size <= order.limits.max_bytes
        return _Read(near, state or State(0, ""), _hash(near) if read else "")
    if state is None:
        raise InputMissingError(f"there is no file {shown(place)}; check the name")
    content = files.read(place, most=order.limits.max_bytes)
    return _Read(content, state, hashlib.sha256(content).hexdigest())


def _check_unchanged(place: str, found: _Read) -> None:
    """Refuse what came of a file that was replaced, or written on, while it was read."""
    if isinstance(found.source, bytes) or not found.state.version:  # a pipe has no state
        return
    now = files_of(place).state(place)
    if now is not None and now != found.state:
        raise PictureError(f"{place} was changed while it was read; run the same command again")


def _hash(path: FilePath) -> str:
    """Return the SHA-256 of a file; "" of what cannot be read, for the reader has the words."""
    digest = hashlib.sha256()
    try:
        if not path.is_file():  # a pipe can be read once
            return ""
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError:
        return ""
    return digest.hexdigest()


def _status(result: Result | None, failure: Exception | None) -> Status:
    if failure is not None:
        return "failed"
    return "skipped" if result is not None and result.colored else "done"


def _write(
    result: Result, item: Item, order: Order, staging: FilePath | None
) -> tuple[Written, ...]:
    """Write all files of a result: each is whole on the disk before the first gets its name."""
    files = list(zip(names(order, item.target), result.files, strict=False))
    hashes = [hashlib.sha256(data).hexdigest() for _, data in files]
    if item.claims is not None:
        for digest in hashes:
            claims.claim(item.claims, digest)
    written: list[Written] = []
    new: list[str] = []
    with ExitStack() as waiting:
        ready = [waiting.enter_context(_ready(*each, staging)) for each in files]
        try:
            for (place, data), digest, name in zip(files, hashes, ready, strict=True):
                there = _is_there(place, item)
                name(there)
                if not there:
                    new.append(place)
                state = files_of(place).state(place) or State(len(data), "")
                written.append(Written(place, state, digest))
        except BaseException:
            for place in new:
                files_of(place).remove(place)
            raise
    return tuple(written)


def put(place: str, data: bytes, *, overwrite: bool = False) -> None:
    """Write one file, whole or not at all, making its folder if needed.

    Raises
    ------
    OutputExistsError
        If it is there, and may not be replaced.
    WriteError, StorageError
        If it cannot be written.
    """
    if not overwrite and files_of(place).state(place) is not None:
        raise _taken(place)
    with _ready(place, data, None) as name:
        name(overwrite)


@contextmanager
def _ready(place: str, data: bytes, staging: FilePath | None) -> Iterator[Callable[[bool], None]]:
    """Yield what lets a file appear, whole; it is told whether one that is there is replaced.

    Raises
    ------
    WriteError, StorageError
        If it cannot be written.
    """
    files = files_of(place)
    near = files.near(place)
    if near is None:
        yield lambda _: files.write(place, data)
        return
    make_folder(near.parent)
    own = staging if staging is not None and _share_disk(staging, near.parent) else None
    with staged(data, near, staging=own, durable=staging is not None) as name:
        yield name


def _share_disk(one: FilePath, other: FilePath) -> bool:
    """Whether a file can be renamed from one folder into another; links may lead elsewhere."""
    with suppress(OSError):
        return one.stat().st_dev == other.stat().st_dev
    return True  # writing there tells what is wrong

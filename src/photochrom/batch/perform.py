"""One picture from where it lies to where its result goes: the same in every engine."""

import hashlib
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path as FilePath

from photochrom._files import check_free, write_bytes, write_error
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
        if not item.look:
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
    """Refuse a name that is taken.

    Raises
    ------
    OutputExistsError
        If a file of the result is there and may not be replaced.
    """
    if item.replace:
        return
    for place in names(order, item.target):
        if files_of(place).state(place) is not None:
            raise OutputExistsError(f"{shown(place)} exists already; --force overwrites it")


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
    """Write all files of a result; one that fails takes back those before it that are new."""
    written: list[Written] = []
    try:
        for place, data in zip(names(order, item.target), result.files, strict=False):
            put(place, data, overwrite=item.replace, staging=staging)
            state = files_of(place).state(place) or State(len(data), "")
            written.append(Written(place, state, hashlib.sha256(data).hexdigest()))
    except BaseException:
        for each in written:
            files_of(each.place).remove(each.place)
        raise
    return tuple(written)


def put(
    place: str, data: bytes, *, overwrite: bool = False, staging: FilePath | None = None
) -> None:
    """Write one file, whole or not at all, making its folder if needed.

    Raises
    ------
    OutputExistsError
        If it is there, near, and may not be replaced.
    WriteError, StorageError
        If it cannot be written.
    """
    files = files_of(place)
    near = files.near(place)
    if near is None:
        files.write(place, data)
        return
    try:
        near.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(f"{near.parent} cannot be made", error) from error
    check_free(near, overwrite=overwrite)
    own = staging if staging is not None and _share_disk(staging, near.parent) else None
    write_bytes(data, near, overwrite=overwrite, staging=own, durable=staging is not None)


def _share_disk(one: FilePath, other: FilePath) -> bool:
    """Whether a file can be renamed from one folder into another; links may lead elsewhere."""
    with suppress(OSError):
        return one.stat().st_dev == other.stat().st_dev
    return True  # writing there tells what is wrong

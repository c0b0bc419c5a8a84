"""Where a batch is on record: files in the hidden folder `.photochrom` of its results."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path as FilePath
from shutil import rmtree
from typing import Protocol
from uuid import uuid4

from photochrom._files import write_error
from photochrom.batch.manifest import Manifest, head, read_manifest, whole_lines
from photochrom.batch.shard import Shard
from photochrom.errors import LockedError
from photochrom.storage.place import files_of, join

FOLDER = ".photochrom"
_UNFINISHED = "unfinished"  # folder of files that are not complete
_SYNC_EVERY = 1.0  # s; a power cut takes the lines after, not a kill; those pictures are done anew
_EVERY = 2.0  # s between writes to a place that cannot append; what is lost by a kill is done anew
_MOST = 1 << 20  # bytes of such a file; then another is begun


class Log(Protocol):
    """A file that lines are added to."""

    def add(self, lines: Iterable[bytes], *, now: bool = False) -> None:
        """Add lines; `now` says that they must be there before this returns."""

    def close(self) -> None:
        """Write what is not written yet."""


def read(folder: str) -> Manifest:
    """Return what is on record in a folder of results: of all runs and shards.

    Raises
    ------
    ManifestError
        If a file is damaged or of another version.
    StorageError
        If one cannot be read.
    """
    names = _names(folder)
    files = files_of(folder)
    contents = (files.read(join(folder, name)) for name in names)
    return read_manifest(*contents, names=tuple(join(folder, name) for name in names))


def set_aside(folder: str) -> None:
    """Rename all files of a record, so that a new one begins."""
    files = files_of(folder)
    for name in _names(folder):
        place = join(folder, name)
        files.write(f"{place}.{int(time.time())}.old", files.read(place))
        files.remove(place)


def open_log(folder: str, shard: Shard) -> Log:
    """Open the file that this run adds to; it holds the record's folder as it should be."""
    near = files_of(folder).near(folder)
    if near is None:
        return _Whole(join(folder, f"{FOLDER}/{shard.name('manifest')}"))
    return _Appended(near / FOLDER / f"{shard.name('manifest')}.jsonl")


@contextmanager
def staging(folder: str, shard: Shard) -> Iterator[FilePath | None]:
    """Hold an empty folder for files that are not complete; None where results are elsewhere.

    What earlier runs that were killed left there goes; of others that may be at work it stays.
    """
    near = files_of(folder).near(folder)
    if near is None:
        yield None
        return
    made = near / FOLDER / shard.name(_UNFINISHED)
    try:
        for left in (near / FOLDER).iterdir():
            other = Shard.in_name(left.name, _UNFINISHED)
            if other is not None and shard.meets(other):
                rmtree(left, ignore_errors=True)
        made.mkdir(parents=True)
    except OSError as error:
        raise write_error(f"{near} cannot be written to", error) from error
    lost = False
    try:
        yield made
    except LockedError:  # by now it is the folder of the run that took over
        lost = True
        raise
    finally:
        if not lost:
            rmtree(made, ignore_errors=True)


def _names(folder: str) -> list[str]:
    found = files_of(folder).names(join(folder, FOLDER))
    return [f"{FOLDER}/{n}" for n in found if n.startswith("manifest") and n.endswith(".jsonl")]


class _Appended:
    """A file of this machine; a line is in it, whatever ends the run, before `add` returns."""

    def __init__(self, path: FilePath) -> None:
        self._path, self._synced = path, 0.0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab")
            if self._file.tell():
                self._file.truncate(len(whole_lines(path.read_bytes())))
            if not path.stat().st_size:
                self.add([head()], now=True)
        except OSError as error:
            raise write_error(f"cannot write {path}", error) from error

    def add(self, lines: Iterable[bytes], *, now: bool = False) -> None:
        """As `Log.add`."""
        try:
            self._file.write(b"".join(lines))
            self._file.flush()
            if now or time.monotonic() - self._synced > _SYNC_EVERY:
                self._sync()
        except OSError as error:
            raise write_error(f"cannot write {self._path}", error) from error

    def close(self) -> None:
        """As `Log.close`."""
        with self._file, suppress(OSError):  # a line that did not fit on the disk was told already
            self._file.flush()
            self._sync()

    def _sync(self) -> None:
        os.fsync(self._file.fileno())
        self._synced = time.monotonic()


class _Whole:
    """Files of a store that knows whole objects alone: written anew as lines come, cut in parts."""

    def __init__(self, stem: str) -> None:
        self._stem = f"{stem}-{int(time.time())}-{uuid4().hex[:8]}"
        self._part, self._lines, self._last = 0, [head()], 0.0

    def add(self, lines: Iterable[bytes], *, now: bool = False) -> None:
        """As `Log.add`."""
        self._lines += lines
        if now or time.monotonic() - self._last > _EVERY:
            self._write()

    def close(self) -> None:
        """As `Log.close`."""
        self._write()

    def _write(self) -> None:
        if len(self._lines) == 1:  # such as after a run that had nothing to do
            return
        place, content = f"{self._stem}-{self._part:04d}.jsonl", b"".join(self._lines)
        files_of(place).write(place, content)
        self._last = time.monotonic()
        if len(content) > _MOST:
            self._part, self._lines = self._part + 1, [head()]

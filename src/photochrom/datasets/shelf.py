"""Whole copies of distant files in a temporary folder, up to a limit."""

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path as FilePath
from shutil import rmtree
from tempfile import mkdtemp
from threading import Lock
from typing import BinaryIO
from weakref import finalize


class Shelf:
    """Copies of files; the ones used longest ago make room for new ones.

    Pictures of a shard lie closer together than one request is worth: reading headers or members
    by range costs some 30 ms each, a whole shard of 50 MB about a second. So shards come whole.

    Parameters
    ----------
    limit : bytes; a single file that is larger is kept alone
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._folder: FilePath | None = None
        self._sizes: OrderedDict[str, int] = OrderedDict()
        self._places: dict[str, FilePath] = {}
        self._count = 0
        self._fetching, self._lock = Lock(), Lock()

    @property
    def bytes(self) -> int:
        """Of all copies."""
        return sum(self._sizes.values())

    def open(self, name: str, size: int, fetch: Callable[[str], None]) -> BinaryIO:
        """Open the copy of a file.

        Parameters
        ----------
        name : of the file, unlike any other
        size : bytes that it will have
        fetch : writes the file to the path it is given; called if there is no copy

        Raises
        ------
        OSError
            If the copy does not have `size` bytes, or as `fetch` does.
        """
        return self._opened(name) or self._fetched(name, size, fetch)

    def _opened(self, name: str) -> BinaryIO | None:
        with self._lock:  # held while opening, so that the file is not thrown out just then
            if name not in self._sizes:
                return None
            self._sizes.move_to_end(name)
            return self._places[name].open("rb")

    def _fetched(self, name: str, size: int, fetch: Callable[[str], None]) -> BinaryIO:
        with self._fetching:  # one at a time: two would have to agree on the room
            found = self._opened(name)
            if found is not None:  # another thread was first
                return found
            self._make_room(size)
            place = self._new_place()
            try:
                fetch(str(place))
                came = place.stat().st_size
                if came != size:
                    raise OSError(f"{came:,} of {size:,} bytes came")
                with self._lock:
                    self._sizes[name], self._places[name] = size, place
                    return place.open("rb")
            except BaseException:
                place.unlink(missing_ok=True)
                raise

    def _new_place(self) -> FilePath:
        if self._folder is None:
            self._folder = FilePath(mkdtemp(prefix="photochrom-"))
            finalize(self, rmtree, self._folder, ignore_errors=True)  # it goes with the shelf
        self._count += 1
        return self._folder / str(self._count)

    def _make_room(self, size: int) -> None:
        with self._lock:
            while self._sizes and self.bytes + size > self._limit:
                oldest, _ = self._sizes.popitem(last=False)
                self._places.pop(oldest).unlink(missing_ok=True)

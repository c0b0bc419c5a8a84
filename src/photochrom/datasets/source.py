"""Where streamed pictures come from: tar shards or folders, on this machine or by URL."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import BinaryIO, Protocol

from photochrom.datasets.tars import Entry
from photochrom.errors import DatasetError


class Group(Protocol):
    """Pictures that lie together: those of one shard, or of one folder."""

    @property
    def name(self) -> str:
        """For messages."""

    def __len__(self) -> int: ...

    def member(self, place: int) -> str:
        """Name of the picture there."""

    def read(self, place: int) -> bytes:
        """Bytes of the picture's file.

        Raises
        ------
        DatasetError
            If the shard cannot be read any more.
        PictureError
            If only this picture cannot be read.
        """


@dataclass(frozen=True)
class Shard:
    """A tar file of pictures."""

    name: str
    entries: tuple[Entry, ...]
    open: Callable[[], BinaryIO]

    def __len__(self) -> int:
        return len(self.entries)

    def member(self, place: int) -> str:
        """As `Group.member`: SHARD/MEMBER."""
        return f"{self.name}/{self.entries[place].name}"

    def read(self, place: int) -> bytes:
        """As `Group.read`."""
        entry = self.entries[place]
        try:
            with self.open() as file:
                file.seek(entry.offset)
                data = file.read(entry.size)
        except OSError as error:
            raise DatasetError(
                f"the shard {self.name} cannot be read: {error.strerror or error}"
            ) from error
        if len(data) < entry.size:
            raise DatasetError(f"the shard {self.name} became shorter while in use")
        return data


@dataclass(frozen=True)
class Files:
    """Pictures that are files of their own."""

    name: str
    names: tuple[str, ...]
    read_file: Callable[[str], bytes]

    def __len__(self) -> int:
        return len(self.names)

    def member(self, place: int) -> str:
        """As `Group.member`: FOLDER/PATH."""
        return f"{self.name}/{self.names[place]}"

    def read(self, place: int) -> bytes:
        """As `Group.read`."""
        return self.read_file(self.names[place])


class Source:
    """All pictures of one or more groups, numbered from 0.

    Parameters
    ----------
    groups : in the order that numbers their pictures
    """

    def __init__(self, groups: Sequence[Group]) -> None:
        self._groups = tuple(groups)
        self.sizes = tuple(len(group) for group in self._groups)
        """Pictures of each group."""
        self._ends = tuple(accumulate(self.sizes))

    def __len__(self) -> int:
        return self._ends[-1]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the groups: shards and folders."""
        return tuple(group.name for group in self._groups)

    def name(self, number: int) -> str:
        """Name of a picture: SHARD/MEMBER or FOLDER/PATH."""
        group, place = self._place(number)
        return group.member(place)

    def read(self, number: int) -> bytes:
        """Return a picture's file.

        Raises
        ------
        DatasetError
            If its shard cannot be read any more.
        PictureError
            If only this picture cannot be read.
        """
        group, place = self._place(number)
        return group.read(place)

    def _place(self, number: int) -> tuple[Group, int]:
        if not 0 <= number < len(self):
            raise IndexError(f"expected a picture from 0 to {len(self) - 1}, got {number}")
        group = bisect_right(self._ends, number)
        return self._groups[group], number - (self._ends[group] - self.sizes[group])

"""What a batch asks of a place that holds files, near or far."""

from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Protocol


@dataclass(frozen=True)
class State:
    """What a listing knows of a file; another state means another content.

    Attributes
    ----------
    size : bytes; -1 where the place cannot say
    version : when or as what it was written: nanoseconds, an ETag; "" where the place cannot say
    """

    size: int
    version: str


class Files(Protocol):
    """A file system; every place is a whole path or URL, as `join` and `pictures` give it.

    Whatever goes wrong is a `StorageError` that names the place.
    """

    def state(self, place: str) -> State | None:
        """Return the state of a file; None where there is none."""

    def states(self, folder: str) -> dict[str, State]:
        """Return all files in a folder and below it by names relative to it; {} if there are none.

        One listing, where `state` for each would ask a distant place as often as it has files.
        """

    def is_folder(self, place: str) -> bool:
        """Whether files can be found below it."""

    def pictures(self, folder: str) -> list[str]:
        """Return the pictures in a folder and below it: names relative to it, with /, sorted.

        Hidden ones and run folders of trainings are left out, as `find_pictures` does.

        Raises
        ------
        DatasetError
            If there are none.
        """

    def matches(self, pattern: str, *, folders: bool = False) -> list[str]:
        """Return the files that fit a pattern of `*`, `?`, `[]` and `**`, sorted.

        Hidden ones are left out; `folders` are listed too where they are asked for.
        """

    def names(self, folder: str) -> list[str]:
        """Return the names of all that lies directly in a folder, sorted; [] if there is none."""

    def join(self, folder: str, name: str) -> str:
        """Return the place of a name, which may hold /, in a folder."""

    def near(self, place: str) -> FilePath | None:
        """Return the path on this machine; None for a place that is elsewhere."""

    def read(self, place: str, *, most: int | None = None) -> bytes:
        """Return a whole file; one of more than `most` bytes is a `StorageError`.

        Raises
        ------
        InputMissingError
            If there is none.
        StorageError
            If it cannot be read.
        """

    def copy(self, place: str, target: str) -> None:
        """Copy a whole file to a path on this machine; raises as `read` does."""

    def write(self, place: str, data: bytes) -> None:
        """Write a whole file, which appears complete or not at all and replaces what was there."""

    def remove(self, place: str) -> None:
        """Remove a file; one that is not there is no error."""

    def clear(self, folder: str) -> None:
        """Remove a folder and all that is in it, if it is there; what cannot be removed stays."""

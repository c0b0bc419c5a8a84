"""The files of this machine."""

import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path as FilePath
from pathlib import PurePath
from stat import S_ISREG

from photochrom._files import write_bytes
from photochrom.errors import InputMissingError, StorageError, WriteError
from photochrom.storage.files import State
from photochrom.storage.pictures import find_pictures
from photochrom.storage.urls import without_file


class LocalFiles:
    """Files of this machine, by path or by `file://` URL."""

    def state(self, place: str) -> State | None:
        """As `Files.state`; a pipe or a device counts as no file."""
        with _told(place):
            try:
                found = os.stat(without_file(place))  # noqa: PTH116 - of many files
            except (FileNotFoundError, NotADirectoryError):
                return None
        if not S_ISREG(found.st_mode):
            return None
        return State(found.st_size, str(found.st_mtime_ns))

    def states(self, folder: str) -> dict[str, State]:
        """As `Files.states`."""
        root = path_of(folder)
        found = {}
        with _told(folder):
            for where, _, names in os.walk(root, onerror=_refuse):
                inside = FilePath(where).relative_to(root)
                for name in names:
                    state = self.state(os.path.join(where, name))  # noqa: PTH118 - many files
                    if state is not None:  # a broken link, or removed just now
                        found[(inside / name).as_posix()] = state
        return found

    def is_folder(self, place: str) -> bool:
        """As `Files.is_folder`."""
        return path_of(place).is_dir()

    def pictures(self, folder: str) -> list[str]:
        """As `Files.pictures`."""
        root = path_of(folder)
        return [path.relative_to(root).as_posix() for path in find_pictures(root)]

    def matches(self, pattern: str, *, folders: bool = False) -> list[str]:
        """As `Files.matches`."""
        found = glob.glob(str(path_of(pattern)), recursive=True)  # noqa: PTH207 - may be absolute
        return sorted(path for path in found if folders or FilePath(path).is_file())

    def names(self, folder: str) -> list[str]:
        """As `Files.names`."""
        with _told(folder):
            try:
                return sorted(os.listdir(path_of(folder)))  # noqa: PTH208 - names are asked for
            except FileNotFoundError:
                return []

    def join(self, folder: str, name: str) -> str:
        """As `Files.join`; a name that a store may hold and that leads elsewhere is refused."""
        path = PurePath(name)
        if path.is_absolute() or ".." in path.parts:
            raise StorageError(f"the name {name!r} leads out of {folder}; rename it")
        return str(path_of(folder) / name)

    def near(self, place: str) -> FilePath | None:
        """As `Files.near`."""
        return path_of(place)

    def read(self, place: str, *, most: int | None = None) -> bytes:
        """As `Files.read`."""
        with _told(place):
            try:
                with path_of(place).open("rb") as file:
                    data = file.read(-1 if most is None else most + 1)
            except FileNotFoundError:
                raise InputMissingError(f"there is no file {place}") from None
        check_most(len(data), most, place)
        return data

    def copy(self, place: str, target: str) -> None:
        """As `Files.copy`."""
        with _told(place):
            try:
                shutil.copyfile(path_of(place), target)
            except FileNotFoundError:
                raise InputMissingError(f"there is no file {place}") from None

    def write(self, place: str, data: bytes) -> None:
        """As `Files.write`; folders that are missing are made."""
        path = path_of(place)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(data, path, overwrite=True)
        except WriteError as error:
            raise StorageError(str(error)) from error
        except OSError as error:
            raise StorageError(f"cannot write {place}: {error.strerror or error}") from error

    def remove(self, place: str) -> None:
        """As `Files.remove`."""
        with _told(place, "removed"):
            path_of(place).unlink(missing_ok=True)

    def clear(self, folder: str) -> None:
        """As `Files.clear`."""
        shutil.rmtree(path_of(folder), ignore_errors=True)


def path_of(place: str) -> FilePath:
    """Return the path that a place on this machine names."""
    return FilePath(without_file(place))


def check_most(size: int, most: int | None, place: str) -> None:
    """Raise `StorageError` where a file is larger than may be read."""
    if most is not None and size > most:
        raise StorageError(f"{place} is larger than the {most:,} bytes that are read at most")


def _refuse(error: OSError) -> None:
    """Stop at a folder that cannot be read: left out silently, its files would be missed."""
    if not isinstance(error, FileNotFoundError):  # there is none, or it was removed just now
        raise error


@contextmanager
def _told(place: str, what: str = "read") -> Iterator[None]:
    try:
        yield
    except InputMissingError:
        raise
    except (OSError, ValueError) as error:  # a name with a zero byte is a ValueError
        name = getattr(error, "filename", None) or place
        reason = getattr(error, "strerror", None) or error
        raise StorageError(f"{name} cannot be {what}: {reason}") from error

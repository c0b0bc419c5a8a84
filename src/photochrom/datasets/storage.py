"""What finding pictures and shards asks of a place that holds files."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path as FilePath
from typing import BinaryIO, Literal, TypeAlias

from photochrom.datasets.shelf import Shelf
from photochrom.errors import DatasetError, InputMissingError, PictureError, StorageError
from photochrom.storage.place import files_of, shown

Kind: TypeAlias = Literal["file", "folder"]


class Storage:
    """A file system, of which parts of large files are asked for; its failures are `DatasetError`s.

    Parameters
    ----------
    place : a path or URL in it
    shelf : where whole files from elsewhere are copied to
    """

    def __init__(self, place: str, shelf: Shelf) -> None:
        with _told():
            self._files = files_of(place)
        self._shelf = shelf

    def kind(self, path: str) -> Kind | None:
        """What is there; None for nothing."""
        with _told():
            if self._files.is_folder(path):
                return "folder"
            return None if self._files.state(path) is None else "file"

    def matches(self, pattern: str) -> list[str]:
        """Files and folders that fit a pattern of `*`, `?` and `[]`, sorted."""
        with _told():
            return self._files.matches(pattern, folders=True)

    def names(self, folder: str) -> list[str]:
        """Names of what lies directly in a folder, sorted."""
        with _told():
            return self._files.names(folder)

    def pictures(self, folder: str) -> list[str]:
        """Pictures in a folder and below it, as `find_pictures` does: names below it, sorted."""
        with _told():
            return self._files.pictures(folder)

    def join(self, folder: str, name: str) -> str:
        """Path of a name in a folder."""
        return self._files.join(folder, name)

    def base(self, path: str) -> str:
        """Last part of a path."""
        near = self._files.near(path)
        return self.full(path).rpartition("/")[2] if near is None else near.absolute().name or path

    def full(self, path: str) -> str:
        """The path that no other file has, for messages too."""
        near = self._files.near(path)
        return shown(path).rstrip("/") if near is None else os.path.realpath(near)

    def read(self, path: str) -> bytes:
        """All bytes of a file.

        Raises
        ------
        PictureError
            In place of `DatasetError`, if this file cannot be read: one picture is no disaster.
        """
        near = self._files.near(path)
        if near is not None:
            return _read_near(near)
        try:
            with _told():
                return self._files.read(path)
        except InputMissingError as error:
            raise PictureError("it cannot be read: there is no such file any more") from error

    def open(self, path: str) -> BinaryIO:
        """Open a file of which parts will be read; one from elsewhere is copied whole."""
        near = self._files.near(path)
        if near is not None:
            return _open_near(near)
        try:
            with _told():
                return self._shelf.open(
                    path, self._size(path), lambda at: self._files.copy(path, at)
                )
        except (InputMissingError, OSError) as error:
            raise DatasetError(f"{self.full(path)} cannot be read: {error}") from error

    def _size(self, path: str) -> int:
        found = self._files.state(path)
        if found is None:
            raise OSError("there is no such file any more")
        if found.size < 0:
            raise OSError("the server does not say how large it is; copy it here first")
        return found.size


def _read_near(path: FilePath) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise PictureError(f"it cannot be read: {error.strerror}") from error


def _open_near(path: FilePath) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        name = os.path.realpath(path)
        raise DatasetError(f"the shard {name} cannot be read: {error.strerror}") from error


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except StorageError as error:
        raise DatasetError(str(error)) from error

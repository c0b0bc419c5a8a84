"""What finding pictures asks of a place that holds files, and this machine as such a place."""

import glob
import os
from pathlib import Path as FilePath
from typing import BinaryIO, Literal, Protocol, TypeAlias

from photochrom.datasets.folder import find_pictures
from photochrom.errors import DatasetError, PictureError

Kind: TypeAlias = Literal["file", "folder"]


class Storage(Protocol):
    """A place that holds files; whatever goes wrong there is a `DatasetError` with the name."""

    def kind(self, path: str) -> Kind | None:
        """What is there; None for nothing."""

    def matches(self, pattern: str) -> list[str]:
        """Paths that fit a pattern of `*`, `?` and `[]`, sorted."""

    def names(self, folder: str) -> list[str]:
        """Names of what lies directly in a folder, sorted."""

    def pictures(self, folder: str) -> list[str]:
        """Pictures in a folder and below it, as `find_pictures` does: names below it, sorted."""

    def join(self, folder: str, name: str) -> str:
        """Path of a name in a folder."""

    def base(self, path: str) -> str:
        """Last part of a path."""

    def full(self, path: str) -> str:
        """The path that no other file has, for messages too."""

    def read(self, path: str) -> bytes:
        """All bytes of a file.

        Raises
        ------
        PictureError
            In place of `DatasetError`, if this file cannot be read: one picture is no disaster.
        """

    def open(self, path: str) -> BinaryIO:
        """Open a file of which parts will be read."""


class Local:
    """The files of this machine."""

    def kind(self, path: str) -> Kind | None:
        """As `Storage.kind`."""
        if FilePath(path).is_dir():
            return "folder"
        return "file" if FilePath(path).exists() else None

    def matches(self, pattern: str) -> list[str]:
        """As `Storage.matches`."""
        return sorted(glob.glob(pattern))  # noqa: PTH207 - the pattern may be absolute

    def names(self, folder: str) -> list[str]:
        """As `Storage.names`."""
        try:
            return sorted(os.listdir(folder))  # noqa: PTH208 - names are asked for
        except OSError as error:
            raise DatasetError(f"the folder {folder} cannot be read: {error.strerror}") from error

    def pictures(self, folder: str) -> list[str]:
        """As `Storage.pictures`."""
        return [path.relative_to(folder).as_posix() for path in find_pictures(folder)]

    def join(self, folder: str, name: str) -> str:
        """As `Storage.join`."""
        return str(FilePath(folder) / name)

    def base(self, path: str) -> str:
        """As `Storage.base`."""
        return FilePath(path).absolute().name or path

    def full(self, path: str) -> str:
        """As `Storage.full`."""
        return os.path.realpath(path)

    def read(self, path: str) -> bytes:
        """As `Storage.read`."""
        try:
            return FilePath(path).read_bytes()
        except OSError as error:
            raise PictureError(f"it cannot be read: {error.strerror}") from error

    def open(self, path: str) -> BinaryIO:
        """As `Storage.open`."""
        try:
            return FilePath(path).open("rb")
        except OSError as error:
            raise DatasetError(
                f"the shard {self.full(path)} cannot be read: {error.strerror}"
            ) from error

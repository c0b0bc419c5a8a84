"""Which file system a place lies in: this machine's, or whatever its URL says."""

import os

from photochrom.errors import StorageError
from photochrom.storage.files import Files
from photochrom.storage.local import LocalFiles, path_of
from photochrom.storage.urls import below, is_chain, is_url, plain, shown

__all__ = ["files_of", "is_url", "join", "key_of", "relative", "shown"]


def files_of(place: str) -> Files:
    """Return the file system of a path or URL.

    Raises
    ------
    MissingExtraError
        If a URL needs a package that is not installed.
    StorageError
        If it is of no kind that is known, or its file system cannot be reached.
    """
    if not is_url(place):
        return LocalFiles()
    if is_chain(place):
        raise StorageError(f"expected one URL, got a chain of them: {shown(place)}")
    from photochrom.storage.remote import RemoteFiles  # noqa: PLC0415 - most runs need none

    return RemoteFiles(place)


def join(folder: str, name: str) -> str:
    """Return the place of a name, which may hold /, in a folder; nothing is opened."""
    return below(folder, name) if is_url(folder) else LocalFiles().join(folder, name)


def relative(folder: str, place: str) -> str:
    """Return the name, with /, of a place that `join` made of a folder; `join` undone."""
    if is_url(folder):
        return place.removeprefix(below(folder, ""))
    return path_of(place).relative_to(path_of(folder)).as_posix()


def key_of(place: str) -> str:
    """Return a text, with /, that is the same for all ways to name the same place."""
    return plain(place) if is_url(place) else os.path.realpath(path_of(place)).replace(os.sep, "/")

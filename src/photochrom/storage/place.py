"""Which file system a place lies in: this machine's, or whatever its URL says."""

from photochrom.errors import StorageError
from photochrom.storage.files import Files
from photochrom.storage.local import LocalFiles, is_here, path_of
from photochrom.storage.urls import below, shown

__all__ = ["files_of", "is_url", "join", "relative", "shown"]


def is_url(place: str) -> bool:
    """Whether a place is elsewhere: `file://` URLs are paths of this machine."""
    return not is_here(place)


def files_of(place: str) -> Files:
    """Return the file system of a path or URL.

    Raises
    ------
    MissingExtraError
        If a URL needs a package that is not installed.
    StorageError
        If it is of no kind that is known, or its file system cannot be reached.
    """
    if is_here(place):
        return LocalFiles()
    if "::" in place.partition("://")[0]:
        raise StorageError(f"expected one URL, got a chain of them: {shown(place)}")
    from photochrom.storage.remote import RemoteFiles  # noqa: PLC0415 - most runs need none

    return RemoteFiles(place)


def join(folder: str, name: str) -> str:
    """Return the place of a name, which may hold /, in a folder; nothing is opened."""
    return LocalFiles().join(folder, name) if is_here(folder) else below(folder, name)


def relative(folder: str, place: str) -> str:
    """Return the name, with /, of a place that `join` made of a folder; `join` undone."""
    if is_here(folder):
        return path_of(place).relative_to(path_of(folder)).as_posix()
    return place.removeprefix(below(folder, ""))

"""Files behind URLs, by whatever fsspec knows: s3, https, sftp, memory.

Its file systems remember listings; here all of that is dropped before each question, so that a
state is never an old one.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path as FilePath
from typing import Any

from photochrom.errors import InputMissingError, PhotochromError, StorageError
from photochrom.storage.connection import connected, kind_of
from photochrom.storage.files import State
from photochrom.storage.local import check_most
from photochrom.storage.pictures import is_picture, none_found
from photochrom.storage.refusals import READ_ONLY, no_bucket, reason
from photochrom.storage.urls import below, fixed_part, shown

WHOLE = frozenset(
    {"s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "adl", "oss", "memory"}
)  # object stores: a file is there when all of it is
_VERSIONS = ("ETag", "etag", "md5Hash", "LastModified", "last_modified", "updated", "mtime",
             "modified", "created", "Last-Modified")  # fmt: skip
_READ_ONLY = frozenset({"http", "https"})
_UNKNOWN = -1  # bytes


class RemoteFiles:
    """The files of one protocol and server; threads may share it.

    Parameters
    ----------
    url : any place there

    Raises
    ------
    MissingExtraError
        If fsspec or the package for this kind of URL is not installed.
    StorageError
        If the URL is of no known kind, or its server cannot be reached.
    """

    def __init__(self, url: str) -> None:
        self._protocol = url.partition("://")[0]
        self._kind = kind_of(self._protocol)
        with _told(url, "reached"):
            self._options = tuple(sorted(self._kind._get_kwargs_from_urls(url).items()))
            self._system  # noqa: B018 - whether it can be reached is told here

    @property
    def _system(self) -> Any:
        return connected(self._protocol, self._options)

    def state(self, place: str) -> State | None:
        """As `Files.state`."""
        found = self._info(place)
        return None if found is None or found["type"] == "directory" else _state(found)

    def states(self, folder: str) -> dict[str, State]:
        """As `Files.states`."""
        with _told(folder):
            found = self._fresh().find(self._path(folder), detail=True)
        return {name: _state(info) for name, info in self._named(folder, found) if _is_file(info)}

    def is_folder(self, place: str) -> bool:
        """As `Files.is_folder`."""
        found = self._info(place)
        return found is not None and found["type"] == "directory"

    def pictures(self, folder: str) -> list[str]:
        """As `Files.pictures`."""
        found = [name for name in self.states(folder) if is_picture(name)]
        if not found:
            raise none_found(shown(folder))
        return sorted(found, key=lambda name: name.split("/"))

    def matches(self, pattern: str, *, folders: bool = False) -> list[str]:
        """As `Files.matches`."""
        root = fixed_part(pattern)
        with _told(pattern):
            found = self._fresh().glob(pattern, detail=True)
        return sorted(
            below(root, name)
            for name, info in self._named(root, found)
            if (folders or _is_file(info)) and not _is_hidden(name)
        )

    def names(self, folder: str) -> list[str]:
        """As `Files.names`."""
        with _told(folder):
            try:
                found = self._fresh().ls(self._path(folder), detail=True)
            except FileNotFoundError as error:
                if no_bucket(error):
                    raise
                return []
        listed = {info["name"]: info for info in found}
        return sorted(name for name, _ in self._named(folder, listed))

    def join(self, folder: str, name: str) -> str:
        """As `Files.join`."""
        return below(folder, name)

    def near(self, place: str) -> FilePath | None:
        """As `Files.near`: nothing here is."""
        return None

    def read(self, place: str, *, most: int | None = None) -> bytes:
        """As `Files.read`."""
        if most is not None:
            check_most(self._size(place), most, shown(place))
        with _told(place):
            try:
                data = bytes(self._system.cat_file(self._path(place)))
            except FileNotFoundError as error:
                raise self._missing(place, error) from error
        check_most(len(data), most, shown(place))  # it may have been replaced just now
        return data

    def copy(self, place: str, target: str) -> None:
        """As `Files.copy`."""
        with _told(place):
            try:
                self._system.get_file(self._path(place), target)
            except FileNotFoundError as error:
                raise self._missing(place, error) from error

    def write(self, place: str, data: bytes) -> None:
        """As `Files.write`."""
        self._check_writable(place)
        with _told(place, "written"):
            if self._protocol in WHOLE:
                self._system.pipe_file(self._path(place), data)
            else:
                self._rename_into(self._path(place), data)

    def remove(self, place: str) -> None:
        """As `Files.remove`."""
        self._check_writable(place)
        with _told(place, "removed"), suppress(FileNotFoundError):
            self._system.rm_file(self._path(place))

    def clear(self, folder: str) -> None:
        """As `Files.clear`."""
        self._check_writable(folder)
        with suppress(Exception):  # every file system has errors of its own
            self._fresh().rm(self._path(folder), recursive=True)

    def _check_writable(self, place: str) -> None:
        if self._protocol in _READ_ONLY:  # fsspec would post it to the server, whatever that does
            raise StorageError(f"{shown(place)} cannot be written: {READ_ONLY}")

    def _rename_into(self, path: str, data: bytes) -> None:
        system = self._system
        folder = path.rpartition("/")[0]
        temporary = f"{folder}/.{secrets.token_hex(8)}.tmp"
        system.makedirs(folder, exist_ok=True)
        try:
            system.pipe_file(temporary, data)
            system.mv(temporary, path)
        except BaseException:
            with suppress(Exception):  # it may never have come to be
                system.rm_file(temporary)
            raise

    def _info(self, place: str) -> dict[str, Any] | None:
        with _told(place):
            try:
                return dict(self._fresh().info(self._path(place)))
            except FileNotFoundError as error:
                if no_bucket(error):
                    raise
                return None

    def _size(self, place: str) -> int:
        found = self._info(place)
        if found is None:
            raise self._missing(place)
        if found["size"] is None:  # some web servers do not say
            raise StorageError(
                f"{shown(place)} cannot be read: the server does not say how large it is; "
                "copy it here first"
            )
        return int(found["size"])

    def _fresh(self) -> Any:
        system = self._system
        system.invalidate_cache()
        return system

    def _path(self, place: str) -> str:
        """Return a URL as fsspec writes it: without server and login."""
        return str(self._kind._strip_protocol(place))

    def _named(self, folder: str, found: dict[str, Any]) -> Iterator[tuple[str, Any]]:
        """Give names relative to a folder; web pages link to what lies elsewhere too."""
        root = self._path(folder).rstrip("/") + "/"
        for path, info in found.items():
            name = path.removeprefix(root).rstrip("/")
            if name and name != path:
                yield name, info

    def _missing(self, place: str, error: Exception | None = None) -> PhotochromError:
        if error is not None and no_bucket(error):
            return StorageError(f"{shown(place)} cannot be read: {reason(error)}")
        # http does not tell apart what is missing and what cannot be reached
        check = "the name and the connection" if self._protocol in _READ_ONLY else "the name"
        return InputMissingError(f"there is no file {shown(place)}; check {check}")


def _state(info: dict[str, Any]) -> State:
    version = next((info[key] for key in _VERSIONS if info.get(key)), "")
    if isinstance(version, datetime):  # listings of some systems give the seconds instead
        version = version.timestamp()
    size = _UNKNOWN if info["size"] is None else int(info["size"])
    return State(size, str(version).strip('"'))


def _is_file(info: dict[str, Any]) -> bool:
    """Whether it is none of the empty objects that stand for a folder in an object store."""
    return info["type"] != "directory" and not info["name"].endswith("/")


def _is_hidden(name: str) -> bool:
    """Whether `glob` on this machine would leave a file out."""
    return any(part.startswith(".") for part in name.split("/"))


@contextmanager
def _told(place: str, what: str = "read") -> Iterator[None]:
    try:
        yield
    except PhotochromError:
        raise
    except Exception as error:  # every file system has errors of its own
        raise StorageError(f"{shown(place)} cannot be {what}: {reason(error)}") from error

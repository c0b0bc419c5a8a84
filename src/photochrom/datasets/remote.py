"""Shards and pictures behind URLs, by whatever file system fsspec knows: s3, https, memory."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any, BinaryIO

from photochrom.datasets.folder import RUN_SUFFIX
from photochrom.datasets.shelf import Shelf
from photochrom.datasets.storage import Kind
from photochrom.errors import DatasetError, MissingExtraError, PhotochromError, PictureError
from photochrom.imageio import PICTURE_SUFFIXES


class Remote:
    """A file system of fsspec; paths are as it writes them.

    Parameters
    ----------
    files : an fsspec file system
    protocol : the URL up to and with `://`, for messages
    shelf : where whole files are copied to
    """

    def __init__(self, files: Any, protocol: str, shelf: Shelf) -> None:
        self._files = files
        self._protocol = protocol
        self._shelf = shelf

    def kind(self, path: str) -> Kind | None:
        """As `Storage.kind`."""
        with self._told(path):
            try:
                found = self._files.info(path)["type"]
            except FileNotFoundError:
                return None
        return "folder" if found == "directory" else "file"

    def matches(self, pattern: str) -> list[str]:
        """As `Storage.matches`."""
        with self._told(pattern):
            return sorted(self._files.glob(pattern))

    def names(self, folder: str) -> list[str]:
        """As `Storage.names`."""
        with self._told(folder):
            return sorted(self.base(path) for path in self._files.ls(folder, detail=False))

    def pictures(self, folder: str) -> list[str]:
        """As `Storage.pictures`."""
        root = folder.rstrip("/") + "/"
        with self._told(folder):
            below = [path.removeprefix(root) for path in self._files.find(folder)]
        found = sorted((name for name in below if _is_picture(name)), key=lambda n: n.split("/"))
        if not found:
            raise DatasetError(
                f"expected pictures ({', '.join(PICTURE_SUFFIXES)}) or shards (.tar) in "
                f"{self.full(folder)}, found none"
            )
        return found

    def join(self, folder: str, name: str) -> str:
        """As `Storage.join`."""
        return f"{folder.rstrip('/')}/{name}"

    def base(self, path: str) -> str:
        """As `Storage.base`."""
        return self._plain(path).rstrip("/").rpartition("/")[2]

    def read(self, path: str) -> bytes:
        """As `Storage.read`."""
        try:
            with self._told(path):
                return bytes(self._files.cat_file(path))
        except DatasetError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                raise PictureError("it cannot be read: there is no such file any more") from error
            raise

    def open(self, path: str) -> BinaryIO:
        """As `Storage.open`: the file is copied whole."""
        with self._told(path):
            name = f"{self._protocol}{path}"
            size = self._files.info(path)["size"]
            if size is None:  # some web servers do not say
                raise OSError("the server does not say how large it is; copy it here first")
            return self._shelf.open(name, size, lambda at: self._files.get_file(path, at))

    def full(self, path: str) -> str:
        """As `Storage.full`."""
        shown = self._plain(path)
        return shown if "://" in shown else self._protocol + shown.lstrip("/")

    def _plain(self, path: str) -> str:
        """Take off what follows the question mark of a web address: it may be a password."""
        return path.partition("?")[0] if self._protocol.startswith("http") else path

    @contextmanager
    def _told(self, path: str) -> Iterator[None]:
        try:
            yield
        except PhotochromError:
            raise
        except Exception as error:  # every file system has errors of its own
            reason = str(error) or type(error).__name__
            raise DatasetError(f"{self.full(path)} cannot be read: {reason}") from error


def connect(url: str, shelf: Shelf) -> tuple[Remote, str]:
    """Find the file system of a URL, and the path within it.

    Raises
    ------
    MissingExtraError
        If fsspec or the package for this kind of URL is not installed.
    DatasetError
        If the URL is of no known kind.
    """
    protocol = url.partition("://")[0] + "://"
    try:
        import fsspec.core  # noqa: PLC0415 - an extra, needed for URLs alone
    except ImportError:
        raise MissingExtraError(
            f"{protocol} needs fsspec; run `pip install 'photochrom[s3]'`"
        ) from None
    try:
        files, path = fsspec.core.url_to_fs(url)
    except ImportError as error:
        raise MissingExtraError(
            f"{protocol} needs a package that is not installed ({error}); "
            "`pip install 'photochrom[s3]'` brings those for s3:// and https://"
        ) from error
    except Exception as error:  # every file system has errors of its own
        raise DatasetError(f"{protocol} cannot be reached: {error}") from error
    return Remote(files, protocol, shelf), path


def _is_picture(name: str) -> bool:
    *folders, base = PurePosixPath(name).parts
    hidden = any(part.startswith(".") for part in (*folders, base))
    run = any(part.endswith(RUN_SUFFIX) for part in folders)
    return not hidden and not run and PurePosixPath(base).suffix.lower() in PICTURE_SUFFIXES

"""Files appear whole or not at all."""

import contextlib
import errno
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path as FilePath

from photochrom._types import Path
from photochrom.errors import DiskFullError, OutputExistsError, WriteError

_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


def write_bytes(
    data: bytes,
    target: Path,
    *,
    overwrite: bool = False,
    staging: FilePath | None = None,
    durable: bool = False,
) -> None:
    """Write bytes under a temporary name, then rename.

    Parameters
    ----------
    data : the whole file
    target : its name
    overwrite : replace a file that is there
    staging : folder for the temporary name, on the same disk; None for that of the target
    durable : put the bytes on the disk before the name: after a power cut no file is there by name
        alone

    Raises
    ------
    OutputExistsError
        If the target exists and overwriting was not asked for.
    DiskFullError
        If there is no space.
    WriteError
        If it cannot be written for another reason: no permission, no such folder. Nothing is left
        behind.
    """
    with staged(data, target, staging=staging, durable=durable) as name:
        name(overwrite)


@contextlib.contextmanager
def staged(
    data: bytes, target: Path, *, staging: FilePath | None = None, durable: bool = False
) -> Iterator[Callable[[bool], None]]:
    """Write bytes under a temporary name; yields what gives them their own.

    That is called with whether a file that is there may be replaced. If it is not called, nothing
    is left behind. Takes and raises what `write_bytes` does.
    """
    final = FilePath(os.fspath(target))
    temporary = (staging or final.parent) / f".{secrets.token_hex(8)}.tmp"

    def name(overwrite: bool) -> None:
        check_free(final, overwrite=overwrite)
        with _told(final):
            temporary.replace(final)

    try:
        with _told(final), temporary.open("xb") as file:  # "x" keeps the umask's permissions
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        yield name
    finally:
        with contextlib.suppress(OSError):  # it was renamed, or never came to be
            temporary.unlink()


@contextlib.contextmanager
def _told(target: FilePath) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise write_error(f"cannot write {target}", error) from error


def make_folder(folder: FilePath) -> None:
    """Make a folder and those that it lies in, where they are missing.

    Raises
    ------
    DiskFullError, WriteError
        If the system refuses.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise write_error(f"{folder} cannot be made", error) from error


def write_error(what: str, error: OSError) -> WriteError:
    """Return the error of ours for one of the system's; a full disk has a kind of its own."""
    kind = DiskFullError if is_full(error) else WriteError
    return kind(f"{what}: {error.strerror or error}")


def is_full(error: Exception) -> bool:
    """Whether an error of the system says that a disk is full."""
    return isinstance(error, OSError) and error.errno in _FULL


def check_free(target: Path, *, overwrite: bool) -> None:
    """Raise `OutputExistsError` where there is a file that may not be replaced."""
    if not overwrite and os.path.lexists(target):
        raise OutputExistsError(
            f"{os.fspath(target)} exists already; choose another name or overwrite it (--force)"
        )

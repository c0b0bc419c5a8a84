"""Folders appear whole or not at all, as single files do in `_files`."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path as FilePath

from photochrom._files import write_error
from photochrom._types import Path
from photochrom.errors import PhotochromError


def real(target: Path) -> FilePath:
    """Return a folder's own path: "." has no name, and a link is not what is replaced."""
    return FilePath(os.path.realpath(target))


@contextmanager
def folder_beside(target: Path, *, parents: bool = False) -> Iterator[FilePath]:
    """Give a temporary folder on the disk of `target`, which is gone after the block.

    Parameters
    ----------
    target : a folder, there or not
    parents : make the folders that it lies in

    Raises
    ------
    DiskFullError, WriteError
        If the system refuses something within the block.
    """
    temporary = _beside(real(target))
    try:
        temporary.mkdir(parents=parents)
        yield temporary
    except PhotochromError:
        raise
    except OSError as error:
        raise write_error(f"cannot write {target}", error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)  # it was renamed, or never came to be


def swap(temporary: FilePath, target: Path) -> None:
    """Put a folder in place of another, which goes only when the new one is there."""
    final = real(target)
    if not final.exists():
        temporary.rename(final)
        return
    old = _beside(final)
    final.rename(old)
    try:
        temporary.rename(final)
    except OSError:
        old.rename(final)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _beside(final: FilePath) -> FilePath:
    return final.with_name(f".{secrets.token_hex(8)}.tmp")

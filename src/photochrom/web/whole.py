"""The folder of a site: which may be replaced, and how it is written."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from photochrom._files import write_error
from photochrom._folders import folder_beside, swap
from photochrom.errors import OutputExistsError


def check_folder(target: Path, *, overwrite: bool, ours: Callable[[Path], bool]) -> None:
    """Raise `OutputExistsError` where a folder may not be written.

    Parameters
    ----------
    target : a name that is free, or of an empty folder
    overwrite : one that holds an earlier result may be replaced
    ours : says of a folder whether it does; all others are never replaced
    """
    if not os.path.lexists(target):
        return
    if not target.is_dir():
        raise OutputExistsError(f"{target} is no folder; choose another name")
    if _is_empty(target):
        return
    if not ours(target):
        raise OutputExistsError(
            f"{target} holds other files; choose a folder that is empty or not there yet"
        )
    if not overwrite:
        raise OutputExistsError(
            f"{target} holds a site already; choose another name or overwrite it (--force)"
        )


def write_folder(files: Mapping[str, bytes], target: Path) -> None:
    """Write a folder under a temporary name beside it, then put it in place of what is there.

    Parameters
    ----------
    files : name within the folder, with slashes -> content
    target : the folder

    Raises
    ------
    DiskFullError, WriteError
        If it cannot be written. Nothing is left behind, and what was there stays.
    """
    with folder_beside(target) as temporary:
        for name, content in files.items():
            path = temporary / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        if target.exists() and _is_empty(target):  # somebody's shell may stand in it
            for each in temporary.iterdir():
                each.rename(target / each.name)
        else:
            swap(temporary, target)


def _is_empty(folder: Path) -> bool:
    try:
        return not any(folder.iterdir())
    except OSError as error:
        raise write_error(f"cannot look into {folder}", error) from error

"""Folders appear whole or not at all."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path as FilePath

from photochrom._folders import folder_beside, real, swap
from photochrom._types import Path
from photochrom.errors import OutputExistsError


@contextmanager
def whole_folder(target: Path, *, holds: re.Pattern[str], overwrite: bool) -> Iterator[FilePath]:
    """Give a temporary folder to fill; it becomes `target` if all goes well.

    Parameters
    ----------
    target : a folder that does not exist or is empty; its parents are made
    holds : names of the files that it will have
    overwrite : whether a folder that holds such files may be replaced; one with other files never

    Raises
    ------
    OutputExistsError
        As `check_folder` does.
    WriteError
        If it cannot be written: no space, no permission. Nothing is left behind.
    """
    check_folder(real(target), holds=holds, overwrite=overwrite)
    with folder_beside(target, parents=True) as temporary:
        yield temporary
        check_folder(real(target), holds=holds, overwrite=overwrite)
        swap(temporary, target)


def check_folder(target: Path, *, holds: re.Pattern[str], overwrite: bool) -> None:
    """Raise `OutputExistsError` where there is what may not be replaced."""
    final = FilePath(target)
    if not final.is_dir():
        if os.path.lexists(final):
            raise OutputExistsError(f"{final} is a file, not a folder; choose another name")
        return
    names = sorted(os.listdir(final))  # noqa: PTH208 - names are asked for
    others = [name for name in names if not holds.fullmatch(name)]
    if others:
        raise OutputExistsError(
            f"{final} holds other files ({others[0]}), which are never replaced; "
            "choose another folder"
        )
    if names and not overwrite:
        raise OutputExistsError(
            f"{final} exists already; choose another name or overwrite it (--force)"
        )

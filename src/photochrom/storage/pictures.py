"""Which files count as pictures, and those of a folder on this machine."""

import os
from pathlib import Path as FilePath
from pathlib import PurePosixPath

from photochrom._types import Path
from photochrom.errors import DatasetError
from photochrom.imageio import PICTURE_SUFFIXES
from photochrom.storage.urls import is_url, shown

RUN_SUFFIX = ".run"  # of the folders that trainings leave


def find_pictures(folder: Path) -> list[FilePath]:
    """List the pictures of a folder and its subfolders, sorted.

    Hidden files and folders are skipped, and the run folders of trainings (`NAME.run`). Symbolic
    links to folders are not followed.

    Parameters
    ----------
    folder : a folder; files count as pictures by their suffix alone

    Returns
    -------
    pictures : at least one path below `folder`, the same order on every machine

    Raises
    ------
    DatasetError
        If there is no such folder, no picture in it, or a part of it cannot be read.
    """
    root = existing_folder(folder)
    found = sorted(_below(root), key=lambda path: path.relative_to(root).parts)
    if not found:
        raise none_found(str(root))
    return found


def existing_folder(folder: Path) -> FilePath:
    """Return the path of a folder, or raise `DatasetError` where there is none."""
    name = os.fspath(folder)
    if is_url(name):
        raise DatasetError(
            f"expected a folder of this machine, but {shown(name)} is a URL; copy it here first"
        )
    root = FilePath(name)
    if not root.is_dir():
        what = "is a file" if root.exists() else "does not exist"
        raise DatasetError(f"expected a folder of pictures, but {root} {what}")
    return root


def none_found(folder: str) -> DatasetError:
    """Return the error of a folder without pictures."""
    return DatasetError(
        f"expected pictures ({', '.join(PICTURE_SUFFIXES)}) in {folder}, found none"
    )


def is_picture(name: str) -> bool:
    """Whether a file counts as a picture, by its name relative to the folder that was named."""
    *folders, base = PurePosixPath(name).parts
    return all(map(is_searched, folders)) and _is_named_so(base)


def is_searched(folder: str) -> bool:
    """Whether pictures are looked for in a folder of this name.

    A training leaves its samples in NAME.run; learned from, they would teach the test.
    """
    return not folder.startswith(".") and not folder.endswith(RUN_SUFFIX)


def _below(root: FilePath) -> list[FilePath]:
    found = []
    for where, folders, names in os.walk(root, onerror=_refuse):
        folders[:] = filter(is_searched, folders)
        found += [FilePath(where, name) for name in names if _is_named_so(name)]
    return found


def _refuse(error: OSError) -> None:
    """Stop at a folder that cannot be read: left out silently, its pictures would be missed."""
    raise DatasetError(f"the folder {error.filename} cannot be read: {error.strerror}")


def _is_named_so(name: str) -> bool:
    return not name.startswith(".") and PurePosixPath(name).suffix.lower() in PICTURE_SUFFIXES

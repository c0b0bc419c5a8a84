"""Find the pictures of a folder, and whether it is split already."""

import os
from dataclasses import dataclass
from pathlib import Path as FilePath

from photochrom._types import Path
from photochrom.errors import DatasetError
from photochrom.imageio import PICTURE_SUFFIXES

TRAIN, TEST = "train", "test"
RUN_SUFFIX = ".run"  # of the folders that trainings leave


@dataclass(frozen=True)
class Split:
    """The pictures to learn from, and those that only a final report may see."""

    train: list[FilePath]
    test: list[FilePath]


def find_pictures(folder: Path) -> list[FilePath]:
    """List the pictures of a folder and its subfolders, sorted.

    Hidden files and folders are skipped, and the run folders of trainings (`NAME.run`).

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
    root = _folder(folder)
    found = sorted(_below(root), key=lambda path: path.relative_to(root).parts)
    if not found:
        raise DatasetError(
            f"expected pictures ({', '.join(PICTURE_SUFFIXES)}) in {root}, found none"
        )
    return found


def find_split(folder: Path) -> Split:
    """List the pictures of a folder by their use.

    A folder holding both `train/` and `test/` is split already; of any other, everything is for
    training. Symbolic links to folders are not followed.

    Raises
    ------
    DatasetError
        As `find_pictures` does, also when one of the two parts is empty.
    """
    root = _folder(folder)
    if (root / TRAIN).is_dir() and (root / TEST).is_dir():
        return Split(find_pictures(root / TRAIN), find_pictures(root / TEST))
    return Split(find_pictures(root), [])


def _folder(folder: Path) -> FilePath:
    root = FilePath(os.fspath(folder))
    if not root.is_dir():
        what = "is a file" if root.exists() else "does not exist"
        raise DatasetError(f"expected a folder of pictures, but {root} {what}")
    return root


def _below(root: FilePath) -> list[FilePath]:
    found = []
    for where, folders, names in os.walk(root, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(".") and _is_input(name)]
        found += [FilePath(where, name) for name in names if _is_picture(name)]
    return found


def _refuse(error: OSError) -> None:
    """Stop at a folder that cannot be read: left out silently, its pictures would be missed."""
    raise DatasetError(f"the folder {error.filename} cannot be read: {error.strerror}")


def _is_input(folder: str) -> bool:
    """A training leaves its samples in NAME.run; learned from, they would teach the test."""
    return not folder.endswith(RUN_SUFFIX)


def _is_picture(name: str) -> bool:
    return not name.startswith(".") and FilePath(name).suffix.lower() in PICTURE_SUFFIXES

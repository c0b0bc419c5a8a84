"""Whether the pictures of a folder are split already."""

from dataclasses import dataclass
from pathlib import Path as FilePath

from photochrom._types import Path
from photochrom.storage.pictures import RUN_SUFFIX, existing_folder, find_pictures

__all__ = ["RUN_SUFFIX", "TEST", "TRAIN", "Split", "find_pictures", "find_split"]

TRAIN, TEST = "train", "test"


@dataclass(frozen=True)
class Split:
    """The pictures to learn from, and those that only a final report may see."""

    train: list[FilePath]
    test: list[FilePath]


def find_split(folder: Path) -> Split:
    """List the pictures of a folder by their use.

    A folder holding both `train/` and `test/` is split already; of any other, everything is for
    training. Symbolic links to folders are not followed.

    Raises
    ------
    DatasetError
        As `find_pictures` does, also when one of the two parts is empty.
    """
    root = existing_folder(folder)
    if (root / TRAIN).is_dir() and (root / TEST).is_dir():
        return Split(find_pictures(root / TRAIN), find_pictures(root / TEST))
    return Split(find_pictures(root), [])

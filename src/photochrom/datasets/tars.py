"""Find the pictures of a tar shard by its headers; the pictures themselves are not read."""

import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from photochrom.errors import DatasetError
from photochrom.imageio import PICTURE_SUFFIXES

SHARD_SUFFIX = ".tar"
INDEX = "index.json"  # lies beside the shards that photochrom made
INDEX_FORMAT = "photochrom shards"  # the mark in it
BLOCK = 512  # bytes, of tar; an archive ends with blocks of zeros
# What `tarfile` raises on hostile bytes; ValueError and IndexError come from its sparse maps.
_BROKEN = (tarfile.TarError, ValueError, IndexError, KeyError, OverflowError, EOFError, OSError)


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a picture lies in its shard."""

    name: str
    offset: int
    """Bytes from the start of the shard."""
    size: int
    """Bytes."""


def index_tar(file: BinaryIO, name: str) -> list[Entry]:
    """List the pictures of a tar shard in the order they lie in.

    Members of WebDataset shards are named KEY.EXTENSION, the extension beginning at the first dot.
    Those with the suffix of a picture count; of `1.jpg`, `1.seg.png` and `1.json` the first alone.

    Parameters
    ----------
    file : an uncompressed tar file, seekable
    name : of the shard, for messages

    Returns
    -------
    entries : one or more

    Raises
    ------
    DatasetError
        If it is not a tar file, is damaged or cut short, or holds no picture.
    """
    try:
        entries = list(_regular(file))
    except _BROKEN as error:
        raise DatasetError(_complaint(file, name, str(error))) from error
    pictures = _pictures(entries)
    if not pictures:
        raise DatasetError(f"the shard {name} holds no picture ({', '.join(PICTURE_SUFFIXES)})")
    return pictures


def _regular(file: BinaryIO) -> Iterator[Entry]:
    with tarfile.open(fileobj=file, mode="r:") as tar:
        last = -1
        for info in tar:
            if info.offset <= last or info.size < 0:  # a loop, made by a negative size
                raise tarfile.ReadError(f"impossible header at byte {info.offset}")
            last = info.offset
            if info.isreg() and not info.issparse():
                yield Entry(info.name, info.offset_data, info.size)
        _check_end(file, tar.offset)


def _check_end(file: BinaryIO, end: int) -> None:
    """Raise where the blocks of zeros are missing: `tarfile` takes a broken header for the end."""
    file.seek(end)
    found = file.read(BLOCK)
    if len(found) < BLOCK:
        raise tarfile.ReadError(f"cut short at byte {end}")
    if any(found):
        raise tarfile.ReadError(f"damaged at byte {end}")


def _complaint(file: BinaryIO, name: str, detail: str) -> str:
    file.seek(0)
    if file.read(2) == b"\x1f\x8b":
        return f"the shard {name} is compressed; unpack it first (gunzip)"
    return f"the shard {name} is no tar file, damaged or cut short ({detail}); fetch it again"


def _pictures(entries: list[Entry]) -> list[Entry]:
    """Leave out other files, and pictures that only accompany another of the same key."""
    found = [(entry, *_key(entry.name)) for entry in entries if _is_picture(entry.name)]
    plain = {key for _, key, extension in found if extension in PICTURE_SUFFIXES}
    return [
        entry
        for entry, key, extension in found
        if extension in PICTURE_SUFFIXES or key not in plain
    ]


def _is_picture(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.name.startswith(".") and path.suffix.lower() in PICTURE_SUFFIXES


def _key(name: str) -> tuple[str, str]:
    folder, slash, base = name.rpartition("/")
    key, dot, extension = base.partition(".")
    return f"{folder}{slash}{key}", f"{dot}{extension}".lower()

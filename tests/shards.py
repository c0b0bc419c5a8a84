"""Tiny numbered pictures, and tar files made by the standard library."""

import io
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from photochrom._types import UInt8
from photochrom.datasets.source import Source
from photochrom.datasets.stream import Stream
from pictures import encode

SIDE = 16  # px, the least that is learned from


@cache
def tiny(number: int) -> bytes:
    """A PNG of one strong colour that tells its number, 0 to 255."""
    return encode(np.full((SIDE, SIDE, 3), (200, number, 30), np.uint8), "png")


def gray() -> bytes:
    return encode(np.full((SIDE, SIDE, 3), 90, np.uint8), "png")


def speck() -> bytes:
    return encode(np.full((SIDE - 1, 40, 3), (200, 10, 30), np.uint8), "png")


def number_of(picture: UInt8) -> int:
    """What `tiny` was given."""
    red, number, blue = picture[0, 0]
    assert (red, blue) == (200, 30)
    return int(number)


def tar_of(members: Mapping[str, bytes], kind: int = tarfile.GNU_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=kind) as tar:
        for name, data in members.items():
            header = tarfile.TarInfo(name)
            header.size = len(data)
            tar.addfile(header, io.BytesIO(data))
    return buffer.getvalue()


def numbered(first: int, last: int) -> dict[str, bytes]:
    """Members as WebDataset has them, with labels that are no pictures."""
    members: dict[str, bytes] = {}
    for number in range(first, last):
        members[f"{number:06d}.png"] = tiny(number)
        members[f"{number:06d}.cls"] = b"7"
    return members


def put_shards(folder: Path, *sizes: int) -> Path:
    """Shards of so many pictures, numbered through."""
    folder.mkdir(parents=True, exist_ok=True)
    first = 0
    for number, size in enumerate(sizes):
        shard = tar_of(numbered(first, first + size))
        (folder / f"few-{number:05d}.tar").write_bytes(shard)
        first += size
    return folder


@dataclass
class Group:
    """A shard in memory that counts what is read from it."""

    pictures: list[bytes]
    name: str = "memory"
    reads: list[int] = field(default_factory=list)
    before: Callable[[int], None] = lambda place: None

    def __len__(self) -> int:
        return len(self.pictures)

    def member(self, place: int) -> str:
        return f"{self.name}/{place}"

    def read(self, place: int) -> bytes:
        self.before(place)
        self.reads.append(place)
        return self.pictures[place]


def memory(*sizes: int) -> Source:
    """A source of so many pictures a shard, numbered through."""
    ends = np.cumsum(sizes)
    return Source(
        [
            Group([tiny(number) for number in range(end - size, end)], f"shard{place}")
            for place, (size, end) in enumerate(zip(sizes, ends, strict=True))
        ]
    )


def numbers(stream: Stream, steps: range) -> list[int]:
    return [number_of(picture) for step in steps for picture in stream.batch(step)]

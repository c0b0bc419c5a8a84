"""Pictures into a spool, and from the spool into tar files."""

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import IO, TypeAlias

from photochrom._types import Float32
from photochrom.datasets.photographs import Dropped
from photochrom.datasets.similarity import Seen, thumbnail
from photochrom.datasets.source import Source
from photochrom.datasets.usable import load_usable
from photochrom.errors import OptionError, PictureError
from photochrom.imageio import encode_image, from_array

CHUNK = 32  # pictures encoded before the next are begun: they wait in memory for their turn
THREADS = 2

Span: TypeAlias = tuple[int, int]
"""Offset and size in the spool, bytes."""
Progress: TypeAlias = Callable[[int, int, str], None]
"""Called before each picture with how many are done, how many there are, and its name."""


@dataclass(frozen=True)
class ShardFile:
    """One shard as the index lists it."""

    name: str
    pictures: int
    bytes: int
    sha256: str


@dataclass(frozen=True, eq=False)
class _Packed:
    data: bytes
    thumb: Float32


def collect(
    source: Source,
    spool: IO[bytes],
    *,
    short_side: int,
    file_format: str,
    quality: int,
    progress: Progress | None,
) -> tuple[list[Span], list[Dropped]]:
    """Encode every good picture into the spool; of duplicates the first.

    Encoded pictures wait on disk because their order in the shards is mixed: all have to be there
    before the first can be written.
    """
    spans: list[Span] = []
    dropped: list[Dropped] = []
    kept: list[int] = []
    seen = Seen()

    def pack(number: int) -> _Packed | str:
        return _pack(source, number, short_side, file_format, quality)

    for number, packed in enumerate(_in_order(pack, len(source))):
        name = source.name(number)
        if progress is not None:
            progress(number, len(source), name)
        if isinstance(packed, str):
            dropped.append(Dropped(name, _without_codec(packed)))
            continue
        twin = seen.find(packed.thumb)
        if twin is not None:
            dropped.append(Dropped(name, f"duplicate of {source.name(kept[twin])}"))
            continue
        seen.add(packed.thumb)
        kept.append(number)
        spans.append((spool.tell(), spool.write(packed.data)))
    return spans, dropped


def write_shard(path: FilePath, members: Sequence[tuple[str, Span]], spool: IO[bytes]) -> ShardFile:
    """Write a tar file whose bytes depend on the names and the pictures alone."""
    with (
        path.open("wb") as file,
        tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar,
    ):
        for name, (offset, size) in members:
            spool.seek(offset)
            header = tarfile.TarInfo(name)  # its time, owner and group are 0
            header.size = size
            tar.addfile(header, io.BytesIO(spool.read(size)))
    with path.open("rb") as written:
        digest = hashlib.file_digest(written, "sha256").hexdigest()
    return ShardFile(path.name, len(members), path.stat().st_size, digest)


def _in_order(pack: Callable[[int], _Packed | str], count: int) -> Iterator[_Packed | str]:
    with ThreadPoolExecutor(THREADS) as pool:
        for first in range(0, count, CHUNK):
            yield from pool.map(pack, range(first, min(first + CHUNK, count)))


def _without_codec(reason: str) -> str:
    """Return a reason without the codec's own words, which may differ from run to run."""
    head, _, rest = reason.partition(": ")
    return ": ".join([head, rest.partition(": ")[0]]) if rest else reason


def _pack(
    source: Source, number: int, short_side: int, file_format: str, quality: int
) -> _Packed | str:
    """Encode a picture, or say why it is left out."""
    try:
        rgb = load_usable(source.read(number), short_side=short_side)
        if isinstance(rgb, str):
            return rgb
        return _Packed(encode_image(from_array(rgb), file_format, quality=quality), thumbnail(rgb))
    except PictureError as error:
        return f"unreadable: {error}"
    except OptionError as error:  # WebP holds 16,383 px a side
        return f"too long: {error}"

"""TIFF directories: EXIF out of TIFF files, and EXIF and IPTC into those that libvips wrote.

libvips neither reads nor writes EXIF in TIFF, and writes IPTC records with a wrong length. An EXIF
block is itself a small TIFF file, so one parser and one writer serve for both. BigTIFF is left out.
"""

import contextlib
import logging
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from photochrom.imageio import exif

logger = logging.getLogger(__name__)
ReadAt = Callable[[int, int], bytes]
"""Give that many bytes from that offset; fewer at the end."""

# Tags of the first directory that describe the photograph and not the pixels: description, make,
# model, software, date, artist, computer, rating, copyright, and what Windows writes.
DESCRIBING = frozenset(
    {0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x013C, 0x4746, 0x4749, 0x8298}
) | frozenset(range(0x9C9B, 0x9CA0))
GPS_IFD, INTEROP_IFD = 0x8825, 0xA005
DIRECTORIES = frozenset({exif.EXIF_IFD, GPS_IFD, INTEROP_IFD})
RESOLUTION = frozenset({0x011A, 0x011B, 0x0128})
IPTC = 0x83BB
COMPRESSION, JPEG = 0x0103, 7
UNDEFINED = 7  # field type: plain bytes
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_HALVED = frozenset({5, 10})  # rationals, two numbers of half the size
MAX_FIELD = 16 * 1024**2  # bytes; what is larger is no description of a photograph
MAX_READ = 2 * MAX_FIELD  # bytes in all: entries may overlap, 65,535 of them
MAX_DEPTH = 2  # EXIF, and interoperability inside it


@dataclass(frozen=True)
class Field:
    """One value of a directory, in the byte order of its file."""

    kind: int
    count: int
    data: bytes


Directory: TypeAlias = "dict[int, Field | Directory]"


def exif_of(read_at: ReadAt) -> bytes | None:
    """Gather what describes the photograph in a TIFF file into an EXIF block, or None."""
    read_at = _metered(read_at)
    try:
        order, first = _header(read_at)
        found = _parse(read_at, order, first, DESCRIBING | DIRECTORIES)
    except (struct.error, ValueError):
        return None
    return _start(order, 8) + _pack(found, order, 8) if found else None


def iptc_of(read_at: ReadAt) -> bytes | None:
    """The IPTC records of a TIFF file, or None."""
    read_at = _metered(read_at)
    try:
        order, first = _header(read_at)
        found = _parse(read_at, order, first, frozenset({IPTC})).get(IPTC)
    except (struct.error, ValueError):
        return None
    return found.data if isinstance(found, Field) else None


def holds_jpeg(read_at: ReadAt) -> bool:
    """Whether the pixels of a TIFF file are compressed as in JPEG; False of what is no TIFF."""
    try:
        order, first = _header(read_at)
        found = _parse(read_at, order, first, frozenset({COMPRESSION})).get(COMPRESSION)
    except (struct.error, ValueError):
        return False
    return isinstance(found, Field) and found.data == struct.pack(order + "H", JPEG)


def finish_tiff(
    data: bytes, block: bytes | None, records: bytes | None, *, dpi_known: bool
) -> bytes:
    """Give a TIFF file a new first directory, with EXIF and IPTC, without unknown resolution."""
    read_at = _reader(data)
    try:
        order, first = _header(read_at)
    except ValueError:
        return data  # BigTIFF, for pictures of gigabytes
    entries = _parse(read_at, order, first, None)
    if not dpi_known:
        entries = {tag: field for tag, field in entries.items() if tag not in RESOLUTION}
    if block:
        entries.update(_described_by(block, order))
    if records:
        entries[IPTC] = Field(UNDEFINED, len(records), records)
    at = len(data) + len(data) % 2
    start = _start(order, at) + data[8:] + bytes(len(data) % 2)
    return start + _pack(entries, order, at)


def is_big(data: bytes) -> bool:
    """Whether a TIFF file is a BigTIFF, which `finish_tiff` leaves as it is."""
    return data[:4] in (b"II+\x00", b"MM\x00+")


def _described_by(block: bytes, order: str) -> Directory:
    read_at = _metered(_reader(block))
    try:
        own, first = _header(read_at)
        found = _parse(read_at, own, first, DESCRIBING | DIRECTORIES)
    except (struct.error, ValueError):
        logger.warning("the EXIF block is damaged and was left out")
        return {}
    return found if own == order else _swapped(found)


def _reader(data: bytes) -> ReadAt:
    return lambda at, size: data[at : at + size]


def _metered(read_at: ReadAt) -> ReadAt:
    """Let a hostile file cost no more than `MAX_READ` bytes."""
    left = MAX_READ

    def read(at: int, size: int) -> bytes:
        nonlocal left
        left -= size
        if left < 0:
            raise ValueError("more metadata than any photograph has")
        return read_at(at, size)

    return read


def _header(read_at: ReadAt) -> tuple[str, int]:
    start = read_at(0, 8)
    order = exif.byte_order(start)
    return order, int(struct.unpack(order + "I", start[4:8])[0])


def _start(order: str, first: int) -> bytes:
    return {"<": b"II*\x00", ">": b"MM\x00*"}[order] + struct.pack(order + "I", first)


def _parse(
    read_at: ReadAt, order: str, at: int, wanted: frozenset[int] | None, depth: int = 0
) -> Directory:
    """Read a directory and those below it; at the top only the wanted tags, None for all."""
    (count,) = struct.unpack(order + "H", read_at(at, 2))
    table = read_at(at + 2, count * exif.ENTRY)
    table = table[: len(table) // exif.ENTRY * exif.ENTRY]  # whole entries of one that is cut off
    found: Directory = {}
    for tag, kind, number, value in struct.iter_unpack(order + "HHI4s", table):
        if wanted is not None and tag not in wanted:
            continue
        (offset,) = struct.unpack(order + "I", value)
        if tag in DIRECTORIES:
            if depth < MAX_DEPTH and tag not in found:  # a thousand links would be followed
                # A damaged directory below must not cost what the first one says.
                with contextlib.suppress(struct.error):
                    found[tag] = _parse(read_at, order, offset, None, depth + 1)
            continue
        size = _SIZES.get(kind, 0) * number
        if 0 < size <= MAX_FIELD:
            content = value[:size] if size <= 4 else read_at(offset, size)
            if len(content) == size:
                found[tag] = Field(kind, number, content)
    return found


def _pack(directory: Directory, order: str, at: int) -> bytes:
    """Lay out a directory that begins at offset `at`, its values and directories behind it."""
    table, behind = [struct.pack(order + "H", len(directory))], []
    here = at + 2 + len(directory) * exif.ENTRY + 4
    for tag, value in sorted(directory.items()):
        if isinstance(value, dict):
            kind, count, content = 4, 1, _pack(value, order, here)
        else:
            kind, count, content = value.kind, value.count, value.data
        inline = isinstance(value, Field) and len(content) <= 4
        shown = content.ljust(4, b"\x00") if inline else struct.pack(order + "I", here)
        table.append(struct.pack(order + "HHI", tag, kind, count) + shown)
        if not inline:
            behind.append(content + bytes(len(content) % 2))
            here += len(behind[-1])
    return b"".join([*table, bytes(4), *behind])


def _swapped(directory: Directory) -> Directory:
    return {
        tag: _swapped(value) if isinstance(value, dict) else _swapped_field(value)
        for tag, value in directory.items()
    }


def _swapped_field(field: Field) -> Field:
    unit = _SIZES[field.kind] // (2 if field.kind in _HALVED else 1)
    parts = (field.data[i : i + unit][::-1] for i in range(0, len(field.data), unit))
    return Field(field.kind, field.count, b"".join(parts))

"""EXIF blocks, edited in place.

A block is a small TIFF file: offsets everywhere, also inside maker notes, which nobody documents.
So nothing is moved: the orientation is overwritten, the thumbnail is blanked and unlinked, and
all other bytes stay where they were. libvips would rewrite the block and lose what it does not
know, which is why it is not given the block.
"""

import contextlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from photochrom.imageio.orientation import SWAPPED

PREFIX = b"Exif\x00\x00"
ORIENTATION = 0x0112
EXIF_IFD = 0x8769
WIDTH, HEIGHT = 0xA002, 0xA003
THUMBNAIL_OFFSET, THUMBNAIL_LENGTH = 0x0201, 0x0202
HEADER, ENTRY = 8, 12  # bytes


@dataclass(frozen=True)
class Entry:
    """One entry of a directory: its tag, and where its value field stands in the block."""

    tag: int
    kind: int
    count: int
    at: int


def clean(block: bytes) -> bytes | None:
    """Return a block with orientation 1 and without thumbnail, else as it was.

    Only the header and the first directory decide whether a block can be understood: editors often
    leave a link to a thumbnail that they cut off, and the photograph's own facts stand before it.

    Parameters
    ----------
    block : EXIF block, with or without the `Exif` prefix of JPEG files

    Returns
    -------
    block : without the prefix, or None where it cannot be understood
    """
    edited = bytearray(without_prefix(block))
    try:
        order = byte_order(edited)
        first = _first_directory(edited, order)
        _reset_orientation(edited, order, first)
    except (struct.error, ValueError):
        return None
    with contextlib.suppress(struct.error):
        _drop_thumbnail(edited, order, first)
    return bytes(edited)


def without_prefix(block: bytes) -> bytes:
    """Take off the `Exif` prefix of JPEG files, if it is there."""
    return block.removeprefix(PREFIX)


def byte_order(block: bytes | bytearray) -> str:
    """Tell `<` or `>`, for `struct`, by the first bytes; ValueError when it is no TIFF."""
    if block[:4] == b"II*\x00":
        return "<"
    if block[:4] == b"MM\x00*":
        return ">"
    raise ValueError("no TIFF header")


def _first_directory(block: bytearray, order: str) -> int:
    first = _number(block, order, "I", 4)
    if first < HEADER:
        raise ValueError("a directory inside the header")
    return first


def _number(block: bytearray, order: str, kind: str, at: int) -> int:
    return int(struct.unpack_from(order + kind, block, at)[0])


def _entries(block: bytearray, order: str, directory: int) -> Iterator[Entry]:
    for i in range(_number(block, order, "H", directory)):
        at = directory + 2 + i * ENTRY
        tag, kind, count = struct.unpack_from(order + "HHI", block, at)
        yield Entry(tag, kind, count, at + 8)


def _value(block: bytearray, order: str, entry: Entry) -> int:
    """Value of a single SHORT or LONG."""
    return _number(block, order, "H" if entry.kind == 3 else "I", entry.at)


def _set_value(block: bytearray, order: str, entry: Entry, value: int) -> None:
    struct.pack_into(order + ("H" if entry.kind == 3 else "I"), block, entry.at, value)


def _reset_orientation(block: bytearray, order: str, first: int) -> None:
    found = {e.tag: e for e in _entries(block, order, first)}
    if ORIENTATION not in found:
        return
    turned = _value(block, order, found[ORIENTATION]) in SWAPPED
    if turned and EXIF_IFD in found:
        with contextlib.suppress(struct.error):
            _swap_sides(block, order, _value(block, order, found[EXIF_IFD]))
    _set_value(block, order, found[ORIENTATION], 1)


def _swap_sides(block: bytearray, order: str, directory: int) -> None:
    sides = {e.tag: e for e in _entries(block, order, directory)}
    if WIDTH in sides and HEIGHT in sides:
        width, height = (_value(block, order, sides[tag]) for tag in (WIDTH, HEIGHT))
        _set_value(block, order, sides[WIDTH], height)
        _set_value(block, order, sides[HEIGHT], width)


def _drop_thumbnail(block: bytearray, order: str, first: int) -> None:
    """Unlink the thumbnail, then blank it where its directory can be read."""
    link = first + 2 + _number(block, order, "H", first) * ENTRY
    second = _number(block, order, "I", link)
    if not second:
        return
    struct.pack_into(order + "I", block, link, 0)
    found = {e.tag: _value(block, order, e) for e in _entries(block, order, second)}
    at, size = found.get(THUMBNAIL_OFFSET, 0), found.get(THUMBNAIL_LENGTH, 0)
    apart = at + size <= first or link + 4 <= at
    if apart and second < at <= at + size <= len(block):
        block[at : at + size] = bytes(size)
        if at + size == len(block):
            del block[at:]

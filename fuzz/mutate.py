"""Change files as damage and malice do; a PNG's checksums may be mended, or nothing gets past."""

import random
import struct
from collections.abc import Callable
from zlib import crc32

_ODD = (0, 1, 2, 3, 7, 8, 16, 127, 128, 255, 256, 4096, 32767, 32768, 65535, 1 << 24)
_HUGE = ((1 << 31) - 1, 1 << 31, (1 << 32) - 1)
_PNG = b"\x89PNG\r\n\x1a\n"
_MOST_CHANGES = 6
_LONGEST = 64  # bytes that are moved, copied or cut in one change

Change = Callable[[random.Random, bytearray, bytes], None]


def mutate(rng: random.Random, data: bytes, other: bytes) -> bytes:
    """Return `data` with some changes; `other` lends pieces."""
    changed = bytearray(data)
    for _ in range(rng.randint(1, _MOST_CHANGES)):
        rng.choice(_CHANGES)(rng, changed, other)
    mend = changed.startswith(_PNG) and rng.random() < 0.7
    return mended(bytes(changed)) if mend else bytes(changed)


def mended(png: bytes) -> bytes:
    """Return a PNG with right checksums, as far as its chunks can be told."""
    parts, at = [png[:8]], 8
    while at + 12 <= len(png):
        (size,) = struct.unpack_from(">I", png, at)
        content = png[at + 4 : at + 8 + size]
        if len(content) < size + 4:
            break
        parts.append(png[at : at + 4] + content + struct.pack(">I", crc32(content)))
        at += 12 + size
    return b"".join([*parts, png[at:]])


def _at(rng: random.Random, data: bytearray) -> int:
    """A place; more often in the first bytes, where headers are."""
    end = len(data) if rng.random() < 0.6 else min(len(data), 128)
    return rng.randrange(max(1, end))


def _flip(rng: random.Random, data: bytearray, _: bytes) -> None:
    if data:
        data[_at(rng, data)] ^= 1 << rng.randrange(8)


def _number(rng: random.Random, data: bytearray, _: bytes) -> None:
    order, (form, size) = rng.choice("<>"), rng.choice([("B", 1), ("H", 2), ("I", 4)])
    value = rng.choice(_ODD + _HUGE) & ((1 << 8 * size) - 1)
    at = _at(rng, data)
    data[at : at + size] = struct.pack(order + form, value)


def _cut(rng: random.Random, data: bytearray, _: bytes) -> None:
    at = _at(rng, data)
    del data[at : at + rng.randint(1, _LONGEST)]


def _truncate(rng: random.Random, data: bytearray, _: bytes) -> None:
    if rng.random() < 0.3:
        del data[_at(rng, data) :]


def _repeat(rng: random.Random, data: bytearray, _: bytes) -> None:
    at = _at(rng, data)
    data[at:at] = data[at : at + rng.randint(1, _LONGEST)] * rng.choice((1, 1, 2, 50))


def _borrow(rng: random.Random, data: bytearray, other: bytes) -> None:
    start, at = rng.randrange(max(1, len(other))), _at(rng, data)
    data[at : at + rng.choice((0, 8, 32))] = other[start : start + rng.randint(1, _LONGEST)]


def _noise(rng: random.Random, data: bytearray, _: bytes) -> None:
    at, size = _at(rng, data), rng.randint(1, 16)
    data[at : at + size] = rng.randbytes(size)


_CHANGES: tuple[Change, ...] = (
    _flip,
    _flip,
    _number,
    _number,
    _cut,
    _truncate,
    _repeat,
    _borrow,
    _noise,
)

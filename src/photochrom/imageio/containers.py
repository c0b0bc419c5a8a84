"""Put an EXIF block, byte for byte, into JPEG, PNG and WebP files that libvips wrote.

libvips would take the block apart and write a new one without what it does not know, so it writes
none and the block is added here. A stated resolution that nobody knows is taken out again.
"""

import struct
import zlib
from collections.abc import Iterator

from photochrom.imageio.exif import PREFIX
from photochrom.imageio.tiff import ReadAt

MAX_SEGMENT = 0xFFFF - 2  # bytes of a JPEG segment behind its length field
PNG_SIGNATURE = 8  # bytes
MAX_CHUNKS = 10_000  # before the pixels of a PNG; libpng itself stops at 1,000 that it keeps
_PER_METRE = 1  # the other unit of pHYs, 0, tells an aspect ratio only
_SOI, _APP0, _APP1 = b"\xff\xd8", b"\xff\xe0", b"\xff\xe1"
_PNG_XMP = b"XML:com.adobe.xmp" + bytes(5)  # keyword, not compressed, no language
_VP8X_ALPHA, _VP8X_EXIF = 0x10, 0x08


def finish_jpeg(data: bytes, exif: bytes | None, dpi: tuple[float, float] | None) -> bytes:
    """Begin with a JFIF header that states the resolution, then EXIF.

    libvips leaves out both when it is told to leave out EXIF.
    """
    rest = 4 + struct.unpack_from(">H", data, 4)[0] if data[2:4] == _APP0 else len(_SOI)
    segments = _segment(_APP0, _jfif(dpi))
    if exif and fits_jpeg(exif):
        segments += _segment(_APP1, PREFIX + exif)
    return b"".join([_SOI, segments, memoryview(data)[rest:]])


def _jfif(dpi: tuple[float, float] | None) -> bytes:
    """JFIF 1.01 without a thumbnail; unknown resolution is stated as square pixels."""
    unit, across, down = (1, *dpi) if dpi else (0, 1, 1)
    density = (min(max(1, round(number)), 0xFFFF) for number in (across, down))
    return b"JFIF\x00\x01\x01" + struct.pack(">BHHBB", unit, *density, 0, 0)


def _segment(marker: bytes, content: bytes) -> bytes:
    return marker + struct.pack(">H", len(content) + 2) + content


def fits_jpeg(exif: bytes) -> bool:
    """Whether an EXIF block fits the one segment that JPEG has for it."""
    return len(PREFIX) + len(exif) <= MAX_SEGMENT


def png_states_resolution(read_at: ReadAt) -> bool:
    """Whether a PNG file states pixels per metre, in a `pHYs` chunk before its pixels."""
    at = PNG_SIGNATURE
    for _ in range(MAX_CHUNKS):
        start = read_at(at, 17)  # length, kind, two densities, unit
        if len(start) < 17 or start[4:8] == b"IDAT":
            return False
        if start[4:8] == b"pHYs":
            return start[16] == _PER_METRE
        at += 12 + int.from_bytes(start[:4], "big")
    return False


def finish_png(data: bytes, exif: bytes | None, xmp: bytes | None, *, dpi_known: bool) -> bytes:
    """Add EXIF and XMP before the pixels; unknown resolution goes.

    XMP has to stand in `iTXt`; libvips would put it into `zTXt`, where few look for it.
    """
    parts: list[bytes | memoryview] = [data[:PNG_SIGNATURE]]
    due = _png_chunk(b"eXIf", exif) if exif else b""
    due += _png_chunk(b"iTXt", _PNG_XMP + xmp) if xmp else b""
    for kind, chunk in _png_chunks(data):
        if kind == b"pHYs" and not dpi_known:
            continue
        if kind == b"IDAT" and due:
            parts.append(due)
            due = b""
        parts.append(chunk)
    return b"".join(parts)


def finish_webp(data: bytes, exif: bytes | None, *, width: int, height: int, alpha: bool) -> bytes:
    """Add EXIF at the end, and the extended header that announces it."""
    if not exif:
        return data
    chunks = list(_riff_chunks(data))
    flags = _VP8X_EXIF | (_VP8X_ALPHA if alpha else 0)
    if chunks[0][0] == b"VP8X":
        flags |= chunks.pop(0)[1][8]
    header = struct.pack("<B3x", flags) + _uint24(width - 1) + _uint24(height - 1)
    # The container wants EXIF before XMP.
    at = next((i for i, (kind, _) in enumerate(chunks) if kind == b"XMP "), len(chunks))
    parts = [chunk for _, chunk in chunks]
    parts.insert(at, _riff_chunk(b"EXIF", exif))
    body = b"".join([b"WEBP", _riff_chunk(b"VP8X", header), *parts])
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, memoryview]]:
    view, at = memoryview(data), PNG_SIGNATURE
    while at < len(data):
        size = struct.unpack_from(">I", data, at)[0] + 12  # length, kind, data, checksum
        yield data[at + 4 : at + 8], view[at : at + size]
        at += size


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + check


def _riff_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 12  # "RIFF", size, "WEBP"
    while at + 8 <= len(data):
        size = struct.unpack_from("<I", data, at + 4)[0]
        size += 8 + size % 2
        yield data[at : at + 4], data[at : at + size]
        at += size


def _riff_chunk(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + b"\x00" * (len(data) % 2)


def _uint24(value: int) -> bytes:
    return value.to_bytes(3, "little")

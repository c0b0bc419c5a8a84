"""Tidy what libjpeg warns of and what concerns no pixel, so that warnings are left for damage.

What is done is what libjpeg itself does after its warning: bytes between segments are passed over,
a JFIF version is of no account, an unknown Adobe transform counts as the usual one, and a scan of
a sequential file has all coefficients, whatever it says.
"""

import struct
from collections.abc import Iterator

_SOI = b"\xff\xd8"
_APP0, _APP14, _SOS, _EOI = 0xE0, 0xEE, 0xDA, 0xD9
_SEQUENTIAL = frozenset({0xC0, 0xC1})  # start of a frame: baseline, extended; Huffman codes
_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length
MOST_SEGMENTS = 10_000  # and pieces of junk; a file with a profile of megabytes has some hundred
_USUAL = {3: 1, 4: 2}  # transform by the number of channels: YCbCr, YCCK
_ALL = b"\x00\x3f\x00"  # coefficients 0 to 63, no bits left out


def tidy(jpeg: bytes) -> bytes:
    """Return a file with the same pixels and fewer reasons to warn; itself where none is known."""
    found = list(_segments(jpeg))
    frame = next((jpeg[start:end] for marker, start, end in found if marker in _FRAMES), b"")
    parts = [_tidied(marker, jpeg[start:end], frame) for marker, start, end in found]
    behind = found[-1][2] if found else len(_SOI)
    return b"".join([_SOI, *parts, jpeg[behind:]])


def _segments(jpeg: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield marker, start and end of each segment up to the first scan's; junk between is not."""
    at = len(_SOI)
    for _ in range(MOST_SEGMENTS):
        at = jpeg.find(b"\xff", at)
        if at < 0:
            return
        while jpeg[at : at + 1] == b"\xff":  # any number of them may fill up
            at += 1
        marker = jpeg[at] if at < len(jpeg) else _EOI
        at += 1
        if marker == 0:  # not a marker, but junk
            continue
        if marker == _EOI:
            return
        size = 0 if marker in _BARE else int.from_bytes(jpeg[at : at + 2], "big")
        yield marker, at - 2, at + size
        at += size
        if marker == _SOS:
            return


def _tidied(marker: int, segment: bytes, frame: bytes) -> bytes:
    """Tidy one segment, which begins with its marker and its length."""
    channels = frame[9] if len(frame) > 9 else 0
    if marker == _APP0 and segment[4:9] == b"JFIF\0" and len(segment) >= 18:
        return segment[:9] + b"\x01" + segment[10:]
    if marker == _APP14 and segment[4:9] == b"Adobe" and len(segment) >= 16:
        return segment[:15] + _transform(segment[15], channels) + segment[16:]
    if marker == _SOS and frame[1:2] and frame[1] in _SEQUENTIAL:
        return segment[:-3] + _ALL
    return segment


def _transform(stated: int, channels: int) -> bytes:
    """Return what a stated transform of colours counts as."""
    usual = _USUAL.get(channels, stated)
    return struct.pack("B", stated if stated in (0, usual) else usual)

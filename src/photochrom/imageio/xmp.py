"""XMP packets: reset the orientation, drop thumbnails, leave all else as it is."""

import re

_ORIENTATION = re.compile(rb"""(tiff:Orientation\s*(?:=\s*["']|>\s*))[1-8]""")
_PREFIXES = (b"xmp", b"xap")


def clean(packet: bytes) -> bytes:
    """Return a packet with orientation 1 and without thumbnails, which would be stale."""
    packet = _ORIENTATION.sub(rb"\g<1>1", packet)
    for prefix in _PREFIXES:
        packet = _without(packet, prefix + b":Thumbnails")
    return packet


def _without(packet: bytes, name: bytes) -> bytes:
    """Cut out elements in one walk: a regular expression would look for each end to the end."""
    parts, at = [], 0
    for found in re.finditer(b"<" + name + rb"\b", packet):
        start = found.start()
        if start < at:  # within one that is cut out
            continue
        end = _end_of(packet, start, name)
        if end < 0:
            break
        parts.append(packet[at:start])
        at = end
    return b"".join([*parts, packet[at:]])


def _end_of(packet: bytes, start: int, name: bytes) -> int:
    """Where an element is over; -1 where it is not."""
    tag_end, closing = packet.find(b">", start) + 1, b"</" + name + b">"
    if not tag_end:
        return -1
    if packet[tag_end - 2 : tag_end] == b"/>":
        return tag_end
    found = packet.find(closing, tag_end)
    return found + len(closing) if found >= 0 else -1

"""IPTC records and the Photoshop block that JPEG files wrap them in.

TIFF holds the records bare, JPEG inside APP13 among Photoshop's own resources (one of which is a
thumbnail that would be stale). Kept are the bare records.
"""

import struct

PHOTOSHOP = b"Photoshop 3.0\x00"
RESOURCE = b"8BIM"
IPTC_ID = 0x0404


def unwrap(block: bytes) -> bytes | None:
    """Take the IPTC records out of a Photoshop block; bare records come back as they are."""
    if not block.startswith(PHOTOSHOP):
        return block or None
    at = len(PHOTOSHOP)
    while block[at : at + 4] == RESOURCE and at + 12 <= len(block):
        (identity,) = struct.unpack_from(">H", block, at + 4)
        name = 1 + block[at + 6]
        at += 6 + name + name % 2  # the Pascal string is padded to even length
        size = int.from_bytes(block[at : at + 4], "big")
        at += 4
        if identity == IPTC_ID:
            return block[at : at + size] or None
        at += size + size % 2
    return None


def wrap(records: bytes) -> bytes:
    """Put bare IPTC records into a Photoshop block for JPEG."""
    padding = b"\x00" * (len(records) % 2)
    header = RESOURCE + struct.pack(">HHI", IPTC_ID, 0, len(records))
    return PHOTOSHOP + header + records + padding

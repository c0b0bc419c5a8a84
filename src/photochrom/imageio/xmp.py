"""XMP packets: reset the orientation, drop thumbnails, leave all else as it is."""

import re

_ORIENTATION = re.compile(rb"""(tiff:Orientation\s*(?:=\s*["']|>\s*))[1-8]""")
_THUMBNAILS = re.compile(rb"<(xmp|xap):Thumbnails\b(?:[^>]*/>|.*?</\1:Thumbnails>)", re.DOTALL)


def clean(packet: bytes) -> bytes:
    """Return a packet with orientation 1 and without thumbnails, which would be stale."""
    return _THUMBNAILS.sub(b"", _ORIENTATION.sub(rb"\g<1>1", packet))

"""Bytes that should be text."""

from photochrom.errors import PaletteError


def decode(content: bytes) -> str:
    """Return UTF-8 text without a byte order mark; raise `PaletteError` where it is none."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise PaletteError("it is not text") from error

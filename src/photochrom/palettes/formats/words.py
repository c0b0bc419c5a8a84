"""Numbers and text one after another, as Adobe's files have them: big endian, UTF-16."""

import struct

from photochrom.errors import PaletteError


class Words:
    """Bytes to be read from the front; `PaletteError` where they end too soon."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    def begin_with(self, head: bytes) -> bool:
        """Say whether the rest begins with `head`."""
        return self._content.startswith(head, self._at)

    def bytes(self, count: int) -> bytes:
        """Return the next `count` bytes."""
        self._at += count
        if self._at > len(self._content):
            raise PaletteError("the file is cut short, or damaged")
        return self._content[self._at - count : self._at]

    def numbers(self, form: str) -> tuple[float, ...]:
        """Return the next numbers, by the letters of `struct`."""
        return struct.unpack(f">{form}", self.bytes(struct.calcsize(f">{form}")))

    def number(self, form: str) -> int:
        """Return the next whole number."""
        (value,) = self.numbers(form)
        return int(value)

    def text(self, count: int) -> str:
        """Return the next `count` UTF-16 units as text, without the zero at their end."""
        try:
            return self.bytes(2 * count).decode("utf-16-be").rstrip("\0")
        except UnicodeDecodeError as error:
            raise PaletteError("a colour's name is not UTF-16 text") from error


def ended_text(text: str) -> tuple[int, bytes]:
    """Return UTF-16 text that ends in a zero, and how many units it has."""
    # Half a surrogate pair cannot be written; "?" stands for it then.
    coded = (text + "\0").encode("utf-16-be", errors="replace")
    return len(coded) // 2, coded

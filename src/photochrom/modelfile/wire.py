"""The wire format of protocol buffers, read only: numbered fields, one after another.

The core installation has no `onnx`, and a model file from a stranger is to be judged before any
library acts on it. So this is a small walker that trusts nothing: every length is checked against
what is there, and a budget ends files that are made to take for ever.

References
----------
Protocol Buffers documentation, "Encoding", https://protobuf.dev/programming-guides/encoding.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from photochrom.errors import ModelFileError

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
_FIXED = {FIXED64: 8, FIXED32: 4}
_MOST_FIELDS = 1_000_000  # walked in about a second; a network of 1000 nodes has some 20,000


class Field(NamedTuple):
    """One field: its number, wire type, value, and where it stands with its tag."""

    number: int
    kind: int
    value: int | memoryview
    start: int
    end: int


@dataclass
class Budget:
    """How many fields may still be walked in one file."""

    left: int = _MOST_FIELDS

    def spend(self) -> None:
        """Count one field."""
        self.left -= 1
        if self.left < 0:
            raise ModelFileError(f"the model file has more than {_MOST_FIELDS} fields; refused")


@dataclass(frozen=True)
class Message:
    """The bytes of one message, whose fields are read when asked for.

    Raises
    ------
    ModelFileError
        From every method, where the bytes are damaged or a field has another wire type.
    """

    data: memoryview
    budget: Budget = field(default_factory=Budget)

    def fields(self) -> Iterator[Field]:
        """Walk all fields in the order in which they stand."""
        position = 0
        while position < len(self.data):
            self.budget.spend()
            start = position
            tag, position = _varint(self.data, position)
            value, position = _value(self.data, position, tag & 7)
            yield Field(tag >> 3, tag & 7, value, start, position)

    def messages(self, *numbers: int) -> list["Message"]:
        """Return the messages that stand in the fields of these numbers."""
        return [Message(part, self.budget) for part in self._bytes(numbers)]

    def texts(self, number: int) -> list[str]:
        """Return the strings of a field."""
        try:
            return [str(part, "utf-8") for part in self._bytes((number,))]
        except UnicodeDecodeError as error:
            raise ModelFileError(f"the model file is damaged: text is not UTF-8: {error}") from None

    def text(self, number: int) -> str:
        """Return a string that may stand once; "" when it does not."""
        found = self.texts(number)
        if len(found) > 1:
            raise ModelFileError(f"the model file is damaged: field {number} stands twice")
        return found[0] if found else ""

    def integers(self, number: int) -> list[int]:
        """Return the signed integers of a field, packed or not."""
        found: list[int] = []
        for one in self.fields():
            if one.number != number:
                continue
            if isinstance(one.value, int) and one.kind == VARINT:
                found.append(_signed(one.value))
            elif isinstance(one.value, memoryview):
                found += self._packed(one.value)
            else:
                raise _odd(number)
        return found

    def _packed(self, data: memoryview) -> Iterator[int]:
        position = 0
        while position < len(data):
            self.budget.spend()
            value, position = _varint(data, position)
            yield _signed(value)

    def _bytes(self, numbers: tuple[int, ...]) -> Iterator[memoryview]:
        for one in self.fields():
            if one.number in numbers:
                if not isinstance(one.value, memoryview):
                    raise _odd(one.number)
                yield one.value


def encode_bytes(number: int, payload: bytes) -> bytes:
    """Return a field that holds bytes, as it stands in a file."""
    return _encode_varint(number << 3 | BYTES) + _encode_varint(len(payload)) + payload


def _value(data: memoryview, position: int, kind: int) -> tuple[int | memoryview, int]:
    if kind == VARINT:
        return _varint(data, position)
    if kind == BYTES:
        length, position = _varint(data, position)
    elif kind in _FIXED:
        length = _FIXED[kind]
    else:
        raise ModelFileError(f"not an ONNX model: wire type {kind} is not used in one")
    end = position + length
    if end > len(data):
        raise ModelFileError(
            f"not an ONNX model, or cut short: {length} bytes are announced, "
            f"{len(data) - position} are there"
        )
    part = data[position:end]
    return (part if kind == BYTES else int.from_bytes(part, "little")), end


def _varint(data: memoryview, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(data):
            raise ModelFileError("not an ONNX model, or cut short within a number")
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & (1 << 64) - 1, position
    raise ModelFileError("not an ONNX model: a number is longer than 64 bits")


def _encode_varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _signed(value: int) -> int:
    return value - (1 << 64) if value >> 63 else value


def _odd(number: int) -> ModelFileError:
    return ModelFileError(f"the model file is damaged: field {number} has the wrong wire type")

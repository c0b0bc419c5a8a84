"""The few numbers of a small constant; those of large ones are weights and say no size."""

import struct

from photochrom.modelfile.wire import Message

_FEW = 16  # no size has more dimensions
# Of TensorProto.DataType: form for `struct`, and field where values stand that are not raw.
_FORMS = {1: "f", 6: "i", 7: "q", 10: "e", 11: "d"}
_WHOLE = {6: 5, 7: 7}
_FLOAT, _FLOATS = 1, 4


def of_node(node: Message) -> tuple[float, ...] | None:
    """Return the numbers of a `Constant` node; None of others, of many, and of other kinds."""
    attributes = node.messages(5)
    if node.text(4) != "Constant" or len(attributes) != 1:
        return None
    tensors = attributes[0].messages(5)
    whole = [*attributes[0].integers(3), *attributes[0].integers(8)]
    if len(tensors) == 1 and not whole:
        return of_tensor(tensors[0])
    return tuple(whole) if not tensors and 0 < len(whole) <= _FEW else None


def of_tensor(tensor: Message) -> tuple[float, ...] | None:
    """Return the numbers of a tensor; None of many, and of other kinds."""
    kind = (tensor.integers(2) or [0])[-1]
    raw = [part.data for part in tensor.messages(9)]
    if raw:  # then nothing else counts
        return _unpacked(bytes(raw[0]), _FORMS[kind]) if kind in _FORMS and len(raw) == 1 else None
    if kind == _FLOAT:
        return _unpacked(b"".join(bytes(part.data) for part in tensor.messages(_FLOATS)), "f")
    whole = tensor.integers(_WHOLE[kind]) if kind in _WHOLE else []
    return tuple(whole) if 0 < len(whole) <= _FEW else None


def _unpacked(raw: bytes, form: str) -> tuple[float, ...] | None:
    count, rest = divmod(len(raw), struct.calcsize(form))
    return struct.unpack(f"<{count}{form}", raw) if 0 < count <= _FEW and not rest else None

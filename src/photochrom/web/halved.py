"""Weights of 16 bits, so that a page of one file is half as large.

Only the page's own evaluator reads the result: it computes with the numbers as they are, while ONNX
wants them cast first.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from photochrom.modelfile.wire import Message, encode_bytes

_GRAPH, _INITIALIZER = 7, 5  # fields of ModelProto and GraphProto
_KIND, _RAW = 2, 9  # fields of TensorProto
_FLOAT = 1
_AS_HALF = bytes([_KIND << 3, 10])  # the kind is float16
_LEAST = 64  # bytes; a few numbers may be limits of a formula, and save nothing

Edit: TypeAlias = Callable[[memoryview], bytes]


def halved(model: bytes) -> bytes:
    """Return a model file with its weights in 16 bits; all else stays as it was."""
    return _edited(Message(memoryview(model)), {_GRAPH: _graph})


def _graph(data: memoryview) -> bytes:
    return _edited(Message(data), {_INITIALIZER: _tensor})


def _edited(message: Message, edits: dict[int, Edit]) -> bytes:
    parts = []
    for one in message.fields():
        edit = edits.get(one.number)
        if edit is not None and isinstance(one.value, memoryview):
            parts.append(encode_bytes(one.number, edit(one.value)))
        else:
            parts.append(bytes(message.data[one.start : one.end]))
    return b"".join(parts)


def _tensor(data: memoryview) -> bytes:
    """Return a tensor with half the bits; one that would not fit into them stays."""
    tensor = Message(data)
    raw = b"".join(bytes(part.data) for part in tensor.messages(_RAW))
    if tensor.integers(_KIND) != [_FLOAT] or len(raw) < _LEAST:
        return bytes(data)
    with np.errstate(over="ignore"):
        half = np.frombuffer(raw, "<f4").astype("<f2")
    if not np.isfinite(half).all():
        return bytes(data)
    rest = [data[one.start : one.end] for one in tensor.fields() if one.number not in (_KIND, _RAW)]
    return b"".join([*map(bytes, rest), _AS_HALF, encode_bytes(_RAW, half.tobytes())])

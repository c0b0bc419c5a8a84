"""The smallest models, written byte by byte: fuzzing must not need the `onnx` package.

Field numbers are those of `onnx.proto`.
"""

import struct

from photochrom.modelfile.file import KEY
from photochrom.modelfile.spec import ModelSpec
from photochrom.modelfile.wire import encode_bytes

OPSET = 20
_INTS, _FLOAT = 7, 1  # AttributeProto.INTS, TensorProto.FLOAT


def model_of(spec: ModelSpec) -> bytes:
    """Return a model file: one convolution of the stride's size, with the description."""
    rgb = spec.palette is None
    channels, output = 3 if rgb else len(spec.palette or ()), b"rgb" if rgb else b"logits"
    graph = b"".join(
        [
            encode_bytes(1, _convolution(output, spec.stride)),
            encode_bytes(2, b"g"),
            encode_bytes(5, _weights(channels, spec.stride)),
            encode_bytes(11, _port(b"lightness", 1)),
            encode_bytes(12, _port(output, channels)),
        ]
    )
    entry = encode_bytes(1, KEY.encode()) + encode_bytes(2, spec.to_json().encode())
    opset = encode_bytes(8, encode_bytes(1, b"") + _integer(2, OPSET))
    return b"".join([_integer(1, 9), opset, encode_bytes(7, graph), encode_bytes(14, entry)])


def _convolution(output: bytes, stride: int) -> bytes:
    parts = [encode_bytes(1, b"lightness"), encode_bytes(1, b"w"), encode_bytes(2, output)]
    sides = _integer(8, stride) * 2
    strides = encode_bytes(1, b"strides") + sides + _integer(20, _INTS)
    return b"".join([*parts, encode_bytes(4, b"Conv"), encode_bytes(5, strides)])


def _weights(channels: int, stride: int) -> bytes:
    """Other weights for each channel, so that not all answers are alike."""
    values = struct.pack(f"<{channels}f", *(i % 7 - 3 for i in range(channels)))
    each = b"".join(values[i : i + 4] * stride**2 for i in range(0, len(values), 4))
    dims = b"".join(_integer(1, side) for side in (channels, 1, stride, stride))
    return dims + _integer(2, _FLOAT) + encode_bytes(8, b"w") + encode_bytes(9, each)


def _port(name: bytes, channels: int) -> bytes:
    sides = [
        _integer(1, channels) if axis == 1 else encode_bytes(2, b"%d" % axis) for axis in range(4)
    ]
    shape = b"".join(encode_bytes(1, side) for side in sides)
    tensor = _integer(1, _FLOAT) + encode_bytes(2, shape)
    return encode_bytes(1, name) + encode_bytes(2, encode_bytes(1, tensor))


def _integer(number: int, value: int) -> bytes:
    """Return a field that holds a whole number of at most 14 bits."""
    low = bytes([value]) if value < 1 << 7 else bytes([value & 127 | 128, value >> 7])
    return (
        bytes([number << 3]) + low
        if number < 16
        else bytes([number << 3 & 127 | 128, number >> 4]) + low
    )

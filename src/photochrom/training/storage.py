"""Smaller model files: weights kept as 16-bit floats."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from photochrom.errors import TrainingError

_FEWEST = 64  # numbers; a smaller tensor is not worth a node
_SUFFIX = ".float32"  # of a weight's name once it is cast


def halve(graph: bytes) -> bytes:
    """Return a graph that keeps its weights as float16 and computes in float32 as before.

    Each weight keeps its name; a `Cast` follows it. onnxruntime casts once, when it loads the
    graph, so running costs nothing.

    Parameters
    ----------
    graph : a serialized ONNX model

    Raises
    ------
    TrainingError
        If a weight is too large for 16 bits (65504).
    """
    model = onnx.load_model_from_string(graph)
    large = [tensor for tensor in model.graph.initializer if _is_large(tensor)]
    cast = {tensor.name: tensor.name + _SUFFIX for tensor in large}
    for tensor in large:
        tensor.CopyFrom(numpy_helper.from_array(_half(tensor), tensor.name))
    for node in model.graph.node:
        node.input[:] = [cast.get(name, name) for name in node.input]
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*(_cast(*pair) for pair in cast.items()), *nodes])
    return bytes(model.SerializeToString(deterministic=True))


def _is_large(tensor: TensorProto) -> bool:
    return tensor.data_type == TensorProto.FLOAT and np.prod(tensor.dims) >= _FEWEST


def _half(tensor: TensorProto) -> np.ndarray[tuple[int, ...], np.dtype[np.float16]]:
    weight = numpy_helper.to_array(tensor)
    if not np.abs(weight).max() <= np.finfo(np.float16).max:
        raise TrainingError(
            f"the weight {tensor.name} of the network is not finite or above 65504 and cannot be "
            "kept in 16 bits; lower the learning rates and train anew"
        )
    return weight.astype(np.float16)


def _cast(source: str, target: str) -> onnx.NodeProto:
    return helper.make_node("Cast", [source], [target], name=f"Cast_{source}", to=TensorProto.FLOAT)

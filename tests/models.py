"""Tiny model files for tests, made with the `onnx` package: random networks with a known shape."""

from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from photochrom.modelfile.spec import ModelSpec, WorkingSize
from photochrom.palettes.palette import Palette

COLORS = np.array([[0, 0], [40, 30], [-35, 25], [10, -45], [60, 10], [-15, -20]], dtype=float)


def palette_spec(k: int = 6, **options: Any) -> ModelSpec:
    """A chroma palette of k colours, working size 32 px unless options say otherwise."""
    defaults: dict[str, Any] = {
        "kind": "palette",
        "preset": "test",
        "version": "0.0.0",
        "working": WorkingSize(short_side=32),
        "palette": Palette(COLORS[:k]),
        "reach": 2,
    }
    return ModelSpec(**(defaults | options))


def srgb_spec(**options: Any) -> ModelSpec:
    """Like `palette_spec`, with a palette of full colours as the origin system has."""
    colors = np.array([[0, 0, 0], [250, 240, 230], [200, 60, 30], [30, 90, 160], [70, 140, 50]])
    return palette_spec(palette=Palette(colors.astype(float), "srgb"), **options)


def rgb_spec(**options: Any) -> ModelSpec:
    """A regression model, whose graph gives `rgb`."""
    return palette_spec(kind="rgb", palette=None, **options)


def conv_model(
    channels: int = 6,
    *,
    output: str = "logits",
    size: int = 5,
    stride: int = 1,
    seed: int = 0,
    gain: float = 20.0,
) -> onnx.ModelProto:
    """One zero-padded convolution from `lightness` to `output`; with a sigmoid for `rgb`."""
    rng = np.random.default_rng(seed)
    weight = rng.normal(0, gain / size, (channels, 1, size, size)).astype(np.float32)
    bias = rng.normal(0, 0.5, channels).astype(np.float32)
    raw = "raw" if output == "rgb" else output
    conv = helper.make_node(
        "Conv", ["lightness", "w", "b"], [raw], pads=[size // 2] * 4, strides=[stride] * 2
    )
    nodes = [conv]
    if output == "rgb":
        nodes.append(helper.make_node("Sigmoid", ["raw"], ["rgb"]))
    weights = [numpy_helper.from_array(weight, "w"), numpy_helper.from_array(bias, "b")]
    return model_of(nodes, weights, output=output, channels=channels)


def constant_model(
    logits: np.ndarray[Any, np.dtype[Any]], *, output: str = "logits"
) -> onnx.ModelProto:
    """Give the same numbers at every pixel, whatever the picture."""
    bias = numpy_helper.from_array(np.asarray(logits, dtype=np.float32), "b")
    weight = numpy_helper.from_array(np.zeros((len(logits), 1, 1, 1), np.float32), "w")
    node = helper.make_node("Conv", ["lightness", "w", "b"], [output])
    return model_of([node], [weight, bias], output=output, channels=len(logits))


def model_of(
    nodes: list[Any],
    weights: list[Any],
    *,
    output: str = "logits",
    channels: int = 6,
    opset: int = 20,
    domains: tuple[str, ...] = (),
) -> onnx.ModelProto:
    """Wrap nodes into a model with the input and output that a model file must have."""
    float32 = TensorProto.FLOAT
    graph = helper.make_graph(
        nodes,
        "test",
        [helper.make_tensor_value_info("lightness", float32, ["n", 1, "h", "w"])],
        [helper.make_tensor_value_info(output, float32, ["n", channels, "oh", "ow"])],
        weights,
    )
    imports = [helper.make_opsetid("", opset), *(helper.make_opsetid(d, 1) for d in domains)]
    return helper.make_model(graph, opset_imports=imports, ir_version=9)


def model_bytes(model: onnx.ModelProto, spec: ModelSpec) -> bytes:
    """Return a model file's bytes, with the description put in by the `onnx` package itself."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    helper.set_model_props(copy, {"photochrom": spec.to_json()})
    return copy.SerializeToString()

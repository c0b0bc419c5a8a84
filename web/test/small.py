"""Writes models of the kinds that a page of one file runs by itself: `python web/test/small.py`.

Their weights are drawn at random; what the page makes of them is held against onnxruntime in
`small.test.ts`, and against Python in a browser.
"""

import sys
from pathlib import Path

import torch
from torch import nn

from photochrom.modelfile.spec import Kind, WorkingSize
from photochrom.training.dense import DenseNetwork, GrayFromLightness
from photochrom.training.export import export
from photochrom.training.networks import Activation, Stack
from photochrom.training.windows import Padding, Scale, Windows

sys.path.append(str(Path(__file__).parents[2]))
from tests.models import model_bytes, onnx, palette_spec, rgb_spec, srgb_spec

HERE = Path(__file__).parent / "small"
SQUARE = WorkingSize(short_side=60, fit="square")


def network(
    convert: nn.Module,
    padding: Padding,
    scales: tuple[Scale, ...],
    sizes: tuple[int, ...],
    activations: tuple[Activation, ...],
    *,
    groups: int = 1,
    gain: float = 4.0,
    bias: float = 0.0,
) -> nn.Module:
    """Return the dense form of a window network; answers differ from place to place by `gain`."""
    stack = Stack(sum(scale.size**2 for scale in scales), sizes, activations, groups=groups)
    stack.reset_softly(torch.Generator().manual_seed(1))
    with torch.no_grad():
        for weight in stack.weights:
            weight.mul_(gain)
        stack.biases[-1].add_(bias)
    return DenseNetwork(convert, Windows(scales, padding), stack).eval()


def write(name: str, kind: Kind, made: nn.Module) -> None:
    """Write a model file."""
    specs = {
        "window": palette_spec(working=WorkingSize(short_side=80)),
        "classifier": srgb_spec(working=SQUARE, decode="argmax-rgb"),
        "regression": rgb_spec(working=WorkingSize(short_side=48)),
    }
    graph = onnx.load_from_string(export(made, kind))
    (HERE / f"{name}.onnx").write_bytes(model_bytes(graph, specs[name]))


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    pyramid = tuple(Scale(5, step) for step in (1, 2, 4))
    window = (Scale(7),)
    gray = GrayFromLightness()
    relu: tuple[Activation, ...] = ("relu", "relu", "none")
    write("window", "palette", network(nn.Identity(), "replicate", pyramid, (21, 10, 6), relu))
    sigmoid: tuple[Activation, ...] = ("sigmoid", "relu", "none")
    write("classifier", "palette", network(gray, "zeros", window, (13, 10, 5), sigmoid))
    parts = network(
        *(gray, "zeros", window, (30, 15, 3), ("relu", "relu", "relu")),
        groups=3,
        gain=0.8,
        bias=0.45,  # colours that there are
    )
    write("regression", "rgb", parts)

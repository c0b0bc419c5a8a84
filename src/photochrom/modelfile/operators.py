"""Which operators a model may use, and how large the numbers in it may be.

A list of what is allowed, since nobody can tell of every operator, now and to come, what it might
do. Left out are those that loop, draw at random, hold other graphs, read what is no tensor, or make
as much as a number says: `ConstantOfShape`, `Expand`, `Tile`, `Range` and their like. Networks of
pictures, ours among them, need none.
"""

from collections.abc import Iterable
from typing import NamedTuple

from photochrom.errors import ModelFileError
from photochrom.modelfile import constants
from photochrom.modelfile.wire import Message

_BY_ELEMENT = """
    Abs Add And Cast CastLike Ceil Celu Clip Cos Div Elu Equal Erf Exp Floor Gelu Greater
    GreaterOrEqual HardSigmoid HardSwish Identity LeakyRelu Less LessOrEqual Log Max Mean Min Mish
    Mod Mul Neg Not Or PRelu Pow Reciprocal Relu Round Selu Sigmoid Sign Sin Softplus Softsign Sqrt
    Sub Sum Tanh ThresholdedRelu Where Xor"""
_BY_NEIGHBOURS = """
    ArgMax ArgMin AveragePool BatchNormalization Conv ConvTranspose Gemm GlobalAveragePool
    GlobalMaxPool GridSample GroupNormalization InstanceNormalization LRN LayerNormalization
    LogSoftmax LpNormalization MatMul MaxPool ReduceL1 ReduceL2 ReduceLogSumExp ReduceMax ReduceMean
    ReduceMin ReduceProd ReduceSum ReduceSumSquare Softmax"""
_OF_SHAPE = """
    Concat Constant DepthToSpace Flatten Gather Pad Reshape Resize Shape Slice SpaceToDepth Split
    Squeeze Transpose Unsqueeze"""
_QUANTIZED = "DequantizeLinear QLinearConv QLinearMatMul QuantizeLinear"  # statically
ALLOWED = frozenset(f"{_BY_ELEMENT} {_BY_NEIGHBOURS} {_OF_SHAPE} {_QUANTIZED}".split())
MOST_NODES = 10_000  # ours have some 300
_LARGEST = 1024  # px: kernels, strides, borders; a description's `multiple` goes as far
_MOST_TIMES = 64.0  # as a description's `stride`: a network enlarges no more than it reduced
_MOST_SIDE = 4096  # px, as a working size
_SIDES = frozenset(
    {"blocksize", "dilations", "kernel_shape", "output_padding", "output_shape", "pads", "strides"}
)
# Operators whose inputs of these numbers say how large the result is, and up to what.
_SAYING: dict[str, dict[int, float]] = {
    "Resize": {2: _MOST_TIMES, 3: _MOST_SIDE},
    "Pad": {1: _LARGEST},
}
# They hand sizes on and make none; all but Concat the first of their inputs.
_CARRIERS = frozenset(
    {"Cast", "Concat", "Gather", "Identity", "Reshape", "Slice", "Split", "Squeeze", "Unsqueeze"}
)


class Made(NamedTuple):
    """What makes a tensor: an operator with its inputs, or "" with the numbers of a weight."""

    operator: str
    inputs: list[str]
    numbers: tuple[float, ...] | None = None


def check_operators(graph: Message) -> int:
    """Judge every node of a graph; return how many there are.

    Raises
    ------
    ModelFileError
        For operators that are not allowed, too many of them, or numbers that are absurd.
    """
    nodes = graph.messages(1)
    if len(nodes) > MOST_NODES:
        raise ModelFileError(f"the model has more than {MOST_NODES} operators; refused")
    for node in nodes:
        _check_operator(node)
    made = _made(graph, nodes)
    for node in nodes:
        for number, most in _SAYING.get(node.text(4), {}).items():
            _check_size(node, number, most, made)
    return len(nodes)


def _check_operator(node: Message) -> None:
    domain, operator = node.text(7), node.text(4)
    if domain not in ("", "ai.onnx"):
        raise ModelFileError(
            f"the model uses the custom operator {domain}.{operator}; only ai.onnx is allowed"
        )
    if operator not in ALLOWED:
        raise ModelFileError(
            f"the model uses the operator {operator}, which is not one of those allowed; "
            "docs/reference/model-file.md lists them"
        )
    for attribute in node.messages(5):
        if attribute.text(1) in _SIDES:
            _check_numbers([*attribute.integers(3), *attribute.integers(8)], _LARGEST, operator)


def _made(graph: Message, nodes: Iterable[Message]) -> dict[str, Made]:
    """Return what makes each tensor; each is made once, or nobody could tell which one counts."""
    weights = graph.messages(5)
    pairs = [(weight.text(8), Made("", [], constants.of_tensor(weight))) for weight in weights]
    for node in nodes:
        made = Made(node.text(4), node.texts(1), constants.of_node(node))
        pairs += [(name, made) for name in node.texts(2) if name]
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ModelFileError("the model makes one tensor twice; it is damaged")
    return found


def _check_size(node: Message, number: int, most: float, made: dict[str, Made]) -> None:
    """Check all constants that say a size; they may stand beside sizes of other tensors."""
    operator, inputs = node.text(4), node.texts(1)
    due, seen = inputs[number : number + 1], {""}  # "" stands for an input that is left out
    while due:
        name = due.pop()
        if name in seen:
            continue
        seen.add(name)
        source = made.get(name, Made("input", []))
        if source.numbers is not None:
            _check_numbers(source.numbers, most, operator)
        elif source.operator in _CARRIERS:
            due += source.inputs if source.operator == "Concat" else source.inputs[:1]
        elif source.operator != "Shape":
            raise ModelFileError(
                f"the model computes a size for its operator {operator}; sizes must be constants, "
                "or taken from other tensors"
            )


def _check_numbers(numbers: Iterable[float], most: float, operator: str) -> None:
    for number in numbers:
        if not abs(number) <= most:  # nor NaN
            raise ModelFileError(
                f"the model asks its operator {operator} for {number:g}, at most {most:g} makes "
                "sense; refused"
            )

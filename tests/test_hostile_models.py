"""Model files made to harm are refused before onnxruntime sees a byte of them.

Every file here is a whole ONNX model, made with the `onnx` package, with one thing wrong.
"""

import re
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from models import conv_model, model_bytes, model_of, palette_spec
from photochrom.errors import ModelFileError
from photochrom.inference.runtime import Runtime
from photochrom.modelfile import constants, operators
from photochrom.modelfile.file import read_model
from photochrom.modelfile.spec import ModelSpec
from photochrom.modelfile.wire import Message
from photochrom.palettes.palette import Palette

Model = onnx.ModelProto
Node = onnx.NodeProto
BIG = 1 << 30


def weight(*shape: int) -> onnx.TensorProto:
    return numpy_helper.from_array(np.zeros(shape, np.float32), "w")


def whole(name: str, *values: int) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(values, np.int64), name)


def conv(source: str = "lightness", target: str = "logits", **options: Any) -> Node:
    return helper.make_node("Conv", [source, "w"], [target], **options)


def model(*nodes: Node, weights: tuple[onnx.TensorProto, ...] = ()) -> Model:
    return model_of([*nodes], [weight(6, 1, 1, 1), *weights])


def refused(given: Model, words: str, spec: ModelSpec | None = None) -> None:
    with pytest.raises(ModelFileError, match=words):
        read_model(model_bytes(given, spec or palette_spec()))


def accepted(given: Model) -> None:
    data, spec = read_model(model_bytes(given, palette_spec()))
    Runtime(data, spec)


HARMFUL = """
    Loop If Scan ConstantOfShape Expand Tile Range RandomNormal OneHot EyeLike ImageDecoder
    SequenceMap RegexFullMatch NonMaxSuppression Size"""


@pytest.mark.parametrize("operator", HARMFUL.split())
def test_operators_that_networks_of_pictures_do_not_need_are_refused(operator: str) -> None:
    harm = helper.make_node(operator, ["lightness"], ["x"])
    refused(model(harm, conv("x")), f"the operator {operator}, which is not one of those allowed")


def test_the_documentation_lists_the_operators_that_are_allowed() -> None:
    page = (Path(__file__).parents[1] / "docs/reference/model-file.md").read_text("utf-8")
    listed = page.split("These operators are allowed.")[1].split("A network of allowed")[0]
    assert set(re.findall(r"`(\w+)`", listed)) == operators.ALLOWED


def test_graphs_within_the_graph_are_refused_whatever_operator_holds_them() -> None:
    out = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    inner = helper.make_graph([], "inner", [], [out])
    hiding = helper.make_node("Identity", ["lightness"], ["x"], body=inner)
    refused(model(hiding, conv("x")), "a graph within its graph")
    several = helper.make_node("Identity", ["lightness"], ["x"], bodies=[inner])
    refused(model(several, conv("x")), "a graph within its graph")


def sparse() -> onnx.SparseTensorProto:
    """One number, of a tensor of 10^15."""
    value = numpy_helper.from_array(np.ones(1, np.float32), "s")
    return helper.make_sparse_tensor(value, whole("", 5), [100_000] * 3)


def test_sparse_tensors_are_refused_for_they_promise_any_size() -> None:
    given = model(conv())
    given.graph.sparse_initializer.append(sparse())
    refused(given, "sparse tensor")
    constant = helper.make_node("Constant", [], ["s"], sparse_value=sparse())
    refused(model(constant, conv()), "sparse tensor")


@pytest.mark.parametrize("dims", [[BIG], [BIG, 0], [-1], [3, -5], [1 << 20, 1 << 20, 1 << 24]])
def test_tensors_that_promise_what_they_do_not_hold_are_refused(dims: list[int]) -> None:
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=dims)
    refused(model_of([conv()], [tensor]), "promises")
    held = helper.make_node("Constant", [], ["w"], value=tensor)
    refused(model_of([held, conv()], []), "promises")


@pytest.mark.parametrize(
    "options",
    [
        {"pads": [BIG] * 4},
        {"pads": [0, 0, 0, -BIG]},
        {"strides": [BIG, 1]},
        {"dilations": [1, BIG]},
        {"kernel_shape": [BIG, BIG]},
    ],
)
def test_absurd_numbers_of_convolutions_are_refused(options: dict[str, list[int]]) -> None:
    refused(model(conv(**options)), "asks its operator Conv for")


@pytest.mark.parametrize("name", ["strides", "output_shape", "output_padding"])
def test_absurd_enlargements_are_refused(name: str) -> None:
    larger = helper.make_node("ConvTranspose", ["lightness", "t"], ["x"], **{name: [9999, 9999]})
    refused(model(larger, conv("x"), weights=(weight(1, 1, 2, 2),)), "ConvTranspose")
    blocks = helper.make_node("DepthToSpace", ["lightness"], ["x"], blocksize=9999)
    refused(model(blocks, conv("x")), "DepthToSpace")


def resize(*inputs: str) -> Node:
    return helper.make_node("Resize", ["lightness", "", *inputs], ["x"], mode="nearest")


def held(tensor: onnx.TensorProto) -> Node:
    """Let a node hold what else would be a weight."""
    return helper.make_node("Constant", [], [tensor.name], value=tensor)


def times(*factors: float) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(factors, np.float32), "size")


@pytest.mark.parametrize("factor", [1e9, 65.0, -2.0e9, np.nan, np.inf])
def test_absurd_scales_are_refused_wherever_they_stand(factor: float) -> None:
    scales = times(1, 1, factor, 1)
    nodes = resize("size"), conv("x")
    plain = helper.make_tensor("size", TensorProto.FLOAT, [4], [1, 1, factor, 1])  # not raw
    refused(model(*nodes, weights=(scales,)), "asks its operator Resize")
    refused(model(*nodes, weights=(plain,)), "asks its operator Resize")
    refused(model(held(scales), *nodes), "asks its operator Resize")


@pytest.mark.parametrize("side", [5000, BIG, -BIG])
def test_absurd_sizes_and_borders_are_refused(side: int) -> None:
    sizes = whole("size", 1, 1, side, 8)
    refused(model(resize("", "size"), conv("x"), weights=(sizes,)), "asks its operator Resize")
    ints = helper.make_node("Constant", [], ["size"], value_ints=[1, 1, side, 8])
    refused(model(ints, resize("", "size"), conv("x")), "asks its operator Resize")
    pad = helper.make_node("Pad", ["lightness", "size"], ["x"])
    borders = whole("size", 0, 0, 0, 0, 0, 0, side, 0)
    refused(model(pad, conv("x"), weights=(borders,)), "asks its operator Pad")


def test_sizes_that_are_computed_are_refused() -> None:
    square = helper.make_node("Mul", ["big", "big"], ["size"])
    big = whole("big", 1, 1, 4096, 4096)
    refused(model(square, resize("", "size"), conv("x"), weights=(big,)), "computes a size")
    asked = helper.make_node("Cast", ["lightness"], ["size"], to=TensorProto.INT64)
    refused(model(asked, resize("", "size"), conv("x")), "computes a size")
    refused(model(resize("", "nowhere"), conv("x")), "computes a size")


def test_a_size_hidden_behind_operators_that_hand_it_on_is_found() -> None:
    parts = whole("a", 1, 1), whole("b", BIG, 8)
    joined = helper.make_node("Concat", ["a", "b"], ["c"], axis=0)
    handed = helper.make_node("Identity", ["c"], ["size"])
    nodes = joined, handed, resize("", "size"), conv("x")
    refused(model(*nodes, weights=parts), "asks its operator Resize")


def test_a_size_taken_from_another_tensor_is_allowed() -> None:
    shape = helper.make_node("Shape", ["lightness"], ["shape"])
    sides = helper.make_node("Slice", ["shape", "two", "end"], ["sides"])
    size = helper.make_node("Concat", ["ones", "sides"], ["size"], axis=0)
    weights = whole("two", 2), whole("end", np.iinfo(np.int64).max), whole("ones", 1, 1)
    accepted(model(shape, sides, size, resize("", "size"), conv("x"), weights=weights))


def test_usual_enlargements_are_allowed() -> None:
    up = helper.make_node("ConvTranspose", ["lightness", "t"], ["y"], strides=[2, 2])
    down = helper.make_node("AveragePool", ["y"], ["z"], kernel_shape=[2, 2], strides=[2, 2])
    twice = helper.make_node("Resize", ["z", "", "size"], ["x"], mode="linear")
    weights = numpy_helper.from_array(np.zeros((1, 1, 2, 2), np.float32), "t"), times(1, 1, 2, 2)
    accepted(model(up, down, twice, conv("x", strides=[2, 2]), weights=weights))


def test_a_tensor_that_is_made_twice_is_refused() -> None:
    """Else one of them could be judged and the other be used."""
    nodes = held(times(1, 1, 1e9, 1)), resize("size"), conv("x")
    refused(model(*nodes, weights=(times(1, 1, 2, 2),)), "makes one tensor twice")


def test_numbers_stored_twice_count_for_none() -> None:
    """Readers of protobuf take the last; whoever takes the first judges another model."""
    once = times(1, 1, 2, 2).SerializeToString()
    twice = once + times(1, 1, 1e9, 1).SerializeToString()
    assert constants.of_tensor(Message(memoryview(once))) == (1, 1, 2, 2)
    assert constants.of_tensor(Message(memoryview(twice))) is None


def test_more_operators_than_any_network_has_are_refused() -> None:
    chain = [helper.make_node("Relu", ["lightness"], ["x0"])]
    for number in range(operators.MOST_NODES):
        chain.append(helper.make_node("Relu", [f"x{number}"], [f"x{number + 1}"]))
    refused(model(*chain, conv(f"x{operators.MOST_NODES}")), "operators; refused")


def test_oversize_metadata_is_refused_under_any_key() -> None:
    data = onnx.load_from_string(model_bytes(conv_model(), palette_spec()))
    data.metadata_props.add(key="story", value="x" * (4 << 20))
    with pytest.raises(ModelFileError, match="metadata is larger"):
        read_model(data.SerializeToString())


def test_a_palette_of_more_colours_than_any_file_has_is_refused() -> None:
    colors = np.random.default_rng(0).normal(0, 30, (4097, 2))
    refused(conv_model(6), "too many colours", palette_spec(palette=Palette(colors)))


def test_a_side_that_would_be_filled_up_without_end_is_refused() -> None:
    """A stride of 64 and a multiple of 1023 together mean sides of 65,472 px and more."""
    refused(conv_model(6), "together", palette_spec(stride=64, multiple=1023))
    read_model(model_bytes(conv_model(6), palette_spec(stride=64, multiple=1024)))

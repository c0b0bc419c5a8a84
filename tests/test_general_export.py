"""The general network as a model file: the same function, whatever its weights are stored as."""

import numpy as np
import onnx
import onnxruntime as ort
import pytest
import torch
from onnx import TensorProto, numpy_helper

from general import PALETTE, crops, network
from models import COLORS, constant_model, model_bytes, palette_spec
from photochrom.errors import ModelFileError, TrainingError
from photochrom.inference.colorizer import Colorizer
from photochrom.modelfile.file import read_model, verify_model
from photochrom.modelfile.spec import ModelSpec
from photochrom.training.export import export
from photochrom.training.general.folding import folded
from photochrom.training.general.network import MULTIPLE, OUTPUT_STRIDE, GeneralNetwork
from photochrom.training.storage import halve

SIZES = [(1, 32, 32), (2, 64, 96), (1, 160, 224)]


@pytest.fixture(scope="module")
def made() -> GeneralNetwork:
    return network()


@pytest.fixture(scope="module")
def graph(made: GeneralNetwork) -> bytes:
    return export(folded(made), "palette", multiple=MULTIPLE)


def lightness(count: int, height: int, width: int) -> np.ndarray:
    rng = np.random.default_rng(height)
    return rng.uniform(0, 1, (count, 1, height, width)).astype(np.float32)


def run(model: bytes, values: np.ndarray) -> np.ndarray:
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(None, {"lightness": values})[0]


@pytest.mark.parametrize("size", SIZES)
def test_torch_and_onnx_give_the_same(
    made: GeneralNetwork, graph: bytes, size: tuple[int, int, int]
) -> None:
    values = lightness(*size)
    with torch.no_grad():
        wanted = made(torch.from_numpy(values)).numpy()
    found = run(graph, values)
    assert found.shape == (size[0], 6, size[1] // OUTPUT_STRIDE, size[2] // OUTPUT_STRIDE)
    np.testing.assert_allclose(found, wanted, atol=1e-4 * max(1, np.abs(wanted).max()))


def test_half_the_bits_give_nearly_the_same_in_half_the_space(graph: bytes) -> None:
    half = halve(graph)
    assert len(half) < 0.55 * len(graph)
    values = lightness(1, 96, 64)
    whole, found = run(graph, values), run(half, values)
    np.testing.assert_allclose(found, whole, atol=5e-3 * np.abs(whole).max())
    assert not np.array_equal(found, whole)


def test_stored_weights_keep_their_names(made: GeneralNetwork, graph: bytes) -> None:
    parts = onnx.load_model_from_string(halve(graph)).graph.initializer
    stored = {part.name: numpy_helper.to_array(part) for part in parts}
    for name, weight in folded(made).named_parameters():
        np.testing.assert_allclose(stored[name], weight.detach().numpy(), rtol=1e-3, atol=1e-6)


def test_the_computation_stays_in_32_bits(graph: bytes) -> None:
    model = onnx.load_model_from_string(halve(graph))
    halves = {t.name for t in model.graph.initializer if t.data_type == TensorProto.FLOAT16}
    users = [node for node in model.graph.node if halves & set(node.input)]
    assert halves
    assert {node.op_type for node in users} == {"Cast"}
    onnx.checker.check_model(model, full_check=True)


def test_the_graph_tells_nothing_of_where_it_was_made(graph: bytes) -> None:
    model = onnx.load_model_from_string(graph)
    assert [dim.dim_param for dim in model.graph.input[0].type.tensor_type.shape.dim] == [
        "n", "", "32*h", "32*w"
    ]  # fmt: skip
    dims = model.graph.output[0].type.tensor_type.shape.dim
    assert [(dim.dim_param, dim.dim_value) for dim in dims] == [("n", 0), ("", 6), ("", 0), ("", 0)]
    assert not model.metadata_props
    assert not any(node.metadata_props or node.doc_string for node in model.graph.node)
    assert halve(graph) == halve(graph)


@pytest.mark.parametrize("value", [1e5, float("nan"), float("inf")])
def test_weights_that_16_bits_cannot_hold_are_an_error(
    made: GeneralNetwork, graph: bytes, value: float
) -> None:
    model = onnx.load_model_from_string(graph)
    tensor = next(t for t in model.graph.initializer if t.name == "decoder.head.weight")
    weight = numpy_helper.to_array(tensor).copy()
    weight[0, 0] = value
    tensor.CopyFrom(numpy_helper.from_array(weight, tensor.name))
    with pytest.raises(TrainingError, match=r"decoder\.head\.weight"):
        halve(model.SerializeToString())


def described(**options: object) -> ModelSpec:
    return palette_spec(palette=PALETTE, stride=OUTPUT_STRIDE, multiple=MULTIPLE, reach=None,
                        **options)  # fmt: skip


def test_the_model_file_is_accepted_and_colours_a_picture_of_odd_size(graph: bytes) -> None:
    data = model_bytes(onnx.load_model_from_string(halve(graph)), described(preset="general"))
    assert verify_model(data).opset <= 20
    picture = np.ascontiguousarray(crops(48)[0][:41, :37])
    assert Colorizer(data).colorize(picture).shape == picture.shape


def test_the_gain_multiplies_the_chroma() -> None:
    logits = np.array([0.0, 1.0, 0, 0, 0, 0])
    chromas = []
    for gain in (1.0, 0.5):
        data = model_bytes(constant_model(logits), palette_spec(gain=gain, reach=0))
        gray = np.full((32, 32), 128, dtype=np.uint8)
        colored = Colorizer(data).colorize(gray)
        rgb = np.asarray(colored)[16, 16].astype(float)
        chromas.append(rgb - rgb.mean())
    probability = np.exp(logits) / np.exp(logits).sum()
    assert np.abs(probability @ COLORS).max() > 10
    assert np.abs(chromas[1]).max() < 0.65 * np.abs(chromas[0]).max()
    assert np.abs(chromas[1]).max() > 0.35 * np.abs(chromas[0]).max()


@pytest.mark.parametrize("gain", [-1.0, float("inf"), "much"])
def test_an_impossible_gain_is_refused(gain: object) -> None:
    data = model_bytes(constant_model(np.zeros(6)), palette_spec(gain=gain))
    with pytest.raises(ModelFileError, match="gain"):
        read_model(data)

"""Model files: what is written comes back, and whatever is not one is refused by name."""

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from models import conv_model, model_bytes, model_of, palette_spec, rgb_spec
from photochrom.errors import (
    InputMissingError,
    ModelFileError,
    OptionError,
    OutputExistsError,
    WriteError,
)
from photochrom.inference.runtime import Runtime
from photochrom.modelfile import file as modelfile
from photochrom.modelfile.file import model_hash, read_model, verify_model, write_model
from photochrom.modelfile.spec import TrainingSummary, WorkingSize

GOOD = model_bytes(conv_model(), palette_spec())
SUMMARY = TrainingSummary(
    pictures=3,
    data_hash="ab" * 32,
    held_out="pictures",
    mean_chroma=(1.5, -2.5),
    lightness_table=((0.0, 1.0),) * 20,
    metrics={"gray": {"psnr": 20.0}},
)


def node(operator: str = "Conv", **options: object) -> onnx.NodeProto:
    return helper.make_node(operator, ["lightness", "w"], ["logits"], **options)


def weights() -> onnx.TensorProto:
    return numpy_helper.from_array(np.zeros((6, 1, 1, 1), np.float32), "w")


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    spec = palette_spec(training=SUMMARY, licence="CC0-1.0", temperature=0.38)
    write_model(conv_model().SerializeToString(), spec, tmp_path / "m.onnx")
    data, found = read_model(tmp_path / "m.onnx")
    assert found == spec
    assert data == (tmp_path / "m.onnx").read_bytes()


def test_onnx_and_onnxruntime_read_the_same_description(tmp_path: Path) -> None:
    target = tmp_path / "m.onnx"
    write_model(conv_model().SerializeToString(), palette_spec(), target)
    onnx.checker.check_model(str(target), full_check=True)
    (entry,) = onnx.load(target).metadata_props
    session = onnxruntime.InferenceSession(target, providers=["CPUExecutionProvider"])
    assert entry.key == "photochrom"
    assert entry.value == palette_spec().to_json()
    assert session.get_modelmeta().custom_metadata_map == {"photochrom": entry.value}


def test_equal_arguments_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_model(conv_model().SerializeToString(), palette_spec(), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_new_description_replaces_the_old_one_and_keeps_other_metadata(tmp_path: Path) -> None:
    model = conv_model()
    helper.set_model_props(model, {"photochrom": "old", "author": "somebody"})
    write_model(model.SerializeToString(), palette_spec(temperature=0.5), tmp_path / "m.onnx")
    found = {entry.key: entry.value for entry in onnx.load(tmp_path / "m.onnx").metadata_props}
    assert found == {"author": "somebody", "photochrom": palette_spec(temperature=0.5).to_json()}


def test_an_existing_file_stays_unless_overwriting_is_asked_for(tmp_path: Path) -> None:
    target = tmp_path / "m.onnx"
    target.write_text("mine")
    with pytest.raises(OutputExistsError, match="exists already"):
        write_model(conv_model().SerializeToString(), palette_spec(), target)
    assert target.read_text() == "mine"
    write_model(conv_model().SerializeToString(), palette_spec(), target, overwrite=True)
    assert read_model(target)[1] == palette_spec()


def test_a_graph_that_could_not_be_read_back_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match="logits"):
        write_model(conv_model(5).SerializeToString(), palette_spec(6), tmp_path / "m.onnx")
    assert not list(tmp_path.iterdir())


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(WriteError, match="No space left"):
        write_model(conv_model().SerializeToString(), palette_spec(), tmp_path / "m.onnx")
    assert not list(tmp_path.iterdir())


def test_a_missing_folder_is_a_write_error(tmp_path: Path) -> None:
    with pytest.raises(WriteError, match="cannot write"):
        write_model(conv_model().SerializeToString(), palette_spec(), tmp_path / "no" / "m.onnx")


def test_the_hash_is_sha256_of_the_bytes() -> None:
    assert model_hash(GOOD) == hashlib.sha256(GOOD).hexdigest()


def test_verification_tells_what_it_checked() -> None:
    found = verify_model(GOOD)
    assert (found.opset, found.nodes, found.size) == (20, 1, len(GOOD))
    assert found.hash == model_hash(GOOD)
    assert found.spec == palette_spec()
    assert any("ai.onnx only" in line for line in found.checks)


def test_an_rgb_model_is_read() -> None:
    data = model_bytes(conv_model(3, output="rgb"), rgb_spec())
    assert read_model(data)[1].kind == "rgb"


@pytest.mark.parametrize(
    "junk",
    [b"", b"hello, this is text\n" * 9, b"\xff\xd8\xff\xe0" + bytes(999), b"\x89PNG\r\n\x1a\n"],
    ids=["empty", "text", "jpeg", "png"],
)
def test_what_is_not_onnx_is_refused(junk: bytes) -> None:
    with pytest.raises(ModelFileError):
        read_model(junk)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputMissingError, match=r"gone\.onnx"):
        read_model(tmp_path / "gone.onnx")
    with pytest.raises(ModelFileError, match="is a folder"):
        read_model(tmp_path)


def test_every_truncation_is_refused(tmp_path: Path) -> None:
    write_model(conv_model().SerializeToString(), palette_spec(), tmp_path / "m.onnx")
    whole = (tmp_path / "m.onnx").read_bytes()
    for length in range(0, len(whole), 7):
        with pytest.raises(ModelFileError):
            read_model(whole[:length])


def test_an_oversize_file_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (tmp_path / "big.onnx").open("wb") as file:
        os.ftruncate(file.fileno(), modelfile.MOST_BYTES + 1)  # sparse: takes no space
    with pytest.raises(ModelFileError, match="more than"):
        read_model(tmp_path / "big.onnx")
    monkeypatch.setattr(modelfile, "MOST_BYTES", 100)
    with pytest.raises(ModelFileError, match="more than"):
        read_model(GOOD)


def test_custom_operators_are_refused() -> None:
    evil = node("Evil", domain="com.evil")
    with pytest.raises(ModelFileError, match=r"com\.evil\.Evil"):
        read_model(model_bytes(model_of([evil], [weights()]), palette_spec()))


def test_unused_imports_of_other_operator_sets_do_no_harm() -> None:
    model = model_of([node()], [weights()], domains=("com.microsoft",))
    assert read_model(model_bytes(model, palette_spec()))[1] == palette_spec()


def test_a_newer_opset_is_refused() -> None:
    with pytest.raises(ModelFileError, match="opset 21"):
        read_model(model_bytes(model_of([node()], [weights()], opset=21), palette_spec()))


def external() -> onnx.TensorProto:
    tensor = weights()
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "/etc/passwd"
    return tensor


def test_weights_in_another_file_are_refused() -> None:
    with pytest.raises(ModelFileError, match="another file"):
        read_model(model_bytes(model_of([node()], [external()]), palette_spec()))


def test_weights_in_another_file_are_refused_in_attributes_too() -> None:
    constant = helper.make_node("Constant", [], ["w"], value=external())
    with pytest.raises(ModelFileError, match="another file"):
        read_model(model_bytes(model_of([constant, node()], []), palette_spec()))


def test_a_tensor_that_promises_more_than_it_holds_is_refused() -> None:
    tensor = weights()
    tensor.dims[0] = 1 << 40
    with pytest.raises(ModelFileError, match="promises"):
        read_model(model_bytes(model_of([node()], [tensor]), palette_spec()))


def test_functions_are_refused() -> None:
    model = model_of([node()], [weights()])
    model.functions.append(
        helper.make_function("x", "F", ["a"], ["a"], [], [helper.make_opsetid("", 20)])
    )
    with pytest.raises(ModelFileError, match="functions"):
        read_model(model_bytes(model, palette_spec()))


def test_a_model_without_description_is_refused() -> None:
    with pytest.raises(ModelFileError, match="description"):
        read_model(conv_model().SerializeToString())


def test_two_descriptions_are_refused() -> None:
    model = onnx.load_from_string(GOOD)
    model.metadata_props.append(model.metadata_props[0])
    with pytest.raises(ModelFileError, match="found 2"):
        read_model(model.SerializeToString())


def with_description(text: str) -> bytes:
    model = conv_model()
    helper.set_model_props(model, {"photochrom": text})
    return model.SerializeToString()


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[]", "null", "[" * 99_999, '{"format": 1}', '{"format": 99}', '{"format": "1"}'],
)
def test_a_description_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ModelFileError):
        read_model(with_description(text))


def test_a_file_of_a_newer_photochrom_says_what_to_do(tmp_path: Path) -> None:
    plain = json.loads(palette_spec().to_json()) | {"format": 2, "something": "new"}
    (tmp_path / "new.onnx").write_bytes(with_description(json.dumps(plain)))
    words = r"new.onnx.*newer photochrom.*format is 2, this one reads 1.*pip install --upgrade"
    with pytest.raises(ModelFileError, match=words):
        read_model(tmp_path / "new.onnx")


@pytest.mark.parametrize("version", ["0", "-1", '"2"', "1.5", "null"])
def test_a_file_of_no_known_format_is_not_called_newer(version: str) -> None:
    plain = palette_spec().to_json().replace('"format": 1', f'"format": {version}')
    with pytest.raises(ModelFileError, match="this photochrom reads 1") as told:
        read_model(with_description(plain))
    assert "newer" not in str(told.value)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@given(data=st.data(), value=ANYTHING)
def test_a_description_with_one_odd_value_is_read_or_refused(
    data: st.DataObject, value: object
) -> None:
    plain = json.loads(palette_spec(training=SUMMARY).to_json())
    where = data.draw(st.sampled_from([plain, plain["working"], plain["palette"]]))
    where[data.draw(st.sampled_from(sorted(where)))] = value
    try:
        _, spec = read_model(with_description(json.dumps(plain)))
    except ModelFileError:
        return
    assert spec.working.of(300, 200) >= (1, 1)
    assert spec.stride >= 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"input": "gray"}, "input"),
        ({"output": "chroma"}, "output"),
        ({"type": TensorProto.DOUBLE}, "float32"),
        ({"dims": [1, 1, "h", "w"]}, "fixed size"),
        ({"dims": ["n", 1, 200, 200]}, "fixed size"),
        ({"dims": ["n", 3, "h", "w"]}, "must be"),
        ({"dims": ["n", "h", "w"]}, "must be"),
    ],
    ids=str,
)
def test_wrong_inputs_and_outputs_are_refused(change: dict[str, object], words: str) -> None:
    model = conv_model()
    port = model.graph.input[0]
    dims = change.get("dims", ["n", 1, "h", "w"])
    kind = change.get("type", TensorProto.FLOAT)
    port.CopyFrom(helper.make_tensor_value_info(change.get("input", "lightness"), kind, dims))
    model.graph.output[0].name = change.get("output", "logits")
    with pytest.raises(ModelFileError, match=words):
        read_model(model_bytes(model, palette_spec()))


def test_the_output_must_have_the_palettes_size_and_the_kinds_name() -> None:
    with pytest.raises(ModelFileError, match="logits"):
        read_model(model_bytes(conv_model(5), palette_spec(6)))
    with pytest.raises(ModelFileError, match="rgb"):
        read_model(model_bytes(conv_model(3), rgb_spec()))


def test_weights_listed_as_inputs_are_no_inputs() -> None:
    model = conv_model()
    model.graph.input.append(helper.make_tensor_value_info("w", TensorProto.FLOAT, [6, 1, 5, 5]))
    assert read_model(model_bytes(model, palette_spec()))[1] == palette_spec()


def test_a_file_of_tiny_fields_is_refused_soon() -> None:
    with pytest.raises(ModelFileError, match="fields"):
        read_model(b"\x08\x08" * 3_000_000)


def test_graphs_nested_without_end_are_refused() -> None:
    inner = b""
    for _ in range(60):  # node(1) with attribute(5) with graph(6)
        for number in (6, 5, 1):
            inner = modelfile.encode_bytes(number, inner)
    model = b"\x08\x09" + modelfile.encode_bytes(8, b"\x10\x14") + modelfile.encode_bytes(7, inner)
    with pytest.raises(ModelFileError, match="within its graph"):
        read_model(model)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_with_a_model_file_error(junk: bytes) -> None:
    with pytest.raises(ModelFileError):
        read_model(junk)


@settings(max_examples=300, deadline=None)
@given(position=st.integers(0, len(GOOD) - 1), value=st.integers(0, 255))
def test_one_changed_byte_gives_a_result_or_a_model_file_error(position: int, value: int) -> None:
    changed = bytearray(GOOD)
    changed[position] = value
    try:
        data, spec = read_model(bytes(changed))
        result = Runtime(data, spec).run(np.full((9, 9), 50, np.float32))
    except ModelFileError:
        return
    assert np.isfinite(result).all()


def test_working_size_stays_in_the_description() -> None:
    spec = replace(palette_spec(), working=WorkingSize(200, "square", 40_000))
    assert read_model(model_bytes(conv_model(), spec))[1].working == spec.working


@given(
    st.integers(16, 4096),
    st.sampled_from([64, 192, 256]),
    st.integers(1, 5000),
    st.integers(1, 5000),
)
def test_another_short_side_sees_the_same_shapes_within_the_largest_area(
    asked: int, own: int, height: int, width: int
) -> None:
    size = WorkingSize(own)
    found = size.with_short_side(asked).of(height, width)
    assert found[0] * found[1] <= max(1 << 24, asked) * 1.01 + asked
    aspect = max(height, width) / min(height, width)
    if own**2 * aspect < 0.99 * size.max_pixels and asked**2 * aspect < 0.99 * (1 << 24):
        assert min(found) == asked  # whatever the model saw at its full short side


@pytest.mark.parametrize("asked", [15, 4097])
def test_a_short_side_out_of_range_is_refused(asked: int) -> None:
    with pytest.raises(OptionError, match="16 to 4096"):
        WorkingSize().with_short_side(asked)

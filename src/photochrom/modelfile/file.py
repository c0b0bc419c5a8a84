"""Reading and writing model files: nothing touches a graph before all checks are made."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path as FilePath

from photochrom._files import check_free, write_bytes
from photochrom._types import Path
from photochrom.errors import InputMissingError, ModelFileError
from photochrom.modelfile.graph import Graph, Port, read_graph
from photochrom.modelfile.spec import ModelSpec
from photochrom.modelfile.wire import Message, encode_bytes

MOST_BYTES = 256 << 20  # ten times the largest network that a laptop runs in a second or two
KEY = "photochrom"
_MOST_SPEC = 4 << 20  # bytes; one of 64 colours with its training summary has some 10,000
_METADATA = 14  # ModelProto.metadata_props


@dataclass(frozen=True)
class Verified:
    """What `verify_model` found in a model file that passed every check.

    Attributes
    ----------
    spec : the model's description
    hash : SHA-256 of the file, hex
    size : bytes
    opset : version of the ai.onnx operators
    nodes : operators in the graph, those of subgraphs too
    checks : what was checked, a sentence each
    """

    spec: ModelSpec
    hash: str
    size: int
    opset: int
    nodes: int
    checks: tuple[str, ...]


def write_model(graph: bytes, spec: ModelSpec, target: Path, *, overwrite: bool = False) -> None:
    """Write one self-contained model file: a serialized ONNX model with `spec` in its metadata.

    A description that the graph carries already is replaced. Equal arguments give equal bytes.

    Parameters
    ----------
    graph : a serialized ONNX ModelProto
    spec : goes into the metadata as JSON under the key `photochrom`
    target : file name; written under a temporary name beside it first
    overwrite : replace an existing file

    Raises
    ------
    ModelFileError
        If the result would not be readable by `read_model`; nothing is written then.
    OutputExistsError, WriteError
        If the target is there already, or cannot be written.
    """
    check_free(target, overwrite=overwrite)
    data = _with_spec(graph, spec)
    _judge(data)
    write_bytes(data, target, overwrite=overwrite)


def read_model(source: Path | bytes) -> tuple[bytes, ModelSpec]:
    """Return a model file's bytes and description, after every check.

    Raises
    ------
    InputMissingError
        If there is no such file.
    ModelFileError
        If it is no ONNX model, is damaged, too large, has no description or an unknown one, or
        holds what is not allowed: see `verify_model`.
    """
    data = _load(source)
    return data, _judge_named(data, source)[0]


def verify_model(source: Path | bytes) -> Verified:
    """Check a model file as `read_model` does, and tell what was checked."""
    data = _load(source)
    spec, graph = _judge_named(data, source)
    checks = (
        f"{len(data)} bytes, not above {MOST_BYTES}",
        f"an ONNX model, complete, with {graph.nodes} operators in one graph",
        f"operators of ai.onnx only, of those allowed, opset {graph.opset}",
        "every weight inside the file",
        f"input `lightness` and output `{graph.outputs[0].name}`, float32, any size",
        f"a description of preset {spec.preset!r} by photochrom {spec.version}",
    )
    return Verified(spec, model_hash(data), len(data), graph.opset, graph.nodes, checks)


def model_hash(data: bytes) -> str:
    """Return the SHA-256 of a model file's bytes, hex: the model's identity."""
    return hashlib.sha256(data).hexdigest()


def _load(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        _check_size(len(source), "the model")
        return source
    path = FilePath(source)
    try:
        if path.is_dir():
            raise ModelFileError(f"expected a model file, but {path} is a folder")
        with path.open("rb") as file:
            _check_size(os.fstat(file.fileno()).st_size, str(path))
            data = file.read(MOST_BYTES + 1)  # a pipe has no size to ask for
    except FileNotFoundError:
        raise InputMissingError(f"there is no model file {path}") from None
    except (OSError, ValueError) as error:
        if isinstance(error, ModelFileError):
            raise
        raise ModelFileError(f"the model file {path} cannot be read: {error}") from error
    _check_size(len(data), str(path))
    return data


def _check_size(size: int, name: str) -> None:
    if size > MOST_BYTES:
        raise ModelFileError(f"{name} has {size} bytes, more than the {MOST_BYTES} allowed")
    if size == 0:
        raise ModelFileError(f"not an ONNX model: {name} is empty")


def _judge_named(data: bytes, source: Path | bytes) -> tuple[ModelSpec, Graph]:
    try:
        return _judge(data)
    except ModelFileError as error:
        name = "the model" if isinstance(source, bytes) else os.fspath(source)
        raise ModelFileError(f"{name} cannot be used as a model file: {error}") from error


def _judge(data: bytes) -> tuple[ModelSpec, Graph]:
    model = Message(memoryview(data))
    graph = read_graph(model)
    spec = _spec(model)
    _check_ports(graph, spec)
    return spec, graph


def _spec(model: Message) -> ModelSpec:
    metadata = model.messages(_METADATA)
    if sum(len(entry.data) for entry in metadata) > _MOST_SPEC:
        raise ModelFileError(f"the model's metadata is larger than {_MOST_SPEC} bytes; refused")
    entries = [entry for entry in metadata if entry.text(1) == KEY]
    if len(entries) != 1:
        raise ModelFileError(
            f"expected one photochrom description in the model, found {len(entries)}; "
            "only models written by photochrom can be used"
        )
    return ModelSpec.from_json(entries[0].text(2))


def _check_ports(graph: Graph, spec: ModelSpec) -> None:
    if [port.name for port in graph.inputs] != ["lightness"]:
        names = ", ".join(port.name for port in graph.inputs) or "none"
        raise ModelFileError(f"the model must have the one input `lightness`, it has {names}")
    if spec.kind == "palette" and spec.palette is not None:
        wanted, channels = "logits", len(spec.palette)
    else:
        wanted, channels = "rgb", 3
    if [port.name for port in graph.outputs] != [wanted]:
        names = ", ".join(port.name for port in graph.outputs) or "none"
        raise ModelFileError(
            f"a model of kind {spec.kind!r} must have the one output `{wanted}`, it has {names}"
        )
    _check_port(graph.inputs[0], 1)
    _check_port(graph.outputs[0], channels)


def _check_port(port: Port, channels: int) -> None:
    if not port.is_float32:
        raise ModelFileError(f"`{port.name}` of the model must be float32")
    if port.dims is None:  # shapes are optional in ONNX; the runtime looks at what really comes
        return
    if len(port.dims) != 4 or port.dims[1] not in (None, channels):
        raise ModelFileError(
            f"`{port.name}` of the model must be (n, {channels}, height, width), got {port.dims}"
        )
    if any(port.dims[axis] is not None for axis in (0, 2, 3)):
        raise ModelFileError(
            f"`{port.name}` of the model has a fixed size {port.dims}; export it with a dynamic one"
        )


def _with_spec(graph: bytes, spec: ModelSpec) -> bytes:
    """Return the graph's bytes with `spec` as the last field, so that a cut file lacks it."""
    model = Message(memoryview(graph))
    entry = encode_bytes(1, KEY.encode()) + encode_bytes(2, spec.to_json().encode())
    parts = [
        graph[one.start : one.end]
        for one in model.fields()
        if not (one.number == _METADATA and _key(one.value) == KEY)
    ]
    return b"".join([*parts, encode_bytes(_METADATA, entry)])


def _key(value: int | memoryview) -> str:
    return Message(value).text(1) if isinstance(value, memoryview) else ""

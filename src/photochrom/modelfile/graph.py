"""What of an ONNX graph must be known before it may run: read from bytes, refused when unfit.

Field numbers are those of `onnx.proto` (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod

from photochrom.errors import ModelFileError
from photochrom.modelfile.wire import Message

NEWEST_OPSET = 20
_OURS = ("", "ai.onnx")  # two names of one operator set
_DEEPEST = 32  # graphs within graphs; protobuf itself stops at 100
_FLOAT = 1
_EXTERNAL = 1


@dataclass(frozen=True)
class Port:
    """An input or output: its name, element type and dimensions (None where dynamic)."""

    name: str
    element: int
    dims: tuple[int | None, ...] | None

    @property
    def is_float32(self) -> bool:
        """Whether its values are 32-bit floats."""
        return self.element == _FLOAT


@dataclass(frozen=True)
class Graph:
    """What was found in a graph that holds nothing forbidden."""

    opset: int
    nodes: int
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]


def read_graph(model: Message) -> Graph:
    """Walk a whole ModelProto.

    Raises
    ------
    ModelFileError
        For damage, operators outside `ai.onnx`, an opset above 20, data kept in other files,
        tensors that promise more values than they hold, functions or training parts.
    """
    graphs = model.messages(7)
    if not model.integers(1) or len(graphs) != 1:
        raise ModelFileError("not an ONNX model: it needs a version and one graph")
    if model.messages(20, 25):
        raise ModelFileError("the model holds functions or a training part; only a graph may be")
    opset = _opset(model)
    initialized = set(_initializer_names(graphs[0]))
    inputs = (_port(part) for part in graphs[0].messages(11))
    return Graph(
        opset,
        sum(1 for _ in _checked_nodes(graphs[0], 0)),
        tuple(port for port in inputs if port.name not in initialized),
        tuple(_port(part) for part in graphs[0].messages(12)),
    )


def _opset(model: Message) -> int:
    """Return the opset of ai.onnx; other sets may be imported as long as no node uses them."""
    found = [v for part in model.messages(8) if part.text(1) in _OURS for v in part.integers(2)]
    if len(found) != 1 or found[0] < 1:
        raise ModelFileError("not an ONNX model: it must name one version of the ai.onnx operators")
    if found[0] > NEWEST_OPSET:
        raise ModelFileError(
            f"the model uses opset {found[0]}, the newest allowed is {NEWEST_OPSET}; "
            "export it anew, or use a newer photochrom if one wrote it"
        )
    return found[0]


def _checked_nodes(graph: Message, depth: int) -> Iterator[str]:
    """Yield the operator of every node, those of subgraphs too, and check all tensors."""
    if depth > _DEEPEST:
        raise ModelFileError(f"the model nests graphs more than {_DEEPEST} deep; refused")
    for tensor in graph.messages(5):
        _check_tensor(tensor)
    for sparse in graph.messages(15):
        _check_sparse(sparse)
    for node in graph.messages(1):
        domain, operator = node.text(7), node.text(4)
        if domain not in _OURS:
            raise ModelFileError(
                f"the model uses the custom operator {domain}.{operator}; only ai.onnx is allowed"
            )
        yield operator
        for attribute in node.messages(5):
            yield from _checked_attribute(attribute, depth)


def _checked_attribute(attribute: Message, depth: int) -> Iterator[str]:
    for tensor in attribute.messages(5, 10):
        _check_tensor(tensor)
    for sparse in attribute.messages(22, 23):
        _check_sparse(sparse)
    for graph in attribute.messages(6, 11):
        yield from _checked_nodes(graph, depth + 1)


def _check_sparse(sparse: Message) -> None:
    for tensor in sparse.messages(1, 2):
        _check_tensor(tensor)


def _check_tensor(tensor: Message) -> None:
    if tensor.messages(13) or _EXTERNAL in tensor.integers(14):
        raise ModelFileError(
            f"tensor {tensor.text(8)!r} is kept in another file; a model must be one file"
        )
    dims = tensor.integers(1)
    if any(dim < 0 for dim in dims) or prod(dims) > 2 * len(tensor.data):  # 4 bits a value at least
        raise ModelFileError(
            f"tensor {tensor.text(8)!r} promises {' x '.join(map(str, dims))} values, "
            f"but holds {len(tensor.data)} bytes; the model is damaged"
        )


def _initializer_names(graph: Message) -> Iterator[str]:
    """Names of the weights: old exporters list them among the inputs."""
    for tensor in graph.messages(5):
        yield tensor.text(8)
    for sparse in graph.messages(15):
        for values in sparse.messages(1):
            yield values.text(8)


def _port(info: Message) -> Port:
    tensors = [part for kind in info.messages(2) for part in kind.messages(1)]
    if len(tensors) != 1:
        raise ModelFileError(f"{info.text(1)!r} of the model is not a plain tensor")
    shapes = tensors[0].messages(2)
    dims = tuple(_dim(dim) for dim in shapes[0].messages(1)) if shapes else None
    return Port(info.text(1), (tensors[0].integers(1) or [0])[-1], dims)


def _dim(dim: Message) -> int | None:
    fixed = dim.integers(1)
    return fixed[-1] if fixed else None

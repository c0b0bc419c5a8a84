"""What of an ONNX graph must be known before it may run: read from bytes, refused when unfit.

Field numbers are those of `onnx.proto` (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
"""

from dataclasses import dataclass
from math import prod

from photochrom.errors import ModelFileError
from photochrom.modelfile.operators import check_operators
from photochrom.modelfile.wire import Message

NEWEST_OPSET = 20
_OURS = ("", "ai.onnx")  # two names of one operator set
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
        For damage, operators or numbers that `operators` does not allow, an opset above 20, data
        kept in other files, tensors that promise more values than they hold, sparse tensors,
        graphs within the graph, functions or training parts.
    """
    graphs = model.messages(7)
    if not model.integers(1) or len(graphs) != 1:
        raise ModelFileError("not an ONNX model: it needs a version and one graph")
    if model.messages(20, 25):
        raise ModelFileError("the model holds functions or a training part; only a graph may be")
    opset, graph = _opset(model), graphs[0]
    _check_tensors(graph)
    initialized = {tensor.text(8) for tensor in graph.messages(5)}
    inputs = (_port(part) for part in graph.messages(11))
    return Graph(
        opset,
        check_operators(graph),
        # Old exporters list the weights among the inputs.
        tuple(port for port in inputs if port.name not in initialized),
        tuple(_port(part) for part in graph.messages(12)),
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


def _check_tensors(graph: Message) -> None:
    """Check all tensors of a graph, those within its nodes too."""
    if graph.messages(15):
        raise _sparse()
    for tensor in graph.messages(5):
        _check_tensor(tensor)
    for node in graph.messages(1):
        for attribute in node.messages(5):
            _check_attribute(attribute)


def _check_attribute(attribute: Message) -> None:
    if attribute.messages(6, 11):
        raise ModelFileError("the model holds a graph within its graph; refused")
    if attribute.messages(22, 23):
        raise _sparse()
    for tensor in attribute.messages(5, 10):
        _check_tensor(tensor)


def _sparse() -> ModelFileError:
    """A few bytes of a sparse tensor may promise any size."""
    return ModelFileError("the model holds a sparse tensor; store it whole")


def _check_tensor(tensor: Message) -> None:
    if tensor.messages(13) or _EXTERNAL in tensor.integers(14):
        raise ModelFileError(
            f"tensor {tensor.text(8)!r} is kept in another file; a model must be one file"
        )
    dims, most = tensor.integers(1), 2 * len(tensor.data)  # 4 bits a value at least
    if any(not 0 <= dim <= most for dim in dims) or prod(dims) > most:
        raise ModelFileError(
            f"tensor {tensor.text(8)!r} promises {' x '.join(map(str, dims[:8]))} values, "
            f"but holds {len(tensor.data)} bytes; the model is damaged"
        )


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

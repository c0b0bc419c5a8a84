"""From a trained network to the bytes of an ONNX graph."""

import logging
import warnings
from typing import Any

import onnx
import torch
from torch import nn

from photochrom.errors import TrainingError
from photochrom.modelfile.spec import Kind

OPSET = 20
OUTPUTS: dict[Kind, str] = {"palette": "logits", "rgb": "rgb"}
_PRODUCER = "photochrom"


def export(network: nn.Module, kind: Kind, *, multiple: int = 1) -> bytes:
    """Return a self-contained ONNX graph: `lightness` (n, 1, h, w) -> `logits` or `rgb`.

    The exporter writes stack traces with local paths and module names into the graph; they are
    taken out, so that equal weights give equal bytes on every machine.

    Parameters
    ----------
    network : the dense form, in eval mode
    kind : names the output
    multiple : of the input's height and width, px; 1 or another divisor of 32
    """
    sizes = {0: torch.export.Dim("n"), 2: _side("h", multiple), 3: _side("w", multiple)}
    example = torch.zeros(2, 1, 96, 128)
    with warnings.catch_warnings(), _Quiet("torch.onnx"), _Quiet("onnxscript"):
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            network,
            (example,),
            dynamo=True,
            input_names=["lightness"],
            output_names=[OUTPUTS[kind]],
            dynamic_shapes={"lightness": sizes},
            opset_version=OPSET,
            verbose=False,
        )
    if program is None:
        raise TrainingError("the network could not be exported: the exporter gave no program")
    return _plain(program.model_proto)


def _side(name: str, multiple: int) -> Any:
    """Return a free side of the input; torch has no public type for a multiple of one."""
    side = torch.export.Dim(name)
    return side if multiple == 1 else multiple * side


def _plain(model: onnx.ModelProto) -> bytes:
    """Serialize without anything that tells where and by what it was made."""
    del model.metadata_props[:]
    model.producer_name, model.producer_version = _PRODUCER, ""
    del model.graph.metadata_props[:]
    del model.graph.value_info[:]
    _forget_symbols(model.graph)
    for index, node in enumerate(model.graph.node):
        del node.metadata_props[:]
        node.doc_string = ""
        node.name = f"{node.op_type}_{index}"
    for port in (*model.graph.input, *model.graph.output, *model.graph.initializer):
        del port.metadata_props[:]
        port.doc_string = ""
    return bytes(model.SerializeToString(deterministic=True))


def _forget_symbols(graph: onnx.GraphProto) -> None:
    """Leave free sides of the output unnamed where the exporter numbers them by chance."""
    given = {dim.dim_param for port in graph.input for dim in port.type.tensor_type.shape.dim}
    for port in graph.output:
        for dim in port.type.tensor_type.shape.dim:
            if dim.dim_param and dim.dim_param not in given:
                dim.ClearField("dim_param")


class _Quiet:
    """Silences a logger for a while: the exporter reports its steps as warnings."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)
        self._level = self._logger.level

    def __enter__(self) -> None:
        self._logger.setLevel(logging.ERROR)

    def __exit__(self, *_: object) -> None:
        self._logger.setLevel(self._level)

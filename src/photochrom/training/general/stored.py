"""Read the weights of a general network back from its model file."""

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from photochrom._types import Path
from photochrom.errors import ModelFileError, OptionError
from photochrom.modelfile.file import model_hash, read_model
from photochrom.modelfile.spec import ModelSpec
from photochrom.palettes.palette import Palette
from photochrom.storage.models import resolve
from photochrom.training.general.folding import folded
from photochrom.training.general.network import GeneralNetwork


def load_stored(model: Path | bytes) -> tuple[GeneralNetwork, Palette, ModelSpec, str]:
    """Return the folded network of a model file, its palette, its description and its hash.

    The file holds the weights under the names of the parameters, in 16 bits; the activations of
    one picture differ from those of the trained network by rounding alone.

    Parameters
    ----------
    model : name of a packaged model, path, or bytes

    Raises
    ------
    InputMissingError, ModelFileError
        If there is no such model, it cannot be read, or its weights are not those of the network.
    OptionError
        If it is a model of another kind than the general network.
    """
    content, spec = read_model(resolve(model))
    if spec.palette is None or spec.preset != "general":
        raise OptionError(
            f"only a model of --preset general can be started from; this one is {spec.preset!r}"
        )
    network = folded(GeneralNetwork(len(spec.palette)).eval())
    network.load_state_dict(_weights(content, network.state_dict()))
    return network, spec.palette, spec, model_hash(content)


def _weights(content: bytes, wanted: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return the weights under the names, and of the shapes, of `wanted`."""
    held = {
        tensor.name: tensor for tensor in onnx.load_model_from_string(content).graph.initializer
    }
    for name, like in wanted.items():
        if name not in held or tuple(held[name].dims) != tuple(like.shape):
            raise ModelFileError(
                f"the model holds no weight {name} of shape {tuple(like.shape)}, so nothing can be "
                "learned on from it; use a model written by `photochrom train --preset general`"
            )
    arrays = {name: numpy_helper.to_array(held[name]).astype(np.float32) for name in wanted}
    return {name: torch.from_numpy(array) for name, array in arrays.items()}

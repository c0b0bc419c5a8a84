"""The general network without its frozen batch norms: scales go into the kernels once and for all.

The same function with fewer numbers. It is what a model file holds, under the names of the
parameters, and what a transfer starts from.
"""

import copy

import torch
from torch import nn

from photochrom.training.general.encoder import ConvNorm, Shift
from photochrom.training.general.network import GeneralNetwork


@torch.no_grad()
def folded(network: GeneralNetwork) -> GeneralNetwork:
    """Return a copy that computes the same; one that is folded already stays as it is."""
    plain = copy.deepcopy(network)
    for layer in plain.modules():
        if isinstance(layer, ConvNorm):
            weight, bias = layer.norm.fold(layer.weight)
            layer.weight = nn.Parameter(weight.detach().clone())
            layer.norm = Shift(bias.detach().clone())
    return plain

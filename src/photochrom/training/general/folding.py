"""The general network without its frozen batch norms: scales go into the kernels once and for all.

The same function with fewer numbers. It is what a model file holds, under the names of the
parameters, and what a transfer starts from. A long training that starts from it gets scales again:
the optimizer moves every weight by as much, so kernels should be of like size.
"""

import copy

import torch
from torch import nn

from photochrom.training.general.encoder import EPSILON, ConvNorm, FrozenNorm, Shift
from photochrom.training.general.network import GeneralNetwork

_LEAST = 1e-8  # norm of a kernel; one that is all zero stays so


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


@torch.no_grad()
def unfolded(network: GeneralNetwork) -> GeneralNetwork:
    """Return a copy that computes the same: kernels of norm 1, their scales in the frozen norm."""
    scaled = copy.deepcopy(network)
    for layer in scaled.modules():
        if isinstance(layer, ConvNorm) and isinstance(layer.norm, Shift):
            scale = layer.weight.flatten(1).norm(dim=1).clamp(min=_LEAST)
            norm = FrozenNorm(len(scale))
            norm.running_var.fill_(1 - EPSILON)  # so that its root is 1
            norm.weight.copy_(scale)
            norm.bias.copy_(layer.norm.bias)
            layer.weight.div_(scale[:, None, None, None])
            layer.norm = norm
    return scaled

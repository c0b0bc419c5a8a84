"""Dense evaluation: a window network applied to every pixel of a picture by convolutions.

A window network is a linear layer over a window, then layers over the pixel alone. The first is a
convolution of the whole picture, the others are 1 x 1: the same sums as pixel by pixel, without
reading every value w * w times.
"""

import torch
from torch import Tensor, nn

from photochrom.training.networks import ACTIVATIONS, Stack
from photochrom.training.windows import Windows

_KAPPA = 24389 / 27  # CIE 15:2004; L* of 8 and below is a straight line


class GrayFromLightness(nn.Module):
    """L*/100 -> encoded gray 0..1, the origin networks' input; any shape.

    The same formulas as `photochrom.color.gray.from_lightness`, as part of the graph.
    """

    def forward(self, lightness: Tensor) -> Tensor:
        """Convert; what lies outside 0..1 is clamped."""
        level = lightness.clamp(0, 1) * 100
        luminance = torch.where(level > 8, ((level + 16) / 116) ** 3, level / _KAPPA)
        curve = 1.055 * luminance.clamp(min=1e-9) ** (1 / 2.4) - 0.055
        return torch.where(luminance <= 0.0031308, luminance * 12.92, curve)


class DenseNetwork(nn.Module):
    """The dense form of a window network: lightness (n, 1, h, w) -> (n, outputs, h, w).

    Parameters
    ----------
    convert : L*/100 to the network's input plane
    windows : the windows the network reads
    stack : the network
    """

    def __init__(self, convert: nn.Module, windows: Windows, stack: Stack) -> None:
        super().__init__()
        self.convert = convert
        self.windows = windows
        self.activations = stack.activations
        self.first = nn.ModuleList(_first_layers(windows, stack))
        self.later = nn.ModuleList(_later_layers(stack))

    def forward(self, lightness: Tensor) -> Tensor:
        """Return logits, or colours for a regression network."""
        planes = self.windows.planes(self.convert(lightness))
        values = self.first[0](planes[0])
        for layer, plane in zip(self.first[1:], planes[1:], strict=True):
            values = values + layer(plane)
        values = ACTIVATIONS[self.activations[0]](values)
        for layer, activation in zip(self.later, self.activations[1:], strict=True):
            values = ACTIVATIONS[activation](layer(values))
        return values


@torch.no_grad()
def _first_layers(windows: Windows, stack: Stack) -> list[nn.Conv2d]:
    layers = []
    columns = stack.weights[0].split([scale.size**2 for scale in windows.scales], dim=1)
    for index, (scale, column) in enumerate(zip(windows.scales, columns, strict=True)):
        layer = nn.Conv2d(1, len(column), scale.size, dilation=scale.step, bias=index == 0)
        layer.weight.copy_(column.reshape(-1, 1, scale.size, scale.size))
        if layer.bias is not None:
            layer.bias.copy_(stack.biases[0])
        layers.append(layer)
    return layers


@torch.no_grad()
def _later_layers(stack: Stack) -> list[nn.Conv2d]:
    layers = []
    for weight, bias in list(zip(stack.weights, stack.biases, strict=True))[1:]:
        inputs = weight.shape[1] * stack.groups
        layer = nn.Conv2d(inputs, len(bias), 1, groups=stack.groups)
        layer.weight.copy_(weight[..., None, None])
        layer.bias.copy_(bias)  # type: ignore[union-attr]
        layers.append(layer)
    return layers

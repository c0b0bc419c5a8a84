"""The networks of the origin system, exactly as it built them, and the stack they all equal.

Oddities worth knowing:
- Its convolutions have no non-linearity between them and the dense layer behind, so the three
  collapse exactly into one w x w layer: see `OriginConvolution.collapsed`.
- Its "same" padding of even kernels is TensorFlow's: one more behind than before.
- Zero padding inside the window is part of that linear map; a collapsed layer holds it.
- It said that the convolutional classifier has fewer weights than the dense one. At w 15 it has
  two ("valid") to three times ("same") as many; only below w 11 it has fewer.
"""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

Activation = Literal["sigmoid", "relu", "none"]
_UNITS = 256  # windows at a time while collapsing; each becomes 20 w * w doubles
ACTIVATIONS: dict[Activation, Callable[[Tensor], Tensor]] = {
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
    "none": nn.Identity(),
}


class Stack(nn.Module):
    """Dense layers over a pixel's windows: (n, inputs) -> (n, outputs).

    Parameters
    ----------
    inputs : values of a window
    sizes : width of each layer, the output last
    activations : one a layer
    groups : 1, or as many networks side by side that share nothing but the window
    dropout : share of hidden values dropped in training
    """

    def __init__(
        self,
        inputs: int,
        sizes: tuple[int, ...],
        activations: tuple[Activation, ...],
        *,
        groups: int = 1,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.activations = activations
        self.groups = groups
        self.dropout = dropout
        # The first layer reads the same window for every group, so it is never grouped.
        before = (inputs, *(size // groups for size in sizes[:-1]))
        self.weights = nn.ParameterList(
            [torch.empty(size, width) for size, width in zip(sizes, before, strict=True)]
        )
        self.biases = nn.ParameterList([torch.zeros(size) for size in sizes])
        self.reset()

    def reset(self, generator: torch.Generator | None = None) -> None:
        """Draw the weights as Keras does by default: Glorot uniform, zero bias."""
        for weight, bias in zip(self.weights, self.biases, strict=True):
            for part in weight.chunk(self.groups):
                glorot_(part, part.shape[1], part.shape[0], generator)
            nn.init.zeros_(bias)

    def reset_softly(self, generator: torch.Generator) -> None:
        """Draw smaller weights, for whitened windows: uniform within 1/sqrt(inputs of the layer).

        Keras' draw was made for grays; under whitening it lets the faint components shout
        (palm: held-out dE00 12.15 against 11.86 with this one).
        """
        with torch.no_grad():
            for weight, bias in zip(self.weights, self.biases, strict=True):
                bound = weight.shape[1] ** -0.5
                weight.uniform_(-bound, bound, generator=generator)
                bias.uniform_(-bound, bound, generator=generator)

    def forward(self, windows: Tensor) -> Tensor:
        """Return logits, or colours for a regression network, (n, outputs)."""
        values = windows
        last = len(self.weights) - 1
        for index, weight in enumerate(self.weights):
            values = self._linear(values, weight, index) + self.biases[index]
            values = ACTIVATIONS[self.activations[index]](values)
            if self.dropout and index < last:
                values = functional.dropout(values, self.dropout, self.training)
        return values

    def _linear(self, values: Tensor, weight: Tensor, index: int) -> Tensor:
        if index == 0 or self.groups == 1:
            return values @ weight.T
        parts = values.reshape(len(values), self.groups, -1)
        grouped = weight.reshape(self.groups, -1, weight.shape[1])
        return torch.einsum("ngi,goi->ngo", parts, grouped).flatten(1)

    def collapsed(self) -> "Stack":
        """Return itself: dense layers are collapsed already."""
        return self


class OriginConvolution(nn.Module):
    """conv 10@6x6 "same", conv 20@4x4, flatten, dense layers: windows (n, w * w) -> (n, outputs).

    Parameters
    ----------
    window : px, odd
    padding : of the second convolution, "same" or "valid"
    sizes, activations : of the dense layers
    """

    def __init__(
        self,
        window: int,
        padding: Literal["same", "valid"],
        sizes: tuple[int, ...],
        activations: tuple[Activation, ...],
    ) -> None:
        super().__init__()
        self.window = window
        self.padding = padding
        self.first = nn.Conv2d(1, 10, 6)
        self.second = nn.Conv2d(10, 20, 4)
        self.side = window if padding == "same" else window - 3
        self.dense = Stack(20 * self.side**2, sizes, activations)
        self.dropout = 0.0
        self.reset()

    def reset(self, generator: torch.Generator | None = None) -> None:
        """Draw the weights as Keras does by default."""
        for layer in (self.first, self.second):
            area = layer.kernel_size[0] * layer.kernel_size[1]
            fan_in, fan_out = layer.in_channels * area, layer.out_channels * area
            glorot_(layer.weight.data, fan_in, fan_out, generator)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        self.dense.reset(generator)

    def forward(self, windows: Tensor) -> Tensor:
        """Return logits or colours (n, outputs)."""
        return self.dense(self._convolved(windows))  # type: ignore[no-any-return]

    def _convolved(self, windows: Tensor) -> Tensor:
        picture = windows.reshape(-1, 1, self.window, self.window)
        values = self.first(functional.pad(picture, (2, 3, 2, 3)))
        if self.padding == "same":
            values = functional.pad(values, (1, 2, 1, 2))
        return self.second(values).flatten(1)  # type: ignore[no-any-return]

    @torch.no_grad()
    def collapsed(self) -> Stack:
        """Return the same function as dense layers over the window.

        Everything before the first activation is affine, so its value at zero and at the w * w
        unit windows says all of it.
        """
        area = self.window**2
        double = self._as_double()
        zero = double._before_activation(torch.zeros(1, area, dtype=torch.float64))
        units = torch.split(torch.eye(area, dtype=torch.float64), _UNITS)
        responses = torch.cat([double._before_activation(part) - zero for part in units])
        stack = self._stack()
        stack.weights[0].copy_(responses.T)
        stack.biases[0].copy_(zero[0])
        _copy_later_layers(self.dense, stack)
        return stack

    @torch.no_grad()
    def expand(self, stack: Stack) -> None:
        """Take over the function of `stack`, as `collapsed` gives it: the inverse direction.

        The convolutions become shifted copies of the window, 16 of them where the second one
        trims the border, so any w x w layer can be written by the dense layer behind.
        """
        for layer in (self.first, self.second):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        self.first.weight[0, 0, 2, 2] = 1
        shifts = (
            [(1, 1)] if self.padding == "same" else [(y, x) for y in range(4) for x in range(4)]
        )
        for channel, (down, across) in enumerate(shifts):
            self.second.weight[channel, 0, down, across] = 1
        weight = torch.zeros(len(stack.biases[0]), 20, self.side, self.side)
        window = stack.weights[0].reshape(-1, self.window, self.window)
        trim = self.window - self.side
        for y in range(self.window):
            for x in range(self.window):
                top, left = min(y, self.side - 1), min(x, self.side - 1)
                channel = (y - top) * 4 + (x - left) if trim else 0
                weight[:, channel, top, left] = window[:, y, x]
        self.dense.weights[0].copy_(weight.flatten(1))
        self.dense.biases[0].copy_(stack.biases[0])
        _copy_later_layers(stack, self.dense)

    def _stack(self) -> Stack:
        sizes = tuple(len(bias) for bias in self.dense.biases)
        return Stack(self.window**2, sizes, self.dense.activations)

    def _as_double(self) -> "OriginConvolution":
        sizes = tuple(len(bias) for bias in self.dense.biases)
        double = OriginConvolution(self.window, self.padding, sizes, self.dense.activations)
        double.load_state_dict(self.state_dict())
        return double.double()

    def _before_activation(self, windows: Tensor) -> Tensor:
        before: Tensor = self._convolved(windows) @ self.dense.weights[0].T + self.dense.biases[0]
        return before


def glorot_(weight: Tensor, fan_in: int, fan_out: int, generator: torch.Generator | None) -> None:
    """Fill with Glorot's uniform draw, Keras' default.

    References
    ----------
    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", AISTATS 2010.
    """
    bound = (6 / (fan_in + fan_out)) ** 0.5
    with torch.no_grad():
        weight.uniform_(-bound, bound, generator=generator)


def count_weights(network: nn.Module) -> int:
    """Return the number of trained values."""
    return sum(parameter.numel() for parameter in network.parameters())


def _copy_later_layers(source: Stack, target: Stack) -> None:
    for index in range(1, len(source.weights)):
        target.weights[index].copy_(source.weights[index])
        target.biases[index].copy_(source.biases[index])

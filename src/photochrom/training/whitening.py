"""Whitening of windows: what makes small networks learn in seconds.

Neighbouring grays are nearly equal, so almost all variance of a window is its mean, and gradient
descent sees the rest a thousand times weaker. Rotating the windows to their principal components
and scaling each to unit variance takes that out. It is linear, so it folds into the first layer
and costs nothing afterwards. Measured on the origin's palm set (origin-conv-same, 15 epochs):
validation cross-entropy 1.44 without, 1.13 with.
"""

import torch
from torch import Tensor, nn

from photochrom.training.networks import Stack

_SAMPLES = 40_000  # windows; the covariance of 225 inputs is then known to about 1 %
_VALUES = 40_000_000  # 160 MB: fewer windows where they are large
_FLOOR = 1e-3  # of the mean variance; components below it are noise and stay small


def samples_for(inputs: int) -> int:
    """Return how many windows of `inputs` values to measure the covariance on."""
    return min(_SAMPLES, max(_VALUES // inputs, 2 * inputs))


class Whitening(nn.Module):
    """windows (n, inputs) -> the same, with zero mean and about unit covariance.

    References
    ----------
    LeCun et al., "Efficient BackProp", 1998, section 4.3.
    """

    mean: Tensor
    matrix: Tensor

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(inputs))
        self.register_buffer("matrix", torch.eye(inputs))

    def fit(self, windows: Tensor) -> None:
        """Measure mean and covariance on (n, inputs)."""
        mean = windows.mean(0)
        centred = (windows - mean).double()
        variance, axes = torch.linalg.eigh(centred.T @ centred / len(centred))
        floor = _FLOOR * variance.mean() + 1e-12
        self.mean.copy_(mean)
        self.matrix.copy_(axes / (variance.clamp(min=0) + floor).sqrt())

    def forward(self, windows: Tensor) -> Tensor:
        """Whiten."""
        return (windows - self.mean) @ self.matrix

    @torch.no_grad()
    def fold(self, stack: Stack) -> None:
        """Write the whitening into the first layer, in place."""
        weight = stack.weights[0].double() @ self.matrix.double().T
        stack.biases[0].sub_((weight @ self.mean.double()).float())
        stack.weights[0].copy_(weight)

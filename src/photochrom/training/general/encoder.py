"""EfficientNet-Lite0 as an encoder of gray pictures.

Oddities:

- One gray channel goes in. The pretrained stem reads RGB; its three filters are summed, which is
  the same function of a gray picture.
- Padding is TensorFlow's "SAME": at stride 2 the odd pixel of padding goes right and below.
- Batch norm is frozen: it normalizes by the pretrained statistics, and scale and shift learn. Its
  division is folded into the weights at each step. Measured in bf16 on two CPU cores, a training
  step is six times as fast as with batch statistics, and small batches change nothing.
- Convolutions by channel are computed in fp32 on a CPU, whatever the rest is in: see `by_channel`.
- Training may skip blocks at random (stochastic depth).

References
----------
Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML 2019;
the Lite variants: no squeeze-and-excite, ReLU6 instead of swish. Huang et al., "Deep Networks with
Stochastic Depth", ECCV 2016.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from photochrom.errors import ModelFileError


class Stage(NamedTuple):
    """Blocks of one resolution: expansion, kernel in px, stride of the first, channels, repeats."""

    expansion: int
    kernel: int
    stride: int
    channels: int
    repeats: int


STAGES = (
    Stage(1, 3, 1, 16, 1),
    Stage(6, 3, 2, 24, 2),
    Stage(6, 5, 2, 40, 2),
    Stage(6, 3, 2, 80, 3),
    Stage(6, 5, 1, 112, 3),
    Stage(6, 5, 2, 192, 4),
    Stage(6, 3, 1, 320, 1),
)
STEM = 32  # channels
LEVELS = (1, 2, 4, 6)  # stages whose output is handed on, at strides 4, 8, 16, 32
WIDTHS = tuple(STAGES[level].channels for level in LEVELS)
STRIDE = 32  # px, of the coarsest level
EPSILON = 1e-3  # of batch norm


class FrozenNorm(nn.Module):
    """Batch norm by fixed statistics: a scale and a shift a channel, which learn."""

    running_mean: Tensor
    running_var: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))

    def fold(self, kernel: Tensor) -> tuple[Tensor, Tensor]:
        """Return kernel and bias of the convolution that does both."""
        scale = self.weight * torch.rsqrt(self.running_var + EPSILON)
        return kernel * scale[:, None, None, None], self.bias - self.running_mean * scale


class Shift(nn.Module):
    """What is left of a frozen batch norm once its scale lies in the kernel; see `folding`."""

    def __init__(self, bias: Tensor) -> None:
        super().__init__()
        self.bias = nn.Parameter(bias)

    def fold(self, kernel: Tensor) -> tuple[Tensor, Tensor]:
        """Return kernel and bias of the convolution."""
        return kernel, self.bias


class ConvNorm(nn.Module):
    """Convolution and frozen batch norm, then ReLU6 if asked."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int = 1, stride: int = 1, groups: int = 1,
        *, active: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs // groups, kernel, kernel))
        nn.init.kaiming_normal_(self.weight)
        self.norm: FrozenNorm | Shift = FrozenNorm(outputs)
        self.kernel, self.stride, self.groups, self.active = kernel, stride, groups, active

    def forward(self, values: Tensor) -> Tensor:
        """(n, inputs, h, w) -> (n, outputs, h / stride, w / stride)."""
        padding = (self.kernel - 1) // 2
        if self.stride == 2:
            before = (self.kernel - 2) // 2
            after = self.kernel - 2 - before
            values, padding = functional.pad(values, (before, after, before, after)), 0
        weight, bias = self.norm.fold(self.weight)
        if self.groups > 1:
            found = by_channel(values, weight, bias, self.stride, padding)
        else:
            found = functional.conv2d(values, weight, bias, self.stride, padding)
        return functional.relu6(found) if self.active else found


def by_channel(
    values: Tensor, weight: Tensor, bias: Tensor | None, stride: int = 1, padding: int = 1
) -> Tensor:
    """Convolve each channel by itself; in fp32 where a CPU computes the rest in bf16.

    There the backward pass of bf16 falls back to plain loops: 5 x 5 on (32, 144, 35, 35) took 88 ms
    forward and back on two cores of a Sapphire Rapids class CPU, in fp32 20 ms. Such layers were
    three quarters of a training step.
    """
    groups = values.shape[1]
    if values.device.type == "cpu" and torch.is_autocast_enabled("cpu"):
        with torch.autocast("cpu", enabled=False):
            return functional.conv2d(values.float(), weight, bias, stride, padding, 1, groups)
    return functional.conv2d(values, weight, bias, stride, padding, 1, groups)


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project; added to the input where shapes agree."""

    def __init__(self, inputs: int, stage: Stage, stride: int, skipped: float = 0.0) -> None:
        super().__init__()
        wide = inputs * stage.expansion
        expand = [ConvNorm(inputs, wide)] if stage.expansion > 1 else []
        filtered = ConvNorm(wide, wide, stage.kernel, stride, wide)
        self.layers = nn.Sequential(*expand, filtered, ConvNorm(wide, stage.channels, active=False))
        self.adds = stride == 1 and inputs == stage.channels
        self.skipped = skipped

    def forward(self, values: Tensor) -> Tensor:
        """(n, inputs, h, w) -> (n, channels, h / stride, w / stride)."""
        found: Tensor = self.layers(values)
        if not self.adds:
            return found
        return values + (skip(found, self.skipped) if self.training else found)


def skip(found: Tensor, share: float) -> Tensor:
    """Return what a block found for most pictures and nothing for `share` of them, drawn anew.

    The others' counts more for it, so that the mean stays. Draws come from torch's own generator.
    """
    if not share:
        return found
    kept = torch.rand(len(found), 1, 1, 1, device=found.device) >= share
    return found * (kept / (1 - share)).to(found.dtype)


class Encoder(nn.Module):
    """Gray pictures to features at strides 4, 8, 16 and 32.

    Parameters
    ----------
    skipped : share of pictures for which training leaves the last block out; less for earlier ones
    """

    def __init__(self, skipped: float = 0.0) -> None:
        super().__init__()
        self.stem = ConvNorm(1, STEM, 3, 2)
        self.stages = nn.ModuleList()
        inputs = STEM
        depth, deepest = 0, sum(stage.repeats for stage in STAGES) - 1
        for stage in STAGES:
            strides = [stage.stride] + [1] * (stage.repeats - 1)
            blocks = []
            for stride in strides:
                blocks.append(InvertedResidual(inputs, stage, stride, skipped * depth / deepest))
                inputs = stage.channels
                depth += 1
            self.stages.append(nn.Sequential(*blocks))

    def forward(self, gray: Tensor) -> list[Tensor]:
        """(n, 1, h, w), -1..1, sides multiples of 32 -> features, the finest first."""
        values = self.stem(gray)
        features = []
        for number, stage in enumerate(self.stages):
            values = stage(values)
            if number in LEVELS:
                features.append(values)
        return features


def load_backbone(encoder: Encoder, path: Path) -> None:
    """Fill an encoder with ImageNet weights under timm's names (`tf_efficientnet_lite0`).

    Parameters
    ----------
    encoder : to fill
    path : `.safetensors`, or a plain dict of tensors saved by torch

    Raises
    ------
    ModelFileError
        If the file is not there, cannot be read, or holds another network.
    """
    tensors = _read(path)
    try:
        for layer, convolution, norm in _named_layers(encoder):
            weight = tensors[f"{convolution}.weight"]
            if layer is encoder.stem:
                weight = weight.sum(dim=1, keepdim=True)
            parts = {f"norm.{key}": tensors[f"{norm}.{key}"] for key in layer.norm.state_dict()}
            layer.load_state_dict({"weight": weight, **parts})
    except (KeyError, TypeError, AttributeError, IndexError, RuntimeError) as error:
        raise ModelFileError(f"{path} holds no EfficientNet-Lite0: {error}") from error


def _named_layers(encoder: Encoder) -> Iterator[tuple[ConvNorm, str, str]]:
    """Yield each layer with timm's names of its convolution and its norm."""
    yield encoder.stem, "conv_stem", "bn1"
    for number, stage in enumerate(encoder.stages):
        names = ("conv_dw", "conv_pw") if number == 0 else ("conv_pw", "conv_dw", "conv_pwl")
        for index, block in enumerate(stage.children()):
            layers = (layer for layer in block.modules() if isinstance(layer, ConvNorm))
            for place, (layer, name) in enumerate(zip(layers, names, strict=True), 1):
                yield layer, f"blocks.{number}.{index}.{name}", f"blocks.{number}.{index}.bn{place}"


def _read(path: Path) -> dict[str, Tensor]:
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)  # type: ignore[no-any-return]
    except Exception as error:  # torch and safetensors raise a dozen kinds
        raise ModelFileError(f"cannot read the backbone {path}: {error}") from error

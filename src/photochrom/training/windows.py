"""The gray windows round a pixel, at one or several scales.

A network sees `size` x `size` samples, `step` px apart, of a plane that is smoothed to match, so
that no detail falls between the samples. Training gathers windows of single pixels; the dense
form reads the same windows of all pixels by convolution. Both start from `planes`.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

Padding = Literal["zeros", "replicate"]


@dataclass(frozen=True)
class Scale:
    """One grid of samples.

    Attributes
    ----------
    size : samples a side, odd
    step : px between samples; above 1 the plane is smoothed by two boxes of about this width
    """

    size: int
    step: int = 1

    @property
    def margin(self) -> int:
        """Px from the pixel to the outermost sample."""
        return self.size // 2 * self.step

    @property
    def blur(self) -> int:
        """Px that a sample's smoothing reaches."""
        return 0 if self.step == 1 else self.step | 1

    @property
    def reach(self) -> int:
        """Px from the pixel to the farthest value that its window depends on."""
        return self.margin + max(self.blur - 1, 0)


class Windows(nn.Module):
    """Windows at several scales of one plane.

    Parameters
    ----------
    scales : the grids, from fine to coarse
    padding : beyond the picture: "zeros" as in the origin, or "replicate" for the edge's value
    """

    def __init__(self, scales: tuple[Scale, ...], padding: Padding) -> None:
        super().__init__()
        self.scales = scales
        self.padding = padding
        for index, scale in enumerate(scales):
            if scale.blur:
                self.register_buffer(f"kernel{index}", _triangle(scale.blur), persistent=False)

    @property
    def inputs(self) -> int:
        """Values of one pixel's windows, all scales together."""
        return sum(scale.size**2 for scale in self.scales)

    @property
    def reach(self) -> int:
        """Px from a pixel to the farthest value that it depends on."""
        return max(scale.reach for scale in self.scales)

    def planes(self, plane: Tensor) -> list[Tensor]:
        """Pad and smooth (n, 1, h, w) for each scale: (n, 1, h + 2 margin, w + 2 margin)."""
        return [self._plane(plane, index) for index in range(len(self.scales))]

    def _plane(self, plane: Tensor, index: int) -> Tensor:
        reach = self.scales[index].reach
        mode = "constant" if self.padding == "zeros" else "replicate"
        padded = functional.pad(plane, (reach, reach, reach, reach), mode=mode)
        if not self.scales[index].blur:
            return padded
        kernel = self.get_buffer(f"kernel{index}")
        down = functional.conv2d(padded, kernel[None, None, :, None])
        return functional.conv2d(down, kernel[None, None, None, :])


class WindowTable:
    """The windows of many pictures' pixels, gathered by pixel number when they are needed.

    Pixels are numbered picture by picture, row by row. All windows at once would take 225 times
    the pictures' memory.

    Parameters
    ----------
    windows : what a window is
    pictures : planes (h, w), any sizes
    """

    def __init__(self, windows: Windows, pictures: list[Tensor]) -> None:
        planes = [windows.planes(picture[None, None]) for picture in pictures]
        by_scale = list(zip(*planes, strict=True))
        self._columns = [_Column(s, b) for s, b in zip(windows.scales, by_scale, strict=True)]

    def __len__(self) -> int:
        return len(self._columns[0].corners)

    def gather(self, pixels: Tensor) -> Tensor:
        """Return the windows (n, inputs) of pixels (n,)."""
        return torch.cat([column.gather(pixels) for column in self._columns], dim=1)


class _Column:
    """One scale of a `WindowTable`: planes joined to one strip of memory of one row length."""

    def __init__(self, scale: Scale, planes: tuple[Tensor, ...]) -> None:
        stride = max(plane.shape[-1] for plane in planes)
        wide = [functional.pad(plane[0, 0], (0, stride - plane.shape[-1])) for plane in planes]
        self.values = torch.cat([plane.flatten() for plane in wide])
        corners, start = [], 0
        for plane in planes:
            height, width = (side - 2 * scale.margin for side in plane.shape[-2:])
            corners.append(start + torch.arange(height)[:, None] * stride + torch.arange(width))
            start += plane.shape[-2] * stride
        self.corners = torch.cat([corner.flatten() for corner in corners])
        steps = torch.arange(scale.size) * scale.step
        self.offsets = (steps[:, None] * stride + steps).flatten()

    def gather(self, pixels: Tensor) -> Tensor:
        return self.values[self.corners[pixels][:, None] + self.offsets]


def _triangle(width: int) -> Tensor:
    """Two boxes of `width` px as one kernel of 2 width - 1 px."""
    box = torch.ones(1, 1, width, dtype=torch.float64) / width
    return functional.conv1d(box, box, padding=width - 1).flatten().float()

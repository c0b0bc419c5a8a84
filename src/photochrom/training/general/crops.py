"""From pictures to a batch that the network learns from: crops, mirrored and toned at random.

Pictures are cut on the CPU as code values; colour and tone are computed on the device.
"""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from photochrom._types import UInt8
from photochrom.color import lab, srgb
from photochrom.training.general.network import OUTPUT_STRIDE

LEAST = 0.65  # of the short side: the smallest crop, where nothing else is said
_GAMMA, _CONTRAST, _OFFSET = 0.25, 0.1, 0.05  # tone: exponent exp(+-), factor 1 +-, L*/100 +-
_GRAINY, _GRAIN = 0.25, 0.04  # share of crops with film grain; its deviation in L*/100, at most
_TOE = (6 / 29) ** 3  # CIE 15:2004


def cut(
    pictures: Sequence[UInt8], side: int, rng: np.random.Generator, least: float = LEAST
) -> Tensor:
    """Return a square crop of each picture, (n, side, side, 3) codes, half of them mirrored.

    Parameters
    ----------
    pictures : (h, w, 3) codes each
    side : px
    rng : decides where, and how large: from `least` of the short side to all of it
    least : above 0, at most 1
    """
    crops = np.empty((len(pictures), side, side, 3), dtype=np.uint8)
    for crop, picture in zip(crops, pictures, strict=True):
        height, width = picture.shape[:2]
        span = max(1, round(min(height, width) * rng.uniform(least, 1)))
        top, left = rng.integers(height - span + 1), rng.integers(width - span + 1)
        part = picture[top : top + span, left : left + span]
        way = cv2.INTER_AREA if span > side else cv2.INTER_LINEAR
        found = cv2.resize(part, (side, side), interpolation=way)
        crop[:] = found[:, ::-1] if rng.random() < 0.5 else found
    return torch.from_numpy(crops)


def to_lab(codes: Tensor) -> tuple[Tensor, Tensor]:
    """Return lightness (n, 1, h, w), L*/100, and chroma (n, 2, h, w) of codes (n, h, w, 3)."""
    table = torch.from_numpy(srgb.decode(np.arange(256) / 255).astype(np.float32)).to(codes.device)
    matrix = torch.from_numpy(lab.RGB_TO_RELATIVE.astype(np.float32)).to(codes.device)
    relative = table[codes.int()] @ matrix.T
    straight = (841 / 108) * relative + 4 / 29
    root = torch.where(relative > _TOE, relative.clamp(min=1e-6) ** (1 / 3), straight)
    x, y, z = root.unbind(dim=3)
    lightness = (1.16 * y - 0.16)[:, None]
    return lightness, torch.stack([500 * (x - y), 200 * (y - z)], dim=1)


def to_cells(chroma: Tensor) -> Tensor:
    """Return the mean chroma of each cell of the network's output."""
    return functional.avg_pool2d(chroma, OUTPUT_STRIDE)


def vary_tone(lightness: Tensor, source: torch.Generator) -> Tensor:
    """Return lightness as another film, exposure or print would show it; colours stay the same."""
    count = len(lightness)
    shape = (count, 1, 1, 1)
    gamma, contrast, offset = (2 * torch.rand(3, *shape, generator=source) - 1).unbind()
    grain = torch.randn(lightness.shape, generator=source)
    chosen = torch.rand(shape, generator=source) < _GRAINY
    strength = torch.rand(shape, generator=source) * _GRAIN * chosen
    gamma, contrast, offset, grain = (
        each.to(lightness.device)
        for each in (torch.exp(_GAMMA * gamma), 1 + _CONTRAST * contrast, _OFFSET * offset,
                     grain * strength)
    )  # fmt: skip
    toned = lightness.clamp(min=1e-4) ** gamma * contrast + offset + grain
    return toned.clamp(0, 1)

"""Tiny pictures and trainings of the general network."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image

from photochrom._types import UInt8
from photochrom.datasets.stream import Stream
from photochrom.palettes.palette import Palette
from photochrom.training.general.config import GeneralConfig
from photochrom.training.general.fit import GeneralFit
from photochrom.training.general.network import GeneralNetwork
from photochrom.training.general.processes import Processes
from photochrom.training.general.targets import Targets
from pictures import photograph

CPU = torch.device("cpu")
PALETTE = Palette(np.array([[0.0, 0], [45, 30], [-40, 35], [5, -45], [60, -20], [-20, -15]]))
NAMES = ("chelsea", "astronaut", "coffee", "china", "flower")


@cache
def crops(side: int = 48) -> tuple[UInt8, ...]:
    """Fifteen squares of bundled photographs."""
    found = []
    for name in NAMES:
        picture = photograph(name)[::3, ::3]
        height, width = picture.shape[:2]
        top = (height - side) // 2
        for left in (0, (width - side) // 2, width - side):
            found.append(np.ascontiguousarray(picture[top : top + side, left : left + side]))
    return tuple(found)


def put_pictures(folder: Path) -> Path:
    """The same as files, and one that is gray."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, picture in enumerate(crops()):
        Image.fromarray(picture).save(folder / f"{number:02d}.png")
    Image.new("L", (40, 40), 90).save(folder / "gray.png")
    return folder


def config(**options: Any) -> GeneralConfig:
    """A training of a moment, in fp32: bf16 is not everywhere."""
    defaults: dict[str, Any] = {
        "steps": 4, "batch": 2, "crop": 32, "colors": 6, "precision": "fp32", "held_out": 2,
    }  # fmt: skip
    return GeneralConfig(**(defaults | options))


def network(colors: int = 6, seed: int = 0) -> GeneralNetwork:
    """With drawn weights, of which none is zero or neutral, so that all of them matter."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        made = GeneralNetwork(colors).eval()
        with torch.no_grad():
            for name, value in made.state_dict().items():
                if "norm." in name:
                    value.uniform_(0.5, 1.5) if "var" in name else value.add_(
                        0.2 * torch.randn_like(value)
                    )
                elif "narrow" in name or name == "decoder.head.bias":
                    value.copy_(0.02 * torch.randn_like(value))
    return made


class FixedStream(Stream):
    """The same few pictures at every step."""

    def __init__(self, *pictures: UInt8) -> None:
        self._few = list(pictures)

    def batch(self, step: int) -> list[UInt8]:
        return self._few


@contextmanager
def fitting(wanted: GeneralConfig, *pictures: UInt8) -> Iterator[GeneralFit]:
    """A fit that begins with `network` on a few pictures."""
    samples = np.concatenate([picture.reshape(-1, 3) for picture in pictures])
    targets = Targets.of(PALETTE, samples, wanted.rebalancing)
    stream = FixedStream(*pictures)
    fit = GeneralFit(network(), targets, stream, wanted, device=CPU, processes=Processes())
    try:
        yield fit
    finally:
        fit.close()


def state_bytes(module: torch.nn.Module) -> bytes:
    return b"".join(value.numpy().tobytes() for value in module.state_dict().values())

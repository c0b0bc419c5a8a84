"""Tiny general models and pictures for transfers of a moment."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from PIL import Image

from general import CPU, PALETTE, crops, network
from models import constant_model, model_bytes, palette_spec
from photochrom.modelfile.spec import WorkingSize
from photochrom.palettes.palette import Palette
from photochrom.training.general.folding import folded
from photochrom.training.general.network import GeneralNetwork
from photochrom.training.pictures import WorkingPicture, from_lab, from_rgb
from photochrom.training.transfer.config import TransferConfig
from photochrom.training.transfer.fit import Fitted, fit
from photochrom.training.transfer.start import Start

SIDE = 40  # px; no multiple of 32, so that padding matters


def config(**options: Any) -> TransferConfig:
    """Four steps."""
    return TransferConfig(**({"steps": 4, "batch": 2, "crop": 32} | options))


def mild_network(seed: int = 0) -> GeneralNetwork:
    """Folded, and so scaled that no colour is certain."""
    made = folded(network(len(PALETTE), seed))
    with torch.no_grad():
        said = made(torch.rand(1, 1, 64, 64, generator=torch.Generator().manual_seed(0)))
        made.decoder.head.weight.mul_(2 / said.std())
    return made


def start(**options: Any) -> Start:
    """The same as what a transfer begins with."""
    return Start(mild_network(), PALETTE, 0.7, **options)


def general_model(
    weights: dict[str, torch.Tensor] | None = None, *, preset: str = "general", **options: Any
) -> bytes:
    """A model file that holds these weights in 16 bits beside a graph that does not use them.

    What the exporter writes is held by the tests of the general network; it takes seconds.
    """
    held = mild_network().state_dict() if weights is None else weights
    model: onnx.ModelProto = constant_model(np.zeros(len(PALETTE)))
    model.graph.initializer.extend(
        numpy_helper.from_array(weight.numpy().astype(np.float16), name)
        for name, weight in held.items()
    )
    working = WorkingSize(short_side=SIDE)
    return model_bytes(
        model,
        palette_spec(preset=preset, palette=PALETTE, stride=4, multiple=32, reach=None,
                     working=working, temperature=0.7, gain=1.2, licence="CC0", **options),
    )  # fmt: skip


def working(count: int) -> list[WorkingPicture]:
    """Squares of bundled photographs."""
    return [from_rgb(f"{n}.png", codes / 255) for n, codes in enumerate(crops(SIDE)[:count])]


def put_pictures(folder: Path, count: int = 3) -> Path:
    """The same as files; and one of 16 px, a strip, one of three colours and a gray one."""
    folder.mkdir(parents=True)
    for number, codes in enumerate(crops(SIDE)[:count]):
        Image.fromarray(codes).save(folder / f"{number}.png")
    return folder


def put_odd_pictures(folder: Path) -> Path:
    """The least that is accepted, a strip, three flat colours, and one that is gray."""
    many = crops(48)
    flat = np.repeat(np.array([[[200, 40, 40], [40, 200, 40], [40, 40, 200]]], np.uint8), 20, 1)
    for name, codes in {
        "least.png": many[7][:16, :16],
        "strip.png": np.concatenate(many[9:14], axis=1)[10:30],
        "three.png": np.repeat(flat, 60, 0),
        "gray.png": np.full((SIDE, SIDE, 3), 90, np.uint8),
    }.items():
        Image.fromarray(codes).save(folder / name)
    return folder


def painted(lightness: np.ndarray, chroma: np.ndarray, name: str = "x") -> WorkingPicture:
    """A picture of L* (h, w) and a* b* (h, w, 2)."""
    return from_lab(name, np.concatenate([lightness[..., None], chroma], axis=-1))


def quick_fit(
    pictures: list[WorkingPicture], wanted: TransferConfig | None = None, begin: Start | None = None
) -> Fitted:
    """A fit that tells nobody."""
    return fit(begin or start(), pictures, wanted or config(), CPU, tell=lambda *_: None)


def grid_palette(step: int = 8) -> Palette:
    """Colours in rows and columns, so near that rounding to them changes little."""
    axis = np.arange(-80, 81, step, dtype=float)
    return Palette(np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2))

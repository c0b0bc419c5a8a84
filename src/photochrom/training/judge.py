"""Judging a network on pictures, or blocks of pictures, that it did not learn from."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from photochrom._types import Float32, Floats, Mask, UInt8
from photochrom.color import gamut, lab
from photochrom.metrics import ciede2000, colorfulness, crossentropy, psnr
from photochrom.metrics.baselines import Baselines
from photochrom.palettes import decode, labels
from photochrom.palettes.palette import Palette
from photochrom.training.networks import Stack
from photochrom.training.pictures import WorkingPicture
from photochrom.training.rounds import samples
from photochrom.training.windows import Windows, WindowTable

TEMPERATURES = (1.0, 0.8, 0.65, 0.5, 0.4, 0.3, 0.2)
# Of all temperatures whose mean dE00 is within this of the best, the most vivid is taken: the
# best alone is always the dullest, and two in a hundred are not seen.
_WORTH = 1.02
_PART = 4096  # pixels at a time; their windows of 245 values are 4 MB


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What choices are made by.

    Attributes
    ----------
    pictures : not learned from, or only in part
    masks : (h, w) each, True where a pixel was not learned; None for everywhere
    """

    pictures: list[WorkingPicture]
    masks: list[Mask] | None = None

    def where(self, index: int) -> Mask:
        """Return the pixels (h, w) that count in a picture."""
        if self.masks is not None:
            return self.masks[index]
        return np.ones(self.pictures[index].lab.shape[:2], dtype=bool)


@dataclass(frozen=True, eq=False)
class Network:
    """A network as the judge runs it: (h, w, outputs) of a picture.

    By gathered windows, not by the dense form: torch's dilated convolution of one channel takes
    three to seven times as long. The tests hold both equal.

    Attributes
    ----------
    convert : L*/100 to the network's input plane
    windows, stack : the network
    """

    convert: nn.Module
    windows: Windows
    stack: Stack

    def __call__(self, picture: WorkingPicture) -> Float32:
        """Return the outputs (h, w, outputs)."""
        with torch.inference_mode():
            plane = self.convert(torch.from_numpy(picture.lightness))
            table = WindowTable(self.windows, [plane])
            parts = torch.split(torch.arange(len(table)), _PART)
            outputs = torch.cat([self.stack(table.gather(part)) for part in parts])
        return outputs.reshape(*picture.lab.shape[:2], -1).numpy()


def judge_palette(
    network: Network, held_out: HeldOut, palette: Palette, temperature: float | None = None
) -> tuple[dict[str, float], float]:
    """Judge a classifier; return its metrics and the temperature.

    Parameters
    ----------
    temperature : None to choose it here
    """
    logits = [network(picture) for picture in held_out.pictures]
    if temperature is None:
        temperature = _choose_temperature(logits, held_out, palette)
    chosen = temperature
    metrics = _metrics(held_out, lambda i: decode.annealed_mean(logits[i], palette, chosen))
    metrics["cross_entropy"] = _cross_entropy(logits, held_out, palette)
    return metrics, temperature


def judge_regression(network: Network, held_out: HeldOut) -> dict[str, float]:
    """Judge a regression network by the chroma of its colours under the true lightness."""
    rgb = [np.clip(network(picture), 0, 1) for picture in held_out.pictures]
    return _metrics(held_out, lambda i: lab.from_srgb(rgb[i])[..., 1:])


def judge_baselines(baselines: Baselines, held_out: HeldOut) -> dict[str, dict[str, float]]:
    """Judge gray, the mean chroma and the lightness table."""

    def lightness(index: int) -> Float32:
        return held_out.pictures[index].lab[..., 0]

    return {
        "gray": _metrics(held_out, lambda i: np.zeros((*lightness(i).shape, 2), np.float32)),
        "mean chroma": _metrics(held_out, lambda i: baselines.constant(lightness(i))),
        "lightness table": _metrics(held_out, lambda i: baselines.from_lightness(lightness(i))),
    }


def paint(picture: WorkingPicture, chroma: Floats) -> UInt8:
    """Return code values (h, w, 3) of a chroma on the picture's own lightness."""
    lightness = picture.lab[..., 0]
    rgb = gamut.to_srgb(lightness, chroma.astype(lightness.dtype, copy=False))
    return np.rint(rgb * 255).astype(np.uint8)


def _choose_temperature(logits: list[Float32], held_out: HeldOut, palette: Palette) -> float:
    found = []
    for temperature in TEMPERATURES:
        errors = [
            _difference(
                held_out.pictures[index],
                decode.annealed_mean(each, palette, temperature),
                held_out.where(index),
            )
            for index, each in enumerate(logits)
        ]
        found.append(float(np.mean(errors)))
    best = min(found)
    return min(t for t, error in zip(TEMPERATURES, found, strict=True) if error <= _WORTH * best)


def _difference(picture: WorkingPicture, chroma: Floats, where: Mask) -> float:
    """Mean CIEDE2000 over the pixels that count, before the gamut and rounding."""
    truth = picture.lab[where]
    ours = np.concatenate([truth[:, :1], chroma[where]], axis=-1)
    return float(ciede2000.difference(ours, truth).mean(dtype=np.float64))


def _metrics(held_out: HeldOut, chroma_of: Callable[[int], Floats]) -> dict[str, float]:
    rows = []
    for index, picture in enumerate(held_out.pictures):
        where, chroma = held_out.where(index), chroma_of(index)
        ours, truth = (codes[where][None] for codes in (paint(picture, chroma), picture.codes))
        rows.append(
            {
                "de00": _difference(picture, chroma, where),
                "psnr": psnr.for_mean(psnr.rgb(ours, truth)),
                "colorfulness": colorfulness.measure(ours),
                "colorfulness_truth": colorfulness.measure(truth),
            }
        )
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}


def _cross_entropy(logits: list[Float32], held_out: HeldOut, palette: Palette) -> float:
    found = []
    for index, picture in enumerate(held_out.pictures):
        where = held_out.where(index)
        true = labels.nearest(samples(picture, palette)[where], palette)
        found.append(crossentropy.mean(logits[index][where], true))
    return float(np.mean(found))

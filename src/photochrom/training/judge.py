"""Judging a network on pictures, or blocks of pictures, that it did not learn from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from torch import nn

from photochrom._types import Float32, Floats, Mask, UInt8
from photochrom.color import gamut, lab
from photochrom.metrics import ciede2000, colorfulness, crossentropy, psnr
from photochrom.metrics.baselines import Baselines
from photochrom.metrics.nearness import Seen
from photochrom.modelfile.reliability import Reliability
from photochrom.palettes import decode, labels
from photochrom.palettes.palette import Palette
from photochrom.training.networks import Stack
from photochrom.training.pictures import WorkingPicture
from photochrom.training.rounds import samples
from photochrom.training.windows import Windows, WindowTable

# Below 0.5 small sets, whose networks are too sure of themselves, give hard-edged blotches.
TEMPERATURES = (1.0, 0.8, 0.65, 0.5)
# Of all temperatures whose mean dE00 is within this of the best, the most vivid is taken: the
# best alone is always the dullest, and two in a hundred are not seen.
_WORTH = 1.02
Outputs: TypeAlias = Callable[[int], Float32]
"""Number of a held-out picture -> what a network says of it, (h, w, outputs)."""
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

    def first(self, count: int) -> "HeldOut":
        """Return the first few pictures: enough to follow a training by."""
        masks = None if self.masks is None else self.masks[:count]
        return HeldOut(self.pictures[:count], masks)

    def where(self, index: int) -> Mask:
        """Return the pixels (h, w) that count in a picture."""
        if self.masks is not None:
            return self.masks[index]
        return np.ones(self.pictures[index].lab.shape[:2], dtype=bool)


@dataclass(frozen=True, eq=False)
class Learned:
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


def to_chroma(outputs: Float32, palette: Palette | None, temperature: float) -> Floats:
    """Return chroma (h, w, 2) of a network's outputs (h, w, outputs)."""
    if palette is None:
        return lab.from_srgb(np.clip(outputs, 0, 1))[..., 1:]
    return decode.annealed_mean(outputs, palette, temperature)


def judge(
    outputs: Outputs, held_out: HeldOut, palette: Palette | None, temperature: float
) -> dict[str, float]:
    """Judge a network's outputs, one picture at a time; a classifier's cross-entropy comes last."""
    rows = []
    for index in range(len(held_out.pictures)):
        found = outputs(index)
        row = _metrics(held_out, index, to_chroma(found, palette, temperature))
        if palette is not None:
            row["cross_entropy"] = _cross_entropy(found, held_out, index, palette)
        rows.append(row)
    return _means(rows)


def choose_temperature(outputs: Outputs, held_out: HeldOut, palette: Palette) -> float:
    """Return the most vivid temperature that is worth it on the held-out pictures."""
    errors = np.zeros(len(TEMPERATURES))
    for index, picture in enumerate(held_out.pictures):
        found, where = outputs(index), held_out.where(index)
        for place, temperature in enumerate(TEMPERATURES):
            chroma = decode.annealed_mean(found, palette, temperature)
            errors[place] += _difference(picture, chroma, where)
    worth = errors <= _WORTH * errors.min()
    return min(t for t, enough in zip(TEMPERATURES, worth, strict=True) if enough)


def judge_confidence(
    outputs: Outputs, held_out: HeldOut, palette: Palette, temperature: float
) -> Reliability | None:
    """Return how far a classifier's confidence can be trusted, by the pixels that count."""
    seen = []
    for index, picture in enumerate(held_out.pictures):
        where = held_out.where(index)
        logits = outputs(index)[where]
        chroma = decode.annealed_mean(logits, palette, temperature)
        said = decode.probabilities(logits)
        seen.append(Seen.of(said, palette.chroma, chroma, picture.lab[where]))
    return Reliability.fit(seen)


def judge_baselines(baselines: Baselines, held_out: HeldOut) -> dict[str, dict[str, float]]:
    """Judge gray, the mean chroma and the lightness table."""

    guesses: dict[str, Callable[[Float32], Float32]] = {
        "gray": lambda lightness: np.zeros((*lightness.shape, 2), np.float32),
        "mean chroma": baselines.constant,
        "lightness table": baselines.from_lightness,
    }
    return {
        name: _means(
            [
                _metrics(held_out, index, guess(picture.lab[..., 0]))
                for index, picture in enumerate(held_out.pictures)
            ]
        )
        for name, guess in guesses.items()
    }


def paint(picture: WorkingPicture, chroma: Floats) -> UInt8:
    """Return code values (h, w, 3) of a chroma on the picture's own lightness."""
    lightness = picture.lab[..., 0]
    rgb = gamut.to_srgb(lightness, chroma.astype(lightness.dtype, copy=False))
    return np.rint(rgb * 255).astype(np.uint8)


def _difference(picture: WorkingPicture, chroma: Floats, where: Mask) -> float:
    """Mean CIEDE2000 over the pixels that count, before the gamut and rounding."""
    truth = picture.lab[where]
    ours = np.concatenate([truth[:, :1], chroma[where]], axis=-1)
    return float(ciede2000.difference(ours, truth).mean(dtype=np.float64))


def _metrics(held_out: HeldOut, index: int, chroma: Floats) -> dict[str, float]:
    picture, where = held_out.pictures[index], held_out.where(index)
    ours, truth = (codes[where][None] for codes in (paint(picture, chroma), picture.codes))
    return {
        "de00": _difference(picture, chroma, where),
        "psnr": psnr.for_mean(psnr.rgb(ours, truth)),
        "colorfulness": colorfulness.measure(ours),
        "colorfulness_truth": colorfulness.measure(truth),
    }


def _cross_entropy(logits: Float32, held_out: HeldOut, index: int, palette: Palette) -> float:
    where = held_out.where(index)
    true = labels.nearest(samples(held_out.pictures[index], palette)[where], palette)
    return crossentropy.mean(logits[where], true)


def _means(rows: list[dict[str, float]]) -> dict[str, float]:
    return {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}

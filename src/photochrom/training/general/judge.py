"""Judging the general network on pictures that it did not learn from."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from photochrom._types import Float32, Floats, UInt8
from photochrom.color import gamut, lab
from photochrom.filters.resize import resize
from photochrom.metrics import colorfulness
from photochrom.metrics.baselines import Baselines
from photochrom.metrics.scores import Scores, compare
from photochrom.modelfile.spec import WorkingSize
from photochrom.palettes import decode
from photochrom.palettes.palette import Palette
from photochrom.training.general.network import MULTIPLE, OUTPUT_STRIDE, WORKING

_FIGURES = ("de00", "psnr", "psnr_chroma", "ssim", "colorfulness")


@dataclass(frozen=True, eq=False)
class Judged:
    """One picture and what the network says of it.

    Attributes
    ----------
    truth : (h, w, 3), codes
    logits : (h' / 4, w' / 4, k), rounded up
    size : (h', w') at which the network saw it; None for its own
    """

    truth: UInt8
    logits: Float32
    size: tuple[int, int] | None = None

    def paint(self, palette: Palette, temperature: float, gain: float = 1.0) -> UInt8:
        """Return the picture coloured, (h, w, 3) codes."""
        chroma = decode.annealed_mean(self.logits, palette, temperature)
        return paint(self.truth, np.float32(gain) * chroma, self.size)


def paint(truth: UInt8, chroma: Floats, size: tuple[int, int] | None = None) -> UInt8:
    """Put the chroma of cells of four pixels on the lightness of a picture.

    Parameters
    ----------
    truth : (h, w, 3), codes
    chroma : (h' / 4, w' / 4, 2), rounded up
    size : (h', w'); None for h, w
    """
    own = truth.shape[0], truth.shape[1]
    height, width = size or own
    lightness = lab.from_srgb(truth.astype(np.float32) / 255)[..., 0]
    covered = chroma.shape[0] * OUTPUT_STRIDE, chroma.shape[1] * OUTPUT_STRIDE
    planes = [resize(chroma[..., c].astype(np.float32), covered) for c in range(2)]
    full = np.stack([resize(plane[:height, :width], own) for plane in planes], axis=-1)
    return np.rint(gamut.to_srgb(lightness, full) * 255).astype(np.uint8)


@torch.inference_mode()
def run(
    network: nn.Module,
    pictures: Sequence[UInt8],
    device: torch.device,
    working: WorkingSize | None = WORKING,
) -> Iterator[Judged]:
    """Yield what the network says of each picture, seen as the runtime shows it.

    Parameters
    ----------
    network : in eval mode
    pictures : each (h, w, 3), codes
    device : of the network
    working : the size at which it sees them; None for their own
    """
    for truth in pictures:
        own = truth.shape[0], truth.shape[1]
        size = own if working is None else working.of(*own)
        lightness = lab.from_srgb(truth.astype(np.float32) / 255)[..., 0] / 100
        seen = padded(resize(lightness.astype(np.float32), size))
        logits = network(torch.from_numpy(seen)[None, None].to(device))[0].float().cpu()
        down, across = (-(-length // OUTPUT_STRIDE) for length in size)
        found = logits[:, :down, :across].permute(1, 2, 0).contiguous().numpy()
        yield Judged(truth, found, size)


def padded(lightness: Float32) -> Float32:
    """Return lightness (h, w) with its sides mirrored out to multiples of 32, as the runtime does.

    Repeating the last row and column instead makes stripes that the network never saw: where 144
    px were brought to 160 that cost 0.6 dB and 1.1 dE00 over the whole picture.
    """
    below, right = (-length % MULTIPLE for length in lightness.shape)
    return np.pad(lightness, ((0, below), (0, right)), mode="symmetric")


def baseline_figures(
    baselines: Baselines, pictures: Sequence[UInt8]
) -> dict[str, dict[str, float]]:
    """Return the figures of gray, the mean chroma and the lightness table."""
    guesses: dict[str, Callable[[Float32], Float32]] = {
        "gray": lambda lightness: np.zeros((*lightness.shape, 2), np.float32),
        "mean chroma": baselines.constant,
        "lightness table": baselines.from_lightness,
    }
    return {name: means(_guessed(guess, pictures)) for name, guess in guesses.items()}


def _guessed(
    guess: Callable[[Float32], Float32], pictures: Sequence[UInt8]
) -> Iterator[tuple[Scores, UInt8]]:
    for truth in pictures:
        lightness = lab.from_srgb(truth.astype(np.float32) / 255)[..., 0]
        rgb = gamut.to_srgb(lightness, guess(lightness))
        yield compare(np.rint(rgb * 255).astype(np.uint8), truth), truth


def means(pairs: Iterable[tuple[Scores, UInt8]]) -> dict[str, float]:
    """Average each figure over (scores, truth) pairs; with them the truth's colourfulness."""
    rows = [
        {key: getattr(scores, key) for key in _FIGURES}
        | {"colorfulness_truth": colorfulness.measure(truth)}
        for scores, truth in pairs
    ]
    return {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}

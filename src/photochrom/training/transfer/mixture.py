"""A network and a lightness table that answer together."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from photochrom._types import Float32, Floats
from photochrom.metrics.baselines import BINS
from photochrom.palettes import decode, labels
from photochrom.palettes.palette import Palette
from photochrom.training.general.network import OUTPUT_STRIDE, GeneralNetwork

_LEAST = 1e-6  # probability; its logarithm is what a logit may be at least
_ENOUGH = 20_000  # pixels of a bin; more change nothing


@dataclass(frozen=True, eq=False)
class LightnessTable:
    """How often each palette colour occurs at each lightness.

    Attributes
    ----------
    shares : (20, k), a row a twentieth of L*, each sums to 1
    """

    shares: Float32

    @classmethod
    def fit(cls, pixels: list[Floats], palette: Palette, seed: int) -> "LightnessTable":
        """Count the colours of L*a*b* pixels (..., 3); bins without any take the nearest bin's."""
        lab = np.concatenate([each.reshape(-1, 3) for each in pixels])
        lab = lab[np.random.default_rng(seed).permutation(len(lab))]
        bins = np.clip(lab[:, 0] * (BINS / 100), 0, BINS - 1).astype(np.intp)
        known = [number for number in range(BINS) if (bins == number).any()]
        rows = {
            number: labels.soft(lab[bins == number][:_ENOUGH, 1:], palette).mean(axis=0)
            for number in known
        }
        nearest = [known[np.argmin(np.abs(np.array(known) - number))] for number in range(BINS)]
        return cls(np.stack([rows[number] for number in nearest]).astype(np.float32))

    def probabilities(self, lightness: Float32) -> Float32:
        """Return probabilities (..., k) for L* (...), linear between the middles of the bins."""
        place = np.clip(lightness * (BINS / 100) - 0.5, 0, BINS - 1)
        hats = np.maximum(1 - np.abs(place[..., None] - np.arange(BINS)), 0).astype(np.float32)
        found: Float32 = hats @ self.shares
        return found


class Mixture(nn.Module):
    """Lightness to the logarithm of a mixed probability: part network, part table.

    Where few pictures taught the network little, lightness alone is the better guess; a mixture
    is often better than both.

    Parameters
    ----------
    network : gives logits
    table : of the same palette
    share : of the table, 0..1
    """

    def __init__(self, network: GeneralNetwork, table: LightnessTable, share: float) -> None:
        super().__init__()
        self.network = network
        self.share = share
        self.table: Tensor
        self.middles: Tensor
        self.register_buffer("table", torch.from_numpy(table.shares.T.copy())[:, :, None, None])
        self.register_buffer("middles", torch.arange(BINS, dtype=torch.float32)[:, None, None])

    def forward(self, lightness: Tensor) -> Tensor:
        """(n, 1, h, w), sides multiples of 32 -> (n, k, h / 4, w / 4)."""
        said = torch.softmax(self.network(lightness), dim=1)
        level = functional.avg_pool2d(lightness, OUTPUT_STRIDE)
        place = (level * BINS - 0.5).clamp(0, BINS - 1)
        hats = functional.relu(1 - (place - self.middles).abs())
        guess = functional.conv2d(hats, self.table)
        return torch.log((1 - self.share) * said + self.share * guess + _LEAST)


def mix(logits: Float32, guess: Float32, share: float) -> Float32:
    """Return the same for arrays: logits (..., k) and the table's probabilities (..., k)."""
    said = decode.probabilities(logits)
    mixed: Float32 = np.log((1 - share) * said + share * guess + np.float32(_LEAST))
    return mixed

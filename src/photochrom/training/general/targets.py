"""What the network should say: soft labels over a palette, rare colours counted more."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from photochrom._types import Float32, Floats, UInt8
from photochrom.color import lab
from photochrom.palettes import kmeans, labels
from photochrom.palettes.palette import Palette

_EDGE = 112  # a* and b* of sRGB lie within -108..99
_SIDE = 2 * _EDGE + 1
_BIN = 3.0  # units of a*b*: colours closer than this count as one when the palette is flattened
_FEWEST = 10  # samples of a bin; fewer are noise
_POWER = 0.4  # of a bin's count: 1 is plain k-means, 0 gives every colour that occurs the same say


def fit_flattened(samples: UInt8, colors: int, seed: int) -> Palette:
    """Fit a palette by k-means in a*b*, flattened so that rare colours have entries too.

    Photographs are mostly near gray: plain k-means spends its colours there.

    Parameters
    ----------
    samples : (n, 3), sRGB codes
    colors : k
    seed : same seed, same palette
    """
    chroma = lab.from_srgb(samples.astype(np.float32) / 255)[:, 1:]
    cells = np.floor(chroma / _BIN).astype(np.int32)
    _, index, counts = np.unique(cells, axis=0, return_inverse=True, return_counts=True)
    counts = counts[index.ravel()]
    weight = np.where(counts >= min(_FEWEST, counts.max()), counts ** (_POWER - 1.0), 0)
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(samples), kmeans.MOST_SAMPLES, p=weight / weight.sum())
    return kmeans.fit([samples[np.sort(chosen)]], colors, seed=seed)


@dataclass(frozen=True, eq=False)
class Targets:
    """Soft labels and weights of every chroma, as tables over whole units of a* and b*.

    Attributes
    ----------
    near : (cells, m) the nearest colours of each chroma
    share : (cells, m) what each of them gets; sums to 1
    weight : (cells,) what a pixel of that chroma counts; its mean over photographs is 1
    """

    near: Tensor
    share: Tensor
    weight: Tensor

    @classmethod
    def of(cls, palette: Palette, samples: UInt8, rebalancing: float) -> "Targets":
        """Prepare the tables.

        Parameters
        ----------
        palette : of a*b*
        samples : (n, 3), sRGB codes of typical pixels; tell how common each colour is
        rebalancing : 0: all pixels count alike; towards 1: all colours do

        References
        ----------
        Zhang et al., "Colorful Image Colorization", ECCV 2016, section 2.2.
        """
        units = np.arange(-_EDGE, _EDGE + 1, dtype=np.float32)
        grid = np.stack(np.meshgrid(units, units, indexing="ij"), axis=-1).reshape(-1, 2)
        dense = torch.from_numpy(labels.soft(grid, palette))
        share, near = dense.topk(min(labels.SOFT_NEIGHBORS, len(palette)), dim=1)
        rare = class_weights(palette, samples, rebalancing)
        weight = (share * torch.from_numpy(rare.astype(np.float32))[near]).sum(dim=1)
        return cls(near, share, weight)

    def to(self, device: torch.device) -> "Targets":
        """Return the tables on a device."""
        return Targets(self.near.to(device), self.share.to(device), self.weight.to(device))

    def loss(self, logits: Tensor, chroma: Tensor) -> Tensor:
        """Return the rebalanced cross-entropy, nats a cell.

        Parameters
        ----------
        logits : (n, k, h, w)
        chroma : (n, 2, h, w), a* and b* of the same cells
        """
        cells = (chroma.round().clamp(-_EDGE, _EDGE) + _EDGE).long()
        index = cells[:, 0] * _SIDE + cells[:, 1]  # (n, h, w)
        said = functional.log_softmax(logits.float(), dim=1).permute(0, 2, 3, 1)
        entropy = -(said.gather(3, self.near[index]) * self.share[index]).sum(dim=3)
        return (entropy * self.weight[index]).mean()


def class_weights(palette: Palette, samples: UInt8, rebalancing: float) -> Floats:
    """Return what each colour counts, (k,); its mean over the samples is 1.

    Parameters
    ----------
    palette, samples, rebalancing : as of `Targets.of`
    """
    common = _frequencies(palette, samples)
    rare: Floats = 1 / (rebalancing * common + (1 - rebalancing) / len(palette))
    rare /= (rare * common).sum()
    return rare


def _frequencies(palette: Palette, samples: UInt8) -> Floats:
    chroma: Float32 = lab.from_srgb(samples.astype(np.float32) / 255)[:, 1:]
    counts = np.bincount(labels.nearest(chroma, palette), minlength=len(palette))
    frequencies: Floats = (counts + 1) / (counts + 1).sum()
    return frequencies

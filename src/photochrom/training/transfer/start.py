"""What a transfer starts from: the general network, with entries for the folder's colours."""

import copy
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn

from photochrom._types import Float32, Float64, Path
from photochrom.errors import PaletteError
from photochrom.modelfile.spec import ModelSpec
from photochrom.palettes import kmeans, labels
from photochrom.palettes.palette import Palette
from photochrom.training.general.network import GeneralNetwork
from photochrom.training.general.stored import load_stored
from photochrom.training.pictures import WorkingPicture

_FAR = 6.0  # units of a*b*: a colour nearer to an entry is served by it well enough
_LEAST = 0.002  # of the pixels: rarer colours get no entry of their own


@dataclass(frozen=True, eq=False)
class Start:
    """A network and its palette.

    Attributes
    ----------
    network : in its folded form
    palette : of a*b*, one entry an output
    temperature, gain : that the network was calibrated for; a transfer chooses its own temperature
        and leaves the chroma as it comes
    """

    network: GeneralNetwork
    palette: Palette
    temperature: float
    gain: float = 1.0


def load_start(model: Path | bytes) -> tuple[Start, ModelSpec, str]:
    """Return what a transfer starts from, with the description and the hash of its model file.

    Raises
    ------
    InputMissingError, ModelFileError, OptionError
        As `load_stored` raises them.
    """
    network, palette, spec, name = load_stored(model)
    return Start(network, palette, spec.temperature, spec.gain), spec, name


def extend(start: Start, pictures: list[WorkingPicture], most: int, seed: int) -> Start:
    """Give the network entries for colours of the pictures that its palette has none near.

    A new entry begins as a twin of the nearest old one and they share what it had, so the network
    says what it said before, a little nearer to the folder's colours.

    Parameters
    ----------
    start : the general network; stays as it is
    pictures : to learn from
    most : new entries, at most; k-means needs two, so a single one is never added
    seed : of k-means
    """
    added = _new_colors(start.palette, pictures, most, seed)
    if not len(added):
        return start
    network = copy.deepcopy(start.network)
    twins = torch.from_numpy(labels.nearest(added, start.palette))
    network.decoder.head = _widen(network.decoder.head, twins)
    colors = np.concatenate([start.palette.colors, added])
    return replace(start, network=network, palette=Palette(colors, "chroma"))


def _new_colors(palette: Palette, pictures: list[WorkingPicture], most: int, seed: int) -> Float64:
    """Return up to `most` colours (n, 2): centres of what lies far from every entry."""
    none = np.empty((0, 2))
    codes = np.concatenate([picture.codes.reshape(-1, 3) for picture in pictures])
    chroma = np.concatenate([picture.lab[..., 1:].reshape(-1, 2) for picture in pictures])
    far = _distance(chroma, palette) > _FAR
    colors = min(most, int(far.mean() / _LEAST))
    if colors < 2:
        return none
    try:
        centres = kmeans.fit([codes[far]], colors, seed=seed).colors
    except PaletteError:  # fewer distinct colours than that
        return none
    return centres[_distance(centres.astype(np.float32), palette) > _FAR / 2]


def _distance(chroma: Float32, palette: Palette) -> Float32:
    near = palette.colors[labels.nearest(chroma, palette)]
    distance: Float32 = np.linalg.norm(chroma - near, axis=1)
    return distance


@torch.no_grad()
def _widen(head: nn.Conv2d, twins: torch.Tensor) -> nn.Conv2d:
    """Append copies of some outputs; an output and its copies share its probability evenly."""
    old = head.out_channels
    parents = torch.cat([torch.arange(old), twins])
    wide = nn.Conv2d(head.in_channels, len(parents), 1)
    family = torch.bincount(parents, minlength=old)[parents]
    wide.weight.copy_(head.weight[parents])
    wide.get_parameter("bias").copy_(
        head.get_parameter("bias")[parents] - torch.log(family.float())
    )
    return wide

"""What held-out pictures say of each way to fit a network to a folder, and which way is taken.

A way has four parts: how many steps of fine-tuning (0 is the general network itself), how much of
it (weights between the general and the fine-tuned ones), how much of a lightness table is mixed
in, and the reading: temperature and gain. All are tried on the network's grid, where a picture has
sixteen times fewer values.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
import torch

from photochrom._types import Float32, Float64, Floats
from photochrom.metrics import ciede2000
from photochrom.palettes import decode
from photochrom.palettes.palette import Palette
from photochrom.training.general.judge import padded
from photochrom.training.general.network import OUTPUT_STRIDE, GeneralNetwork
from photochrom.training.pictures import WorkingPicture
from photochrom.training.transfer.mixture import LightnessTable, mix

SHARES = (0.5, 1.0)  # of the way to the fine-tuned weights
# Few pictures promise too much: what they have in common is not all of their kind. Half of the way
# is what Wortsman et al. advise where nothing is known of the pictures to come.
SHARES_OF_FEW = (0.5,)
TABLES = (0.0, 0.25, 0.5, 0.75, 1.0)  # share of the lightness table
# Of all readings whose mean dE00 is within this of the best, the last is taken.
_WORTH = 1.01


class Reading(NamedTuple):
    """How a probability becomes colour: the annealed mean at a temperature, times a gain."""

    temperature: float
    gain: float = 1.0


# From cautious to decided, then to vivid. A lower temperature alone is often duller: the likeliest
# colour is near gray (colourfulness of the general network at 1 and 0.5: beach 44, 47; cat 21, 20;
# reef 20, 18; palm 18, 14). A gain never is. What was fine-tuned without rebalancing needs none to
# be true.
READINGS = (
    Reading(1.0),
    Reading(0.8),
    Reading(0.65),
    Reading(0.5),
    Reading(0.8, 1.15),
    Reading(0.8, 1.3),
)


@dataclass(frozen=True, order=True)
class Way:
    """One way to fit a network to a folder.

    Attributes
    ----------
    steps : of fine-tuning; 0 for none
    share : of the way from the general to the fine-tuned weights, 0..1
    table : share of the lightness table in the probability, 0..1
    """

    steps: int = 0
    share: float = 0.0
    table: float = 0.0

    def describe(self) -> str:
        """Say it in words."""
        if self.table == 1:
            return "the lightness table alone"
        network = (
            f"{self.steps} steps, {self.share:.0%} of the way" if self.steps else "general as it is"
        )
        return network + (f", {self.table:.0%} lightness table" if self.table else "")


@dataclass(frozen=True, eq=False)
class Cells:
    """A picture on the network's grid.

    Attributes
    ----------
    lightness : (1, 1, h, w), L*/100, sides mirrored out to multiples of 32
    lab : (h / 4, w / 4, 3), rounded up: mean L*a*b* of the cells that the picture reaches
    """

    lightness: torch.Tensor
    lab: Float32

    @classmethod
    def of(cls, picture: WorkingPicture) -> "Cells":
        """Reduce a picture."""
        below, right = (-length % OUTPUT_STRIDE for length in picture.lab.shape[:2])
        whole = np.pad(picture.lab, ((0, below), (0, right), (0, 0)), mode="symmetric")
        down, across = (length // OUTPUT_STRIDE for length in whole.shape[:2])
        cells = whole.reshape(down, OUTPUT_STRIDE, across, OUTPUT_STRIDE, 3)
        seen = torch.from_numpy(padded(picture.lightness))[None, None]
        return cls(seen, cells.mean(axis=(1, 3), dtype=np.float32))


@torch.inference_mode()
def logits(network: GeneralNetwork, cells: Cells) -> Float32:
    """Return what the network says of a picture, (h', w', k)."""
    found = network(cells.lightness)[0].float().permute(1, 2, 0).numpy()
    return np.ascontiguousarray(found[: cells.lab.shape[0], : cells.lab.shape[1]])


def tables(found: Float32, guess: Float32) -> Iterator[tuple[float, Float32]]:
    """Yield each share of the table and the mixed logits."""
    for share in TABLES:
        yield share, (mix(found, guess, share) if share else found)


def errors(found: Float32, cells: Cells, palette: Palette) -> Float64:
    """Return the mean dE00 of a picture in each of `READINGS`."""
    means = {t: decode.annealed_mean(found, palette, t) for t in {r.temperature for r in READINGS}}
    return np.array([error(r.gain * means[r.temperature], cells) for r in READINGS])


def error(chroma: Floats, cells: Cells) -> float:
    """Return the mean dE00 of chroma (h', w', 2) on a picture's own lightness."""
    ours = np.concatenate([cells.lab[..., :1], chroma.astype(np.float32)], axis=-1)
    return float(ciede2000.difference(ours, cells.lab).mean(dtype=np.float64))


def try_network(
    network: GeneralNetwork, palette: Palette, table: LightnessTable, held: Sequence[Cells]
) -> dict[float, list[Float64]]:
    """Return, for each share of the table, the errors of each held-out picture."""
    found: dict[float, list[Float64]] = {share: [] for share in TABLES}
    for cells in held:
        guess = table.probabilities(cells.lab[..., 0])
        for share, mixed in tables(logits(network, cells), guess):
            found[share].append(errors(mixed, cells, palette))
    return found


@dataclass(frozen=True, eq=False)
class Tried:
    """What all folds together say.

    Attributes
    ----------
    errors : way -> (pictures, readings) mean dE00 of each held-out picture
    """

    errors: dict[Way, Float64]

    def choose(self) -> tuple[Way, Reading]:
        """Return the way with the least mean error, and the last reading that is worth it."""
        best, means = self._ranked()[0]
        worth = means <= _WORTH * means.min()
        return best, READINGS[int(np.flatnonzero(worth)[-1])]

    def rows(self) -> list[dict[str, object]]:
        """Return one entry a way for the log, the best first."""
        return [
            {
                "way": way.describe(),
                "steps": way.steps,
                "share": way.share,
                "table": way.table,
                "de00": {
                    f"{r.temperature:g} x {r.gain:g}": round(float(e), 3)
                    for r, e in zip(READINGS, means, strict=True)
                },
            }
            for way, means in self._ranked()
        ]

    def _ranked(self) -> list[tuple[Way, Float64]]:
        """Return each way with its mean in each reading; of equals the simpler comes first."""
        means = {way: each.mean(axis=0) for way, each in self.errors.items()}
        return sorted(means.items(), key=lambda item: (float(item[1].min()), item[0]))


def all_ways(looks: Sequence[int], shares: Sequence[float] = SHARES) -> list[Way]:
    """Return every way there is, without two names for one."""
    tuned = [Way(s, a, t) for s, a, t in product(looks, shares, TABLES) if t < 1]
    return [Way(0, 0.0, table) for table in TABLES] + tuned

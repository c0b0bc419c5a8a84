"""From a probability over a model's own colours to one over any other palette's."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from photochrom._types import Float32, Floats
from photochrom.palettes import labels
from photochrom.palettes.decode import probabilities
from photochrom.palettes.palette import Palette

# Units of a*b*. Between 2 and 8, handing the general model's colours to themselves changes results
# by 0.5 to 0.7 units on average, and their colourfulness by 2 %; 12 begins to wash colours out.
SIGMA = labels.SOFT_SIGMA
_LEAST = np.float32(1e-30)  # of a probability, so that it has a logarithm
_SAME = 2  # decimals of a*b* to which colours are one: black, white and gray, say


def distinct(palette: Palette) -> Palette:
    """Return the chromas of a palette, each once and in an order of their own.

    So neither the order of a palette nor a colour's second entry, such as white beside black,
    changes anything. A palette of one chroma has it twice, since none has fewer than two colours.
    """
    rounded = np.round(palette.chroma, _SAME) + 0.0
    _, first = np.unique(rounded, axis=0, return_index=True)
    return Palette(palette.chroma[first if len(first) > 1 else [first[0]] * 2])


@dataclass(frozen=True, eq=False)
class Handover:
    """How a model's colours hand their probability to those of another palette.

    Each gives most of it to the nearest one and some to others hardly farther, by a Gaussian of
    the distance in a*b*. The mean over the new colours then is as sure or unsure as the model is,
    and lies within the new palette's convex hull.

    Attributes
    ----------
    palette : the new colours, distinct
    shares : (k, n), what each of the model's gives to each of the new; rows sum to 1
    """

    palette: Palette
    shares: Float32

    @classmethod
    def of(cls, own: Palette, new: Palette, *, gain: float = 1.0) -> Self:
        """Prepare the handover.

        Parameters
        ----------
        own : the colours of the logits
        new : of any size
        gain : factor on the chroma of `own` before the nearest are looked for. A model's gain
            makes up for what the mean takes off its colours; multiplying the new palette's
            instead would lead out of it.
        """
        palette = distinct(new)
        return cls(palette, soft(gain * own.chroma, palette))

    def logits(self, logits: Floats) -> Floats:
        """Return logits (..., n) over the new colours of logits (..., k) over the model's."""
        return np.log(np.maximum(probabilities(logits) @ self.shares, _LEAST))


def soft(chroma: Floats, palette: Palette) -> Float32:
    """Spread chroma (..., 2) over all colours of a palette, each sample's weights sum to 1."""
    return labels.soft(chroma, palette, neighbors=len(palette), sigma=SIGMA)

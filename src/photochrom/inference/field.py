"""Colour on the network's grid, as it stands between the network and the full size."""

from dataclasses import dataclass

import numpy as np

from photochrom._types import Float32

STEP = np.float32(0.25)
"""Units of a* and b* to which chroma on the grid is rounded, so that it can be stored exactly."""
LARGEST = np.float32(127.75)  # in units; nothing in sRGB has more


@dataclass(frozen=True, eq=False)
class Guess:
    """What a network says of one picture.

    Attributes
    ----------
    output : (k, h', w') palette logits, or (3, h', w') encoded sRGB
    lightness : (h', w'), L*, mean of the picture in each cell
    span : how many cells (down, across) the picture covers; the last may reach beyond it
    """

    output: Float32
    lightness: Float32
    span: tuple[float, float]


@dataclass(frozen=True, eq=False)
class Field:
    """Chroma of one picture on a coarse grid: all that colours the picture at full size.

    Attributes
    ----------
    chroma : (h', w', 2), a* and b*, multiples of `STEP`
    lightness : (h', w'), L*, mean of the picture in each cell
    span : how many cells (down, across) the picture covers; the last may reach beyond it
    """

    chroma: Float32
    lightness: Float32
    span: tuple[float, float]

    @classmethod
    def of(cls, chroma: Float32, lightness: Float32, span: tuple[float, float]) -> "Field":
        """Round chroma to `STEP`."""
        return cls(_rounded(chroma), lightness, span)


def _rounded(values: Float32) -> Float32:
    bounded = np.clip(values, -LARGEST, LARGEST)
    rounded: Float32 = np.rint(bounded / STEP) * STEP
    return rounded + np.float32(0)  # no -0, which a file of whole numbers could not keep

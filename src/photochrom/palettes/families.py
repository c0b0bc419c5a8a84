"""Families of colours: what one would call by one word, whatever palette they come from.

A palette of 128 colours has many that nobody tells apart in a photograph. Asked "which colour?",
one answers with a family: gray, a muted one, a strong one. The families are the same for all
palettes, so an answer depends neither on a palette's order nor much on how fine it is.
"""

import numpy as np

from photochrom._types import Float64
from photochrom.palettes.palette import Palette

_RINGS = ((20.0, 8), (50.0, 10))  # units of chroma, hues: muted and strong
_WIDTH = 11.0  # units of a*b*, of the Gaussian by which a colour belongs to families near it


def _anchors() -> Float64:
    points = [(0.0, 0.0)]
    for chroma, hues in _RINGS:
        angles = 2 * np.pi * (np.arange(hues) + 0.5) / hues
        points += zip(chroma * np.cos(angles), chroma * np.sin(angles), strict=True)
    return np.array(points)


ANCHORS: Float64 = _anchors()
"""(f, 2), a* and b* in the middle of each family; the first is gray."""


def shares(palette: Palette) -> Float64:
    """Return how much each colour belongs to each family.

    Returns
    -------
    shares : (k, f), 0..1, each colour sums to 1
    """
    squared = ((palette.chroma[:, np.newaxis] - ANCHORS) ** 2).sum(axis=-1)
    squared -= squared.min(axis=1, keepdims=True)  # far from all, the nearest still counts
    near = np.exp(-squared / (2 * _WIDTH**2))
    belonging: Float64 = near / near.sum(axis=1, keepdims=True)
    return belonging

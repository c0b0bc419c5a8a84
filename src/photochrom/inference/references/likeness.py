"""How alike two pictures are as a whole: whether one has anything to say of the other.

A dusky street says nothing of a coral reef, though there are blue-gray cells in both. So before
cells are compared the pictures are: by the colours that the model sees in them, and by how much of
them is rough or smooth, which the model's colours do not tell. The distance is one minus the
Bhattacharyya coefficient of these shares.
"""

import numpy as np

from photochrom._types import Floats
from photochrom.inference.references.scene import Scene

# Distances that leave exp(-1) of the likeness; together they were chosen on 960 pairs of training
# pictures from twelve domains, half of them within one domain: see docs/log.md.
COLOURS = 0.06
TEXTURES = 0.08
_LEAST = 0.05  # what is less alike says nothing at all


def likeness(one: Scene, other: Scene) -> float:
    """Return how much one picture says of another: 0, exactly, for nothing, 1 for all."""
    apart = _apart(one.colours(), other.colours()) / COLOURS
    apart += _apart(one.textures(), other.textures()) / TEXTURES
    return max(0.0, (float(np.exp(-apart)) - _LEAST) / (1 - _LEAST))


def _apart(one: Floats, other: Floats) -> float:
    """Return a distance between shares: 0 for equal ones, 1 where nothing is common."""
    return max(0.0, 1 - float(np.sqrt(one.astype(np.float64) * other).sum()))

"""Where to ask next: the places whose colour, once known, would say most of all others.

Chosen without seeing the truth. How far the model may be wrong at a place is the deviation of the
colours it thinks possible there; what an answer at one place would say of another is what they have
in common. A place is worth the expected squared error that its answer takes away over the picture.
"""

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
import numpy.typing as npt

from photochrom._types import Float32, Float64
from photochrom.inference.hints.spread import ALIKE, ALL, NEAR, NOISE, Spread

SHORT_SIDE = 64  # px: enough to place a click; every place is compared with every candidate
_CANDIDATES = 12  # along the shorter side
_DOUBT = 3.0  # a*b* units, at least, even where a model names one colour alone

Place: TypeAlias = tuple[int, int]
Places: TypeAlias = npt.NDArray[np.intp]


class Suggestions:
    """One small picture, prepared.

    Parameters
    ----------
    lightness : (h, w), L*, small
    prior : (h, w, 2), a* and b* of the model; None without one
    deviation : (h, w), a*b* units: how far the model may be wrong

    Attributes
    ----------
    shape : (h, w)
    """

    def __init__(self, lightness: Float32, prior: Float32 | None, deviation: Float32) -> None:
        self._spread = Spread(lightness, prior)
        self.shape = lightness.shape
        self._doubt = np.maximum(deviation, np.float32(_DOUBT)).ravel()
        self._places = _candidates(lightness)
        self._common = np.stack([self._spread.likeness(*place).ravel() for place in self._places])

    def next(self, known: Sequence[Place], count: int) -> list[Place]:
        """Return the best places to ask, each as if those before it were answered.

        Parameters
        ----------
        known : rows and columns whose colour is known already
        count : how many to return; fewer come where there are no more candidates
        """
        places = [*known, *self._places]
        at = np.array([row * self.shape[1] + column for row, column in places])
        told = [self._spread.likeness(*place).ravel() for place in known]
        common = np.stack([*told, *self._common]).astype(np.float64)  # of each place, with all
        variance = np.full(common.shape[1], NEAR + ALIKE + ALL)
        for index in range(len(known)):
            _answer(common, variance, at, index)
        chosen: list[Place] = []
        for _ in range(min(count, len(self._places))):
            worth = ((common * self._doubt) ** 2).sum(axis=1) / (variance[at] + NOISE)
            worth[: len(known)] = -1
            best = int(np.argmax(worth))
            chosen.append(places[best])
            _answer(common, variance, at, best)
        return chosen


def _answer(common: Float64, variance: Float64, at: Places, index: int) -> None:
    """Take away what one answer tells, from what places have in common and from what is open."""
    row = common[index].copy()
    total = max(float(variance[at[index]]), 0.0) + NOISE
    common -= np.outer(common[:, at[index]] / total, row)
    variance -= row * row / total
    np.maximum(variance, 0, out=variance)  # ways make it not quite definite


def _candidates(lightness: Float32) -> list[Place]:
    """Return the evenest place in each cell of a mesh: nobody can name the colour of an edge."""
    across = cv2.Sobel(lightness, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(lightness, cv2.CV_32F, 0, 1)
    edges = cv2.blur(np.asarray(cv2.magnitude(across, down)), (3, 3))
    step = max(2, min(lightness.shape) // _CANDIDATES)
    height, width = lightness.shape
    places = []
    for top in range(0, height, step):
        for left in range(0, width, step):
            cell = edges[top : top + step, left : left + step]
            row, column = divmod(int(np.argmin(cell)), cell.shape[1])
            places.append((top + row, left + column))
    return places

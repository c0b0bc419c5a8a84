"""A picture as the network sees it: what two pictures can be compared by."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from photochrom._types import Float32
from photochrom.filters.resize import resize

_TEXTURES = 12  # classes of roughness
_ROUGHEST = 3.5  # log(1 + L* a cell); few edges are harder


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture on the network's grid.

    Attributes
    ----------
    shares : (k, h', w'), probability of the palette's colours in every cell
    lightness : (h', w'), L*
    decoded : (h', w', 2), the chroma that the model gives it
    """

    shares: Float32
    lightness: Float32
    decoded: Float32

    def features(self) -> Float32:
        """Return what cells are compared by, (k + 1, h', w').

        The distance between roots of probabilities is Hellinger's: bounded, and the same for
        likely and unlikely colours.
        """
        level = self.lightness[np.newaxis] / np.float32(100)
        return np.concatenate([np.sqrt(self.shares), level])

    def colours(self) -> Float32:
        """Return how much of the picture the model takes for each colour (k), sum 1."""
        return np.asarray(self.shares.mean(axis=(1, 2)), dtype=np.float32)

    def textures(self) -> Float32:
        """Return how much of the picture is smooth, rough, or between (12), sum 1."""
        if min(self.lightness.shape) < 2:
            return np.asarray(np.eye(1, _TEXTURES)[0], dtype=np.float32)
        steps = np.hypot(*np.gradient(self.lightness))
        found = np.minimum(np.log1p(steps), _ROUGHEST)
        counts = np.histogram(found, _TEXTURES, (0, _ROUGHEST))[0]
        return np.asarray(counts / steps.size, dtype=np.float32)


@dataclass(frozen=True, eq=False)
class Known(Scene):
    """A scene whose true colours are known.

    Attributes
    ----------
    chroma : (h', w', 2), a* and b*
    """

    chroma: Float32


@dataclass(frozen=True, eq=False)
class Looks:
    """A reference as the network sees it, and in a mirror.

    The network does not see quite the same there, and matches are told by little.

    Attributes
    ----------
    straight : as it is
    mirrored : makes its mirror image, for those references that turn out to be of use
    """

    straight: Known
    mirrored: Callable[[], Known]


def table(planes: Float32) -> Float32:
    """Return planes (c, h', w') as rows of cells (h' w', c)."""
    return np.ascontiguousarray(planes.reshape(len(planes), -1).T)


def reduced(planes: Float32, rows: int) -> Float32:
    """Average planes (c, h', w') into cells so large that the shorter side has `rows` at most."""
    height, width = planes.shape[1:]
    scale = min(1.0, rows / min(height, width))
    size = max(1, round(height * scale)), max(1, round(width * scale))
    return np.stack([resize(plane, size) for plane in planes])

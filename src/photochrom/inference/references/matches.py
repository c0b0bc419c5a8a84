"""Cells that are all but the same in a reference: its chroma is taken over as it is.

This is for frames of one film, halves of one picture, a second shot: where network and
neighbourhood agree far more closely than between two pictures of one kind. Elsewhere the share of
what is taken over is next to nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from photochrom._types import Float32
from photochrom.inference.references.correction import kernel
from photochrom.inference.references.scene import Known, Scene, table

WIDTH = 0.02  # of the kernel, in the distance of features with neighbourhoods
_NEEDED = 0.3  # matching cells that count as much as the correction
_REACH = 2  # cells on all sides
_BAND = 1 << 10  # cells at a time


@dataclass(frozen=True, eq=False)
class Matches:
    """What was found in the references for every cell of a picture.

    Attributes
    ----------
    chroma : (h', w', 2), a* and b*; of no account where the share is 0
    share : (h', w'), 0..1
    """

    chroma: Float32
    share: Float32

    @classmethod
    def of(cls, scene: Scene, references: Sequence[Known]) -> "Matches":
        """Look in references, at least one, for all cells of a picture."""
        cells = table(neighbourhoods(scene))
        there = np.concatenate([table(neighbourhoods(each)) for each in references])
        known = np.concatenate([each.chroma.reshape(-1, 2) for each in references])
        found = [
            _matched(cells[start : start + _BAND], there, known)
            for start in range(0, len(cells), _BAND)
        ]
        chroma, share = (np.concatenate([part[index] for part in found]) for index in (0, 1))
        shape = scene.lightness.shape
        return cls(chroma.reshape(*shape, 2), share.reshape(shape))


def neighbourhoods(scene: Scene) -> Float32:
    """Return features with the lightness round each cell, (c, h', w').

    Left and right are not told apart: a mirrored picture matches too.
    """
    side = 2 * _REACH + 1
    padded = np.pad(scene.lightness / np.float32(100), _REACH, mode="edge")
    views = np.lib.stride_tricks.sliding_window_view(padded, scene.lightness.shape)
    mirrored = views[:, ::-1]
    middle = _REACH + 1
    both = ((views + mirrored)[:, :middle], np.abs(views - mirrored)[:, :_REACH])
    patches = [each.reshape(-1, *scene.lightness.shape) / (2 * side) for each in both]
    return np.concatenate([scene.features(), *patches])


def _matched(cells: Float32, there: Float32, known: Float32) -> tuple[Float32, Float32]:
    alike = kernel(cells, there, WIDTH)
    total = alike.sum(axis=1)
    chroma = (alike @ known) / np.maximum(total, 1e-6)[:, np.newaxis]
    return chroma, total / (total + np.float32(_NEEDED))

"""The regions of a picture by what its colours rest on: told, seen in training, guessed."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import cv2
import numpy as np

from photochrom._types import Float32, Labels, Mask, UInt8
from photochrom.filters.resize import resize

Kind: TypeAlias = Literal["told by you", "seen in training", "guessed"]
KINDS: tuple[Kind, ...] = ("told by you", "seen in training", "guessed")
TOLD = 0.5
"""Share of a colour that the user said, from which on it counts as told."""
SURE = 0.7
"""Probability of being about right, below which a colour that nobody told counts as guessed."""
_CELLS = 4096  # at most, in which regions are looked for
_SMOOTH = 1.0  # cells, so that a region is not cut up by single cells
_LEAST = 0.01  # of the picture; smaller regions go to what surrounds them


@dataclass(frozen=True)
class Patch:
    """One region.

    Attributes
    ----------
    kind : what its colours rest on
    share : of the picture, 0..1
    confidence : mean probability of being within dE00 < 10 of the truth
    box : left, top, right, bottom, px of the upright picture
    """

    kind: Kind
    share: float
    confidence: float
    box: tuple[int, int, int, int]


def find(
    probability: Float32, told: Float32, span: tuple[float, float], size: tuple[int, int]
) -> list[Patch]:
    """Return the regions, largest first; together they are the whole picture.

    Parameters
    ----------
    probability, told : (h', w'), 0..1
    span : how many cells (down, across) the picture covers
    size : of the picture, (height, width), px
    """
    by = max(1.0, (probability.size / _CELLS) ** 0.5)
    cells = tuple(max(1, round(length / by)) for length in probability.shape)
    likely, said = (_smoothed(resize(plane, (cells[0], cells[1]))) for plane in (probability, told))
    kinds = np.where(said >= TOLD, 0, np.where(likely >= SURE, 1, 2)).astype(np.uint8)
    labels = _connected(_without_specks(kinds))
    scale = [
        length / (covered * count / whole)
        for length, covered, count, whole in zip(
            size, span, labels.shape, probability.shape, strict=True
        )
    ]
    found = [_patch(labels == one, kinds, likely, scale, size) for one in range(labels.max() + 1)]
    return sorted(found, key=lambda patch: -patch.share)


def _smoothed(plane: Float32) -> Float32:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), _SMOOTH), dtype=np.float32)


def _patch(
    inside: Mask,
    kinds: UInt8,
    likely: Float32,
    scale: list[float],
    size: tuple[int, int],
) -> Patch:
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    top, bottom, left, right = (
        min(round(float(cell) * factor), length)
        for cell, factor, length in (
            (rows[0], scale[0], size[0]),
            (rows[-1] + 1, scale[0], size[0]),
            (columns[0], scale[1], size[1]),
            (columns[-1] + 1, scale[1], size[1]),
        )
    )
    return Patch(
        KINDS[int(np.bincount(kinds[inside]).argmax())],
        round(float(inside.mean()), 4),
        round(float(likely[inside].mean()), 4),
        (left, top, right, bottom),
    )


def _connected(kinds: UInt8) -> Labels:
    """Number the connected regions of one kind, 0, 1, ..."""
    labels = np.zeros(kinds.shape, dtype=np.intp)
    count = 0
    for kind in range(len(KINDS)):
        found, numbered = cv2.connectedComponents((kinds == kind).astype(np.uint8), connectivity=4)
        labels[numbered > 0] = numbered[numbered > 0] - 1 + count
        count += found - 1
    return labels


def _without_specks(
    kinds: UInt8,
) -> UInt8:
    """Give small regions, the smallest first, the kind that surrounds most of them."""
    kinds = kinds.copy()
    while True:
        labels = _connected(kinds)
        sizes = np.bincount(labels.ravel())
        smallest = int(sizes.argmin())
        if len(sizes) == 1 or sizes[smallest] >= _LEAST * kinds.size:
            return kinds
        inside = (labels == smallest).astype(np.uint8)
        ring = (np.asarray(cv2.dilate(inside, np.ones((3, 3), np.uint8))) > 0) & (inside == 0)
        others = np.bincount(kinds[ring], minlength=len(KINDS))
        others[kinds[inside > 0][0]] = 0  # touching by a corner is not touching
        kinds[inside > 0] = int(others.argmax())

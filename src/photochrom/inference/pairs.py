"""Pixels in pairs along each axis, mirrored pictures in the same pairs."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from photochrom._types import Float64

_ROWS, _COLUMNS = 64, 1024  # groups of a tile; for the reasons of `parallel.blocks`


@dataclass(frozen=True)
class Run:
    """Neighbouring groups of equally many pixels along an axis."""

    pixels: slice
    """Where its pixels lie."""
    groups: slice
    """Where its groups lie among all groups."""
    by: int
    """Pixels to a group, 2 or 1."""


@dataclass(frozen=True)
class Tile:
    """A part of a picture whose groups are all alike."""

    down: Run
    across: Run

    @property
    def pixels(self) -> tuple[slice, slice]:
        """Rows and columns of pixels."""
        return self.down.pixels, self.across.pixels

    @property
    def groups(self) -> tuple[slice, slice]:
        """Rows and columns of groups."""
        return self.down.groups, self.across.groups


def runs(length: int) -> list[Run]:
    """Pair the pixels of an axis; where the length is odd, one or three in the middle stay alone.

    So a mirrored picture falls into the same pairs.
    """
    if length % 2 == 0:
        return [Run(slice(0, length), slice(0, length // 2), 2)]
    end = (length - 1) // 4 * 2
    pairs, alone = end // 2, length - 2 * end
    return [
        Run(slice(0, end), slice(0, pairs), 2),
        Run(slice(end, length - end), slice(pairs, pairs + alone), 1),
        Run(slice(length - end, length), slice(pairs + alone, 2 * pairs + alone), 2),
    ]


def count(length: int) -> int:
    """Return the number of groups of an axis."""
    return int(runs(length)[-1].groups.stop)


def centres(length: int) -> Float64:
    """Return where the groups of an axis have their centres, px from its start."""
    each = [
        run.pixels.start + run.by * (np.arange(run.groups.stop - run.groups.start) + 0.5)
        for run in runs(length)
    ]
    return np.concatenate(each)


def tiles(height: int, width: int) -> list[Tile]:
    """Cut a picture into tiles."""
    return [Tile(*both) for both in product(_cut(height, _ROWS), _cut(width, _COLUMNS))]


def _cut(length: int, step: int) -> Iterator[Run]:
    for run in runs(length):
        groups = run.groups.stop - run.groups.start
        for first in range(0, groups, step):
            last = min(first + step, groups)
            yield Run(
                slice(run.pixels.start + first * run.by, run.pixels.start + last * run.by),
                slice(run.groups.start + first, run.groups.start + last),
                run.by,
            )

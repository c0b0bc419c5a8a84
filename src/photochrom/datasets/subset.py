"""A source divided in two: to learn from, and to judge by."""

import numpy as np

from photochrom._types import Labels
from photochrom.datasets.source import Source
from photochrom.errors import DatasetError


class Subset(Source):
    """Some pictures of a source, numbered anew in the same order.

    Parameters
    ----------
    source : to take them from
    numbers : which, ascending
    """

    def __init__(self, source: Source, numbers: Labels) -> None:
        self._source = source
        self._numbers = numbers
        ends = np.cumsum(source.sizes)
        groups = np.searchsorted(ends, numbers, side="right")
        self.sizes = tuple(np.bincount(groups, minlength=len(ends)).tolist())

    def __len__(self) -> int:
        return len(self._numbers)

    @property
    def names(self) -> tuple[str, ...]:
        """As `Source.names`."""
        return self._source.names

    def name(self, number: int) -> str:
        """As `Source.name`."""
        return self._source.name(int(self._numbers[number]))

    def read(self, number: int) -> bytes:
        """As `Source.read`."""
        return self._source.read(int(self._numbers[number]))


def hold_out(source: Source, count: int, seed: int) -> tuple[Subset, Subset]:
    """Return what is left, and `count` pictures drawn by the seed.

    Raises
    ------
    DatasetError
        If nothing would be left.
    """
    if not 0 <= count < len(source):
        raise DatasetError(
            f"cannot hold out {count} of {len(source)} pictures and learn from the others; "
            "add pictures"
        )
    held = np.zeros(len(source), dtype=bool)
    held[np.random.default_rng(seed).permutation(len(source))[:count]] = True
    return Subset(source, np.flatnonzero(~held)), Subset(source, np.flatnonzero(held))

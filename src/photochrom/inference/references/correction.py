"""What references say of the model's mistakes, carried over to cells that look alike.

A Gaussian process: true minus decoded chroma is a smooth function of what the network sees in a
cell. Where the picture has nothing like the references, the process returns to its mean of zero,
and the model's colours stay.

References
----------
Rasmussen and Williams, "Gaussian Processes for Machine Learning", MIT Press 2006, section 2.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from photochrom._types import Float32, Float64
from photochrom.inference.references.scene import Known, reduced, table

WIDTH = 0.5  # of the kernel, in the distance of features
# Variance of a cell by itself, where that of the process is 1. From 30 to 2, pictures of one kind
# gain more (0.24 to 0.32 dB), and those of another lose a little more (0.08 to 0.10).
NOISE = 4.0
ROWS = 20  # cells of the shorter side of a reference: neighbours hardly differ
MOST = 1600  # cells of all references; the solution takes some tenths of a second
_BAND = 1 << 12  # cells at a time, so that large grids need no more memory


@dataclass(frozen=True, eq=False)
class Correction:
    """A solved process.

    Attributes
    ----------
    at : (n, c), features of the cells learned from
    weights : (n, 2), of the kernel round each of them
    """

    at: Float32
    weights: Float64

    @classmethod
    def of(cls, references: Sequence[Known], likeness: Sequence[float]) -> "Correction":
        """Learn from pictures whose colours are known.

        Parameters
        ----------
        references : at least one
        likeness : of each, above 0; what less alike ones say counts as less certain
        """
        rows = min(ROWS, max(1, int((MOST / len(references)) ** 0.5)))
        parts = [_cells(each, rows) for each in references]
        at, off = (np.concatenate([part[index] for part in parts]) for index in (0, 1))
        certain = np.repeat(np.divide(likeness, max(likeness)), [len(part[0]) for part in parts])
        alike = kernel(at, at).astype(np.float64)
        alike[np.diag_indices_from(alike)] += NOISE / certain
        return cls(at, np.asarray(np.linalg.solve(alike, off), dtype=np.float64))

    def of_cells(self, features: Float32) -> Float32:
        """Return what to add to the decoded chroma (m, 2) of cells, by their features (m, c)."""
        found = [
            kernel(features[start : start + _BAND], self.at) @ self.weights
            for start in range(0, len(features), _BAND)
        ]
        return np.concatenate(found).astype(np.float32)


def kernel(cells: Float32, others: Float32, width: float = WIDTH) -> Float32:
    """Return how alike cells (m, c) and others (n, c) are, (m, n): 1 where equal, else below."""
    squared = _lengths(cells)[:, np.newaxis] + _lengths(others) - 2 * (cells @ others.T)
    return np.exp(np.minimum(squared, 0, where=squared < 0, out=squared) / (-2 * width * width))


def _lengths(cells: Float32) -> Float32:
    return np.asarray(np.einsum("nc,nc->n", cells, cells), dtype=np.float32)


def _cells(reference: Known, rows: int) -> tuple[Float32, Float32]:
    """Return features (n, c) and true minus decoded chroma (n, 2)."""
    features = reduced(reference.features(), rows)
    off = reduced(np.moveaxis(reference.chroma - reference.decoded, -1, 0), rows)
    return table(features), table(off)

"""Tell near-gray and duplicate pictures by thumbnails of 16 x 16."""

from collections.abc import Sequence

import cv2
import numpy as np

from photochrom._types import Float32, UInt8
from photochrom.color import lab

SIDE = 16  # px; small enough to forget noise and compression
# Correlation. Different pictures of the benchmark domains reach 0.94. Of 119 test pictures, 118
# saved again as JPEG (quality 50), 118 at half size and 116 brightened by 15 % stay above 0.985;
# cropped by 3 % on each side only 49 do, so crops are mostly not found.
SAME = 0.985
# Squared distance of two unit vectors with that correlation, and some rounding.
FARTHEST = 2 - 2 * SAME + 1e-4


def thumbnail(rgb: UInt8) -> Float32:
    """Reduce (h, w, 3) sRGB to L*a*b* of 16 x 16, aspect ignored."""
    small = cv2.resize(rgb, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    thumb: Float32 = lab.from_srgb(small.astype(np.float32) / np.float32(255)).astype(np.float32)
    return thumb


def chroma_of(thumb: Float32) -> tuple[float, float]:
    """Mean and largest C*ab of L*a*b* (..., 3)."""
    chroma = np.hypot(thumb[..., 1], thumb[..., 2])
    return float(chroma.mean()), float(chroma.max())


def signature(thumb: Float32) -> Float32:
    """A unit vector of a thumbnail; the dot product of two is their correlation.

    Mean lightness is taken off, so that another exposure counts as the same; mean colour is not,
    so that a red and a yellow flower in one pose are two.
    """
    vector = thumb.copy()
    vector[..., 0] -= vector[..., 0].mean()
    flat = vector.ravel()
    unit: Float32 = flat / max(float(np.linalg.norm(flat)), 1e-12)
    return unit


def find_duplicate(thumb: Float32, signatures: Sequence[Float32]) -> int | None:
    """Index of the first signature that is the same picture or its mirror image, or None."""
    if not signatures:
        return None
    both = np.stack([signature(thumb), signature(thumb[:, ::-1])], axis=1)
    same = np.flatnonzero((np.stack(signatures) @ both).max(axis=1) > SAME)
    return int(same[0]) if same.size else None


class Seen:
    """Finds duplicates among many pictures: the same answers as `find_duplicate`, sooner.

    The means over 4 x 4 blocks are an orthogonal projection of a signature, which never moves two
    of them apart; so what differs there by more than duplicates may needs no closer look.
    """

    def __init__(self) -> None:
        self._signatures = np.empty((1024, SIDE * SIDE * 3), np.float32)
        self._coarse = np.empty((1024, 48), np.float32)
        self._count = 0

    def find(self, thumb: Float32) -> int | None:
        """Number of the first picture added that is the same or the mirror image, or None."""
        both = [self._find(signature(view)) for view in (thumb, thumb[:, ::-1])]
        return min((one for one in both if one is not None), default=None)

    def add(self, thumb: Float32) -> None:
        """Remember a picture; the first has the number 0."""
        if self._count == len(self._coarse):
            self._signatures = np.concatenate([self._signatures, np.empty_like(self._signatures)])
            self._coarse = np.concatenate([self._coarse, np.empty_like(self._coarse)])
        self._signatures[self._count] = signature(thumb)
        self._coarse[self._count] = _project(self._signatures[self._count])
        self._count += 1

    def _find(self, vector: Float32) -> int | None:
        apart = self._coarse[: self._count] - _project(vector)
        near = np.flatnonzero(np.einsum("ij,ij->i", apart, apart) < FARTHEST)
        same = near[self._signatures[near] @ vector > SAME]
        return int(same[0]) if same.size else None


def _project(vector: Float32) -> Float32:
    """Coordinates of a signature along 48 orthogonal unit vectors, one a block and channel."""
    blocks = vector.reshape(4, 4, 4, 4, 3)  # block row, row, block column, column, channel
    means: Float32 = blocks.sum(axis=(1, 3)) / np.float32(4)
    return means.ravel()

"""How a colour said at one place tells on all others.

What hints correct is taken as a random field over the picture (kriging, or a Gaussian process): the
model's chroma is its mean, and two places are the more alike the shorter the way between them that
crosses no edge of lightness, and the more they agree in lightness and in the model's chroma. The
field's mean given the hints is what minimises roughness in that sense while it meets the hints.
Weights and scales were chosen on `train/` pictures of five domains; see docs/log.md.
"""

from collections import OrderedDict
from typing import TypeAlias

import cv2
import numpy as np

from photochrom._types import Float32, Float64
from photochrom.errors import ShapeError
from photochrom.filters.geodesic import Geodesic
from photochrom.inference.hints.anchors import Anchors, Numbers

At: TypeAlias = tuple[Numbers, Numbers]
"""Rows and columns."""

NEAR, ALIKE, ALL = 1.0, 0.4, 0.1
"""What neighbours, look-alikes and the whole picture have in common of what hints correct."""
# Of what neighbours have in common: share, and the way in short sides of the picture at which 1/e
# of it is left. The long one fills large regions from one hint, the short one follows many.
_REACHES = ((0.6, 1.5), (0.4, 0.3))
EDGE = 1.0  # L*: a change that costs as much as going on by a pixel
_LIGHTNESS, _CHROMA = 12.0, 12.0  # units of L* and a*b* within which places look alike
_APART = 1.0  # short sides within which look-alikes count
NOISE = 0.03  # of the shares: hints are not exact samples of a smooth field; no overshoot
USUAL = 15.0  # a*b* units by which a model is off without being wrong about a thing
_DOUBTS = 8  # hints
_JOIN = 3.0  # px at the working size over which what noise leaves open is closed
_JOINS = 2  # the second for anchors so near that they share the first
_KEPT = 256  # places whose maps stay in memory, 700 KB each
_GRAIN = (5, 8.0, 2.0)  # bilateral filter: px, L*, px; film grain is no edge


class Spread:
    """One picture at the working size, prepared for any hints.

    Parameters
    ----------
    lightness : (h, w), L*
    prior : (h, w, 2), a* and b* that a model gives; None where only hints are to count

    References
    ----------
    Levin, Lischinski and Weiss, "Colorization using Optimization", SIGGRAPH 2004: the same aim,
    with neighbours alone and without a prior.
    Rasmussen and Williams, "Gaussian Processes for Machine Learning", 2006, sections 2.2 and 2.7.
    """

    def __init__(self, lightness: Float32, prior: Float32 | None) -> None:
        if prior is not None and prior.shape != (*lightness.shape, 2):
            raise ShapeError(f"prior chroma must be {(*lightness.shape, 2)}, got {prior.shape}")
        smooth = np.asarray(cv2.bilateralFilter(lightness, *_GRAIN), dtype=np.float32)
        self._prior = prior
        self._side = min(lightness.shape)
        self._looks = _looks(smooth, prior)
        self._ways = Geodesic(smooth, EDGE)
        self._maps: OrderedDict[tuple[int, int], tuple[Float32, Float32]] = OrderedDict()

    def likeness(self, row: int, column: int) -> Float32:
        """Return what a place has in common with all (h, w): up to NEAR + ALIKE + ALL, itself."""
        near, far = self._common(row, column)
        return near + far

    def chroma(self, anchors: Anchors) -> Float32:
        """Return the chroma (h, w, 2) that meets the anchors.

        What they correct in the whole picture and in look-alikes comes first, from corrections cut
        at `USUAL`: that one dress was bright green says nothing of the lawn. Neighbours take the
        rest.
        """
        at, wanted = (anchors.rows, anchors.columns), anchors.chroma
        common = [self._common(*place) for place in anchors.places]
        near, far = (np.stack(each) for each in zip(*common, strict=True))
        between = _inverse(near[:, *at] + far[:, *at])
        met = self._mean(between, anchors, near.shape[1:])
        met = met + _weighted(far, between @ _cut(wanted - met[at]))
        met = met + _weighted(near, _inverse(near[:, *at]) @ (wanted - met[at]))
        for _ in range(_JOINS):
            met = _joined(met, anchors)
        return met

    def told(self, anchors: Anchors) -> Float32:
        """Return how much hints say of each place (h, w): 0 nothing, near 1 all."""
        likeness = np.stack([self.likeness(*place) for place in anchors.places])
        between = _inverse(likeness[:, anchors.rows, anchors.columns]).astype(np.float32)
        flat = likeness.reshape(len(likeness), -1)
        explained = np.einsum("ij,ij->j", flat, between @ flat) / (NEAR + ALIKE + ALL)
        told: Float32 = np.clip(explained, 0, 1).reshape(likeness.shape[1:])
        return told

    def _mean(self, between: Float64, anchors: Anchors, shape: tuple[int, ...]) -> Float32:
        """Return what is expected (h, w, 2) before hints are met: their mean, and the model.

        The model counts as far as it helps to foretell each hint from the others.
        """
        at, wanted = (anchors.rows, anchors.columns), anchors.chroma
        whole = _on_the_whole(between, wanted)
        if self._prior is None:
            return np.broadcast_to(whole, (*shape, 2))
        trust = _trust(between, wanted - whole, self._prior[at] - whole, anchors.said)
        return whole + np.float32(trust) * (self._prior - whole)

    def _common(self, row: int, column: int) -> tuple[Float32, Float32]:
        """Return what a place has in common (h, w) with neighbours, and with all others."""
        place = row, column
        if place in self._maps:
            self._maps.move_to_end(place)
            return self._maps[place]
        ways = self._ways.to(row, column) / np.float32(-self._side)
        near = np.zeros_like(ways)
        for share, reach in _REACHES:
            near += np.float32(NEAR * share) * np.exp(ways / np.float32(reach))
        apart = self._looks - self._looks[:, row, column][:, np.newaxis, np.newaxis]
        far = np.float32(ALIKE) * np.exp(np.float32(-0.5) * (apart * apart).sum(axis=0))
        far += np.float32(ALL)
        self._maps[place] = near, far
        if len(self._maps) > _KEPT:
            self._maps.popitem(last=False)
        return near, far


def _weighted(maps: Float32, weights: Float64) -> Float32:
    """Return the sum (h, w, 2) of maps (n, h, w) under weights (n, 2)."""
    return np.tensordot(maps, weights.astype(np.float32), axes=(0, 0))


def _cut(corrections: Float32) -> Float32:
    """Cut corrections (n, 2) at `USUAL`, hue kept."""
    size = np.hypot(*corrections.T)[:, np.newaxis]
    cut: Float32 = corrections * np.minimum(1, USUAL / np.maximum(size, 1e-6))
    return cut


def _on_the_whole(between: Float64, wanted: Float32) -> Float32:
    """Return the chroma (2,) that hints have in the mean; each counts as far as it is new."""
    share = between.sum(axis=0)
    mean: Float32 = (share @ wanted / share.sum()).astype(np.float32)
    return mean


def _trust(between: Float64, wanted: Float32, prior: Float32, said: int) -> float:
    """Return the share of the model, 0..1, that foretells each hint best from all others.

    Leaving one out needs no second solve (Rasmussen and Williams 2006, eq. 5.12). Until `_DOUBTS`
    things have been said, the model has the benefit of the doubt: anchors of one stroke foretell
    each other without telling anything of the rest of the picture.
    """
    left_out = 1 / np.diag(between)[:, np.newaxis]
    errors, moves = (between @ each * left_out for each in (wanted, prior))
    worth = (moves * moves).sum()
    if worth <= 0:
        return 1.0
    slope = (errors * moves).sum() / worth
    others = said - 1  # one goes into the mean of all
    return float(np.clip((others * slope + _DOUBTS) / (others + _DOUBTS), 0, 1))


def _looks(smooth: Float32, prior: Float32 | None) -> Float32:
    """Return by what places look alike (c, h, w), each in units of its scale."""
    rows, columns = np.indices(smooth.shape, dtype=np.float32) / (min(smooth.shape) * _APART)
    planes = [smooth / _LIGHTNESS, rows, columns]
    if prior is not None:
        planes += [prior[..., 0] / _CHROMA, prior[..., 1] / _CHROMA]
    return np.stack(planes).astype(np.float32)


def _inverse(between: Float32) -> Float64:
    """Invert what anchors (n, n) have in common, with noise.

    Ways round edges make it not quite definite; directions below 0 say nothing and are left out.
    """
    symmetric = (between + between.T).astype(np.float64) / 2
    values, vectors = np.linalg.eigh(symmetric)
    share = np.where(values > 0, 1 / (np.maximum(values, 0) + NOISE), 0)
    return np.asarray((vectors * share) @ vectors.T, dtype=np.float64)


def _joined(chroma: Float32, anchors: Anchors) -> Float32:
    """Close what is left open at the anchors, and evenly less around them."""
    height, width = chroma.shape[:2]
    left = anchors.chroma - chroma[anchors.rows, anchors.columns]
    said = np.zeros((height, width, 3), dtype=np.float32)
    np.add.at(said, (anchors.rows, anchors.columns), np.insert(left, 2, 1, axis=1))
    spread = np.asarray(cv2.GaussianBlur(said, (0, 0), _JOIN, borderType=cv2.BORDER_REFLECT))
    peak = 1 / (2 * np.pi * _JOIN**2)  # of one anchor alone
    joined = chroma + spread[..., :2] / np.maximum(spread[..., 2:], np.float32(peak))
    return np.asarray(joined, dtype=np.float32)

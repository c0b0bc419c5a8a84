"""Lay one picture on another that shows the same, slightly shifted or scaled.

What is compared is local contrast: another tool may have changed the tones, but not which way an
edge goes. It also tells pictures apart that are alike as a whole, such as two beaches.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from photochrom._types import Float32, Float64
from photochrom.errors import ShapeError

_SIGMA = 6.0  # px round a pixel that its contrast is measured in
_FLAT = 1.0  # L*; less is noise or the traces of JPEG
_LEVELS = (4, 2, 1)  # the picture is reduced by these, one after another
_ROUNDS = (60, 40, 30)  # at most, at each
_STILL = 1e-4  # change of the correlation at which a level is done
_WORTH = 0.01  # gain in correlation
_SURE = 0.6  # correlation from which on no other start is tried
_OVERLAP = 0.5  # of the picture
_WILD = 0.15  # change of scale, turn or shear, as a part of 1; more makes any edges agree
_LEAST = 24  # px of the shorter side below which a level says nothing


@dataclass(frozen=True, eq=False)
class Alignment:
    """How a moving picture lies on a fixed one.

    Attributes
    ----------
    matrix : (2, 3), from places in the fixed picture to those in the moving one, px
    correlation : -1 to 1, of the local contrast of both where they overlap
    """

    matrix: Float64
    correlation: float


def align(moving: Float32, fixed: Float32) -> Alignment:
    """Find the affine map that lays the lightness of one picture on another's.

    Parameters
    ----------
    moving, fixed : (h, w), L*, of one size; some 512 px on the shorter side

    Returns
    -------
    alignment : the best one found; its correlation says whether it is one

    Raises
    ------
    ShapeError
        If the sizes differ.

    References
    ----------
    Evangelidis and Psarakis, "Parametric Image Alignment Using Enhanced Correlation Coefficient
    Maximization", IEEE TPAMI 30(10), 2008.
    """
    if moving.shape != fixed.shape or fixed.ndim != 2:
        raise ShapeError(f"expected two planes of one size, got {moving.shape} and {fixed.shape}")
    ours, theirs = contrast(fixed), contrast(moving)
    unmoved = np.eye(2, 3)
    best = Alignment(unmoved, _correlation(theirs, ours, unmoved))
    for start in (_shift(theirs, ours), unmoved):
        matrix = _refined(moving, fixed, start)
        found = Alignment(matrix, _correlation(theirs, ours, matrix))
        # Every map but none at all blurs what is laid by it.
        tame = np.abs(matrix[:, :2] - np.eye(2)).max() <= _WILD
        if tame and found.correlation > best.correlation + _WORTH:
            best = found
        if best.correlation > _SURE:
            break
    return best


def laid(plane: Float32, matrix: Float64) -> Float32:
    """Return a plane (h, w) of the moving picture as it lies on the fixed one, edges repeated."""
    height, width = plane.shape
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(
        plane, matrix, (width, height), flags=how, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, dtype=np.float32)


def contrast(lightness: Float32) -> Float32:
    """Return how much lighter pixels (h, w) are than what is round them, in local deviations."""
    off = lightness - _blurred(lightness)
    return np.asarray(off / np.sqrt(_blurred(off * off) + _FLAT**2), dtype=np.float32)


def _blurred(plane: Float32) -> Float32:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), _SIGMA), dtype=np.float32)


def _shift(moving: Float32, fixed: Float32) -> Float64:
    """Return the map that shifts alone, by the peak of the phase correlation."""
    height, width = fixed.shape
    window = cv2.createHanningWindow((width, height), cv2.CV_32F)
    (across, down), _ = cv2.phaseCorrelate(fixed, moving, window)
    return np.array([[1.0, 0, across], [0, 1.0, down]])


def _refined(moving: Float32, fixed: Float32, start: Float64) -> Float64:
    """Return a better map, from coarse to fine; where a level finds none, that of the last."""
    matrix = start
    for by, rounds in zip(_LEVELS, _ROUNDS, strict=True):
        if min(fixed.shape) < by * _LEAST:
            continue
        matrix = _one_level(_smaller(moving, by), _smaller(fixed, by), matrix, by, rounds)
    return matrix


def _one_level(moving: Float32, fixed: Float32, matrix: Float64, by: int, rounds: int) -> Float64:
    scale = np.array([[1, 1, by], [1, 1, by]], dtype=np.float64)
    criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, rounds, _STILL)
    start: Any = (matrix / scale).astype(np.float32)
    try:
        _, found = cv2.findTransformECC(
            contrast(fixed), contrast(moving), start, cv2.MOTION_AFFINE, criteria
        )
    except cv2.error:  # the pictures have nothing in common here
        return matrix
    return np.asarray(found, dtype=np.float64) * scale


def _smaller(plane: Float32, by: int) -> Float32:
    if by == 1:
        return plane
    size = plane.shape[1] // by, plane.shape[0] // by
    return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def _correlation(moving: Float32, fixed: Float32, matrix: Float64) -> float:
    """Return the correlation where both are, and -1 where hardly anything overlaps."""
    height, width = fixed.shape
    how = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP
    inside = cv2.warpAffine(np.ones_like(fixed), matrix, (width, height), flags=how) > 0
    if inside.mean() < _OVERLAP:
        return -1.0
    one, other = laid(moving, matrix)[inside], fixed[inside]
    one, other = one - one.mean(), other - other.mean()
    size = float(np.sqrt((one * one).sum() * (other * other).sum()))
    return float((one * other).sum()) / size if size > 0 else 0.0

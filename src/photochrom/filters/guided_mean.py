"""The guided filter: smooth where the picture is smooth, sharp along its edges."""

import cv2
import numpy as np

from photochrom._types import Float32, Labels
from photochrom.errors import ShapeError

EPSILON = 1e-3  # (L*/100)^2, variance below which lightness is taken as smooth


def smooth(planes: Float32, guide: Float32, radius: int, *, epsilon: float = EPSILON) -> Float32:
    """Average planes along the guide: in every window each plane becomes a line over lightness.

    Parameters
    ----------
    planes : (c, h, w)
    guide : (h, w), L*
    radius : px
    epsilon : variance of L*/100 below which lightness is taken as smooth

    Returns
    -------
    smoothed : (c, h, w)

    Raises
    ------
    ShapeError
        If the planes have another size than the guide.

    References
    ----------
    He, Sun and Tang, "Guided Image Filtering", ECCV 2010.
    """
    if planes.ndim != 3 or planes.shape[1:] != guide.shape:
        raise ShapeError(
            f"planes (c, h, w) and a guide (h, w) are needed, got {planes.shape} and {guide.shape}"
        )
    tone = np.divide(guide, 100, dtype=np.float32)
    mean = _mean(tone, radius)
    noise = _mean(tone * tone, radius) - mean * mean + np.float32(epsilon)
    smoothed = np.empty_like(planes)
    for plane, result in zip(planes, smoothed, strict=True):
        middle = _mean(plane, radius)
        slope = np.divide(_mean(plane * tone, radius) - middle * mean, noise, dtype=np.float32)
        offset = np.subtract(middle, slope * mean, dtype=np.float32)
        result[...] = _mean(slope, radius) * tone + _mean(offset, radius)
    return smoothed


def soften(labels: Labels, count: int, guide: Float32, radius: int) -> Float32:
    """Return how much of each region there is at each place: hard borders made soft.

    Parameters
    ----------
    labels : (h, w), 0..count-1
    count : regions
    guide, radius : as in `smooth`

    Returns
    -------
    shares : (count, h, w), 0..1, every place sums to 1
    """
    hard = (labels == np.arange(count)[:, np.newaxis, np.newaxis]).astype(np.float32)
    shares = np.clip(smooth(hard, guide, radius), 0, 1)
    # They sum to 1 before they are clipped, so to at least 1 after it.
    shares /= shares.sum(axis=0)
    return shares


def _mean(plane: Float32, radius: int) -> Float32:
    side = 2 * radius + 1
    blurred = cv2.blur(plane, (side, side), borderType=cv2.BORDER_REFLECT)
    return np.asarray(blurred, dtype=np.float32).reshape(plane.shape)

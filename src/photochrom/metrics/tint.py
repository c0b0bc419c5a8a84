"""Tell a toned black-and-white photograph from one in colour.

A sepia print, a cyanotype, a yellowed or split-toned one has much chroma, but one colour for each
lightness, which changes smoothly along it. What is left after that curve is taken off shows
whether there is more.
"""

import cv2
import numpy as np

from photochrom._types import Float32, Mask, UInt8
from photochrom.color import lab

SIDE = 128  # px, of a square of the same area; the limits below were chosen at it
# Units of a*b*. Ten real scans reach 2.0, toned and faded copies of 125 pictures 4.5, those of
# seven large ones 5.7 after a JPEG of quality 50; of 500 colour photographs 97 % lie above.
COLORED = 5.5
# C*ab. Stronger toning is not known: 40 for cyanotypes. Sunsets that are one curve of it lie above.
BEYOND_TONING = 60.0
_SHARE = 95  # percent of the picture that may stay below: ink, stamps and stains are no colours
_CLIPPED = 250  # code value; where a channel is cut off, a sepia filter bends sharply
_BINS = 64  # of lightness
_LEAST = 4  # px in a bin; fewer say nothing of its colour
# L*, standard deviation; without smoothing 94 % of the 500, green fields beside brown ones are lost
_SMOOTH = 6.0
_SLACK = 3  # L*: the curve is steep in places, and reducing a picture mixes its ends
_BLUR = (5, 5)  # px; JPEG noise and grain have no common direction over an area, colours have


def is_colored(rgb: UInt8) -> bool:
    """Say whether a picture (h, w, 3), some 128 px a side, has more colours than one toning."""
    if not np.ptp(rgb, axis=2).any():
        return False
    picture = lab.from_srgb(rgb.astype(np.float32) / np.float32(255)).astype(np.float32)
    chroma = np.hypot(picture[..., 1], picture[..., 2])
    if np.percentile(chroma, _SHARE) > BEYOND_TONING:
        return True
    return residual(picture, rgb.max(axis=2) < _CLIPPED) > COLORED


def residual(picture: Float32, sound: Mask) -> float:
    """Return the chroma that toning does not explain, reached by a twentieth of the picture.

    Parameters
    ----------
    picture : (h, w, 3), L*a*b*
    sound : (h, w), false where a channel is cut off; of no account if hardly anything else is left

    Returns
    -------
    residual : units of a*b*; the 95th percentile
    """
    counts = sound if sound.mean() > 1 - _SHARE / 100 else np.ones_like(sound)
    lightness, a, b = (np.ascontiguousarray(picture[..., axis]) for axis in range(3))
    curve = _smoothed(*_medians(lightness[counts], np.stack([a[counts], b[counts]])))
    weight = counts.astype(np.float32)
    area = cv2.blur(weight, _BLUR)
    off = [cv2.blur(plane * weight, _BLUR) for plane in _off_curve(lightness, a, b, curve)]
    return float(np.percentile(np.hypot(*off)[counts] / area[counts], _SHARE))


def _medians(lightness: Float32, chroma: Float32) -> tuple[Float32, Float32, Float32]:
    """Return mean L* (k), median a*, b* (2, k) and number of pixels (k) of the filled bins."""
    bins = np.clip(lightness * (_BINS / 100), 0, _BINS - 1).astype(np.intp)
    order = np.argsort(bins, kind="stable")
    starts = np.searchsorted(bins[order], np.arange(1, _BINS))
    groups = [group for group in np.split(order, starts) if len(group) >= _LEAST] or [order]
    centres = np.array([lightness[group].mean() for group in groups], np.float32)
    medians = np.stack([np.median(chroma[:, group], axis=1) for group in groups], axis=1)
    return centres, medians, np.array([len(group) for group in groups], np.float32)


def _smoothed(centres: Float32, medians: Float32, counts: Float32) -> Float32:
    """Return a*, b* (2, 101) at each whole L*: a line through what lies near, by least squares."""
    levels = np.clip(np.arange(101), centres.min(), centres.max())
    apart = centres - levels[:, np.newaxis]  # (101, k)
    weight = np.sqrt(counts) * np.exp(-0.5 * (apart / _SMOOTH) ** 2)
    s0, s1, s2 = ((weight * apart**power).sum(axis=1) for power in range(3))
    t0, t1 = ((weight * apart**power) @ medians.T for power in range(2))  # (101, 2)
    spread = s0 * s2 - s1 * s1
    lone = spread < 1e-6 * s0 * s0  # one bin: no slope
    slope_free = (s2[:, np.newaxis] * t0 - s1[:, np.newaxis] * t1).T / np.where(lone, 1, spread)
    curve: Float32 = np.where(lone, t0.T / s0, slope_free).astype(np.float32)
    return curve


def _off_curve(
    lightness: Float32, a: Float32, b: Float32, curve: Float32
) -> tuple[Float32, Float32]:
    """Return how far a*, b* are off the nearest point of the curve, within some units of L*."""
    level = np.rint(lightness).astype(np.intp)
    nearest = np.full(a.shape, np.inf, np.float32)
    off_a, off_b = np.zeros_like(a), np.zeros_like(b)
    for step in range(-_SLACK, _SLACK + 1):
        at = np.clip(level + step, 0, 100)
        da, db = a - curve[0][at], b - curve[1][at]
        distance = da * da + db * db + np.float32(step * step)
        closer = distance < nearest
        for kept, new in ((nearest, distance), (off_a, da), (off_b, db)):
            np.copyto(kept, new, where=closer)
    return off_a, off_b

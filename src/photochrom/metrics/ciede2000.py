"""CIEDE2000, the colour difference that fits what people see best."""

import numpy as np

from photochrom._types import Floats
from photochrom.errors import ShapeError

_CHUNK = 1 << 16  # colours at a time: some thirty temporaries then take 8 MB in float32
_POW_25_7 = 25.0**7


def difference(lab_a: Floats, lab_b: Floats) -> Floats:
    """Return the CIEDE2000 difference of each pair of colours.

    About 1 is just noticed side by side; 2 to 3 in a photograph.

    Parameters
    ----------
    lab_a, lab_b : (..., 3), L* 0..100, a* and b*; the order does not matter

    Returns
    -------
    delta : (...), 0 or more, dtype of the inputs

    Raises
    ------
    ShapeError
        If the shapes differ or the last axis is not 3.

    References
    ----------
    Sharma, Wu and Dalal, "The CIEDE2000 Color-Difference Formula: Implementation Notes,
    Supplementary Test Data, and Mathematical Observations", Color Res. Appl. 30(1), 2005.
    """
    if lab_a.shape != lab_b.shape or lab_a.shape[-1:] != (3,):
        raise ShapeError(
            "two equal shapes with a last axis of 3 are needed, "
            f"got {lab_a.shape} and {lab_b.shape}"
        )
    flat_a, flat_b = lab_a.reshape(-1, 3), lab_b.reshape(-1, 3)
    delta = np.empty(len(flat_a), dtype=np.result_type(lab_a, lab_b))
    for start in range(0, len(delta), _CHUNK):
        part = slice(start, start + _CHUNK)
        delta[part] = _pairs(flat_a[part], flat_b[part])
    return delta.reshape(lab_a.shape[:-1])


def _pairs(lab_a: Floats, lab_b: Floats) -> Floats:
    (l_a, c_a, h_a), (l_b, c_b, h_b) = _adjusted(lab_a, lab_b)
    gray = (c_a == 0) | (c_b == 0)  # a gray has no hue: it takes the other's
    turn = _shortest(h_b - h_a)  # beside a gray it is multiplied by a chroma of 0
    c_mean = (c_a + c_b) / 2
    h_mean = np.where(gray, h_a + h_b, _hue_between(h_a, h_b))
    l_off = ((l_a + l_b) / 2 - 50) ** 2
    lightness = (l_b - l_a) / (1 + 0.015 * l_off / np.sqrt(20 + l_off))
    chroma = (c_b - c_a) / (1 + 0.045 * c_mean)
    hue = 2 * np.sqrt(c_a * c_b) * np.sin(turn / 2) / (1 + 0.015 * c_mean * _hue_weight(h_mean))
    cross = _rotation(c_mean, h_mean) * chroma * hue
    squared = lightness**2 + chroma**2 + hue**2 + cross
    return np.sqrt(np.maximum(squared, 0))  # rounding can leave -1e-9 between near-equal colours


def _adjusted(lab_a: Floats, lab_b: Floats) -> tuple[tuple[Floats, Floats, Floats], ...]:
    """Lightness, chroma and hue (radians, 0..2 pi) after a* is stretched near the gray axis."""
    chroma = (np.hypot(lab_a[:, 1], lab_a[:, 2]) + np.hypot(lab_b[:, 1], lab_b[:, 2])) / 2
    stretch = 1.5 - 0.5 * _saturation(chroma)
    found = []
    for lab in (lab_a, lab_b):
        a = lab[:, 1] * stretch
        hue = np.arctan2(lab[:, 2], a) % (2 * np.pi)
        found.append((lab[:, 0], np.hypot(a, lab[:, 2]), hue))
    return tuple(found)


def _saturation(chroma: Floats) -> Floats:
    seventh = chroma**7
    return np.sqrt(seventh / (seventh + _POW_25_7))


def _shortest(turn: Floats) -> Floats:
    """Bring a difference of hues into -pi..pi."""
    turn = np.where(turn > np.pi, turn - 2 * np.pi, turn)
    return np.where(turn < -np.pi, turn + 2 * np.pi, turn)


def _hue_between(h_a: Floats, h_b: Floats) -> Floats:
    middle = (h_a + h_b) / 2
    apart = np.abs(h_a - h_b) > np.pi
    return np.where(apart, np.where(middle < np.pi, middle + np.pi, middle - np.pi), middle)


def _hue_weight(hue: Floats) -> Floats:
    weight: Floats = (
        1
        - 0.17 * np.cos(hue - np.deg2rad(30))
        + 0.24 * np.cos(2 * hue)
        + 0.32 * np.cos(3 * hue + np.deg2rad(6))
        - 0.20 * np.cos(4 * hue - np.deg2rad(63))
    )
    return weight


def _rotation(chroma: Floats, hue: Floats) -> Floats:
    """How chroma and hue differences mix in the blue region."""
    angle = np.deg2rad(30) * np.exp(-(((np.rad2deg(hue) - 275) / 25) ** 2))
    rotation: Floats = -np.sin(2 * angle) * 2 * _saturation(chroma)
    return rotation

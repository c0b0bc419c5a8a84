"""The sRGB transfer function, IEC 61966-2-1.

Both directions are odd functions, as in scRGB: what lies below 0 or above 1 survives a round trip.
"""

import numpy as np

from photochrom._types import Floats

_TOE = 12.92
_OFFSET = 0.055
_GAMMA = 2.4
_TOE_ENDS_ENCODED = 0.04045
_TOE_ENDS_LINEAR = 0.0031308


def decode(encoded: Floats) -> Floats:
    """Turn encoded sRGB into linear light.

    Parameters
    ----------
    encoded : any shape, 0..1 for colours of the gamut

    Returns
    -------
    linear : same shape and dtype, 0..1 for colours of the gamut

    References
    ----------
    IEC 61966-2-1:1999, "Default RGB colour space - sRGB".
    """
    size = np.abs(encoded)
    curve = ((size + _OFFSET) / (1 + _OFFSET)) ** _GAMMA
    linear = np.where(size <= _TOE_ENDS_ENCODED, size / _TOE, curve)
    return np.copysign(linear, encoded).astype(encoded.dtype, copy=False)


def encode(linear: Floats) -> Floats:
    """Turn linear light into encoded sRGB; the inverse of `decode`."""
    size = np.abs(linear)
    curve = (1 + _OFFSET) * size ** (1 / _GAMMA) - _OFFSET
    encoded = np.where(size <= _TOE_ENDS_LINEAR, size * _TOE, curve)
    return np.copysign(encoded, linear).astype(linear.dtype, copy=False)

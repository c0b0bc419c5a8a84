"""CIE L*a*b* under the white of sRGB itself.

XYZ is always relative to white, and both matrices act on differences to the gray axis:
X = G + m (R - G) + n (B - G). For a gray the differences are zero, so a* = b* = 0 exactly in any
precision, and back. With the plain matrix product a gray comes out at about 1e-7.
"""

import numpy as np

from photochrom._types import Floats
from photochrom.color import srgb
from photochrom.errors import ShapeError

# Linear sRGB to XYZ from the primaries and white chromaticity (0.3127, 0.3290) of IEC 61966-2-1.
_RGB_TO_XYZ = np.array(
    [
        [0.4123907992659595, 0.35758433938387796, 0.1804807884018343],
        [0.21263900587151036, 0.7151686787677559, 0.07219231536073371],
        [0.01933081871559185, 0.11919477979462599, 0.9505321522496606],
    ]
)
RGB_TO_RELATIVE = _RGB_TO_XYZ / _RGB_TO_XYZ.sum(axis=1, keepdims=True)
RELATIVE_TO_RGB = np.linalg.inv(RGB_TO_RELATIVE)

_EPSILON = 216 / 24389  # CIE 15:2004: where the cube root meets the straight line
_KAPPA = 24389 / 27


def from_srgb(rgb: Floats) -> Floats:
    """Convert encoded sRGB to L*a*b*.

    Parameters
    ----------
    rgb : (..., 3), encoded sRGB, 0..1; values outside are converted too

    Returns
    -------
    lab : (..., 3), L* 0..100, a* and b* about -110..110, same dtype

    Raises
    ------
    ShapeError
        If the last axis is not 3.

    References
    ----------
    CIE 15:2004, "Colorimetry", 3rd edition, section 8.2.1.
    """
    return from_linear(srgb.decode(_three(rgb, "rgb")))


def from_linear(linear: Floats) -> Floats:
    """Convert linear sRGB (..., 3) to L*a*b*; see `from_srgb`."""
    root = _root(_relative_from_linear(_three(linear, "linear")))
    x, y, z = root[..., 0], root[..., 1], root[..., 2]
    lab = np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)
    return lab.astype(linear.dtype, copy=False)


def to_srgb(lab: Floats) -> Floats:
    """Convert L*a*b* to encoded sRGB, unclipped: colours out of gamut leave 0..1.

    Parameters
    ----------
    lab : (..., 3), L* 0..100

    Returns
    -------
    rgb : (..., 3), encoded sRGB, same dtype
    """
    return srgb.encode(to_linear(lab))


def to_linear(lab: Floats) -> Floats:
    """Convert L*a*b* (..., 3) to linear sRGB, unclipped."""
    _three(lab, "lab")
    fy = (lab[..., 0] + 16) / 116
    x, y, z = (_power(f) for f in (fy + lab[..., 1] / 500, fy, fy - lab[..., 2] / 200))
    linear = np.stack([y + m[0] * (x - y) + m[2] * (z - y) for m in RELATIVE_TO_RGB], axis=-1)
    return linear.astype(lab.dtype, copy=False)


def lightness_from_srgb(rgb: Floats) -> Floats:
    """Return L* (...) of encoded sRGB (..., 3): the lightness alone, at a third of the cost."""
    linear = srgb.decode(_three(rgb, "rgb"))
    return lightness_from_luminance(_row(RGB_TO_RELATIVE[1], linear).astype(rgb.dtype, copy=False))


def lightness_from_luminance(luminance: Floats) -> Floats:
    """Return L* of relative luminance (white is 1), any shape."""
    return (116 * _root(luminance) - 16).astype(luminance.dtype, copy=False)


def luminance_from_lightness(lightness: Floats) -> Floats:
    """Return relative luminance (white is 1) of L*, any shape."""
    return _power((lightness + 16) / 116).astype(lightness.dtype, copy=False)


def _relative_from_linear(linear: Floats) -> Floats:
    return np.stack([_row(m, linear) for m in RGB_TO_RELATIVE], axis=-1)


def _row(weights: Floats, linear: Floats) -> Floats:
    red, green, blue = linear[..., 0], linear[..., 1], linear[..., 2]
    mixed: Floats = green + weights[0] * (red - green) + weights[2] * (blue - green)
    return mixed


def _root(relative: Floats) -> Floats:
    return np.where(relative > _EPSILON, np.cbrt(relative), (_KAPPA * relative + 16) / 116)


def _power(root: Floats) -> Floats:
    cube = root * root * root
    return np.where(cube > _EPSILON, cube, (116 * root - 16) / _KAPPA)


def _three(values: Floats, name: str) -> Floats:
    if values.shape[-1:] != (3,):
        raise ShapeError(f"{name} needs a last axis of 3, got an array of shape {values.shape}")
    return values

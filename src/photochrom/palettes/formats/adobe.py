"""Adobe's colour models as sRGB.

Lab is relative to D50 there, as in ICC profiles, and is adapted to sRGB's D65 by Bradford's
matrix. CMYK would need the press' profile, which swatch files do not carry: the plain product
(1 - ink) (1 - black) stands for it, as in programs without colour management.
"""

import colorsys

import numpy as np

from photochrom._types import Float64
from photochrom.color import gamut, lab
from photochrom.errors import PaletteError
from photochrom.palettes.formats.sheet import Rgb

# CIE 15 and IEC 61966-2-1: XYZ of the whites (0.3457, 0.3585) and (0.3127, 0.3290).
_D50 = np.array([0.3457 / 0.3585, 1.0, (1 - 0.3457 - 0.3585) / 0.3585])
_D65 = np.array([0.3127 / 0.3290, 1.0, (1 - 0.3127 - 0.3290) / 0.3290])
# Lam, "Metamerism and Colour Constancy", 1985, as in ICC.1:2010, annex E.
_BRADFORD = np.array(
    [[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]]
)
_TOE = 6 / 29  # CIE 15:2004
_FAR = 1000.0  # many times what any colour has, and nothing overflows yet


def from_lab(lightness: float, a: float, b: float) -> Rgb:
    """Convert L* 0..100, a*, b* under D50; what sRGB cannot show loses chroma.

    Raises
    ------
    PaletteError
        If they are far from any colour: a file may hold any float.
    """
    if not max(abs(lightness), abs(a), abs(b)) <= _FAR:
        raise PaletteError(
            f"expected L* of 0..100, a* and b* of -128..127, got {lightness:g}, {a:g}, {b:g}"
        )
    own = lab.from_linear(lab.RELATIVE_TO_RGB @ _relative(lightness, a, b))
    rgb: list[float] = (255 * gamut.to_srgb(own[0], own[1:])).tolist()
    return rgb


def from_cmyk(cyan: float, magenta: float, yellow: float, black: float) -> Rgb:
    """Convert shares of ink, 0..1."""
    return [255 * (1 - ink) * (1 - black) for ink in (cyan, magenta, yellow)]


def from_hsb(hue: float, saturation: float, brightness: float) -> Rgb:
    """Convert hue 0..1 of the circle, saturation and brightness 0..1."""
    return [255 * value for value in colorsys.hsv_to_rgb(hue, saturation, brightness)]


def from_gray(gray: float) -> Rgb:
    """Convert encoded gray, 0 black to 1 white."""
    return [255 * gray] * 3


def _relative(lightness: float, a: float, b: float) -> Float64:
    """XYZ under D65 in parts of its white."""
    root = (lightness + 16) / 116 + np.array([a / 500, 0, -b / 200])
    xyz = _D50 * np.where(root > _TOE, root**3, 3 * _TOE**2 * (root - 4 / 29))
    cones = (_BRADFORD @ xyz) * (_BRADFORD @ _D65) / (_BRADFORD @ _D50)
    relative: np.ndarray[tuple[int], np.dtype[np.float64]] = (
        np.linalg.solve(_BRADFORD, cones) / _D65
    )
    return relative

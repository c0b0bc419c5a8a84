"""Colour for 8-bit pictures: what `codes` computes for every pixel, looked up in one table.

An 8-bit picture has 256 lightnesses. For each of them the table holds red and blue on a grid of a*
and b*, gamut mapping and transfer function included; OpenCV's `remap` interpolates between its
nodes. Green is then what the luminance still needs beside the rounded red and blue, so that neither
interpolation nor rounding moves the lightness: at most 0.46 codes of gray.
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from photochrom._types import Codes, Float32, UInt8, UInt16
from photochrom.color import codes, lab, srgb
from photochrom.errors import ShapeError

_STEP = 4.0  # a*b* units between nodes; docs/decisions/0010 has the errors of 3, 4 and 6
_HALF = 30  # nodes on each side of gray
REACH = _HALF * _STEP
"""The largest |a*| or |b*| of the table, 120; sRGB ends at 108."""
_NODES = 2 * _HALF + 1
_WHITE = 65_535  # luminance of white, in whole numbers; a gray code is at least 20 of them
_WIDER = 257  # 16-bit codes to an 8-bit one


@dataclass(frozen=True, eq=False)
class Tones:
    """How light 8-bit pixels are.

    Attributes
    ----------
    gray : (h, w), the nearest gray code
    luminance : (h, w), 65,535 is white; None where gray says all, the picture being gray
    """

    gray: UInt8
    luminance: UInt16 | None = None

    @classmethod
    def of(cls, pixels: Codes) -> "Tones":
        """Take gray (h, w, 1) or RGB (h, w, 3) of uint8; RGB by its luminance.

        Raises
        ------
        ShapeError
            If `pixels` has another shape or type.
        """
        if pixels.ndim != 3 or pixels.shape[2] not in (1, 3) or pixels.dtype != np.uint8:
            raise ShapeError(
                "pixels must be (h, w, 1) or (h, w, 3) of uint8, "
                f"got shape {pixels.shape} of {pixels.dtype}"
            )
        plane = codes.gray_plane(pixels)
        if plane is not None:
            return cls(np.asarray(plane, dtype=np.uint8))
        scaled = codes.luminance(pixels)
        scaled *= _WHITE
        scaled += np.float32(0.5)
        luminance = scaled.astype(np.uint16)
        return cls(codes.look_up(luminance, _gray_of_luminance()), luminance)

    def lightness(self) -> Float32:
        """Return L* (h, w) of the gray codes."""
        return codes.lightness(self.gray[..., np.newaxis])


def combine(tones: Tones, chroma: Float32) -> UInt8:
    """Combine tones and chroma into RGB, chroma reduced where it is out of gamut.

    Parameters
    ----------
    tones : of (h, w) pixels
    chroma : (2, h, w), planes of a* and b*

    Returns
    -------
    rgb : (h, w, 3), equal channels wherever chroma is 0

    Raises
    ------
    ShapeError
        If the shapes disagree.
    """
    if chroma.shape != (2, *tones.gray.shape):
        raise ShapeError(
            f"chroma needs shape {(2, *tones.gray.shape)} to go with tones, got {chroma.shape}"
        )
    red, blue = _red_and_blue(tones.gray, chroma)
    green = _green(tones, red, blue)
    rgb: UInt8 = np.asarray(cv2.merge([red, green, blue]), dtype=np.uint8)
    if tones.luminance is not None:
        _mend(rgb, tones.gray, tones.luminance, chroma)
    return rgb


@lru_cache
def nodes() -> UInt16:
    """Return the table, 7.6 MB, made in about 60 ms when first asked for.

    Call it once before threads do, or each of them makes it.

    Returns
    -------
    nodes : (256 n, n, 4), 16-bit red, green, blue and nothing; for every gray code the n rows of
        b* and the n columns of a*. `remap` reads four channels faster than two or three.
    """
    lightness = codes.lightness(np.arange(256, dtype=np.uint8).reshape(256, 1, 1))
    axis = np.arange(-_HALF, _HALF + 1, dtype=np.float32) * np.float32(_STEP)
    grid = np.stack(np.meshgrid(axis, axis)).reshape(2, 1, -1)
    table = np.zeros((256, _NODES**2, 4), dtype=np.uint16)
    for start in range(0, 256, 16):  # 16 grays at a time stay in the cache
        wide = np.repeat(lightness[start : start + 16], _NODES**2, axis=1)
        chroma = np.repeat(grid, 16, axis=1)
        rgb = codes.from_lightness(wide, chroma, np.dtype(np.uint16))
        table[start : start + 16, :, :3] = rgb
    return table.reshape(256 * _NODES, _NODES, 4)


def _red_and_blue(gray: UInt8, chroma: Float32) -> tuple[UInt8, UInt8]:
    place = pulled_in(chroma) * np.float32(1 / _STEP)
    place += np.float32(_HALF)
    first_row = gray.astype(np.float32)
    first_row *= _NODES
    place[1] += first_row
    border = cv2.BORDER_REPLICATE
    found = cv2.remap(nodes(), place[0], place[1], cv2.INTER_LINEAR, borderMode=border)
    red, _, blue, _ = cv2.split(cv2.convertScaleAbs(found, alpha=1 / _WIDER))
    return np.asarray(red, dtype=np.uint8), np.asarray(blue, dtype=np.uint8)


def pulled_in(chroma: Float32) -> Float32:
    """Bring planes (2, h, w) beyond `REACH` onto it, hue kept: no colour out there is in gamut."""
    if all(cv2.norm(plane, cv2.NORM_INF) <= REACH for plane in chroma):
        return chroma
    size = np.abs(chroma).max(axis=0)
    nearer: Float32 = chroma * (np.float32(REACH) / np.maximum(size, np.float32(REACH)))
    return nearer


def _green(tones: Tones, red: UInt8, blue: UInt8) -> UInt8:
    """Choose green so that the three rounded channels have the luminance wanted."""
    gray, luminance = tones.gray, tones.luminance
    if luminance is None:
        luminance = _amount(gray, 1.0)
    from_red, _, from_blue = lab.RGB_TO_RELATIVE[1]
    rest = cv2.subtract(luminance, _amount(red, from_red))  # stops at 0
    rest = cv2.subtract(rest, _amount(blue, from_blue))
    return codes.look_up(np.asarray(rest, dtype=np.uint16), _green_of_rest())


def _mend(rgb: UInt8, gray: UInt8, luminance: UInt16, chroma: Float32) -> None:
    """Treat what the nearest gray cannot stand for, where luminance lies between two grays.

    Without colour, green must not be what brings the luminance to its place. And where green is at
    its end already, it cannot.
    """
    red, green, blue = cv2.split(rgb)
    neutral = (red == gray) & (blue == gray)
    np.copyto(rgb[..., 1], gray, where=neutral)
    row, column = np.nonzero(((green == 0) | (green == 255)) & ~neutral)
    if len(row):
        level = luminance[row, column] / np.float32(_WHITE)
        lightness = lab.lightness_from_luminance(level)[np.newaxis]
        exact = codes.from_lightness(lightness, chroma[:, row, column][:, np.newaxis], rgb.dtype)
        rgb[row, column] = exact[0]


def _amount(plane: UInt8, weight: float) -> UInt16:
    """What a channel of this weight adds to luminance."""
    return codes.look_up(plane, _amounts(weight))


@lru_cache
def _amounts(weight: float) -> UInt16:
    linear = srgb.decode(np.arange(256) / 255)
    amounts: UInt16 = np.rint(linear * (weight * _WHITE)).astype(np.uint16)
    return amounts


@lru_cache
def _green_of_rest() -> UInt8:
    linear = np.arange(_WHITE + 1) / (lab.RGB_TO_RELATIVE[1, 1] * _WHITE)
    return np.rint(srgb.encode(np.minimum(linear, 1)) * 255).astype(np.uint8)


@lru_cache
def _gray_of_luminance() -> UInt8:
    return np.rint(srgb.encode(np.arange(_WHITE + 1) / _WHITE) * 255).astype(np.uint8)

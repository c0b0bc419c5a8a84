"""Between code values of picture files and L* with chroma, fast enough for full-size pictures.

The same colour science as `lab` and `gamut`, laid out for strips of 8 and 16 bit pictures:
planes instead of triples, tables where a code has few values, no branches per pixel. For 8 bits
`eightbit` has a quicker way to colour.
"""

from functools import lru_cache
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt

from photochrom._types import Codes, Float32, Floats, Labels, UInt8
from photochrom.color import lab, srgb
from photochrom.errors import ShapeError

Value = TypeVar("Value", np.uint8, np.uint16, np.float32)

_LUT_TAKES_16_BITS = int(cv2.__version__.split(".")[0]) >= 5
_TOE = np.float32(6 / 29)  # CIE 15:2004: below it the cube becomes its tangent
_TOE_SLOPE = np.float32(3 * (6 / 29) ** 2)
_DARK = np.float32(0.2)  # f(Y): L* of 7; it matters below L* 4, where the sRGB curve begins to bend
_SLACK = 1e-7  # linear light: rounding of float32; 1e-5 would be 6 codes in dark 16-bit pictures
# The search for the gamut's edge aims this far inside, or rounding could put every step outside.
_MARGIN = np.float32(1e-6)
# Rounds of it. Against 25 halvings, chroma of 15 (40) units r.m.s. is off by 0.003 (0.05) 8-bit
# codes on average; without the margin and the halving it was 0.11 (1.0).
_ROUNDS = 6
_HALVING_ROUND = 3
_LEVELS = np.float32(65535)  # of the table from linear light: at most 0.03 codes of 8 bits apart


def lightness(codes: Codes) -> Float32:
    """Return L* (h, w) of gray (h, w, 1) or RGB (h, w, 3) code values, 8 or 16 bit.

    RGB is taken by its luminance.

    Raises
    ------
    ShapeError
        If `codes` has another shape or type.
    """
    if codes.ndim != 3 or codes.shape[2] not in (1, 3) or codes.dtype not in (np.uint8, np.uint16):
        raise ShapeError(
            "codes must be (h, w, 1) or (h, w, 3) of uint8 or uint16, "
            f"got shape {codes.shape} of {codes.dtype}"
        )
    gray = gray_plane(codes)
    if gray is not None:
        return look_up(gray, _lightness_of_gray(codes.itemsize))
    return _lightness_of_luminance(luminance(codes))


def gray_plane(codes: Codes) -> Codes | None:
    """Return the one plane (h, w) of gray codes (h, w, 1 or 3); None where channels differ."""
    plane: Codes = codes[..., 0]
    if codes.shape[2] == 1:
        return plane
    first, second, third = cv2.split(codes)  # comparing interleaved channels takes twice as long
    if np.array_equal(first, second) and np.array_equal(second, third):
        return np.asarray(first)  # type: ignore[return-value] # contiguous, as `LUT` wants it
    return None


def luminance(codes: Codes) -> Float32:
    """Return the relative luminance (h, w), white is 1, of RGB codes (h, w, 3)."""
    linear = look_up(codes, _linear_of_code(codes.itemsize))
    return np.asarray(cv2.transform(linear, lab.RGB_TO_RELATIVE[1:2]), dtype=np.float32)


def from_lightness(lightness: Float32, chroma: Float32, dtype: np.dtype[np.generic]) -> Codes:
    """Combine lightness and chroma into RGB codes, chroma reduced where it is out of gamut.

    Does what `gamut.to_srgb` does and then rounds; about ten times faster.

    Parameters
    ----------
    lightness : (h, w), L*; what lies outside 0..100 is brought to the nearer end
    chroma : (2, h, w), planes of a* and b*
    dtype : uint8 or uint16

    Returns
    -------
    codes : (h, w, 3), equal channels wherever chroma is 0

    Raises
    ------
    ShapeError
        If the shapes disagree.
    """
    if lightness.ndim != 2 or chroma.shape != (2, *lightness.shape):
        raise ShapeError(
            f"chroma needs shape {(2, *lightness.shape)} to go with lightness, got {chroma.shape}"
        )
    root = (np.clip(lightness, 0, 100) + np.float32(16)) / np.float32(116)
    x = chroma[0] * np.float32(1 / 500)
    z = chroma[1] * np.float32(-1 / 200)
    linear = _linear(root, x, z)
    room = _room(linear)
    outside = np.flatnonzero(room < -_SLACK)
    if len(outside):
        reduced = _reduce(*(plane.ravel()[outside] for plane in (root, x, z, room)))
        linear.reshape(3, -1)[:, outside] = reduced
    tinted = _dark_and_tinted(root, linear)
    result = _encode(linear, dtype)
    if len(tinted):
        _balance_green(result.reshape(-1, 3), tinted, _cube(root.ravel()[tinted]))
    return result


def look_up(codes: Codes, table: npt.NDArray[Value]) -> npt.NDArray[Value]:
    """Return what a table (256,) or (65536,) holds for every code, in the codes' shape."""
    if codes.dtype != np.uint8 and not _LUT_TAKES_16_BITS:
        return np.take(table, codes)
    found = cv2.LUT(np.ascontiguousarray(codes), table)  # two to five times as fast as `take`
    return np.asarray(found, dtype=table.dtype)


def _linear(root: Float32, x: Float32, z: Float32) -> Float32:
    """Linear sRGB (3, ...) of f(Y) and of the differences f(X) - f(Y) and f(Z) - f(Y)."""
    luminance = _cube(root)
    from_x = _cube(root + x)
    from_x -= luminance
    from_z = _cube(root + z)
    from_z -= luminance
    linear = np.empty((3, *root.shape), dtype=np.float32)
    for channel, (x_weight, _, z_weight) in enumerate(lab.RELATIVE_TO_RGB.astype(np.float32)):
        np.multiply(from_x, x_weight, out=linear[channel])
        linear[channel] += luminance
        linear[channel] += z_weight * from_z
    return linear


def _cube(root: Float32) -> Float32:
    """X / Xn of f(X / Xn): the cube, and its tangent below the toe, in one formula."""
    above = np.maximum(root, _TOE)
    below = root - above
    below *= _TOE_SLOPE
    cube = above * above
    cube *= above
    cube += below
    return cube


def _room(linear: Float32) -> Float32:
    """How far each colour (3, ...) is inside the gamut: negative outside."""
    room: Float32 = np.minimum(linear.min(axis=0), 1 - linear.max(axis=0))
    return room


def _reduce(root: Float32, x: Float32, z: Float32, room: Float32) -> Float32:
    """Return linear sRGB (3, n) of nearly the largest share of chroma that lies in the gamut.

    Regula falsi in the Illinois form (Dowell and Jarratt 1971) with one halving, for all pixels at
    once; the result is the largest share seen inside, so lightness is exact.
    """
    inside, beyond = np.zeros_like(root), np.ones_like(root)
    gray = _cube(root)
    room_inside = np.maximum(np.minimum(gray, 1 - gray) - _MARGIN, 0)
    room_beyond = room - _MARGIN
    for turn in range(_ROUNDS):
        halving = turn == _HALVING_ROUND
        part = 0.5 if halving else room_inside / (room_inside - room_beyond)
        share = inside + (beyond - inside) * part
        room = _room(_linear(root, x * share, z * share)) - _MARGIN
        is_in = room >= -_MARGIN
        fade = np.float32(1 if halving else 0.5)  # an end that stays loses its pull
        room_beyond = np.where(is_in, room_beyond * fade, room)
        room_inside = np.where(is_in, np.maximum(room, 0), room_inside * fade)
        beyond = np.where(is_in, beyond, share)
        inside = np.where(is_in, share, inside)
    return _linear(root, x * inside, z * inside)


def _dark_and_tinted(root: Float32, linear: Float32) -> Labels:
    """Return where rounding red and blue could move lightness by more than 0.6 codes of gray.

    Down there a code of gray is a small step, and a code of a bright blue or red a large one.
    """
    if root.min() > _DARK:
        return np.empty(0, dtype=np.intp)
    tinted = np.maximum(linear[0], linear[2]) > 2 * _cube(root)
    return np.flatnonzero(tinted & (root < _DARK))


def _balance_green(rgb: Codes, where: Labels, luminance: Float32) -> None:
    """Choose green anew so that the rounded colours have this luminance."""
    table = _linear_of_code(rgb.itemsize)
    red, _, blue = table[rgb[where]].T
    from_red, from_green, from_blue = lab.RGB_TO_RELATIVE[1]
    green = (luminance - from_red * red - from_blue * blue) / from_green
    most = np.iinfo(rgb.dtype).max
    rgb[where, 1] = np.rint(srgb.encode(np.clip(green, 0, 1)) * most)


def _encode(linear: Float32, dtype: np.dtype[np.generic]) -> Codes:
    np.clip(linear, 0, 1, out=linear)
    if dtype != np.uint8:
        codes = np.rint(srgb.encode(linear) * _LEVELS).astype(np.uint16)
        return np.ascontiguousarray(np.moveaxis(codes, 0, -1))
    linear *= _LEVELS
    linear += np.float32(0.5)
    level = linear.astype(np.uint16)
    result = np.empty((*linear.shape[1:], 3), dtype=np.uint8)
    for channel in range(3):
        result[..., channel] = look_up(level[channel], _code_of_level())
    return result


@lru_cache
def _linear_of_code(itemsize: int) -> Float32:
    most = 256**itemsize - 1
    return srgb.decode(np.arange(most + 1) / most).astype(np.float32)


@lru_cache
def _lightness_of_gray(itemsize: int) -> Float32:
    most = 256**itemsize - 1
    luminance = srgb.decode(np.arange(most + 1) / most)
    return lab.lightness_from_luminance(luminance).astype(np.float32)


@lru_cache
def _code_of_level() -> UInt8:
    return np.rint(srgb.encode(np.arange(65536) / 65535) * 255).astype(np.uint8)


def _lightness_of_luminance(luminance: Floats) -> Float32:
    """As `lab.lightness_from_luminance`, without its two branches for every pixel."""
    threshold = np.float32((6 / 29) ** 3)
    above = np.maximum(luminance, threshold)
    root = np.cbrt(above)
    root += (luminance - above) / _TOE_SLOPE
    root *= np.float32(116)
    root -= np.float32(16)
    return root.astype(np.float32, copy=False)

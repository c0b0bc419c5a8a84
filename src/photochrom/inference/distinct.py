"""Large 8-bit pictures: chroma in few enough distinct values, and every colour computed once.

Chroma hardly differs between neighbours, so it is worked out for pairs of pixels, as most JPEG
files store it, and rounded to half units, which is what rounding to 8 bits does to it anyway. A
photograph then has some thousand distinct chromas. For each of them the colours of all 256 grays
are computed, and every pixel is looked up among these: lightness is as exact as ever, at half the
cost.
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from photochrom._types import Codes, Float32, Float64, Mask, UInt8
from photochrom.color import codes, eightbit
from photochrom.filters.guided import GuidedEnlargement
from photochrom.inference import pairs
from photochrom.inference.pairs import Tile
from photochrom.inference.parallel import for_each

_STEP = 0.5  # a*b* units; 1 would come near to what shows as contours in clear skies
_SIDE = 2 * round(eightbit.REACH / _STEP) + 1  # distinct values of a* or b*
_AT_ONCE = 256  # chromas whose colours are computed together: 65,536 of them

Numbers = npt.NDArray[np.int32]
Colors = npt.NDArray[np.uint32]


@dataclass(frozen=True, eq=False)
class Numbered:
    """A gray picture and the chromas it is to have.

    Attributes
    ----------
    gray : (h, w), gray codes
    numbers : of chromas, for every group of pixels
    used : (n,), which numbers occur
    """

    gray: UInt8
    numbers: Numbers
    used: Mask


def color(
    pixels: Codes,
    enlarge: Callable[[tuple[Float64, Float64]], GuidedEnlargement],
    *,
    limit: Callable[[Float32], Float32] | None = None,
    threads: int | None = None,
) -> UInt8 | None:
    """Colour a gray picture; None where this way would not pay or not be exact.

    Parameters
    ----------
    pixels : (h, w, 1) or (h, w, 3), 8 bit
    enlarge : prepares chroma at the rows and columns given, px
    limit : brings chroma (2, h, w) to what is allowed, each pixel for itself
    threads : tiles at work at once; None for one a core

    Returns
    -------
    colored : (h, w, 3); None for pictures with colours or with too many distinct chromas
    """
    found = _numbered(pixels, enlarge, threads)
    if found is None:
        return None
    distinct = np.flatnonzero(found.used)
    if len(distinct) * 256 > found.gray.size:
        return None
    rows = np.zeros(len(found.used), dtype=np.int32)
    rows[distinct] = np.arange(len(distinct), dtype=np.int32) * 256
    return _look_up(found, rows, _colors(distinct, limit, threads), threads)


def _numbered(
    pixels: Codes,
    enlarge: Callable[[tuple[Float64, Float64]], GuidedEnlargement],
    threads: int | None,
) -> Numbered | None:
    height, width = pixels.shape[:2]
    enlargement = enlarge((pairs.centres(height), pairs.centres(width)))
    one_channel = pixels.shape[2] == 1
    plain: Codes = pixels[..., 0] if one_channel else np.empty((height, width), dtype=np.uint8)
    gray = np.asarray(plain, dtype=np.uint8)  # one channel needs no copy
    numbers = np.empty((pairs.count(height), pairs.count(width)), dtype=np.int32)
    used = np.zeros(_SIDE * _SIDE, dtype=np.bool_)
    colored: list[Tile] = []

    def work(tile: Tile) -> None:
        plane = None if colored else codes.gray_plane(pixels[tile.pixels])
        if plane is None:
            colored.append(tile)
            return
        if not one_channel:
            gray[tile.pixels] = plane
        lightness = codes.lightness(_grouped(gray[tile.pixels], tile)[..., np.newaxis])
        numbers[tile.groups] = _numbers(enlargement.block(*tile.groups, lightness))
        used[numbers[tile.groups]] = True

    for_each(work, pairs.tiles(height, width), threads)
    return None if colored else Numbered(gray, numbers, used)


def _grouped(gray: UInt8, tile: Tile) -> UInt8:
    size = (gray.shape[1] // tile.across.by, gray.shape[0] // tile.down.by)
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _numbers(chroma: Float32) -> Numbers:
    """Number chroma (2, h, w): a* counts by one, b* by `_SIDE`."""
    steps = (eightbit.pulled_in(chroma) + np.float32(eightbit.REACH)) * np.float32(1 / _STEP)
    across, down = np.rint(steps, out=steps).astype(np.int32)
    down *= _SIDE
    down += across
    return np.asarray(down, dtype=np.int32)


def _colors(
    distinct: npt.NDArray[np.intp],
    limit: Callable[[Float32], Float32] | None,
    threads: int | None,
) -> Colors:
    """Return the colours (256 n,) of every distinct chroma and gray, as bytes R, G, B, 255."""
    colors = np.empty((len(distinct), 256), dtype=np.uint32)
    down, across = np.divmod(distinct, _SIDE)
    chroma = (np.stack([across, down]) * _STEP - eightbit.REACH).astype(np.float32)
    every = np.arange(256, dtype=np.uint8)

    def work(start: int) -> None:
        part = chroma[:, start : start + _AT_ONCE, np.newaxis]
        part = part if limit is None else limit(part)
        tones = eightbit.Tones(np.repeat(every[np.newaxis], part.shape[1], axis=0))
        rgb = eightbit.combine(tones, np.repeat(part, 256, axis=2))
        rgba = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2RGBA))
        colors[start : start + _AT_ONCE] = rgba.view(np.uint32)[..., 0]

    for_each(work, range(0, len(distinct), _AT_ONCE), threads)
    return colors.ravel()


def _look_up(found: Numbered, rows: Numbers, colors: Colors, threads: int | None) -> UInt8:
    result = np.empty((*found.gray.shape, 3), dtype=np.uint8)

    def work(tile: Tile) -> None:
        gray = found.gray[tile.pixels]
        first = np.take(rows, found.numbers[tile.groups]).view(np.float32)  # `resize` copies bits
        wide = cv2.resize(first, gray.shape[::-1], interpolation=cv2.INTER_NEAREST)
        place = np.asarray(wide).view(np.int32)
        place += gray
        rgba = np.take(colors, place).view(np.uint8).reshape(*gray.shape, 4)
        result[tile.pixels] = cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB)

    for_each(work, pairs.tiles(*result.shape[:2]), threads)
    return result

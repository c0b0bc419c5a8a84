"""From chroma on the network's grid to code values at full size, block by block."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from photochrom._types import Codes, Float32, Float64
from photochrom.color import codes, eightbit
from photochrom.filters.enlarge import Enlargement
from photochrom.filters.guided import GuidedEnlargement
from photochrom.filters.resize import resize
from photochrom.inference import distinct
from photochrom.inference.parallel import blocks, for_each

Retouch: TypeAlias = Callable[[Float32, Float32, slice, slice], Float32]
"""From chroma planes (2, rows, columns) and L* of a block, and its place, to its final chroma."""

Limit: TypeAlias = Callable[[Float32], Float32]
"""From chroma planes (2, h, w) to chroma that is allowed, each pixel for itself."""

# px a cell, from which on chroma may be worked out for pairs of pixels: finer grids would lose.
_COARSE = 8
_MANY = 3_000_000  # px; a photograph of fewer has too many chromas for them


def color(
    pixels: Codes,
    chroma: Float32,
    guide: Float32,
    *,
    span: tuple[float, float] | None = None,
    threads: int | None = None,
    limit: Limit | None = None,
    retouch: Retouch | None = None,
) -> Codes:
    """Colour a whole picture; its lightness stays.

    Parameters
    ----------
    pixels : (h, w, 1) or (h, w, 3) code values, 8 or 16 bit; of RGB only the luminance counts
    chroma : (h', w', 2), a* and b* on the network's grid
    guide : (h', w'), L* of the same picture on that grid
    span : how many cells (down, across) the picture covers; all of them by default
    threads : blocks at work at once; None for one a core
    limit : brings full-size chroma to what is allowed, whatever its place
    retouch : what is still to be done to full-size chroma, block by block

    Returns
    -------
    colored : (h, w, 3) code values of the same type
    """
    height, width = pixels.shape[:2]
    chroma, guide, span = _no_larger((height, width), chroma, guide, span)

    def enlarge(at: tuple[Float64, Float64] | None = None) -> GuidedEnlargement:
        return GuidedEnlargement.of(chroma, guide, height, width, span=span, at=at)

    if pixels.dtype != np.uint8:
        sixteen = _sixteen_bits(pixels, enlarge(), _both(limit, retouch))
        return _by_blocks(pixels, sixteen, threads)
    eightbit.nodes()  # before the threads, or each would make them
    if _is_large(pixels, guide) and retouch is None:  # which wants every pixel's own chroma
        colored = distinct.color(pixels, enlarge, limit=limit, threads=threads)
        if colored is not None:
            return colored
    return _by_blocks(pixels, _eight_bits(pixels, enlarge(), _both(limit, retouch)), threads)


def _both(limit: Limit | None, retouch: Retouch | None) -> Retouch | None:
    if limit is None:
        return retouch

    def limited(chroma: Float32, lightness: Float32, rows: slice, columns: slice) -> Float32:
        chroma = limit(chroma)
        return chroma if retouch is None else retouch(chroma, lightness, rows, columns)

    return limited


def _is_large(pixels: Codes, guide: Float32) -> bool:
    height, width = pixels.shape[:2]
    cell = min(height / guide.shape[0], width / guide.shape[1])
    return bool(cell >= _COARSE and height * width >= _MANY)


def _eight_bits(
    pixels: Codes, enlargement: GuidedEnlargement, retouch: Retouch | None
) -> Callable[[slice, slice], Codes]:
    def one(rows: slice, columns: slice) -> Codes:
        tones = eightbit.Tones.of(pixels[rows, columns])
        lightness = tones.lightness()
        full = enlargement.block(rows, columns, lightness)
        if retouch is not None:
            full = retouch(full, lightness, rows, columns)
        return eightbit.combine(tones, full)

    return one


def _sixteen_bits(
    pixels: Codes, enlargement: GuidedEnlargement, retouch: Retouch | None
) -> Callable[[slice, slice], Codes]:
    def one(rows: slice, columns: slice) -> Codes:
        lightness = codes.lightness(pixels[rows, columns])
        full = enlargement.block(rows, columns, lightness)
        if retouch is not None:
            full = retouch(full, lightness, rows, columns)
        return codes.from_lightness(lightness, full, pixels.dtype)

    return one


def replace(
    pixels: Codes,
    rgb: Float32,
    *,
    span: tuple[float, float] | None = None,
    threads: int | None = None,
) -> Codes:
    """Enlarge encoded sRGB (h', w', 3), 0..1, to the size of `pixels`, whose content is ignored."""
    height, width = pixels.shape[:2]
    enlargement = Enlargement.of(rgb.transpose(2, 0, 1), height, width, span)
    most = np.float32(np.iinfo(pixels.dtype).max)

    def one(rows: slice, columns: slice) -> Codes:
        planes = np.clip(enlargement.block(rows, columns), 0, 1)
        result: Codes = np.rint(np.moveaxis(planes, 0, -1) * most).astype(pixels.dtype)
        return result

    return _by_blocks(pixels, one, threads)


def _by_blocks(pixels: Codes, one: Callable[[slice, slice], Codes], threads: int | None) -> Codes:
    height, width = pixels.shape[:2]
    result = np.empty((height, width, 3), dtype=pixels.dtype)

    def work(block: tuple[slice, slice]) -> None:
        result[block] = one(*block)

    for_each(work, blocks(height, width), threads)
    return result


def _no_larger(
    size: tuple[int, int],
    chroma: Float32,
    guide: Float32,
    span: tuple[float, float] | None,
) -> tuple[Float32, Float32, tuple[float, float] | None]:
    """Reduce a grid that is finer than the picture by area: picking values from it would alias."""
    cells = guide.shape
    wanted = min(size[0], cells[0]), min(size[1], cells[1])
    if wanted == cells:
        return chroma, guide, span
    planes = [resize(plane, wanted) for plane in (chroma[..., 0], chroma[..., 1], guide)]
    rows, columns = span or cells
    scaled = rows * wanted[0] / cells[0], columns * wanted[1] / cells[1]
    return np.stack(planes[:2], axis=-1), planes[2], scaled

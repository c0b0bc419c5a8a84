"""Fitting a palette to pictures by k-means."""

import math
from collections.abc import Iterable

import cv2
import numpy as np

from photochrom._types import Float32, Float64, Floats, UInt8
from photochrom.color import lab
from photochrom.errors import PaletteError
from photochrom.palettes import elbow
from photochrom.palettes.palette import Palette, Space

MOST_SAMPLES = 100_000  # 3,000 a colour at 32 colours
_ROUNDS = 60
_STARTS = 2  # k-means++ starts; the tighter result is kept
_SOME = 20_000  # samples that tell the elbow: 1 to 3 s for all of its steps
_ROUGH_ROUNDS = 30
_SEEN = 2.3  # a*b* units, a just noticeable difference after Mahy et al. 1994
_STOP = 0.05  # stop when no centre moves more than this, in the units of the space


def fit(
    pictures: Iterable[UInt8], k: int | None, *, space: Space = "chroma", seed: int = 0
) -> Palette:
    """Fit `k` colours to the pixels of one or many pictures.

    Parameters
    ----------
    pictures : each (h, w, 3), sRGB code values 0..255
    k : number of colours, 2 or more; None for as many as `elbow.choose` finds, at most 64
    space : cluster in a*b* ("chroma") or in RGB ("srgb"; the result is rounded to code values)
    seed : same seed, same palette

    Raises
    ------
    PaletteError
        If there are fewer distinct colours than `k`.

    References
    ----------
    Arthur and Vassilvitskii, "k-means++: The Advantages of Careful Seeding", SODA 2007.
    """
    pixels = [picture.reshape(-1, 3) for picture in pictures]
    if not pixels:
        raise PaletteError("a palette needs at least one picture to be fitted to, got none")
    rgb = np.concatenate(pixels)
    if len(rgb) > MOST_SAMPLES:
        rgb = np.random.default_rng(seed).choice(rgb, MOST_SAMPLES, replace=False, shuffle=False)
    samples = rgb.astype(np.float32)
    if space == "chroma":
        samples = lab.from_srgb(samples / 255)[:, 1:]
    centres = _kmeans(samples, _elbow(samples, space, seed) if k is None else k, seed)
    return Palette(_ordered(np.rint(centres) if space == "srgb" else centres), space)


def _elbow(samples: Float32, space: Space, seed: int) -> int:
    some = samples[:: max(1, len(samples) // _SOME)]
    distinct = len(np.unique(some, axis=0))
    if distinct < 2:
        raise PaletteError("the pictures have one colour only; a palette needs at least 2")
    return elbow.choose(
        lambda k: _error(some, k, seed), distinct, enough=_SEEN if space == "chroma" else 0.0
    )


def _error(samples: Float32, k: int, seed: int) -> float:
    """R.m.s. distance to the nearest of `k` centres; one start, few rounds: the curve is smooth."""
    cv2.setRNGSeed(seed)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, _ROUGH_ROUNDS, _STOP)
    samples = np.ascontiguousarray(samples)
    start = cv2.KMEANS_PP_CENTERS
    squares, _, _ = cv2.kmeans(samples, k, None, criteria, 1, start)  # type: ignore[call-overload]
    return math.sqrt(float(squares) / len(samples))


def _kmeans(samples: Floats, k: int, seed: int) -> Float32:
    if k < 2:
        raise PaletteError(f"a palette needs at least 2 colours, got {k}")
    distinct = _count_distinct(samples, k)
    if distinct < k:
        raise PaletteError(
            f"cannot fit {k} colours to pictures with {distinct} distinct ones; ask for fewer"
        )
    cv2.setRNGSeed(seed)
    criteria = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, _ROUNDS, _STOP)
    samples = np.ascontiguousarray(samples, dtype=np.float32)
    start = cv2.KMEANS_PP_CENTERS
    _, _, centres = cv2.kmeans(samples, k, None, criteria, _STARTS, start)  # type: ignore[call-overload]
    return np.asarray(centres, dtype=np.float32)


def _count_distinct(samples: Floats, enough: int) -> int:
    """Count distinct colours; a few samples nearly always hold enough, and sorting all is slow."""
    few = len(np.unique(samples[:: max(1, len(samples) // 4096)], axis=0))
    return few if few >= enough else len(np.unique(samples, axis=0))


def _ordered(centres: Floats) -> Float64:
    """Sort by the first component, then the next: k-means numbers its clusters by chance."""
    return centres[np.lexsort(centres.T[::-1])].astype(np.float64)

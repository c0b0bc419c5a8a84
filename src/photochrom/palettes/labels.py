"""From colours to labels of a palette: the nearest, or a few with weights."""

import numpy as np

from photochrom._types import Float32, Floats, Labels
from photochrom.errors import ShapeError
from photochrom.palettes.palette import Palette

_CHUNK = 1 << 16  # samples at a time, so that the distances to 64 colours stay within 16 MB
SOFT_NEIGHBORS = 5
SOFT_SIGMA = 5.0  # units of a*b*, after Zhang et al.


def nearest(samples: Floats, palette: Palette) -> Labels:
    """Return the index of the nearest colour; of equally near ones the first.

    Parameters
    ----------
    samples : (..., c) in the palette's own space: a*b*, or RGB code values 0..255
    palette : k colours

    Returns
    -------
    labels : (...), 0..k-1

    Raises
    ------
    ShapeError
        If the last axis does not fit the palette's space.
    """
    flat = _flat(samples, palette)
    found = [np.argmin(_distances(chunk, palette), axis=1) for chunk in _chunks(flat, palette)]
    return np.concatenate(found).reshape(samples.shape[:-1])


def soft(
    samples: Floats,
    palette: Palette,
    *,
    neighbors: int = SOFT_NEIGHBORS,
    sigma: float = SOFT_SIGMA,
) -> Float32:
    """Spread each sample over its nearest colours, weighted by a Gaussian of the distance.

    Parameters
    ----------
    samples : (..., c) in the palette's own space
    neighbors : how many colours share a sample; no more than the palette has
    sigma : width of the Gaussian, in units of the space

    Returns
    -------
    weights : (..., k), each sample sums to 1

    References
    ----------
    Zhang et al., "Colorful Image Colorization", ECCV 2016, section 2.1.
    """
    flat = _flat(samples, palette)
    weights = np.zeros((len(flat), len(palette)), dtype=np.float32)
    few = min(neighbors, len(palette))
    step = _step(palette)
    for start in range(0, len(flat), step):
        squared = _distances(flat[start : start + step], palette)
        near = np.argpartition(squared, few - 1, axis=1)[:, :few]
        close = np.take_along_axis(squared, near, axis=1)
        close -= close.min(axis=1, keepdims=True)  # far from all colours, the nearest still counts
        share = np.exp(-close / (2 * sigma**2))
        share /= share.sum(axis=1, keepdims=True)
        np.put_along_axis(weights[start : start + step], near, share, axis=1)
    return weights.reshape(*samples.shape[:-1], len(palette))


def _flat(samples: Floats, palette: Palette) -> Floats:
    width = palette.colors.shape[1]
    if samples.shape[-1:] != (width,):
        raise ShapeError(
            f"samples for a {palette.space} palette need a last axis of {width}, "
            f"got shape {samples.shape}"
        )
    return samples.reshape(-1, width)


def _chunks(flat: Floats, palette: Palette) -> list[Floats]:
    step = _step(palette)
    return [flat[start : start + step] for start in range(0, max(len(flat), 1), step)]


def _step(palette: Palette) -> int:
    return max(1, _CHUNK * 64 // max(len(palette), 64))


def _distances(flat: Floats, palette: Palette) -> Float32:
    """Squared distances (n, k); exact differences, since |a|^2 - 2ab + |b|^2 cancels badly."""
    colors = palette.colors.astype(np.float32)
    squared = np.zeros((len(flat), len(colors)), dtype=np.float32)
    for component in range(colors.shape[1]):
        squared += (flat[:, component, None].astype(np.float32) - colors[:, component]) ** 2
    return squared

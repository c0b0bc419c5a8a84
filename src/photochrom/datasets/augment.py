"""Vary training pictures: mirror, scale, crop and tone, each an option."""

from dataclasses import dataclass

import cv2
import numpy as np

from photochrom._types import Float32
from photochrom.errors import OptionError, ShapeError

WHITE = 100.0  # L*


@dataclass(frozen=True)
class Augmentation:
    """How far a picture may be varied.

    Raises
    ------
    OptionError
        If an option is out of range.
    """

    flip: bool = True
    """Mirror left and right every other time."""
    scale: tuple[float, float] = (1.0, 1.0)
    """Smallest and largest enlargement; above 0."""
    crop: int | None = None
    """Side in px of a square to cut out after scaling; None keeps all of the picture."""
    tone: float = 0.0
    """Largest |log| of the gamma put on lightness; 0.2 means gamma 0.82 to 1.22."""

    def __post_init__(self) -> None:
        low, high = self.scale
        if not 0 < low <= high < np.inf:
            raise OptionError(f"expected a scale such as (0.8, 1.25), got {self.scale}")
        if self.crop is not None and self.crop < 1:
            raise OptionError(f"expected a crop of at least 1 pixel, got {self.crop}")
        if not 0 <= self.tone < np.inf:
            raise OptionError(f"expected a tone of 0 or more, got {self.tone}")


def augment(lab: Float32, options: Augmentation, rng: np.random.Generator) -> Float32:
    """Vary one picture.

    A picture smaller than the crop is enlarged to it, so that the result has one shape always.

    Parameters
    ----------
    lab : (h, w, 3), L*a*b*, L* in 0..100
    options : how far
    rng : decides; the same state gives the same result

    Returns
    -------
    varied : (h, w, 3) or (crop, crop, 3); `lab` is not written to

    Raises
    ------
    ShapeError
        If `lab` is not (h, w, 3).
    """
    if lab.ndim != 3 or lab.shape[2] != 3:
        raise ShapeError(f"expected a picture (h, w, 3), got {lab.shape}")
    # All draws are made always, so that switching one option leaves the others' draws alone.
    mirrored = rng.random() < 0.5
    scale = float(np.exp(rng.uniform(*np.log(options.scale))))
    place = rng.random(2)
    gamma = float(np.exp(rng.uniform(-options.tone, options.tone)))
    varied = _scaled(lab, scale) if options.crop is None else _cut(lab, scale, options.crop, place)
    if options.flip and mirrored:
        varied = varied[:, ::-1]
    return _toned(varied, gamma)


def _scaled(lab: Float32, scale: float) -> Float32:
    height, width = (max(1, round(side * scale)) for side in lab.shape[:2])
    return _resized(lab, height, width)


def _cut(
    lab: Float32, scale: float, crop: int, place: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> Float32:
    """Cut the square that becomes `crop` px wide under `scale`, then resize only that."""
    side = min(max(1, round(crop / scale)), *lab.shape[:2])
    top, left = (
        int(share * (length - side + 1)) for share, length in zip(place, lab.shape[:2], strict=True)
    )
    return _resized(lab[top : top + side, left : left + side], crop, crop)


def _resized(lab: Float32, height: int, width: int) -> Float32:
    if lab.shape[:2] == (height, width):
        return lab
    smaller = height * width < lab.shape[0] * lab.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    resized = cv2.resize(np.ascontiguousarray(lab), (width, height), interpolation=how)
    return np.asarray(resized, dtype=np.float32)


def _toned(lab: Float32, gamma: float) -> Float32:
    """A new array with L* bent between black and white; a* and b* as they were."""
    toned = lab.copy()
    lightness = np.clip(lab[..., 0] / WHITE, 0, 1)
    toned[..., 0] = WHITE * lightness**gamma if gamma != 1 else lab[..., 0]
    return toned

"""Bringing chroma to full size along the edges of the full-size lightness.

The fast guided filter fits, at low size, chroma as a linear function of lightness in every small
window, and applies the fit at full size. Here the fit only supplies what a plain enlargement
lacks: chroma + slope * (lightness - enlarged lightness). Where full-size lightness is smooth the
low-size chroma comes back untouched. The filter as published, which also averages the offsets,
blurs chroma: of 16 settings its best brought true chroma kept at 256 px back with dE00 0.59 where
bilinear has 0.58 and this 0.52 (seven large photographs), and with 1.88 against 1.22 and 1.20
(small ones kept at 64 px). The setting was chosen on these same pictures.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from photochrom._types import Float32, Float64, Floats
from photochrom.errors import ShapeError
from photochrom.filters.enlarge import Enlargement

RADIUS = 1  # px at low size; 2, 3, 4 gave 1 to 11 % more dE00, the more the larger
EPSILON = 2e-3  # (L*/100)^2: the best compromise of 1e-4 (large photographs) and 3e-3 (small ones)


@dataclass(frozen=True, eq=False)
class GuidedEnlargement:
    """Chroma at low size with its slopes, to be applied to rows of full-size lightness.

    Attributes
    ----------
    fit : planes (slope a*, slope b*, offset a*, offset b*), to be enlarged
    """

    fit: Enlargement

    @classmethod
    def of(
        cls,
        chroma: Float32,
        guide: Float32,
        height: int,
        width: int,
        *,
        span: tuple[float, float] | None = None,
        at: tuple[Float64, Float64] | None = None,
        radius: int = RADIUS,
        epsilon: float = EPSILON,
    ) -> "GuidedEnlargement":
        """Fit at low size; nothing of full size is made.

        Parameters
        ----------
        chroma : (h', w', 2), a* and b*
        guide : (h', w'), L* of the same picture at the same size
        height, width : full size, px
        span : how many cells (down, across) the picture covers; all of them by default
        at : rows and columns of full size to enlarge to, px from its corner; all by default
        radius : px at low size, of the window in which chroma is a line over lightness
        epsilon : variance of L*/100 below which lightness is taken as noise

        Raises
        ------
        ShapeError
            If `chroma` and `guide` do not fit together.

        References
        ----------
        He and Sun, "Fast Guided Filter", arXiv:1505.00996, 2015.
        Kopf et al., "Joint Bilateral Upsampling", SIGGRAPH 2007.
        """
        if guide.ndim != 2 or chroma.shape != (*guide.shape, 2):
            raise ShapeError(
                f"chroma of shape {chroma.shape} and a guide of shape {guide.shape} do not fit; "
                "expected (h, w, 2) and (h, w)"
            )
        slope = _slope(chroma, guide / 100.0, radius, epsilon) / 100
        offset = chroma - slope * guide[..., None]
        planes = np.concatenate([slope, offset], axis=2).transpose(2, 0, 1)
        return cls(Enlargement.of(planes.astype(np.float32), height, width, span, at))

    def block(self, rows: slice, columns: slice, lightness: Float32) -> Float32:
        """Return chroma planes (2, rows, columns) of a part of the full size with its own L*."""
        fit = self.fit.block(rows, columns)
        chroma = fit[:2]
        chroma *= lightness
        chroma += fit[2:]
        return chroma


def _slope(chroma: Float32, guide: Floats, radius: int, epsilon: float) -> Float64:
    """Chroma per unit of guide (h, w, 2), averaged over the windows a pixel lies in."""
    centred = guide - guide.mean()  # variances are differences of large numbers otherwise
    mean, variance = _mean(centred, radius), _mean(centred * centred, radius)
    joint = _mean(centred[..., None] * chroma, radius)
    covariance = joint - mean[..., None] * _mean(chroma.astype(np.float64), radius)
    return _mean(covariance / (variance - mean * mean + epsilon)[..., None], radius)


def _mean(values: Floats, radius: int) -> Float64:
    """Mean over windows of 2 radius + 1, which are cut off at the border."""
    window = (2 * radius + 1, 2 * radius + 1)
    options = {"ddepth": cv2.CV_64F, "ksize": window, "normalize": False}
    border = cv2.BORDER_CONSTANT
    values = np.asarray(values, dtype=np.float64)
    total = cv2.boxFilter(values, borderType=border, **options)  # type: ignore[call-overload]
    count = cv2.boxFilter(np.ones_like(values), borderType=border, **options)  # type: ignore[call-overload]
    mean: Float64 = np.asarray(total / count).reshape(values.shape)
    return mean

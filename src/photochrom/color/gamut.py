"""Back into the sRGB gamut along constant lightness and hue."""

import numpy as np

from photochrom._types import Floats, Mask
from photochrom.color import lab, srgb
from photochrom.errors import ShapeError

_TOLERANCE = 1e-5  # linear light; a clip this small moves L* by less than 0.003
_HALVINGS = 14  # leaves a chroma of 130 within 0.01 of the gamut's edge


def to_srgb(lightness: Floats, chroma: Floats) -> Floats:
    """Combine lightness and chroma into encoded sRGB that sRGB can show.

    Where the colour is out of gamut its chroma is reduced at constant L* and hue, never clipped
    per channel, which would change both.

    Parameters
    ----------
    lightness : (...), L*; what lies outside 0..100 is brought to the nearer end
    chroma : (..., 2), a* and b*

    Returns
    -------
    rgb : (..., 3), encoded sRGB, 0..1, dtype of `lightness`

    Raises
    ------
    ShapeError
        If the shapes disagree, or `lightness` is not of a floating type.
    """
    if chroma.shape != (*lightness.shape, 2):
        raise ShapeError(
            f"chroma needs shape {(*lightness.shape, 2)} to go with lightness, got {chroma.shape}"
        )
    if not np.issubdtype(lightness.dtype, np.floating):
        raise ShapeError(f"lightness needs a floating type, got {lightness.dtype}")
    lightness = np.clip(lightness, 0, 100)
    linear = _linear(lightness, chroma)
    outside = _is_outside(linear)
    if outside.any():
        linear[outside] = _reduce(lightness[outside], chroma[outside])
    return np.clip(srgb.encode(linear), 0, 1)


def _reduce(lightness: Floats, chroma: Floats) -> Floats:
    """Return linear sRGB (n, 3) of the largest share of `chroma` that lies in the gamut."""
    inside = np.zeros_like(lightness)
    beyond = np.ones_like(lightness)
    for _ in range(_HALVINGS):
        share = (inside + beyond) / 2
        is_out = _is_outside(_linear(lightness, chroma * share[..., None]))
        inside = np.where(is_out, inside, share)
        beyond = np.where(is_out, share, beyond)
    return _linear(lightness, chroma * inside[..., None])


def _linear(lightness: Floats, chroma: Floats) -> Floats:
    joined = np.concatenate([lightness[..., None], chroma.astype(lightness.dtype)], axis=-1)
    return lab.to_linear(joined)


def _is_outside(linear: Floats) -> Mask:
    return np.asarray(((linear < -_TOLERANCE) | (linear > 1 + _TOLERANCE)).any(axis=-1))

"""From a probability over a palette to colour: one knob between gray and guess.

Everything works on logits or probabilities with the palette on the last axis.
"""

import numpy as np

from photochrom._types import Floats
from photochrom.errors import OptionError, ShapeError
from photochrom.palettes.palette import Palette


def probabilities(logits: Floats) -> Floats:
    """Softmax over the last axis."""
    scaled = np.exp(logits - logits.max(axis=-1, keepdims=True))
    total: Floats = scaled / scaled.sum(axis=-1, keepdims=True)
    return total


def argmax_chroma(logits: Floats, palette: Palette) -> Floats:
    """Return the chroma (..., 2) of the likeliest colour; flat patches with hard edges."""
    _check(logits, palette)
    chroma: Floats = palette.chroma[logits.argmax(axis=-1)].astype(logits.dtype)
    return chroma


def argmax_rgb(logits: Floats, palette: Palette) -> Floats:
    """Return encoded sRGB (..., 3), 0..1, of the likeliest colour of an srgb palette.

    The origin system's decode: the lightness of the input is thrown away.
    """
    _check(logits, palette)
    if palette.space != "srgb":
        raise OptionError("argmax-rgb needs an srgb palette; this one holds a*b* without lightness")
    rgb: Floats = (palette.colors / 255)[logits.argmax(axis=-1)].astype(logits.dtype)
    return rgb


def annealed_mean(logits: Floats, palette: Palette, temperature: float) -> Floats:
    """Return the mean chroma under the probability sharpened by `temperature`.

    Argmax gives flat patches, the plain mean gives gray; this lies between.

    Parameters
    ----------
    logits : (..., k)
    palette : k colours
    temperature : 0 or more; 1 is the plain mean, 0 is argmax

    Returns
    -------
    chroma : (..., 2), a* and b*, dtype of `logits`

    Raises
    ------
    OptionError
        If `temperature` is negative or not a number.
    ShapeError
        If the last axis of `logits` is not the palette's size.

    References
    ----------
    Zhang et al., "Colorful Image Colorization", ECCV 2016, section 2.3.
    """
    _check(logits, palette)
    if not temperature >= 0:
        raise OptionError(f"temperature must be 0 or more, got {temperature}")
    if temperature < 1e-3:  # exp() of logits a thousandfold is argmax in float32 anyway
        return argmax_chroma(logits, palette)
    chroma: Floats = probabilities(logits / temperature) @ palette.chroma.astype(logits.dtype)
    return chroma


def deviation(logits: Floats, palette: Palette) -> Floats:
    """Return how far apart the possible colours lie (...): root of their total variance, a*b*."""
    _check(logits, palette)
    share, chroma = probabilities(logits), palette.chroma.astype(logits.dtype)
    mean = share @ chroma
    variance = share @ (chroma * chroma).sum(axis=1) - (mean * mean).sum(axis=-1)
    root: Floats = np.sqrt(np.maximum(variance, 0))  # rounding
    return root


def gain_from_vividness(vividness: float) -> float:
    """Turn the user's knob into a factor on chroma: 0 halves it, 0.5 leaves it, 1 adds a half.

    At equal colourfulness a factor comes nearer to the truth than a lower temperature, and it has
    no hard edges at its end: see docs/log.md.

    Raises
    ------
    OptionError
        If `vividness` is not within 0..1.
    """
    if not 0 <= vividness <= 1:
        raise OptionError(f"vividness must lie between 0 and 1, got {vividness}")
    return 0.5 + vividness


def _check(logits: Floats, palette: Palette) -> None:
    if logits.shape[-1:] != (len(palette),):
        raise ShapeError(
            f"logits of shape {logits.shape} do not fit a palette of {len(palette)} colours"
        )

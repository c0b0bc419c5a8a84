"""What a probability over colours says of one colour: how near the truth it probably is."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from photochrom._types import Float32, Floats, Mask
from photochrom.color import gamut, lab
from photochrom.errors import ShapeError
from photochrom.metrics import ciede2000

WITHIN = 10.0
"""dE00: a colour this near the truth passes for it at a glance; beyond it is another colour."""
# dE00 over which a colour's share fades: it stands for all colours round it, some of which lie
# nearer. Of 0, 1, 2, 3, 4 and 6 this tells right from wrong best (area under the curve 0.717; 0.713
# for a hard limit, general-val).
_FADE = 1.0
_MOST_CELLS = 4096  # of a picture; neighbours say much the same, and 500 pictures then fit memory


def near(probabilities: Floats, colors: Floats, chroma: Floats) -> Float32:
    """Return the share of the probability that lies within dE00 < 10 of a chroma.

    Lightness is of no account: CIEDE2000 between colours of one lightness does not depend on it.

    Parameters
    ----------
    probabilities : (..., k), each cell sums to 1
    colors : (k, 2), a* and b* of the colours that they speak of
    chroma : (..., 2), a* and b* that the cell was given; read to the nearest unit

    Returns
    -------
    share : (...), 0..1

    Raises
    ------
    ShapeError
        If the shapes do not go together.
    """
    _check(probabilities, colors, chroma)
    rounded = np.rint(chroma.reshape(-1, 2)).astype(np.int32)
    # A picture has some hundred distinct ones, and each takes k differences.
    distinct, which = np.unique(rounded, axis=0, return_inverse=True)
    weights = _fading(distinct.astype(np.float32), colors.astype(np.float32))
    flat = probabilities.reshape(-1, len(colors))
    share = np.einsum("nk,nk->n", flat, weights[which.reshape(-1)], dtype=np.float32)
    result: Float32 = np.clip(share, 0, 1).reshape(chroma.shape[:-1])
    return result


def strength(probabilities: Floats) -> Floats:
    """Return how strongly a network answers: the deviation of its logits over the colours.

    Networks answer weakly to what they never saw. It tells photographs of weak contrast, noise and
    bare textures from others better than entropy does (area under the curve 0.92, 0.91, 0.88;
    entropy 0.76, 0.82, 0.84), which flowers and fruit raise too.

    Parameters
    ----------
    probabilities : (..., k), the softmax of the logits

    References
    ----------
    Park et al., "Understanding the Feature Norm for Out-of-Distribution Detection", ICCV 2023.
    """
    least = np.finfo(probabilities.dtype).tiny
    found: Floats = np.log(np.maximum(probabilities, least)).std(axis=-1)
    return found


@dataclass(frozen=True, eq=False)
class Seen:
    """What was said of a picture whose truth is known, at some of its cells.

    Attributes
    ----------
    said : (n,), 0..1, how sure of being within dE00 < 10
    right : (n,), whether it was
    strength : mean over the whole picture of how strongly the network answered
    """

    said: Float32
    right: Mask
    strength: float = 0.0

    @classmethod
    def of(cls, probabilities: Floats, colors: Floats, chroma: Floats, truth: Floats) -> Self:
        """Compare the chroma (h, w, 2) given to a picture with its truth (h, w, 3), L*a*b*.

        The chroma counts as it is shown: within the gamut at the truth's lightness.
        """
        _check(probabilities, colors, chroma)
        flat = probabilities.reshape(-1, len(colors))
        some = some_of(len(flat))
        given, true = chroma.reshape(-1, 2)[some], truth.reshape(-1, 3)[some].astype(np.float32)
        shown = lab.from_srgb(gamut.to_srgb(true[:, 0], given.astype(np.float32)))
        right = ciede2000.difference(shown, true) < WITHIN
        return cls(near(flat[some], colors, given), right, float(strength(flat).mean()))


def some_of(count: int, most: int = _MOST_CELLS) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Return the numbers of at most `most` of `count` cells, drawn alike every time."""
    if count <= most:
        return np.arange(count)
    return np.sort(np.random.default_rng(0).permutation(count)[:most])


def _fading(chroma: Float32, colors: Float32) -> Float32:
    """Return the weights (n, k): near 1 for colours within the limit, near 0 beyond."""
    pairs = np.zeros((2, len(chroma), len(colors), 3), dtype=np.float32)  # L* 0, as good as any
    pairs[0, ..., 1:], pairs[1, ..., 1:] = chroma[:, None], colors
    beyond = (ciede2000.difference(*pairs) - WITHIN) / _FADE
    weights: Float32 = 1 / (1 + np.exp(np.clip(beyond, -50, 50)))
    return weights.astype(np.float32)


def _check(probabilities: Floats, colors: Floats, chroma: Floats) -> None:
    if (*chroma.shape[:-1], len(colors)) != probabilities.shape or chroma.shape[-1:] != (2,):
        raise ShapeError(
            f"probabilities {probabilities.shape} of {len(colors)} colours and chroma "
            f"{chroma.shape} do not go together; expected (..., k) and (..., 2)"
        )

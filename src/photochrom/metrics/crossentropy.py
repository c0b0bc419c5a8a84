"""How well a probability over a palette foresees the true colours."""

import numpy as np

from photochrom._types import Floats, Labels
from photochrom.errors import ShapeError


def mean(logits: Floats, labels: Labels) -> float:
    """Return the mean cross-entropy, in nats: minus the log of the true label's probability.

    Comparable between models of one palette only: fewer colours are easier to foresee. Guessing
    all of k colours alike costs log k.

    Parameters
    ----------
    logits : (..., k), probabilities before the softmax
    labels : (...), 0..k-1

    Raises
    ------
    ShapeError
        If the shapes do not go together.
    """
    if logits.ndim == 0 or logits.shape[:-1] != labels.shape or labels.size == 0:
        raise ShapeError(f"logits {logits.shape} and labels {labels.shape} do not go together")
    top = logits.max(axis=-1, keepdims=True)
    total = np.log(np.exp(logits - top).sum(axis=-1))
    true = np.take_along_axis(logits - top, labels[..., None], axis=-1)[..., 0]
    return float(np.mean(total - true, dtype=np.float64))

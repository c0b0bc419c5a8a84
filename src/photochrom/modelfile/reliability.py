"""How far a model's own probabilities can be trusted, as held-out pictures have shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isfinite
from typing import Any, Self

import numpy as np

from photochrom._types import Float32
from photochrom.metrics.nearness import Seen
from photochrom.metrics.reliability import bins, rising

_BINS = 20  # each has 25 of 500 pictures: a standard error of 4 %
_PRIOR = 10  # pictures' worth of belief in what the model says itself, where few were held out
_QUANTILES = 21  # every 5 %
_DIGITS = 5


@dataclass(frozen=True)
class Reliability:
    """What becomes of a model's raw confidence, fitted on pictures that it did not learn from.

    Attributes
    ----------
    raw : ascending, 0..1: how much of the probability lay near the chosen colour
    right : as many, never falling, 0..1: how often such a colour was within dE00 < 10 of the truth;
        linear in between, constant beyond the ends
    strength : 21 numbers, never falling: how strongly the network answers to held-out pictures,
        from the weakest answer to the strongest in steps of 5 % of the pictures
    pictures : held out
    """

    raw: tuple[float, ...]
    right: tuple[float, ...]
    strength: tuple[float, ...]
    pictures: int

    @classmethod
    def fit(cls, seen: Sequence[Seen]) -> Self | None:
        """Fit the curve to what was said and seen, one entry a picture; None without pictures.

        With few pictures it stays near what the model says itself, as if ten more had agreed.
        """
        if not seen:
            return None
        found = bins(seen, _BINS)
        prior = _PRIOR / len(seen)
        rates = np.array([(b.right + prior * b.said) / (1 + prior) for b in found])
        right = rising(rates, np.array([b.weight for b in found]))
        strength = np.quantile([each.strength for each in seen], np.linspace(0, 1, _QUANTILES))
        raw = np.array([b.said for b in found])
        return cls(_plain(raw), _plain(right), _plain(strength), len(seen))

    def calibrated(self, raw: Float32) -> Float32:
        """Turn raw confidence (...) into the probability of being within dE00 < 10."""
        found: Float32 = np.interp(raw, self.raw, self.right).astype(np.float32)
        return found

    def novelty(self, strength: float) -> float:
        """Return the share of held-out pictures that the network answered more strongly, 0..1."""
        shares = np.linspace(1, 0, len(self.strength))
        return float(np.interp(strength, self.strength, shares))

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """Read what `dataclasses.asdict` and JSON made of one.

        Raises
        ------
        TypeError, ValueError
            If it is something else.
        """
        numbers = {
            name: tuple(float(value) for value in plain[name])
            for name in ("raw", "right", "strength")
        }
        made = cls(**(plain | numbers))
        made._check()
        return made

    def _check(self) -> None:
        sides = self.raw, self.right
        right = (
            len(self.raw) == len(self.right) >= 1
            and all(0 <= value <= 1 for side in sides for value in side)
            and all(_is_rising(values) for values in (*sides, self.strength))
            and len(self.strength) == _QUANTILES
            and all(map(isfinite, self.strength))
            and type(self.pictures) is int
            and self.pictures >= 1
        )
        if not right:
            raise ValueError("a confidence curve needs rising numbers within 0..1")


def _is_rising(values: tuple[float, ...]) -> bool:
    return all(low <= high for low, high in pairwise(values))


def _plain(values: np.ndarray[Any, np.dtype[np.float64]]) -> tuple[float, ...]:
    return tuple(round(float(value), _DIGITS) for value in values)

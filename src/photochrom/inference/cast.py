"""What an album changes in the colours of one of its pictures, and what it does not go with."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from photochrom._types import Float32
from photochrom.errors import OptionError
from photochrom.modelfile.spec import Decode, ModelSpec

if TYPE_CHECKING:
    from photochrom.inference.recipe import Recipe

LIMIT = 8.0
"""Units of a*b*, the largest shift on average over a picture: more is no mistake but a subject."""
STRENGTHS = 0.5, 2.0


@dataclass(frozen=True)
class Cast:
    """A shift of colour that is small where the model is sure, and a factor.

    Attributes
    ----------
    a, b : units of a* and b*, the shift on average over the picture; together 8 at most
    strength : factor on chroma, 0.5 to 2
    """

    a: float = 0.0
    b: float = 0.0
    strength: float = 1.0

    def __post_init__(self) -> None:
        low, high = STRENGTHS
        if not np.hypot(self.a, self.b) <= LIMIT + 0.01 or not low <= self.strength <= high:
            raise OptionError(
                f"a cast shifts by {LIMIT:g} units of a*b* at most, with a strength of {low:g} to "
                f"{high:g}; got {self.a}, {self.b} and {self.strength}"
            )

    def on(self, chroma: Float32, deviation: Float32) -> Float32:
        """Return chroma (h', w', 2) with the cast.

        Parameters
        ----------
        chroma : (h', w', 2), a* and b*
        deviation : (h', w'), how far apart the colours lie that the model thinks possible
        """
        share = deviation / max(float(deviation.mean()), 1e-6)
        shift = share[..., np.newaxis] * np.array([self.a, self.b], dtype=np.float32)
        return np.asarray((chroma + shift) * np.float32(self.strength), dtype=np.float32)

    def to_dict(self) -> dict[str, float]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Self:
        """Read what `to_dict` wrote.

        Raises
        ------
        TypeError, KeyError, OptionError
            If it is something else.
        """
        names = ("a", "b", "strength")
        if plain.keys() != set(names) or not all(type(plain[n]) in (int, float) for n in names):
            raise TypeError(f"expected the numbers of a cast, got {plain!r:.80}")
        return cls(*(float(plain[name]) for name in names))


def check_album(spec: ModelSpec, decode: Decode | None, recipe: "Recipe") -> None:
    """Raise `OptionError` where an album clashes with other options, or with the model."""
    if recipe.album is None:
        return
    if spec.palette is None:
        raise OptionError("an album needs a palette model; this one predicts colours directly")
    if decode != "annealed-mean":
        raise OptionError(
            f"an album shifts the annealed mean by what is in doubt; it goes with no "
            f"decode {decode!r}"
        )
    asked = {
        "palette": recipe.palette is not None,
        "exact_palette": recipe.exact_palette,
        "references": bool(recipe.references),
        "chroma_from": recipe.chroma_from is not None,
        "alternative": recipe.alternative is not None,
        "hints_only": recipe.hints_only,
    }
    clashing = [name for name, is_asked in asked.items() if is_asked]
    if clashing:
        raise OptionError(
            "an album brings the model's own colours together, and these say others; leave out "
            f"the album, or {', '.join(clashing)}"
        )

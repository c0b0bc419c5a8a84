"""What an album has to know of one of its pictures: some 200 bytes."""

import hashlib
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

import cv2
import numpy as np

from photochrom._types import Float32
from photochrom.inference.field import Guess
from photochrom.palettes.decode import deviation, probabilities
from photochrom.palettes.palette import Palette

_SIDE = 8  # cells of the layout; 2 or 4 would not know a scene again, 16 not after a crop
_DIGITS = 3
_LARGEST = 2e5  # units of a*b* squared; the longest way across them is 362


@dataclass(frozen=True)
class AlbumNote:
    """One picture as others of its album are compared with it.

    Attributes
    ----------
    model : SHA-256 of the model file, hex
    colours : root of the share of the picture that the model takes for each colour, in 1/255
    layout : lightness of 8 x 8 parts of the picture without its mean and its contrast, 128 for 0
    cast : mean a* and b* that the model gives it
    doubt : mean variance of the colours that the model thinks possible, units of a*b* squared
    spread : rms distance of its chroma from `cast`, units of a*b*
    """

    model: str
    colours: bytes
    layout: bytes
    cast: tuple[float, float]
    doubt: float
    spread: float

    @classmethod
    def of(cls, guess: Guess, chroma: Float32, palette: Palette, model: str) -> Self:
        """Take notes.

        Parameters
        ----------
        guess : palette logits
        chroma : (h', w', 2), what they are decoded to
        palette : what the logits mean
        model : SHA-256 of the model file, hex
        """
        logits = np.moveaxis(guess.output, 0, -1)
        shares = probabilities(logits).mean(axis=(0, 1), dtype=np.float64)
        cast = chroma.mean(axis=(0, 1), dtype=np.float64)
        return cls(
            model,
            np.rint(255 * np.sqrt(shares)).astype(np.uint8).tobytes(),
            _layout(guess.lightness),
            (_rounded(cast[0]), _rounded(cast[1])),
            _rounded((deviation(logits, palette).astype(np.float64) ** 2).mean()),
            _rounded(np.sqrt(((chroma - cast) ** 2).sum(axis=-1).mean())),
        )

    def digest(self) -> bytes:
        """Return a hash, by which notes have an order that nobody chose."""
        return hashlib.sha256(repr(self).encode()).digest()

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        hexed = {"colours": self.colours.hex(), "layout": self.layout.hex()}
        return asdict(self) | hexed | {"cast": list(self.cast)}

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Self:
        """Read what `to_dict` wrote.

        Raises
        ------
        TypeError, ValueError, KeyError
            If it is something else.
        """
        if plain.keys() != {each.name for each in fields(cls)}:
            raise TypeError(f"expected the note of a picture, got {plain!r:.80}")
        numbers = [float(number) for number in (*plain["cast"], plain["doubt"], plain["spread"])]
        colours, layout = (bytes.fromhex(plain[name]) for name in ("colours", "layout"))
        a, b, doubt, spread = numbers
        bounded = all(abs(number) <= _LARGEST for number in numbers)  # and no NaN
        if not bounded or min(doubt, spread) < 0 or len(layout) != _SIDE**2:
            raise ValueError("the note of a picture is damaged")
        return cls(str(plain["model"]), colours, layout, (a, b), doubt, spread)


def _layout(lightness: Float32) -> bytes:
    parts = cv2.resize(lightness, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    centred = np.asarray(parts, dtype=np.float64) - parts.mean(dtype=np.float64)
    length = max(float(np.sqrt((centred * centred).sum())), 1.0)  # L*; less is flat, and stays so
    # Twice the unit vector: its parts are 1/8 on average, and hardly one in a thousand is cut.
    levels = np.rint(128 + 127 * np.clip(2 * centred / length, -1, 1))
    return bytes(levels.astype(np.uint8))


def _rounded(value: float) -> float:
    return round(float(value), _DIGITS) + 0.0  # no -0

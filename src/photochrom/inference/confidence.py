"""How sure a colorizer is of each place: what is told, what was seen in training, what is guessed.

For every cell of the network's grid: how much of the probability over the palette lies near the
chroma that the cell was given, made a true probability by the curve in the model file. Whatever
gave the chroma (vividness, a palette, an alternative), it is held against what the network thinks.
"""

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from photochrom._types import Float32, Float64, Floats, UInt8
from photochrom.errors import OptionError, ShapeError
from photochrom.inference import confidence_map
from photochrom.inference.field import Field, Guess
from photochrom.inference.kinds import as_picture
from photochrom.inference.patches import GUESSED, TOLD, Patch, find
from photochrom.metrics import nearness
from photochrom.modelfile.spec import ModelSpec
from photochrom.palettes.decode import probabilities
from photochrom.palettes.palette import Palette

SURE = 0.75
"""Probability from which on a place counts as sure."""
FORMAT = 1
_BAND = 1 << 13  # cells at a time: some arrays of 4 MB for 128 colours
_DIGITS = 4


@dataclass(frozen=True, eq=False)
class Confidence:
    """How sure a colouring is, cell by cell of the network's grid.

    Attributes
    ----------
    probability : (h', w'), 0..1, that the colour is within dE00 < 10 of the truth
    told : (h', w'), 0..1, how much of the colour the user said
    lightness : (h', w'), L*
    span : how many cells (down, across) the picture covers; the last may reach beyond it
    size : of the picture, (height, width), px
    calibrated : whether held-out pictures stand behind `probability`; without them it is what the
        network itself says
    novelty : 0..1, the share of the held-out pictures that the model was more decided about; above
        0.95 the picture is unlike nearly all of them. None where none were held out.
    """

    probability: Float32
    told: Float32
    lightness: Float32
    span: tuple[float, float]
    size: tuple[int, int]
    calibrated: bool
    novelty: float | None

    @classmethod
    def of(
        cls,
        guess: Guess,
        field: Field,
        spec: ModelSpec,
        size: tuple[int, int],
        told: Float32 | None = None,
    ) -> Self:
        """Judge the chroma of a field by what the network says.

        Parameters
        ----------
        guess : of a palette model
        field : the chroma that was chosen, on the same grid
        spec : of the model
        size : of the picture, (height, width), px
        told : (h', w'), 0..1, how much of the colour the user said; None for nothing

        Raises
        ------
        OptionError
            If the model has no palette.
        ShapeError
            If the grids differ.
        """
        if spec.palette is None:
            raise OptionError(
                "this model predicts colours directly, so it cannot tell how sure it is; "
                "use a palette model, such as general"
            )
        told = np.zeros_like(guess.lightness) if told is None else np.clip(told, 0, 1)
        if field.lightness.shape != guess.lightness.shape or told.shape != guess.lightness.shape:
            raise ShapeError(
                f"field {field.lightness.shape} and told {told.shape} must lie on the network's "
                f"grid, {guess.lightness.shape}"
            )
        raw, undecided = believed(guess.output, field.chroma, spec.palette)
        curve = spec.confidence
        own = raw if curve is None else curve.calibrated(raw)
        return cls(
            probability=(told + (1 - told) * own).astype(np.float32),
            told=told.astype(np.float32),
            lightness=guess.lightness,
            span=guess.span,
            size=size,
            calibrated=curve is not None,
            novelty=None if curve is None else curve.novelty(undecided),
        )

    @property
    def mean(self) -> float:
        """The mean probability, 0..1: the share of the picture that is probably about right."""
        return self._share(self.probability)

    @property
    def told_share(self) -> float:
        """The share of the picture whose colour the user said, 0..1."""
        return self._share(self.told >= TOLD)

    @property
    def sure_share(self) -> float:
        """The share that nobody told and that is right with at least three chances in four."""
        return self._share((self.told < TOLD) & (self.probability >= SURE))

    @property
    def guessed_share(self) -> float:
        """The share that nobody told and that is more likely wrong than right."""
        return self._share((self.told < TOLD) & (self.probability < GUESSED))

    def regions(self) -> list[Patch]:
        """Return the picture's regions by kind, largest first."""
        return find(self.probability, self.told, self.span, self.size)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "format": FORMAT,
            "within_de00": nearness.WITHIN,
            "calibrated": self.calibrated,
            "confidence": round(self.mean, _DIGITS),
            "told": round(self.told_share, _DIGITS),
            "sure": round(self.sure_share, _DIGITS),
            "guessed": round(self.guessed_share, _DIGITS),
            "novelty": None if self.novelty is None else round(self.novelty, _DIGITS),
            "regions": [asdict(each) for each in self.regions()],
        }

    def draw(self, picture: Any) -> UInt8:
        """Draw the map on the gray picture, with a legend: (h, w, 3) code values.

        Parameters
        ----------
        picture : the one that this is of, as `Colorizer.colorize` takes it

        Raises
        ------
        ShapeError
            If it has another size.
        """
        pixels = as_picture(picture).pixels
        if pixels.shape[:2] != self.size:
            raise ShapeError(
                f"expected the picture that this confidence is of, {self.size[1]} x "
                f"{self.size[0]} px, got one of {pixels.shape[1]} x {pixels.shape[0]}"
            )
        said = f"{self.sure_share:.0%} sure, {self.guessed_share:.0%} guessed"
        if self.told_share:
            said = f"{self.told_share:.0%} told by you, {said}"
        said += "" if self.calibrated else " (not calibrated)"
        planes = np.stack([self.probability, self.told], axis=-1)
        return confidence_map.draw(pixels, planes, self.lightness, self.span, said)

    def at(self, rows: Float64, columns: Float64) -> Float32:
        """Return the probability at places of the picture, px from its upper left corner."""
        cells = (
            np.minimum((place * (span / length)).astype(np.intp), count - 1)
            for place, span, length, count in zip(
                (rows, columns), self.span, self.size, self.probability.shape, strict=True
            )
        )
        found: Float32 = self.probability[tuple(cells)]
        return found

    def _share(self, values: Floats) -> float:
        """Average over the picture: cells that reach beyond it count by what lies within."""
        down, across = (
            np.clip(span - np.arange(count), 0, 1)
            for span, count in zip(self.span, values.shape, strict=True)
        )
        return float(np.average(values, weights=np.outer(down, across)))


def believed(output: Float32, chroma: Float32, palette: Palette) -> tuple[Float32, float]:
    """Return how much of a network's probability lies near a chroma, and how undecided it is.

    Parameters
    ----------
    output : (k, h', w'), logits
    chroma : (h', w', 2), a* and b*
    palette : of the logits

    Returns
    -------
    near : (h', w'), 0..1
    undecided : nats, mean entropy over the cells
    """
    colors = palette.chroma.astype(np.float32)
    near, total = np.empty(chroma.shape[:2], dtype=np.float32), 0.0
    rows = max(1, _BAND // chroma.shape[1])
    for top in range(0, len(near), rows):
        band = slice(top, top + rows)
        said = probabilities(np.ascontiguousarray(np.moveaxis(output[:, band], 0, -1)))
        near[band] = nearness.near(said, colors, chroma[band])
        total += float(nearness.entropy(said).sum(dtype=np.float64))
    return near, total / near.size

"""How sure a colorizer is of each place: what is told, what was seen in training, what is guessed.

For every cell of the network's grid: how much of the probability over the palette lies near the
chroma that the cell was given, made a true probability by the curve in the model file. Whatever
gave the chroma (vividness, a palette, an alternative), it is held against what the network thinks.
"""

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

from photochrom._types import Float32, Float64, Mask, UInt8
from photochrom.errors import OptionError, ShapeError
from photochrom.inference import confidence_map
from photochrom.inference.confidence_map import DOUBTFUL
from photochrom.inference.field import Field, Guess
from photochrom.inference.kinds import as_picture
from photochrom.inference.patches import SURE, TOLD, Patch, find
from photochrom.metrics import nearness
from photochrom.modelfile.spec import ModelSpec
from photochrom.palettes.decode import probabilities
from photochrom.palettes.palette import Palette

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
    novelty : 0..1, the share of held-out pictures like those of the training that the network
        answers more strongly; above 0.95 this one is unlike nearly all of them. None where no
        pictures were held out.
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
        palette = palette_of(spec)
        told = np.zeros_like(guess.lightness) if told is None else np.clip(told, 0, 1)
        if field.lightness.shape != guess.lightness.shape or told.shape != guess.lightness.shape:
            raise ShapeError(
                f"field {field.lightness.shape} and told {told.shape} must lie on the network's "
                f"grid, {guess.lightness.shape}"
            )
        raw, strength = believed(guess.output, field.chroma, palette)
        curve = spec.confidence
        own = raw if curve is None else curve.calibrated(raw)
        return cls(
            probability=(told + (1 - told) * own).astype(np.float32),
            told=told.astype(np.float32),
            lightness=guess.lightness,
            span=guess.span,
            size=size,
            calibrated=curve is not None,
            novelty=None if curve is None else curve.novelty(strength),
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
        """The share that nobody told and whose colour is right with 7 chances in 10 or more."""
        return self._share((self.told < TOLD) & (self.probability >= SURE))

    @property
    def guessed_share(self) -> float:
        """The rest, 0..1."""
        return self._share((self.told < TOLD) & (self.probability < SURE))

    @property
    def doubtful_share(self) -> float:
        """The part of the rest that is more likely wrong than right, as a share of the picture."""
        return self._share((self.told < TOLD) & (self.probability < DOUBTFUL))

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
            "doubtful": round(self.doubtful_share, _DIGITS),
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
        said = f"{self.sure_share:.0%} sure, {self.guessed_share:.0%} guessed, "
        said += f"{self.doubtful_share:.0%} more likely wrong"
        if self.told_share:
            said = f"{self.told_share:.0%} told, {said}"
        said += "" if self.calibrated else "; not calibrated"
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

    def _share(self, values: Float32 | Mask) -> float:
        """Average over the picture: cells that reach beyond it count by what lies within."""
        down, across = (
            np.clip(span - np.arange(count), 0, 1)
            for span, count in zip(self.span, values.shape, strict=True)
        )
        return float(np.average(values, weights=np.outer(down, across)))


def palette_of(spec: ModelSpec) -> Palette:
    """Return what a model's probabilities speak of.

    Raises
    ------
    OptionError
        If it has none.
    """
    if spec.palette is None:
        raise OptionError(
            "this model predicts colours directly, so it cannot tell how sure it is; "
            "use a palette model, such as general"
        )
    return spec.palette


def believed(output: Float32, chroma: Float32, palette: Palette) -> tuple[Float32, float]:
    """Return how much of a network's probability lies near a chroma, and its strength.

    Parameters
    ----------
    output : (k, h', w'), logits
    chroma : (h', w', 2), a* and b*
    palette : of the logits

    Returns
    -------
    near : (h', w'), 0..1
    strength : how strongly the network answers, mean over the cells
    """
    colors = palette.chroma.astype(np.float32)
    near, total = np.empty(chroma.shape[:2], dtype=np.float32), 0.0
    rows = max(1, _BAND // chroma.shape[1])
    for top in range(0, len(near), rows):
        band = slice(top, top + rows)
        said = probabilities(np.ascontiguousarray(np.moveaxis(output[:, band], 0, -1)))
        near[band] = nearness.near(said, colors, chroma[band])
        total += float(nearness.strength(said).sum(dtype=np.float64))
    return near, total / near.size

"""Several coherent answers for one picture: regions, not pixels, are given another colour.

A network's probability holds more than the one colouring that its mean shows: the flower may be
yellow or pink. Drawing colours pixel by pixel would give confetti. Here each region is told one
family of colours, and the logits of its pixels are tilted towards it, by at most a fixed amount.
They are decoded as ever after that: texture stays, and what is sure stays as it is, since there the
tilt cannot outweigh the network.
"""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from photochrom._types import Float32, Float64
from photochrom.errors import OptionError
from photochrom.filters.guided_mean import smooth
from photochrom.inference.answers import Looks, choose
from photochrom.inference.field import Guess
from photochrom.inference.recipe import Recipe
from photochrom.inference.regions import Regions
from photochrom.modelfile.spec import Decode, ModelSpec
from photochrom.palettes import families
from photochrom.palettes.decode import annealed_mean, probabilities
from photochrom.palettes.palette import Palette

MOST = 16
"""Answers; later ones hardly differ from all before."""
_STRENGTH = 4.0  # nats; 3 gives answers that are less unlike, 6 worse ones: see docs/log.md
_NEAR = 16.0  # units of a*b*, of the Gaussian round the colour told
_EVEN = 2.0  # nats, at most, by which the tilt is stronger or weaker in parts of a region
_ROWS = 64  # of the grid, tilted at a time
_GRAY = 0  # the family for which a region is left as it is


def check_alternative(spec: ModelSpec, decode: Decode | None, recipe: Recipe) -> None:
    """Raise `OptionError` where a recipe asks for an answer that there is not."""
    number = recipe.alternative
    if recipe.seed < 0:
        raise OptionError(f"seed must be 0 or more, got {recipe.seed}")
    if number is None:
        return
    if not 1 <= number <= MOST:
        raise OptionError(f"there are 1 to {MOST} alternatives, got {number}")
    if spec.palette is None:
        raise OptionError("alternatives need a palette model; this one predicts colours directly")
    if decode == "argmax-rgb":
        raise OptionError("alternatives keep the lightness; they go with no decode 'argmax-rgb'")
    if recipe.hints_only:
        raise OptionError("hints_only leaves the model out, and with it all alternatives")


@dataclass(frozen=True, eq=False)
class Alternatives:
    """All answers for one picture: what they have in common, worked out once.

    Attributes
    ----------
    guess : what the network says
    regions : of the picture
    tilts : (r, f, k), what is added to a region's logits where it is told a family of colours
    looks : how the regions would look then
    """

    guess: Guess
    regions: Regions
    tilts: Float64
    looks: Looks

    @classmethod
    def of(cls, guess: Guess, palette: Palette, spec: ModelSpec) -> Self:
        """Prepare the answers.

        Parameters
        ----------
        guess : palette logits
        palette : what the logits mean
        spec : of the model; how it decodes
        """
        regions = Regions.of(guess, palette)
        tilts = _tilts(_told(regions, palette, spec.gain), palette)
        return cls(guess, regions, tilts, _looks(regions, palette, spec, tilts))

    def answer(self, number: int, seed: int) -> Guess:
        """Return what the network would say if it were sure of an answer, counted from 1."""
        told = choose(self.looks, number, seed)[-1]
        return replace(self.guess, output=self._output(self.tilts[np.arange(len(told)), told]))

    def _output(self, tilts: Float64) -> Float32:
        """Add each region's tilt (r, k), as far as a cell belongs to it."""
        shares = self.regions.shares(self.guess.lightness)
        shares *= self._evened(shares, tilts)
        weights, given = tilts.T.astype(np.float32), self.guess.output
        output = np.empty_like(given)
        for top in range(0, output.shape[1], _ROWS):
            rows = slice(top, top + _ROWS)
            output[:, rows] = given[:, rows] + np.tensordot(weights, shares[:, rows], axes=1)
        return output

    def _evened(self, shares: Float32, tilts: Float64) -> Float32:
        """Return how much stronger a cell is tilted (r, h', w'), so that a region comes out even.

        Where the network is less inclined to the colour told than in the region on the whole, the
        tilt is stronger there, and weaker where it is more inclined. Without it a wall that is told
        to be green gets green blotches.
        """
        liking = _liking(self.guess.output, tilts / _STRENGTH)
        total = np.maximum(shares.sum(axis=(1, 2), keepdims=True), 1e-6)
        whole = (shares * liking).sum(axis=(1, 2), keepdims=True) / total
        lacking = np.clip(_log_odds(whole) - _log_odds(liking), -_EVEN, _EVEN)
        guide = self.guess.lightness
        return 1 + smooth(lacking, guide, self.regions.radius(guide)) / np.float32(_STRENGTH)


def _liking(output: Float32, near: Float64) -> Float32:
    """Return the probability (r, h', w') of colours near the one that each region is told."""
    liking = np.empty((len(near), *output.shape[1:]), dtype=np.float32)
    weights = near.T.astype(np.float32)
    for top in range(0, output.shape[1], _ROWS):
        rows = slice(top, top + _ROWS)
        colors = probabilities(np.moveaxis(output[:, rows], 0, -1))
        liking[:, rows] = np.moveaxis(colors @ weights, -1, 0)
    return liking


def _log_odds(probability: Float32) -> Float32:
    inside = np.clip(probability, np.float32(1e-4), np.float32(1 - 1e-4))
    return np.asarray(np.log(inside / (1 - inside)), dtype=np.float32)


def _told(regions: Regions, palette: Palette, gain: float) -> Float64:
    """Return for each region and family (r, f, 2) the mean of the network's own such colours.

    The decode multiplies them by `gain`, because a mean of many is dull. The mean of one family is
    less so: half the gain, as a ratio, is taken off.
    """
    weight = regions.probabilities[:, np.newaxis] * families.shares(palette).T
    total = np.maximum(weight.sum(axis=-1, keepdims=True), 1e-30)
    told: Float64 = weight @ palette.chroma / total / np.sqrt(gain)
    return told


def _tilts(told: Float64, palette: Palette) -> Float64:
    """Return what is added to a region's logits for each family, (r, f, k)."""
    squared = ((palette.chroma - told[:, :, np.newaxis]) ** 2).sum(axis=-1)
    tilts: Float64 = _STRENGTH * np.exp(-squared / (2 * _NEAR**2))
    tilts[:, _GRAY] = 0
    return tilts


def _looks(regions: Regions, palette: Palette, spec: ModelSpec, tilts: Float64) -> Looks:
    logits = np.log(np.maximum(regions.probabilities, 1e-30))
    return Looks(
        regions.sizes,
        regions.lightness,
        _decoded(logits, palette, spec),
        _decoded(logits[:, np.newaxis] + tilts, palette, spec),
        regions.probabilities @ families.shares(palette),
    )


def _decoded(logits: Float64, palette: Palette, spec: ModelSpec) -> Float64:
    chroma: Float64 = np.asarray(annealed_mean(logits, palette, spec.temperature), np.float64)
    return spec.gain * chroma

"""Which answers to give: drawn for whole regions, and the few that stand for all the others.

An answer says for every region which family its colour is of. Many are drawn, each region's family
with the probability that the network gives it, by adding Gumbel noise to its logarithm and taking
the largest. Most of the noise is common to all regions of a draw: so regions that are alike mostly
get the same, as two sleeves of one shirt should, and each region by itself is drawn no differently.

Of the draws those are kept one after another that bring all draws nearest to some kept one, where
the plain result counts as kept. So the first answers are likely and unlike, and the third answer is
the same whether three or ten are asked for.

References
----------
Maddison, Tarlow and Minka, "A* Sampling", NeurIPS 2014 (the Gumbel-max trick).
Cornuejols, Fisher and Nemhauser, "Location of Bank Accounts to Optimize Float", Management Science
23(8), 1977 (greedy choice of locations).
"""

from dataclasses import dataclass

import numpy as np

from photochrom._types import Float64, Labels, Mask
from photochrom.metrics import ciede2000

DRAWS = 128
_COMMON = 0.8  # share of the noise that all regions have in common
_HEAT = 1.5  # temperature of the draw; at 1 the second answer is often hardly another
_LEAST = 0.15  # of the likeliest family's probability: less likely ones are never drawn (red roads)
_LAST = 1e-6  # so that a dull answer still goes before one that is there already
_DULL = 0.7  # of the plain result's chroma; duller answers are taken only when there is no other


@dataclass(frozen=True, eq=False)
class Looks:
    """How the regions of a picture would look.

    Attributes
    ----------
    sizes : (r,), shares of the picture
    lightness : (r,), L*
    plain : (r, 2), a* and b* without an answer
    told : (r, f, 2), a* and b* when the answer is family f
    likely : (r, f), probability of the families
    """

    sizes: Float64
    lightness: Float64
    plain: Float64
    told: Float64
    likely: Float64


def choose(looks: Looks, count: int, seed: int) -> Labels:
    """Return the family of each region, (count, r), of answers 1 to `count`."""
    drawn = _draw(looks.likely, np.random.default_rng(seed))
    apart = _distances(looks, drawn)
    nearest, between = apart[0, 1:], apart[1:, 1:]
    dull = _dull(looks, drawn)
    taken: list[int] = []
    for _ in range(count):
        gain = np.maximum(nearest[:, np.newaxis] - between, 0).sum(axis=0)
        gain[dull] *= _LAST
        gain[taken] = -np.inf
        taken.append(int(gain.round(6).argmax()))  # the first of equals, whatever the last bits
        nearest = np.minimum(nearest, between[:, taken[-1]])
    return drawn[taken]


def _draw(likely: Float64, rng: np.random.Generator) -> Labels:
    """Return families (DRAWS, r)."""
    regions, kinds = likely.shape
    common, own = _gumbel(rng, (DRAWS, 1, kinds)), _gumbel(rng, (DRAWS, regions, kinds))
    # The larger of two Gumbel variables is one too, when their shares sum to 1.
    noise = np.maximum(common + np.log(_COMMON), own + np.log(1 - _COMMON))
    allowed = likely >= _LEAST * likely.max(axis=1, keepdims=True)
    score = np.where(allowed, np.log(np.maximum(likely, 1e-30)) / _HEAT, -np.inf)
    families: Labels = (score + noise).argmax(axis=-1)
    return families


def _gumbel(rng: np.random.Generator, shape: tuple[int, ...]) -> Float64:
    noise: Float64 = -np.log(-np.log(np.clip(rng.random(shape), 1e-12, 1 - 1e-12)))
    return noise


def _distances(looks: Looks, drawn: Labels) -> Float64:
    """Return the mean dE00 between the plain result, first, and all draws."""
    kinds = looks.likely.shape[1]
    every = np.concatenate([np.full_like(drawn[:1], kinds), drawn])
    apart = np.zeros((len(every), len(every)))
    for region, size in enumerate(looks.sizes):
        colors = np.vstack([looks.told[region], looks.plain[region]])
        chosen = every[:, region]
        apart += size * _between(colors, looks.lightness[region])[np.ix_(chosen, chosen)]
    return apart


def _between(colors: Float64, lightness: float) -> Float64:
    """Return the dE00 between all pairs of a*b* (n, 2) at one lightness."""
    lab = np.column_stack([np.full(len(colors), lightness), colors])
    shape = (len(lab), *lab.shape)
    one, other = np.broadcast_to(lab[:, None], shape), np.broadcast_to(lab[None], shape)
    return np.asarray(ciede2000.difference(one, other), dtype=np.float64)


def _dull(looks: Looks, drawn: Labels) -> Mask:
    """Say which draws would look duller than the plain result: nobody asks for those."""
    chroma = np.hypot(looks.told[..., 0], looks.told[..., 1])
    drawn_chroma = chroma[np.arange(len(looks.sizes)), drawn] @ looks.sizes
    plain = np.hypot(looks.plain[:, 0], looks.plain[:, 1]) @ looks.sizes
    dull: Mask = drawn_chroma < _DULL * plain
    return dull

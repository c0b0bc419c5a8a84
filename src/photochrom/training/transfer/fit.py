"""One transfer: fold by fold fine-tune and try, choose, then fine-tune on all pictures."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import torch

from photochrom._types import Floats
from photochrom.training.general.network import GeneralNetwork
from photochrom.training.general.targets import Targets
from photochrom.training.pictures import WorkingPicture
from photochrom.training.transfer.candidates import (
    SHARES,
    SHARES_OF_FEW,
    Cells,
    Reading,
    Tried,
    Way,
    all_ways,
    try_network,
)
from photochrom.training.transfer.config import (
    DEFAULT_STEPS,
    DEFAULT_STEPS_OF_FEW,
    TransferConfig,
)
from photochrom.training.transfer.mixture import LightnessTable
from photochrom.training.transfer.start import Start, extend
from photochrom.training.transfer.tune import blend, tune

Tell: TypeAlias = Callable[[str, float, float], None]
Show: TypeAlias = Callable[["Sample"], None]
MOST_HELD = 24  # pictures judged, over all folds: more cost time and change little
_FEW = 10  # pictures; fewer are parted in three, since half of them would teach too little
_ANY = np.zeros((1, 3), np.uint8)  # a pixel: all colours count alike, however common they are
# One picture cannot judge itself. Chosen by single pictures of twelve folders, judged on the
# others of the same training folder; see docs/log.md.
ALONE = Way(steps=60, share=0.5, table=0.25)
ALONE_READING = Reading(0.8)
_MEANWHILE = Reading(0.8)  # of samples made before one is chosen


@dataclass(frozen=True, eq=False)
class Fold:
    """A network fitted without some pictures.

    Attributes
    ----------
    start : the general network with the entries that the others' colours gave it
    tuned : steps -> network
    table : of the others
    learned, held : numbers of the pictures that it learned from, and that it is judged by
    """

    start: Start
    tuned: dict[int, GeneralNetwork]
    table: LightnessTable
    learned: list[int]
    held: list[int]

    def network(self, way: Way) -> GeneralNetwork:
        """Return the network of a way."""
        if not way.steps:
            return self.start.network
        return blend(self.start.network, self.tuned[way.steps], way.share)


@dataclass(frozen=True, eq=False)
class Sample:
    """Held-out pictures, each of its fold, and a way and a reading to colour them by."""

    folds: list[Fold]
    way: Way
    reading: Reading


@dataclass(frozen=True, eq=False)
class Fitted:
    """What a transfer ends in.

    Attributes
    ----------
    fold : all pictures as one fold without held-out ones
    way, reading : chosen
    tried : by held-out pictures; None where there was only one picture
    folds : that the choice was made by; none where there was only one picture
    """

    fold: Fold
    way: Way
    reading: Reading
    tried: Tried | None
    folds: list[Fold] = field(default_factory=list)


def fit(
    start: Start,
    pictures: list[WorkingPicture],
    config: TransferConfig,
    device: torch.device,
    *,
    tell: Tell,
    show: Show = lambda _: None,
) -> Fitted:
    """Fit the general network to pictures.

    Parameters
    ----------
    start : the general network
    pictures : at the working size
    config : how
    device : to compute on
    tell : is given the phase, how much of all is done, 0..1, and the loss
    show : is given what can be seen on the way: the general network as it is, each look of each
        fold, then all folds as was chosen
    """
    looks = find_looks(start, pictures, config, device)
    parts = split(len(pictures), config.seed)
    fits = len(parts) + 1
    folds = []
    for number, held in enumerate(parts):
        learned = [index for index in range(len(pictures)) if index not in held]
        told = _part(tell, "choosing", number / fits, 1 / fits)
        folds.append(
            _fold(
                start,
                pictures,
                learned,
                held[: -(-MOST_HELD // len(parts))],
                looks=looks,
                number=number,
                config=config,
                device=device,
                tell=told,
                show=show,
            )
        )
    tried = _try(folds, pictures, looks) if folds else None
    way, reading = tried.choose() if tried else (_alone(looks), ALONE_READING)
    if folds:
        show(Sample(folds, way, reading))
    everything = list(range(len(pictures)))
    last = [way.steps] if way.steps else []
    told = _part(tell, "learning from all", len(parts) / fits, 1 / fits)
    whole = _fold(
        start,
        pictures,
        everything,
        [],
        looks=last,
        number=len(parts),
        config=config,
        device=device,
        tell=told,
        show=lambda _: None,  # it learned from all
    )
    return Fitted(whole, way, reading, tried, folds)


def split(count: int, seed: int) -> list[list[int]]:
    """Return the held-out pictures of each fold, in a drawn order; of one picture there is none.

    Together they are all pictures.
    """
    if count < 2:
        return []
    order = np.random.default_rng(seed).permutation(count).tolist()
    folds = min(count, 3 if count < _FEW else 2)
    return [order[number::folds] for number in range(folds)]


def find_looks(
    start: Start, pictures: list[WorkingPicture], config: TransferConfig, device: torch.device
) -> list[int]:
    """Return the numbers of steps that are tried: a quarter, half and all of the longest."""
    few = len(pictures) < _FEW
    steps = config.steps or (DEFAULT_STEPS_OF_FEW if few else DEFAULT_STEPS)
    if config.seconds is not None:
        fits = len(split(len(pictures), config.seed)) + 1
        steps = max(
            4, int(config.seconds / fits / _seconds_a_step(start, pictures, config, device))
        )
    return [max(1, steps // 4), max(2, steps // 2), steps]


def _seconds_a_step(
    start: Start, pictures: list[WorkingPicture], config: TransferConfig, device: torch.device
) -> float:
    """Measure a few steps, the slow first ones left out; judging takes about a quarter more."""
    targets = Targets.of(start.palette, _ANY, 0.0).to(device)
    codes = [picture.codes for picture in pictures]
    list(tune(start.network, codes, targets, config, looks=[2], number=0, device=device))
    began = time.perf_counter()
    list(tune(start.network, codes, targets, config, looks=[4], number=0, device=device))
    return 1.25 * (time.perf_counter() - began) / 4


def _fold(
    start: Start,
    pictures: list[WorkingPicture],
    learned: list[int],
    held: list[int],
    *,
    looks: Sequence[int],
    number: int,
    config: TransferConfig,
    device: torch.device,
    tell: Callable[[float, float], None],
    show: Show,
) -> Fold:
    own = [pictures[index] for index in learned]
    extended = extend(start, own, config.added_colors, config.seed)
    table = LightnessTable.fit([p.lab for p in own], extended.palette, config.seed)
    fold = Fold(extended, {}, table, learned, sorted(held))
    if number == 0:  # once; later it would hide what the fold before came to
        show(Sample([fold], Way(), _MEANWHILE))
    if looks:
        targets = Targets.of(extended.palette, _ANY, 0.0).to(device)
        codes = [picture.codes for picture in own]
        for steps, network in tune(
            extended.network,
            codes,
            targets,
            config,
            looks=looks,
            number=number,
            device=device,
            tell=tell,
        ):
            fold.tuned[steps] = network
            show(Sample([fold], Way(steps, _shares(len(pictures))[-1]), _MEANWHILE))
    return fold


def _try(folds: list[Fold], pictures: list[WorkingPicture], looks: Sequence[int]) -> Tried:
    shares = _shares(len(pictures))
    rows: dict[Way, list[Floats]] = {way: [] for way in all_ways(looks, shares)}
    for fold in folds:
        held = [Cells.of(pictures[index]) for index in fold.held]
        for steps, share in [(0, 0.0), *((s, a) for s in looks for a in shares)]:
            network = fold.network(Way(steps, share))
            found = try_network(network, fold.start.palette, fold.table, held)
            for table, each in found.items():
                if Way(steps, share, table) in rows:
                    rows[Way(steps, share, table)] += each
    return Tried({way: np.stack(each) for way, each in rows.items()})


def _shares(count: int) -> tuple[float, ...]:
    return SHARES_OF_FEW if count < _FEW else SHARES


def _alone(looks: Sequence[int]) -> Way:
    nearest = min(looks, key=lambda steps: abs(steps - ALONE.steps))
    return Way(nearest, ALONE.share, ALONE.table)


def _part(tell: Tell, phase: str, before: float, width: float) -> Callable[[float, float], None]:
    return lambda share, loss: tell(phase, before + width * share, loss)

"""What a transferred model says of itself, and the figures on held-out pictures behind it."""

from collections.abc import Callable, Iterator

import numpy as np

from photochrom import __version__
from photochrom._types import Float32, UInt8
from photochrom.metrics.baselines import fit_baselines
from photochrom.metrics.nearness import Seen
from photochrom.metrics.scores import Scores, compare
from photochrom.modelfile.reliability import Reliability
from photochrom.modelfile.spec import ModelSpec, TrainingSummary
from photochrom.palettes import decode
from photochrom.training.general.judge import baseline_figures, means, paint
from photochrom.training.pictures import WorkingPicture, hash_pictures
from photochrom.training.transfer.candidates import Cells, Reading, Way, logits
from photochrom.training.transfer.config import TransferConfig
from photochrom.training.transfer.fit import Fitted, Fold
from photochrom.training.transfer.mixture import mix
from photochrom.training.transfer.start import Start

PRESET = "transfer"
Painter = Callable[[Fold, WorkingPicture], UInt8]


def describe(
    general: ModelSpec,
    start_hash: str,
    pictures: list[WorkingPicture],
    fitted: Fitted,
    *,
    config: TransferConfig,
    metrics: dict[str, dict[str, float]],
    confidence: Reliability | None = None,
) -> ModelSpec:
    """Return the description: the general model's, with the folder's palette and figures.

    Parameters
    ----------
    general, start_hash : of the model that was started from
    pictures : learned from
    fitted : what came of it
    config : how
    metrics : of `held_out_figures`
    confidence : of `held_out_confidence`
    """
    baselines = fit_baselines(picture.lab for picture in pictures)
    chosen = {"steps": fitted.way.steps, "share": fitted.way.share, "table": fitted.way.table}
    options = config.to_dict() | {
        "start": {"sha256": start_hash},
        "chosen": chosen | {"words": fitted.way.describe(), **fitted.reading._asdict()},
    }
    mean_chroma, lightness_table = baselines.to_tuples()
    summary = TrainingSummary(
        pictures=len(pictures),
        data_hash=hash_pictures(pictures),
        held_out="pictures" if fitted.folds else "nothing",
        mean_chroma=mean_chroma,
        lightness_table=lightness_table,
        metrics=metrics,
        options=options,
    )
    return ModelSpec(
        kind="palette",
        preset=PRESET,
        version=__version__,
        working=general.working,
        palette=fitted.fold.start.palette,
        stride=general.stride,
        multiple=general.multiple,
        temperature=fitted.reading.temperature,
        gain=fitted.reading.gain,
        training=summary,
        licence=general.licence,
        confidence=confidence,
    )


def held_out_figures(
    fitted: Fitted, general: Start, pictures: list[WorkingPicture]
) -> dict[str, dict[str, float]]:
    """Return every figure on held-out pictures: baselines, the general network, the transfer.

    The way was chosen on the same pictures, so the transfer's own are a little flattered.
    """
    if not fitted.folds:
        return {}
    painters: dict[str, Painter] = {
        "general": lambda _, picture: paint_general(general, picture),
        PRESET: lambda fold, picture: paint_fold(fold, fitted.way, fitted.reading, picture),
    }
    found = _baselines(fitted.folds, pictures)
    for name, painter in painters.items():
        found[name] = means(_scored(fitted.folds, pictures, painter))
    return found


def held_out_confidence(fitted: Fitted, pictures: list[WorkingPicture]) -> Reliability | None:
    """Return how far the transfer's confidence can be trusted; None if nothing was held out."""
    return Reliability.fit(
        [_seen(fold, fitted, pictures[index]) for fold in fitted.folds for index in fold.held]
    )


def _seen(fold: Fold, fitted: Fitted, picture: WorkingPicture) -> Seen:
    cells, reading, palette = Cells.of(picture), fitted.reading, fold.start.palette
    said = _said(fold, fitted.way, cells)
    chroma = np.float32(reading.gain) * decode.annealed_mean(said, palette, reading.temperature)
    return Seen.of(decode.probabilities(said), palette.chroma, chroma, cells.lab)


def paint_general(general: Start, picture: WorkingPicture) -> UInt8:
    """Return a picture (h, w, 3) as the general network colours it."""
    said = logits(general.network, Cells.of(picture))
    chroma = decode.annealed_mean(said, general.palette, general.temperature)
    return paint(picture.codes, np.float32(general.gain) * chroma)


def paint_fold(fold: Fold, way: Way, reading: Reading, picture: WorkingPicture) -> UInt8:
    """Return a picture (h, w, 3) as a fold's network colours it."""
    said = _said(fold, way, Cells.of(picture))
    chroma = decode.annealed_mean(said, fold.start.palette, reading.temperature)
    return paint(picture.codes, np.float32(reading.gain) * chroma)


def _said(fold: Fold, way: Way, cells: Cells) -> Float32:
    """Return what a fold's network and table say of a picture, logits (h', w', k)."""
    said = logits(fold.network(way), cells)
    if way.table:
        said = mix(said, fold.table.probabilities(cells.lab[..., 0]), way.table)
    return said


def _baselines(folds: list[Fold], pictures: list[WorkingPicture]) -> dict[str, dict[str, float]]:
    """Average what the baselines of each fold give on its held-out pictures."""
    each = [
        baseline_figures(
            fit_baselines(pictures[index].lab for index in fold.learned),
            [pictures[index].codes for index in fold.held],
        )
        for fold in folds
    ]
    counts = np.array([len(fold.held) for fold in folds])
    shares = counts / counts.sum()
    return {
        name: {key: float(shares @ np.array([one[name][key] for one in each])) for key in figures}
        for name, figures in each[0].items()
    }


def _scored(
    folds: list[Fold], pictures: list[WorkingPicture], painter: Painter
) -> Iterator[tuple[Scores, UInt8]]:
    for fold in folds:
        for index in fold.held:
            truth = pictures[index].codes
            yield compare(painter(fold, pictures[index]), truth), truth

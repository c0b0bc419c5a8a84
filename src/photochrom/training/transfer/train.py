"""From a folder of photographs, by way of the general network, to a colorizer of their kind."""

import time
from collections.abc import Callable
from functools import partial

from torch import nn

from photochrom._memory import memory_for
from photochrom._types import Path, UInt8
from photochrom.errors import OptionError
from photochrom.modelfile.spec import ModelSpec
from photochrom.training.export import export
from photochrom.training.general.network import MULTIPLE
from photochrom.training.general.processes import find_device
from photochrom.training.made import Made
from photochrom.training.phases import Progress
from photochrom.training.pictures import WorkingPicture, load_folder
from photochrom.training.runfolder import ROWS_A_SHEET, RunFolder, draw_curves
from photochrom.training.storage import halve
from photochrom.training.transfer.candidates import READINGS, Tried
from photochrom.training.transfer.config import TransferConfig
from photochrom.training.transfer.describe import (
    describe,
    held_out_confidence,
    held_out_figures,
    paint_fold,
)
from photochrom.training.transfer.fit import Fitted, Sample, fit
from photochrom.training.transfer.mixture import Mixture
from photochrom.training.transfer.start import load_start

_ADVICE = "use a smaller --batch or --crop"
_ALONE = (
    "with one picture nothing could be held out to choose by: cautious settings were used, which "
    "did best with single pictures of other kinds; give more pictures for a figure you can trust"
)
_FEW = 3  # pictures below which held-out figures say little


def train_transfer(
    folder: Path,
    runs: RunFolder,
    config: TransferConfig,
    *,
    resume: bool,
    progress: Callable[[Progress], None],
) -> Made:
    """Fit the general network to a folder; arguments as of `training.train.train`.

    Raises
    ------
    OptionError
        If `resume` is asked for: a transfer takes a minute or two and keeps no checkpoint.
    DatasetError, ModelFileError, TrainingError, OutOfMemoryError
        As the parts raise them.
    """
    if resume:
        raise OptionError(
            "a transfer takes a minute or two and keeps no checkpoint to resume; run it again "
            "with --force"
        )
    device = find_device(config.device)
    start, general, start_hash = load_start(config.start)
    pictures, dropped = load_folder(folder, general.working, without=runs.path)
    runs.create()  # an unwritable place is told before the work
    with memory_for("to train", _ADVICE):
        told = _Told(progress, pictures)
        fitted = fit(start, pictures, config, device, tell=told.tell, show=told.show)
        metrics = held_out_figures(fitted, start, pictures)
        confidence = held_out_confidence(fitted, pictures)
        graph = halve(export(_network(fitted), "palette", multiple=MULTIPLE))
    spec = describe(
        general,
        start_hash,
        pictures,
        fitted,
        config=config,
        metrics=metrics,
        confidence=confidence,
    )
    runs.clear()  # only now, so that a transfer that fails or is stopped loses nothing
    _keep(runs, fitted, spec, pictures)
    return Made(graph, spec, dropped, _warnings(len(pictures)))


def _network(fitted: Fitted) -> nn.Module:
    network = fitted.fold.network(fitted.way)
    if not fitted.way.table:
        return network.eval()
    return Mixture(network, fitted.fold.table, fitted.way.table).eval()


def _keep(runs: RunFolder, fitted: Fitted, spec: ModelSpec, pictures: list[WorkingPicture]) -> None:
    """Leave what was chosen, why, and pictures that show it."""
    runs.write_config({} if spec.training is None else spec.training.options)
    runs.write_palette(fitted.fold.start.palette)
    if fitted.tried is None:
        return
    runs.write_history(fitted.tried.rows(), _curve(fitted.tried))
    runs.write_sheet("held-out", _rows(Sample(fitted.folds, fitted.way, fitted.reading), pictures))


def _rows(sample: Sample, pictures: list[WorkingPicture]) -> list[tuple[UInt8, UInt8]]:
    """Return some held-out pictures, coloured and true."""
    shown = [(fold, index) for fold in sample.folds for index in fold.held][:ROWS_A_SHEET]
    return [
        (paint_fold(fold, sample.way, sample.reading, pictures[index]), pictures[index].codes)
        for fold, index in shown
    ]


def _curve(tried: Tried) -> str:
    """Draw the held-out error after more and more fine-tuning, without a table."""
    farthest = max(way.share for way in tried.errors)
    plain = sorted(way for way in tried.errors if not way.table and way.share in (0, farthest))
    series = [
        (
            f"dE00 at temperature {reading.temperature:g}, by steps",
            [float(tried.errors[w][:, i].mean()) for w in plain],
        )
        for i, reading in enumerate(READINGS[:4])
    ]
    return draw_curves(series)


def _warnings(count: int) -> list[str]:
    if count == 1:
        return [_ALONE]
    if count < _FEW:
        return [
            f"the figures come from {count} pictures, each judged by what the other taught: too "
            "few to tell a good model from a lucky one"
        ]
    return []


class _Told:
    """Makes progress of what a fit tells; a sample goes with the step that is told next."""

    def __init__(
        self, progress: Callable[[Progress], None], pictures: list[WorkingPicture]
    ) -> None:
        self._progress, self._pictures = progress, pictures
        self._began = time.perf_counter()
        self._sample: Sample | None = None

    def show(self, sample: Sample) -> None:
        self._sample = sample

    def tell(self, phase: str, share: float, loss: float) -> None:
        left = (time.perf_counter() - self._began) * (1 - share) / max(share, 1e-9)
        sample, self._sample = self._sample, None
        paint = None if sample is None else partial(_rows, sample, self._pictures)
        self._progress(Progress(phase, 0, None, loss, None, share, left, samples=paint))

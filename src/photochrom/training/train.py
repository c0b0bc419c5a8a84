"""From a folder of photographs to a colorizer in one file."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path as FilePath

from photochrom import __version__
from photochrom._files import check_free
from photochrom._types import Floats, Path
from photochrom.datasets.folder import RUN_SUFFIX, find_split
from photochrom.datasets.photographs import Dropped, load_photographs
from photochrom.errors import OutputExistsError, WriteError
from photochrom.metrics.baselines import fit_baselines
from photochrom.modelfile.file import write_model
from photochrom.modelfile.spec import ModelSpec, TrainingSummary
from photochrom.training.checkpoint import NAME
from photochrom.training.config import TrainConfig
from photochrom.training.export import export
from photochrom.training.phases import Outcome, Progress, Run
from photochrom.training.pictures import WorkingPicture, to_working
from photochrom.training.runfolder import RunFolder
from photochrom.training.task import Task, resolve

DEFAULTS = TrainConfig()


@dataclass(frozen=True)
class TrainResult:
    """What a training leaves behind.

    Attributes
    ----------
    model : the model file
    run_folder : config, metrics, loss curve, swatch, samples, checkpoint
    spec : as it stands in the model file
    dropped : pictures that were not learned from
    warnings : what the user should know, a sentence each
    seconds : of the whole call
    """

    model: FilePath
    run_folder: FilePath
    spec: ModelSpec
    dropped: list[Dropped]
    warnings: list[str]
    seconds: float


def train(
    folder: Path,
    out: Path,
    config: TrainConfig = DEFAULTS,
    *,
    run_folder: Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> TrainResult:
    """Train a colorizer on a folder of colour photographs and write its model file.

    Interrupting it keeps the last checkpoint, a few seconds old at most; `resume` goes on from
    there and ends in the same weights as a run that was never stopped.

    Parameters
    ----------
    folder : pictures; where it holds train/ and test/, only train/ is learned from
    out : model file, `.onnx`
    config : what to train and how
    run_folder : default: `out` with the suffix `.run`
    resume : go on with the run in the run folder
    overwrite : replace the model file and the run folder's earlier run
    progress : is told how far the training is, a few times a second

    Raises
    ------
    DatasetError
        If the folder holds no pictures that can be learned from.
    OptionError, PaletteError
        If options do not fit each other or the pictures.
    CheckpointError
        If there is nothing to resume, or it was made with other options or pictures.
    OutputExistsError, WriteError
        If a result is there already, or cannot be written.
    TrainingError
        If the loss is no longer a finite number.
    """
    started = time.perf_counter()
    out = FilePath(out)
    task = resolve(config)
    runs = RunFolder(_run_folder(out, run_folder))
    check_free(out, overwrite=overwrite)
    _check_run_folder(runs, resume=resume, overwrite=overwrite)
    pictures, dropped = load_pictures(folder, task, without=runs.path)
    run = Run(task, pictures, runs, progress or _silent)
    outcome = run.finish(resume=resume)
    spec = describe(task, pictures, outcome)
    write_model(export(outcome.network, spec.kind), spec, out, overwrite=overwrite)
    seconds = time.perf_counter() - started
    return TrainResult(out, runs.path, spec, dropped, run.warnings, seconds)


def load_pictures(
    folder: Path, task: Task, *, without: FilePath
) -> tuple[list[WorkingPicture], list[Dropped]]:
    """Load a folder's training pictures at the task's working size, `without` those below that."""
    kept_out = without.resolve()
    paths = [p for p in find_split(folder).train if kept_out not in p.resolve().parents]
    photographs, dropped = load_photographs(paths, short_side=task.working.short_side)
    return [to_working(photograph, task.working) for photograph in photographs], dropped


def describe(task: Task, pictures: list[WorkingPicture], outcome: Outcome) -> ModelSpec:
    """Return what goes into the model file beside the graph."""
    baselines = fit_baselines(picture.lab for picture in pictures)
    summary = TrainingSummary(
        pictures=len(pictures),
        data_hash=outcome.data_hash,
        held_out=outcome.held_out,
        mean_chroma=_pair(baselines.mean_chroma),
        lightness_table=tuple(_pair(row) for row in baselines.lightness_table),
        metrics=outcome.metrics,
        options=task.to_dict(),
    )
    return ModelSpec(
        kind=task.preset.kind,
        preset=task.config.preset,
        version=__version__,
        working=task.working,
        palette=outcome.palette,
        reach=task.preset.windows(task.window).reach,
        temperature=outcome.temperature,
        training=summary,
    )


def _run_folder(out: FilePath, wanted: Path | None) -> FilePath:
    """Return the run folder; an output that could not be written is found before the training."""
    if out.name in ("", "..") or out.is_dir():
        raise WriteError(f"expected a file name for the model such as mine.onnx, got {out}")
    if not out.parent.is_dir():
        raise WriteError(f"cannot write {out}: there is no folder {out.parent}")
    folder = out.with_suffix(RUN_SUFFIX) if wanted is None else FilePath(wanted)
    if folder == out:
        raise WriteError(f"the model and its run folder cannot both be {out}; name it .onnx")
    return folder


def _check_run_folder(runs: RunFolder, *, resume: bool, overwrite: bool) -> None:
    if (runs.path / NAME).exists() and not resume and not overwrite:
        raise OutputExistsError(
            f"{runs.path} holds a run already; go on with it (--resume), choose another folder "
            "(--run-folder) or overwrite it (--force)"
        )


def _pair(chroma: Floats) -> tuple[float, float]:
    return float(chroma[0]), float(chroma[1])


def _silent(_: Progress) -> None:
    return None

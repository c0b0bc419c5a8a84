"""Training of the small networks, which look at a window round each pixel."""

from collections.abc import Callable
from pathlib import Path as FilePath

from photochrom import __version__
from photochrom._types import Floats, Path
from photochrom.datasets.folder import find_split
from photochrom.datasets.photographs import Dropped, load_photographs
from photochrom.metrics.baselines import fit_baselines
from photochrom.modelfile.spec import ModelSpec, TrainingSummary
from photochrom.training.config import TrainConfig
from photochrom.training.export import export
from photochrom.training.made import Made
from photochrom.training.phases import Outcome, Progress, Run
from photochrom.training.pictures import WorkingPicture, to_working
from photochrom.training.runfolder import RunFolder
from photochrom.training.task import Task, resolve


def train_small(
    folder: Path,
    runs: RunFolder,
    config: TrainConfig,
    *,
    resume: bool,
    progress: Callable[[Progress], None],
) -> Made:
    """Train one of the small networks on a folder; arguments as of `training.train.train`."""
    task = resolve(config)
    pictures, dropped = _load_pictures(folder, task, without=runs.path)
    run = Run(task, pictures, runs, progress)
    outcome = run.finish(resume=resume)
    spec = _describe(task, pictures, outcome)
    return Made(export(outcome.network, spec.kind), spec, dropped, run.warnings)


def _load_pictures(
    folder: Path, task: Task, *, without: FilePath
) -> tuple[list[WorkingPicture], list[Dropped]]:
    """Load a folder's training pictures at the task's working size, `without` those below that."""
    kept_out = without.resolve()
    paths = [p for p in find_split(folder).train if kept_out not in p.resolve().parents]
    photographs, dropped = load_photographs(paths, short_side=task.working.short_side)
    return [to_working(photograph, task.working) for photograph in photographs], dropped


def _describe(task: Task, pictures: list[WorkingPicture], outcome: Outcome) -> ModelSpec:
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


def _pair(chroma: Floats) -> tuple[float, float]:
    return float(chroma[0]), float(chroma[1])

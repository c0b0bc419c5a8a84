"""Training of the small networks, which look at a window round each pixel."""

from collections.abc import Callable

from photochrom import __version__
from photochrom._types import Path
from photochrom.metrics.baselines import fit_baselines
from photochrom.modelfile.spec import ModelSpec, TrainingSummary
from photochrom.training.config import TrainConfig
from photochrom.training.export import export
from photochrom.training.made import Made
from photochrom.training.phases import Outcome, Progress, Run
from photochrom.training.pictures import WorkingPicture, load_folder
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
    pictures, dropped = load_folder(folder, task.working, without=runs.path)
    run = Run(task, pictures, runs, progress)
    outcome = run.finish(resume=resume)
    spec = _describe(task, pictures, outcome)
    return Made(export(outcome.network, spec.kind), spec, dropped, run.warnings)


def _describe(task: Task, pictures: list[WorkingPicture], outcome: Outcome) -> ModelSpec:
    """Return what goes into the model file beside the graph."""
    baselines = fit_baselines(picture.lab for picture in pictures)
    mean_chroma, lightness_table = baselines.to_tuples()
    summary = TrainingSummary(
        pictures=len(pictures),
        data_hash=outcome.data_hash,
        held_out=outcome.held_out,
        mean_chroma=mean_chroma,
        lightness_table=lightness_table,
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
        confidence=outcome.confidence,
    )

"""From photographs to a colorizer in one file: the door to every kind of training."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path as FilePath

from photochrom._files import check_free
from photochrom._types import Path
from photochrom.datasets.folder import RUN_SUFFIX
from photochrom.datasets.photographs import Dropped
from photochrom.errors import OutputExistsError, WriteError
from photochrom.modelfile.file import write_model
from photochrom.modelfile.spec import ModelSpec
from photochrom.training.checkpoint import NAME
from photochrom.training.config import TrainConfig
from photochrom.training.general.config import GeneralConfig
from photochrom.training.general.train import Learner, train_general
from photochrom.training.phases import Progress
from photochrom.training.runfolder import RunFolder
from photochrom.training.small import train_small
from photochrom.training.transfer.config import TransferConfig
from photochrom.training.transfer.train import train_transfer

DEFAULTS = TransferConfig()


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
    config: TrainConfig | GeneralConfig | TransferConfig = DEFAULTS,
    *,
    run_folder: Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    progress: Callable[[Progress], None] | None = None,
    general: Learner = train_general,
) -> TrainResult:
    """Train a colorizer on colour photographs and write its model file.

    Interrupting it keeps the last checkpoint, a few seconds old at most (general: a minute);
    `resume` goes on from there and ends in the same weights as a run that was never stopped. A
    transfer takes a minute or two and is run again instead.

    Parameters
    ----------
    folder : pictures; where it holds train/ and test/, only train/ is learned from. The general
        network also takes shards, patterns and URLs: see `photochrom.datasets.open_source`
    out : model file, `.onnx`
    config : what to train and how: the general model fitted to the folder (the default), one of
        the small networks, or a general network of one's own
    run_folder : default: `out` with the suffix `.run`
    resume : go on with the run in the run folder
    overwrite : replace the model file and the run folder's earlier run
    progress : is told how far the training is, a few times a second
    general : how a general network is trained: in this process and those that torchrun started,
        or on a cluster, as `photochrom.cluster.training` does

    Raises
    ------
    DatasetError
        If there are no pictures that can be learned from.
    OptionError, PaletteError
        If options do not fit each other, the pictures or the machine.
    CheckpointError
        If there is nothing to resume, or it was made with other options or pictures.
    ModelFileError
        If the pretrained encoder of the general network cannot be read.
    OutputExistsError, WriteError
        If a result is there already, or cannot be written.
    TrainingError, OutOfMemoryError
        If the loss is no longer a finite number, or memory runs out.
    """
    started = time.perf_counter()
    out = FilePath(out)
    runs = RunFolder(_run_folder(out, run_folder))
    tell = progress or _silent
    check_free(out, overwrite=overwrite)
    _check_run_folder(runs, resume=resume, overwrite=overwrite)
    if isinstance(config, TransferConfig):
        made = train_transfer(folder, runs, config, resume=resume, progress=tell)
    elif isinstance(config, GeneralConfig):
        made = general(folder, runs, config, resume=resume, progress=tell)
    else:
        made = train_small(folder, runs, config, resume=resume, progress=tell)
    if made.graph is not None:
        write_model(made.graph, made.spec, out, overwrite=overwrite)
    seconds = time.perf_counter() - started
    return TrainResult(out, runs.path, made.spec, made.dropped, made.warnings, seconds)


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
    if resume or overwrite:
        return
    resumable = (runs.path / NAME).exists()
    if resumable or (runs.path / "config.json").exists():  # all that a transfer surely leaves
        go_on = "go on with it (--resume), " if resumable else ""
        raise OutputExistsError(
            f"{runs.path} holds a run already; {go_on}choose another folder (--run-folder) or "
            "overwrite it (--force)"
        )


def _silent(_: Progress) -> None:
    return None

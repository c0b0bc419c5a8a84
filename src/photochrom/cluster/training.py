"""Train a general network on several workers of a Ray cluster, and survive the loss of some."""

import logging
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from photochrom._files import write_bytes
from photochrom._machine import cores
from photochrom._types import Path
from photochrom.cluster.board import Board
from photochrom.cluster.connect import connected, load
from photochrom.cluster.fitting import Fitting
from photochrom.cluster.share import equal_share, resources
from photochrom.errors import OptionError
from photochrom.storage.local import path_of
from photochrom.storage.place import is_url
from photochrom.training.general.checkpoint import NAME
from photochrom.training.general.config import GeneralConfig
from photochrom.training.general.processes import Processes
from photochrom.training.general.run import SAVE_EVERY
from photochrom.training.made import Made
from photochrom.training.phases import Progress
from photochrom.training.runfolder import RunFolder

if TYPE_CHECKING:
    from photochrom.cluster.workers import Job

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class ClusterLearner:
    """Trains as `train_general` does, on workers; pass it to `photochrom.training.train.train`.

    Attributes
    ----------
    workers : processes that learn together, each with its share of every batch
    address : of the cluster, as `connected` takes it; without it Ray is started on this machine
    save_every : s between checkpoints
    """

    workers: int
    address: str | None = None
    save_every: float = SAVE_EVERY

    def __call__(
        self,
        where: Path | Sequence[Path],
        runs: RunFolder,
        config: GeneralConfig,
        *,
        resume: bool,
        progress: Callable[[Progress], None],
    ) -> Made:
        """Train; after the loss of a worker all start anew from the last checkpoint.

        Parameters
        ----------
        where : what `open_source` takes; every worker must see it under the same name
        runs : the run folder, on storage that every worker sees; the first one writes into it
        config, resume, progress : as `train_general` takes them

        Raises
        ------
        OptionError
            If a batch does not divide over the workers, or a GPU is named that Ray should choose.
        ClusterError
            If the cluster does not answer, has no room, or workers are lost again and again; or
            if one does not see the run folder.
        MissingExtraError
            If Ray is not installed.
        KeyboardInterrupt
            After Ctrl-C, the steps at hand and a checkpoint; at once after the second one.
        PhotochromError
            Whatever else `train_general` raises, from a worker.
        """
        self._check(config)
        runs = RunFolder(runs.path.absolute())
        with connected(self.address, cpus=max(cores(), self.workers)):
            runs.create()
            with _marked(runs.path) as mark:
                job = _job(where, runs.path, mark, config, self.save_every)
                return self._run(job, resume=resume, progress=progress)

    def _check(self, config: GeneralConfig) -> None:
        if self.workers < 1:
            raise OptionError(f"expected 1 worker or more, got {self.workers}")
        Processes(world=self.workers).share(config.batch)
        if config.device not in ("cpu", "cuda"):
            raise OptionError(
                f"on a cluster the device is cpu, or cuda for a GPU that Ray chooses; got "
                f"{config.device!r}"
            )

    def _run(
        self,
        job: "Job",
        *,
        resume: bool,
        progress: Callable[[Progress], None],
    ) -> Made:
        ray = load()
        board = _beside(ray, Board, job.folder / NAME, resume=resume)
        needs = _needs(ray, self.workers, gpu=job.config.device == "cuda")
        with Fitting(job, board, self.workers, needs) as fitting:
            view = fitting.watch(progress)
        if view.ended is None:
            raise fitting.error()
        if not isinstance(view.ended, Made):
            raise view.ended
        return _told(view.ended, view.starts - 1)


def _job(
    where: Path | Sequence[Path], folder: FilePath, mark: str, config: GeneralConfig, every: float
) -> "Job":
    """Return the job with absolute paths: Ray's workers run in a folder of their own."""
    from photochrom.cluster.workers import Job  # noqa: PLC0415 - needs Ray

    places = [where] if isinstance(where, str | os.PathLike) else list(where)
    here = tuple(_everywhere(os.fspath(place)) for place in places)
    encoder = None if config.encoder is None else config.encoder.absolute()
    start = config.start
    if start is not None and FilePath(start).exists():  # else a packaged model's name
        start = FilePath(start).absolute()
    return Job(here, folder, mark, replace(config, encoder=encoder, start=start), every)


def _everywhere(place: str) -> str:
    return place if is_url(place) else str(path_of(place).absolute())


@contextmanager
def _marked(folder: FilePath) -> Iterator[str]:
    """Put a file into the run folder by which workers know that it is the same one."""
    mark = folder / f".{secrets.token_hex(8)}.tmp"
    write_bytes(b"", mark)
    try:
        yield mark.name
    finally:
        mark.unlink(missing_ok=True)


def _beside(ray: Any, kind: type, *given: Any, **options: Any) -> Any:
    """Start an actor on this machine, which needs no room of its own."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy  # noqa: PLC0415

    here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
    return ray.remote(num_cpus=0, scheduling_strategy=here)(kind).remote(*given, **options)


def _needs(ray: Any, workers: int, *, gpu: bool) -> dict[str, float]:
    """Return the resources of one worker, and warn where there is no room for all."""
    machines = resources(ray)
    needs: dict[str, float] = {"CPU": equal_share(machines, workers)}
    if gpu:
        needs["GPU"] = 1
    for name, wanted in needs.items():
        there = sum(machine.get(name, 0) for machine in machines)
        if wanted * workers > there:
            _LOGGER.warning(
                "the cluster has %g %ss, and %d workers need %g; waiting for more",
                there, name, workers, wanted * workers,
            )  # fmt: skip
    return needs


def _told(made: Made, losses: int) -> Made:
    """Say that workers were lost: the model is the same, the time is not."""
    if not losses:
        return made
    times = "once" if losses == 1 else f"{losses} times"
    return replace(
        made, warnings=[*made.warnings, f"workers were lost {times}; the training went on from its "
                        "last checkpoint"],
    )  # fmt: skip

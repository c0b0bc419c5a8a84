"""What runs in each worker of a training, and in Ray's controller; imported where Ray is there."""

import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import ray
import ray.train

import photochrom
from photochrom.errors import ClusterError, PhotochromError
from photochrom.training.general.config import GeneralConfig
from photochrom.training.general.run import SAVE_EVERY
from photochrom.training.general.train import train_general
from photochrom.training.made import Made
from photochrom.training.phases import Progress
from photochrom.training.runfolder import RunFolder


@dataclass(frozen=True)
class Job:
    """One training, as every worker is given it.

    Attributes
    ----------
    where : absolute paths, patterns or URLs of the pictures
    folder : of the run, absolute
    mark : name of a file that the driver put into it
    config : what to train and how
    save_every : s between checkpoints
    """

    where: tuple[str, ...]
    folder: Path
    mark: str
    config: GeneralConfig
    save_every: float = SAVE_EVERY


def work(given: dict[str, Any]) -> None:
    """Train as one of the workers that Ray has joined, or leave at once where all is over.

    An error of ours would only come again, so it ends the training: it goes to the board, and
    raising it frees those that wait for this worker. Whatever else is raised, Ray starts anew.
    """
    job, board = given["job"], given["board"]
    rank = ray.train.get_context().get_world_rank()
    resume = ray.get(board.begin.remote(rank, photochrom.__version__))
    if resume is None:
        return
    try:
        made = _learn(job, board, resume=resume)
    except KeyboardInterrupt as error:  # in all at the same step
        ray.get(board.end.remote(error))
        return
    except PhotochromError as error:
        ray.get(board.end.remote(error))
        raise
    if rank == 0:
        ray.get(board.end.remote(made))


class Finality(ray.train.UserCallback):
    """Keeps Ray from starting anew after an error that would only come again.

    Parameters
    ----------
    board : of the training
    """

    def __init__(self, board: Any) -> None:
        self._board = board

    def after_exception(self, run_context: Any, worker_exceptions: dict[int, Exception]) -> None:
        """Raise the error that ended the training, if one did."""
        ended = ray.get(self._board.look.remote()).ended
        if isinstance(ended, Exception):
            raise ended


def _learn(job: Job, board: Any, *, resume: bool) -> Made:
    asked = False

    def tell(progress: Progress) -> None:
        nonlocal asked
        asked = ray.get(board.tell.remote(asdict(progress)))

    _check_shared(job)
    return train_general(
        job.where, RunFolder(job.folder), job.config, resume=resume, progress=tell,
        asked=lambda: asked, save_every=job.save_every,
    )  # fmt: skip


def _check_shared(job: Job) -> None:
    """Raise where this machine does not see the run folder of the driver's machine."""
    if not (job.folder / job.mark).exists():
        raise ClusterError(
            f"{socket.gethostname()} does not see the run folder {job.folder} of this machine; "
            "choose one on storage that every machine of the cluster has under the same path "
            "(--run-folder)"
        )

"""The board: where the workers of a training say how far they are, and read whether to stop."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import photochrom
from photochrom.errors import ClusterError, PhotochromError
from photochrom.training.made import Made

Ended = Made | PhotochromError | KeyboardInterrupt
"""How a training ends: in a model, in an error of ours, or stopped with a checkpoint."""


@dataclass(frozen=True)
class View:
    """What the driver sees.

    Attributes
    ----------
    progress : fields of the latest `Progress`, which itself would bring torch here
    starts : times that the workers began: more than once where one was lost
    ended : how it ended; None while it goes on
    """

    progress: dict[str, Any] | None = None
    starts: int = 0
    ended: Ended | None = None


class Board:
    """Lives beside the driver as an actor, so that it outlives every worker.

    Parameters
    ----------
    checkpoint : file that the first worker writes
    resume : whether the first start goes on from it
    """

    def __init__(self, checkpoint: Path, *, resume: bool) -> None:
        self._checkpoint, self._resume = checkpoint, resume
        self._progress: dict[str, Any] | None = None
        self._starts = 0
        self._stop = False
        self._ended: Ended | None = None

    def begin(self, rank: int, version: str) -> bool | None:
        """Say whether to go on from the checkpoint; None where all is over.

        All workers of one start are told the same. A checkpoint is this run's once progress was
        told: before that, it is an earlier one's that is about to be replaced.
        """
        if version != photochrom.__version__:
            self.end(_other_version(version))
        if rank == 0:
            self._starts += 1
        if self._ended is not None:
            return None
        return self._resume or (self._progress is not None and self._checkpoint.exists())

    def tell(self, progress: dict[str, Any]) -> bool:
        """Take the progress, and say whether to stop."""
        self._progress = progress
        return self._stop

    def stop(self) -> None:
        """Have the workers stop with a checkpoint after the steps at hand."""
        self._stop = True

    def end(self, ended: Ended) -> None:
        """Take how it ended; the first word counts, for the others follow from it."""
        if self._ended is None:
            self._ended = ended

    def look(self) -> View:
        """Return how things stand."""
        return View(self._progress, self._starts, self._ended)


def _other_version(version: str) -> ClusterError:
    return ClusterError(
        f"the cluster has photochrom {version} and this machine {photochrom.__version__}; install "
        "the same version everywhere"
    )

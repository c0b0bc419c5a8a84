"""Ray Train at work in the background, while this thread tells the progress and hears Ctrl-C."""

import logging
import tempfile
import threading
from collections.abc import Callable
from contextlib import ExitStack
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from photochrom._interrupts import late_interrupt
from photochrom.cluster.board import View
from photochrom.cluster.connect import first_line, load
from photochrom.errors import ClusterError
from photochrom.training.general.processes import PATIENCE
from photochrom.training.phases import Progress

if TYPE_CHECKING:
    from photochrom.cluster.workers import Job

_LOSSES = 10  # of workers that are made good; what kills them each time must end some time
_STARTS = 10  # of workers that the cluster may fail to find room for, a minute each
_LOOK = 0.3  # s between looks at the board
_LOGGER = logging.getLogger(__name__)


class Fitting:
    """One training on Ray; within the block it is under way.

    Parameters
    ----------
    job : for each worker
    board : an actor, where the workers say how far they are
    workers : how many
    needs : resources of each
    """

    def __init__(self, job: "Job", board: Any, workers: int, needs: dict[str, float]) -> None:
        self._ray, self._board = load(), board
        self._error: Exception | None = None
        self._stack = ExitStack()
        unused = self._stack.enter_context(tempfile.TemporaryDirectory())  # Ray wants to write
        trainer = _trainer(job, board, workers, needs, unused)
        # In the main thread Ray would take Ctrl-C for itself, and kill what is about to be saved.
        self._thread = threading.Thread(target=self._fit, args=(trainer,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._thread.is_alive():  # nobody waits for it; without a board its workers end
            self._ray.kill(self._board)
        self._stack.close()

    def watch(self, tell: Callable[[Progress], None]) -> View:
        """Tell the progress until the training ends, and return how things stand then.

        Raises
        ------
        KeyboardInterrupt
            At once, where nothing is learned yet or all is learned, and after the second Ctrl-C.
        ClusterError
            If the board is lost.
        """
        view = View()
        with late_interrupt() as asked:
            while self._thread.is_alive():
                self._thread.join(_LOOK)
                before, view = view, self._look()
                if view.starts > max(1, before.starts):
                    _LOGGER.warning("a worker was lost; all start again from the last checkpoint")
                if view.progress is not None and view.progress != before.progress:
                    tell(Progress(**view.progress))
                if asked():
                    self._stop(view)
        return view

    def error(self) -> ClusterError:
        """Return why Ray gave up."""
        if self._error is None:
            return ClusterError("the workers left without a word; the run folder may hold more")
        failures = getattr(self._error, "worker_failures", None)
        if not failures:
            return ClusterError(f"Ray cannot train: {first_line(str(self._error))}")
        last = first_line(str(next(iter(failures.values()))))
        return ClusterError(
            f"the workers failed too often, lastly: {last}; if there is a checkpoint, the same "
            "command with --resume goes on from it"
        )

    def _look(self) -> View:
        try:
            view: View = self._ray.get(self._board.look.remote())
        except self._ray.exceptions.RayError as error:
            raise ClusterError(f"the cluster is lost: {first_line(str(error))}") from error
        return view

    def _stop(self, view: View) -> None:
        if view.progress is None or view.progress["share"] >= 1:
            raise KeyboardInterrupt
        self._board.stop.remote()

    def _fit(self, trainer: Any) -> None:
        try:
            trainer.fit()
        except Exception as error:  # Ray raises what it meets; told by the thread that watches
            self._error = error


def _trainer(job: "Job", board: Any, workers: int, needs: dict[str, float], folder: str) -> Any:
    """Return Ray's trainer; checkpoints are not its business, but the job's."""
    # By name: what these modules hold depends on a switch that type checkers do not know.
    train: Any = import_module("ray.train")
    torch: Any = import_module("ray.train.torch")
    worker: Any = import_module("photochrom.cluster.workers")

    return torch.TorchTrainer(
        worker.work,
        train_loop_config={"job": job, "board": board},
        torch_config=torch.TorchConfig(timeout_s=int(PATIENCE.total_seconds())),
        scaling_config=train.ScalingConfig(
            num_workers=workers, use_gpu="GPU" in needs, resources_per_worker=needs
        ),
        run_config=train.RunConfig(
            name="photochrom",
            storage_path=folder,
            failure_config=train.FailureConfig(
                max_failures=_LOSSES, controller_failure_limit=_STARTS
            ),
            callbacks=[worker.Finality(board)],
        ),
    )

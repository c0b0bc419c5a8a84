"""The engine of a Ray cluster for one model each of many kinds of picture."""

import socket
import tempfile
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from photochrom._files import write_bytes
from photochrom.cluster.connect import connected, first_line, load
from photochrom.cluster.share import equal_share, resources
from photochrom.domains.child import told
from photochrom.domains.engine import Ended, Planned, Started

_LOOK = 0.5  # s between looks at the cluster, and so after Ctrl-C
_UNUSED = ".safetensors"  # checkpoints, of use to a training that goes on
Files = dict[str, bytes]


@dataclass(frozen=True)
class RayEngine:
    """Work off tasks on a cluster; what they leave comes back to this machine.

    Attributes
    ----------
    workers : tasks at a time, which share the cores; None for one on each machine
    address : of the cluster, as `connected` takes it; without it Ray is started on this machine
    gpu : whether each task needs a GPU
    """

    workers: int | None = None
    address: str | None = None
    gpu: bool = False

    def __call__(
        self, tasks: Sequence[Planned], scratch: FilePath, started: Started
    ) -> Generator[Ended, None, None]:
        """As `Engine`; a task that loses its machine is begun anew on another.

        Raises
        ------
        ClusterError
            If the cluster does not answer, or is lost.
        MissingExtraError
            If Ray is not installed.
        """
        with connected(self.address):
            ray = load()
            machines = resources(ray)
            workers = self.workers or len(machines)
            share = equal_share(machines, workers)
            # Each in a fresh process: torch keeps memory, and of a GPU all.
            work = ray.remote(max_calls=1, num_cpus=share, num_gpus=int(self.gpu))(work_there)
            yield from _Round(ray, work, workers, scratch, started).run(tasks)


@dataclass(frozen=True)
class _Round:
    """Hands tasks to the cluster, a few at a time."""

    ray: Any
    work: Any
    workers: int
    scratch: FilePath
    started: Started

    def run(self, tasks: Sequence[Planned]) -> Generator[Ended, None, None]:
        waiting, running = deque(tasks), dict[Any, Planned]()
        try:
            while waiting or running:
                while waiting and len(running) < self.workers:
                    planned = waiting.popleft()
                    self.started(planned.task.domain.name)
                    running[self.work.remote(planned)] = planned
                for one in self.ray.wait([*running], timeout=_LOOK)[0]:
                    yield self._ended(one, running.pop(one))
        finally:
            for one in running:
                with suppress(Exception):  # a cluster that is lost has nothing to end
                    self.ray.cancel(one, force=True)

    def _ended(self, one: Any, planned: Planned) -> Ended:
        """Put what came back into a folder of its own."""
        place = self.scratch / planned.task.domain.name
        try:
            found: Files | str = self.ray.get(one)
        except self.ray.exceptions.RayTaskError as error:
            return Ended(planned.task, place, f"unexpected error: {error.cause!r}")
        except self.ray.exceptions.RayError as error:
            return Ended(planned.task, place, f"its worker was lost: {first_line(str(error))}")
        if isinstance(found, str):
            return Ended(planned.task, place, found)
        for name, data in found.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(data, path)
        return Ended(planned.task, place)


def work_there(planned: Planned) -> Files | str:
    """Train on a machine of the cluster; return all files by their names, or why there are none."""
    from photochrom.domains.work import work  # noqa: PLC0415 - torch, on the worker

    folder = planned.task.domain.folder
    if not folder.is_dir():
        return (
            f"{socket.gethostname()} does not see {folder}; put the pictures on storage that every "
            "machine of the cluster has under the same path"
        )
    with tempfile.TemporaryDirectory() as place:
        try:
            work(planned.task, planned.fingerprint, FilePath(place))
        except Exception as error:
            reason = told(error)
            if reason is None:
                raise
            return reason
        return dict(_files(FilePath(place)))


def _files(place: FilePath) -> Iterator[tuple[str, bytes]]:
    for path in sorted(place.rglob("*")):
        if path.is_file() and path.suffix != _UNUSED:
            yield path.relative_to(place).as_posix(), path.read_bytes()

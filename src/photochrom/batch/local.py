"""The engine of one machine: some workers side by side, each with a thread that serves it."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path as FilePath
from queue import SimpleQueue
from threading import Lock, Thread
from types import TracebackType
from typing import Self

from photochrom._machine import cores, memory
from photochrom.batch.item import Item, Outcome
from photochrom.batch.order import Order
from photochrom.batch.perform import perform
from photochrom.batch.worker import SECONDS, Worker
from photochrom.errors import OptionError, OutOfMemoryError

LEAST_MEMORY = 512 << 20  # bytes; a worker with its model takes some 300 MB before any picture
_SHARE = 0.9  # of the memory that is free; the rest is for this process and for others


@dataclass(frozen=True)
class Means:
    """What a batch may use of this machine.

    Attributes
    ----------
    workers : pictures at once, each on one core; None for as many as cores and memory allow
    memory : bytes for all workers together; None for most of what is free
    seconds : for one picture
    """

    workers: int | None = None
    memory: int | None = None
    seconds: float = SECONDS

    def __post_init__(self) -> None:
        if self.workers is not None and self.workers < 1:
            raise OptionError(f"workers must be 1 or more, got {self.workers}")
        if self.memory is not None and self.memory < LEAST_MEMORY:
            raise OptionError(
                f"a worker needs {LEAST_MEMORY >> 20} MB at least, "
                f"got {self.memory >> 20} MB; allow more"
            )

    def spread(self, pictures: int) -> "Spread":
        """Share them out over so many pictures.

        Raises
        ------
        OptionError
            If there is not enough memory for the workers that were asked for.
        """
        total = int(memory() * _SHARE) if self.memory is None else self.memory
        fitting = max(1, total // LEAST_MEMORY)
        if self.workers is not None and self.memory is not None and self.workers > fitting:
            raise OptionError(
                f"{self.workers} workers need {self.workers * LEAST_MEMORY >> 20} MB at least, "
                f"got {total >> 20} MB; allow more, or take fewer workers"
            )
        workers = min(self.workers or min(cores(), fitting), max(1, pictures))
        # One picture gets all cores; of several each gets one, which is the quicker way through.
        threads = self.workers or cores() if pictures == 1 else 1
        return Spread(workers, threads, total // workers)


@dataclass(frozen=True)
class Spread:
    """So many workers, so many threads and bytes for each."""

    workers: int
    threads: int
    memory: int


class LocalEngine:
    """Colours pictures in some workers; `stop` ends it after those at hand, `close` at once.

    Parameters
    ----------
    order : what to do with every picture
    spread : how many workers, of what size
    seconds : that one picture may take
    staging : folder for files that are not complete yet; see `perform`
    """

    def __init__(
        self,
        order: Order,
        spread: Spread,
        *,
        seconds: float = SECONDS,
        staging: FilePath | None = None,
    ) -> None:
        self._staging = staging
        self._stopped = False  # no `Event`: a signal's handler sets it, and might meet its lock

        self._worker = partial(Worker, order, seconds=seconds)
        self._spread = spread
        self._workers = [
            self._worker(threads=spread.threads, memory=spread.memory)
            for _ in range(spread.workers)
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start all workers at once, so that what does not work is told before any work.

        Raises
        ------
        OptionError, ModelFileError, OutOfMemoryError
            As `Worker.start` does for the first; others that fail are tried again with a picture.
        """
        with ThreadPoolExecutor(len(self._workers)) as pool:
            try:
                started = [pool.submit(worker.start) for worker in self._workers]
                started[0].result()
            except BaseException:  # a second Ctrl-C waits for none of them
                self.close()
                raise

    def run(self, items: Sequence[Item]) -> Iterator[Outcome]:
        """Colour pictures; outcomes come as they are ready, in any order."""
        waiting, lock = iter(items), Lock()
        ready: SimpleQueue[Outcome | BaseException | None] = SimpleQueue()

        def serve(worker: Worker) -> None:
            try:
                while not self._stopped:
                    with lock:
                        item = next(waiting, None)
                    if item is None:
                        break
                    ready.put(perform(worker, item, self._staging))
            except BaseException as error:
                ready.put(error)
            ready.put(None)

        for worker in self._workers:
            Thread(target=serve, args=(worker,), daemon=True).start()
        too_large = []
        for outcome in _until_ended(ready, len(self._workers)):
            if outcome.kind == OutOfMemoryError.__name__ and len(self._workers) > 1:
                too_large.append(outcome)
            else:
                yield outcome
        yield from self._alone(too_large)

    def _alone(self, outcomes: Sequence[Outcome]) -> Iterator[Outcome]:
        """Try once more, one after the other, what had too little memory beside others."""
        for worker in self._workers:
            worker.close()
        all_of_it = self._spread.memory * self._spread.workers
        with self._worker(threads=self._spread.workers, memory=all_of_it) as worker:
            self._workers = [worker]
            for outcome in outcomes:
                yield outcome if self._stopped else perform(worker, outcome.item, self._staging)

    def stop(self) -> None:
        """Begin no other picture; those at hand are finished."""
        self._stopped = True

    def close(self) -> None:
        """End all workers, in the middle of a picture too."""
        self.stop()
        for worker in self._workers:
            worker.kill(forever=True)
        for worker in self._workers:
            worker.close()


def _until_ended(
    ready: "SimpleQueue[Outcome | BaseException | None]", workers: int
) -> Iterator[Outcome]:
    while workers:
        found = ready.get()
        if found is None:
            workers -= 1
        elif isinstance(found, BaseException):
            raise found
        else:
            yield found

"""The engine of a cluster: painters on its machines, by Ray."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path as FilePath
from types import TracebackType
from typing import Self

from photochrom._machine import cores
from photochrom.batch.item import Item, Outcome
from photochrom.batch.local import Means
from photochrom.batch.order import Order
from photochrom.cluster.connect import connected, load
from photochrom.cluster.crew import Crew
from photochrom.cluster.places import as_asked, explained, for_all, for_all_orders, marked
from photochrom.cluster.room import Room, nodes, share_out, whole
from photochrom.errors import ClusterError, OutOfMemoryError


class RayEngine:
    """Colours pictures on the machines of a cluster; within the block it is connected.

    Pictures and results lie where every machine sees them under the same name. Only this process
    knows what is done: it is told every outcome once, whatever becomes of the machines.

    Parameters
    ----------
    order : what to do with every picture
    means : what may be used of the cluster: workers, and memory for all of them together
    pictures : how many there are; for none there is no connection
    address : of the cluster, as `connected` takes it; without it Ray is started on this machine
    staging : folder for files that are not complete yet; see `perform`

    Raises
    ------
    As `connected` does, when the block is entered.
    """

    def __init__(
        self,
        order: Order,
        means: Means,
        pictures: int,
        *,
        address: str | None = None,
        staging: FilePath | None = None,
    ) -> None:
        self._order, self._means, self._pictures = order, means, pictures
        self._address = address
        self._staging = None if staging is None else staging.absolute()
        self._gpu = order.device == "cuda"
        self._stopped = False
        self._crew: Crew | None = None
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        # Not in `start`: Ray takes SIGTERM for itself, which `late_interrupt` then takes back.
        if self._pictures:
            cpus = self._means.workers or cores()
            self._stack.enter_context(connected(self._address, cpus=cpus))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start one worker, so that a model or options that do not work are told before any work.

        Raises
        ------
        OptionError, ModelFileError, OutOfMemoryError
            As `Worker.start` does, and if the cluster has no room for what is asked.
        ClusterError
            If workers cannot be started there.
        """
        self._begin(share_out(nodes(load()), self._means, self._pictures, gpu=self._gpu))

    def run(self, items: Sequence[Item]) -> Iterator[Outcome]:
        """Colour pictures; outcomes come as they are ready, in any order.

        Raises
        ------
        ClusterError
            If a machine does not see the folder of the results, or none is left.
        OptionError
            If a place is in the memory of this process.
        """
        asked = {for_all(item): item for item in items}
        with marked(self._staging, list(asked)) as mark:
            too_large = []
            for outcome in self._paint(list(asked), mark):
                if outcome.kind == OutOfMemoryError.__name__ and self._pictures > 1:
                    too_large.append(outcome)
                else:
                    yield as_asked(outcome, asked[outcome.item], self._order)
            for outcome in self._alone(too_large, mark):
                yield as_asked(outcome, asked[outcome.item], self._order)

    def stop(self) -> None:
        """Begin no other picture; those at hand are finished."""
        self._stopped = True

    def close(self) -> None:
        """End all workers, in the middle of a picture too, and leave the cluster."""
        self.stop()
        if self._crew is not None:
            self._crew.close()
            self._crew = None
        self._stack.close()

    def _begin(self, room: Room) -> Crew:
        order = load().put(for_all_orders(self._order))
        self._crew = Crew(order, room, self._means.seconds, lambda: self._stopped)
        self._crew.start()
        return self._crew

    def _paint(self, items: Sequence[Item], mark: FilePath | None) -> Iterator[Outcome]:
        crew = self._crew
        if crew is None:
            raise ClusterError("the engine is not started; call `start` within its block")
        for painted in crew.paint(items, self._staging, mark):
            yield explained(painted.outcome, painted.host)

    def _alone(self, outcomes: list[Outcome], mark: FilePath | None) -> Iterator[Outcome]:
        """Try once more, on a whole machine each, what had too little memory beside others."""
        if not outcomes or self._stopped or self._crew is None:
            yield from outcomes
            return
        self._crew.close()
        size = whole(nodes(load()), self._means, gpu=self._gpu)
        left = {outcome.item: outcome for outcome in outcomes}
        try:
            self._begin(Room(1, size))
            for outcome in self._paint(list(left), mark):
                del left[outcome.item]
                yield outcome
        except ClusterError:  # no machine to itself
            pass
        yield from left.values()

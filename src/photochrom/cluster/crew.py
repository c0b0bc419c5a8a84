"""A crew of painters: each has one picture at a time; those that are lost are replaced."""

import logging
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import photochrom
from photochrom.batch.item import Item, Outcome
from photochrom.cluster.connect import first_line, load
from photochrom.cluster.painter import Painter
from photochrom.cluster.room import Room
from photochrom.errors import ClusterError, PhotochromError

LOSSES = 3  # of painters over one picture; more, and the picture is taken for the cause
_STARTS = 10  # that fail one after the other
_LOOK = 0.5  # s between looks at whether somebody wants to stop
_TOLD_AFTER = 30.0  # s without any painter
_PATIENCE = 900.0  # s; a cluster that grows by itself may have to start machines
_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Task:
    item: Item
    losses: int = 0


@dataclass(frozen=True)
class Painted:
    """What became of a picture, and on which machine."""

    outcome: Outcome
    host: str


class Crew:
    """Colours pictures by actors of a connected Ray.

    Actors, and not a data set of Ray: every picture has one reference, which ends in one outcome or
    in one loss, so nothing is told twice or left out; and no more are under way than there are
    painters, so a stop needs no word to anybody. See decision 25.

    Parameters
    ----------
    order : reference to the order, put into Ray's store once
    room : how many painters, of what size
    seconds : that one picture may take
    is_stopped : whether to begin no other picture
    """

    def __init__(
        self, order: Any, room: Room, seconds: float, is_stopped: Callable[[], bool]
    ) -> None:
        self._ray = load()
        self._order, self._room, self._seconds = order, room, seconds
        self._is_stopped = is_stopped
        self._kind = self._ray.remote(Painter)
        self._painters: dict[Any, str] = {}  # and where each is
        self._coming: dict[Any, Any] = {}  # reference -> painter
        self._busy: dict[Any, tuple[Any, _Task]] = {}
        self._idle: list[Any] = []
        self._failed = 0
        self._alone_since, self._told = time.monotonic(), False

    def start(self) -> None:
        """Wait for a first painter.

        Raises
        ------
        OptionError, ModelFileError, OutOfMemoryError
            As `Worker.start` does.
        ClusterError
            If painters cannot be started, or there is no room for any.
        """
        while not self._idle and not self._is_stopped():
            self._fill(1)
            for reference in self._ready():
                self._arrive(reference)

    def paint(
        self, items: Sequence[Item], staging: Path | None, mark: Path | None
    ) -> Iterator[Painted]:
        """Colour pictures; each that was begun is told once.

        Parameters
        ----------
        items, staging, mark : as `Painter.paint` takes them

        Raises
        ------
        PhotochromError
            As `start` does, and what `Painter.paint` returns as wrong for all.
        """
        waiting = deque(_Task(item) for item in items)
        while self._busy or (waiting and not self._is_stopped()):
            self._fill(len(waiting) + len(self._busy))
            while self._idle and waiting and not self._is_stopped():
                self._give(waiting.popleft(), staging, mark)
            for reference in self._ready():
                if reference in self._coming:
                    self._arrive(reference)
                    continue
                painter, task = self._busy.pop(reference)
                ended = self._ended(reference, painter, task)
                if isinstance(ended, Painted):
                    yield ended
                else:
                    waiting.appendleft(ended)

    def close(self) -> None:
        """Let all go, in the middle of a picture too."""
        for painter in [*self._painters]:
            self._let_go(painter)
        self._coming, self._busy, self._idle = {}, {}, []

    def _let_go(self, painter: Any) -> str:
        """End a painter; one that Ray cannot reach may be alive. Return where it was."""
        with suppress(Exception):  # a cluster that is lost has nobody to let go
            self._ray.kill(painter)
        return self._painters.pop(painter)

    def _fill(self, pictures: int) -> None:
        """Ask for as many painters as there is work and room for."""
        for _ in range(len(self._painters), min(self._room.painters, pictures)):
            self._hire()

    def _hire(self) -> None:
        size = self._room.size
        # Ray could restart actors by itself, but not tell us which is one that cannot be started.
        kind = self._kind.options(max_restarts=0, max_task_retries=0, **size.options())
        painter = kind.remote(self._order, size, self._seconds)
        self._painters[painter] = "a machine"
        self._coming[painter.start.remote(photochrom.__version__)] = painter

    def _give(self, task: _Task, staging: Path | None, mark: Path | None) -> None:
        painter = self._idle.pop()
        self._busy[painter.paint.remote(task.item, staging, mark)] = painter, task

    def _ready(self) -> list[Any]:
        """Wait a moment for what comes next."""
        self._watch()
        ready, _ = self._ray.wait([*self._coming, *self._busy], num_returns=1, timeout=_LOOK)
        return list(ready)

    def _arrive(self, reference: Any) -> None:
        painter = self._coming.pop(reference)
        try:
            said = self._ray.get(reference)
        except self._ray.exceptions.RayError as error:
            self._let_go(painter)
            self._failed += 1
            _LOGGER.debug("a worker could not be started", exc_info=error)
            if self._failed >= _STARTS:
                raise ClusterError(f"no worker could be started: {_reason(error)}") from error
            return
        if isinstance(said, PhotochromError):
            raise said
        self._failed = 0
        self._painters[painter] = said
        self._idle.append(painter)

    def _ended(self, reference: Any, painter: Any, task: _Task) -> Painted | _Task:
        """Return what became of a picture, or the picture again where its painter was lost."""
        try:
            said = self._ray.get(reference)
        except self._ray.exceptions.RayError as error:
            return self._lost(task, self._let_go(painter), error)
        if isinstance(said, PhotochromError):
            raise said
        self._idle.append(painter)
        return Painted(said, self._painters[painter])

    def _lost(self, task: _Task, host: str, error: Exception) -> Painted | _Task:
        losses = task.losses + 1
        _LOGGER.debug("the loss of a worker", exc_info=error)
        if losses < LOSSES:
            _LOGGER.warning(
                "a worker on %s was lost; another one takes over %s", host, task.item.key
            )
            return _Task(task.item, losses)
        why = f"{losses} workers were lost over it, the last one on {host}: {_reason(error)}"
        kind = ClusterError.__name__
        return Painted(Outcome(task.item, "failed", 0.0, error=why, kind=kind), host)

    def _watch(self) -> None:
        """Say that there is no room, and give up where there is none for long."""
        now = time.monotonic()
        if self._busy or self._idle:
            self._alone_since, self._told = now, False
        alone = now - self._alone_since
        if alone > _PATIENCE:
            raise ClusterError(
                f"for {_PATIENCE / 60:.0f} minutes no machine of the cluster has had "
                f"{self._room.size} free; see `ray status`"
            )
        if alone > _TOLD_AFTER and not self._told:
            self._told = True
            _LOGGER.warning("waiting for a machine of the cluster with %s free", self._room.size)


def _reason(error: Exception) -> str:
    """Return what Ray gives as the cause: the last line of a trace, else the first line."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    has_trace = "ray::" in first_line(str(error))  # it names the method that raised
    return lines[-1] if has_trace else first_line(str(error))

"""What every engine does: work off tasks, each in a process of its own, and say how each ended."""

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath

from photochrom.domains.domain import Task

Started = Callable[[str], None]
"""Called with the name of each kind of picture that is begun."""


@dataclass(frozen=True)
class Planned:
    """A task with its fingerprint."""

    task: Task
    fingerprint: str


@dataclass(frozen=True)
class Ended:
    """How a task ended.

    Attributes
    ----------
    task : which
    place : folder that holds the model and its run folder, where all went well
    reason : why there is no model; None where there is one
    fatal : whether no other task could end better, such as on a full disk
    """

    task: Task
    place: FilePath
    reason: str | None = None
    fatal: bool = False


Engine = Callable[[Sequence[Planned], FilePath, Started], Generator[Ended, None, None]]
"""Work off tasks, leave results in folders below the one given, and tell of each in any order.

Closing the iterator ends what is under way, and leaves nothing of it running.
"""

"""What happens in a run, put on record while it does."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from photochrom.batch import looks
from photochrom.batch.item import Item, Outcome
from photochrom.batch.manifest import Clock, entry_of, line_of, planned
from photochrom.batch.order import Order
from photochrom.batch.record import FOLDER, Log
from photochrom.errors import DiskFullError, WriteError
from photochrom.storage.place import files_of, join, shown


@dataclass(frozen=True)
class Noted:
    """Puts pictures on record.

    Attributes
    ----------
    log : takes the lines
    order : what was asked for
    folder : of the results
    clock : tells the times of lines
    unended : keys that are on record as planned already
    check : raises what ends the run
    """

    log: Log
    order: Order
    folder: str
    clock: Clock
    unended: frozenset[str]
    check: Callable[[], None]

    def plan(self, items: Sequence[Item]) -> None:
        """Put on record which pictures are about to be coloured."""
        keys = (item.key for item in items if item.key not in self.unended)
        self.log.add(planned(keys, self.clock()), now=True)

    def end(self, outcome: Outcome) -> bool:
        """Put on record what became of a picture; False where there is no space for that.

        Raises
        ------
        LockedError
            If another run has taken over.
        WriteError
            If the folder of the results went away, such as a disk that was pulled out: all that
            follow would be coloured for nothing.
        """
        self.check()
        try:
            self.log.add([line_of(entry_of(outcome, self.order, self.folder, self.clock()))])
        except DiskFullError:
            return False
        if outcome.kind == WriteError.__name__ and not self._is_there():
            raise WriteError(
                f"{shown(self.folder)} is gone; bring it back, the same command goes on"
            )
        return True

    def look(self, outcome: Outcome) -> None:
        """Put on record what was noted of a picture, for the next run."""
        self.check()
        if outcome.error is None:
            with suppress(DiskFullError):  # then the next run looks again
                self.log.add([looks.line_of(looks.look_of(outcome, self.order, self.clock()))])

    def _is_there(self) -> bool:
        return bool(files_of(self.folder).names(join(self.folder, FOLDER)))

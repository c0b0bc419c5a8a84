"""Many at once, or one alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition


class Turns:
    """A lock that many threads share, or one holds alone; who wants it alone goes first."""

    def __init__(self) -> None:
        self._change = Condition()
        self._together = 0
        self._alone = False

    @contextmanager
    def together(self) -> Iterator[None]:
        """Hold the lock beside others who share it."""
        with self._change:
            self._change.wait_for(lambda: not self._alone)
            self._together += 1
        try:
            yield
        finally:
            with self._change:
                self._together -= 1
                self._change.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the lock when all others have let go; newcomers wait from now on."""
        with self._change:
            self._change.wait_for(lambda: not self._alone)
            self._alone = True
        try:
            with self._change:
                self._change.wait_for(lambda: self._together == 0)
            yield
        finally:
            with self._change:
                self._alone = False
                self._change.notify_all()

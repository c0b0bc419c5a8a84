"""Progress on stderr: a bar in a terminal, plain lines elsewhere."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from photochrom.cli.say import printable, say

if TYPE_CHECKING:
    from rich.progress import Progress as Bar

EVERY = 5.0  # s between plain lines; a log of a long run stays readable


class _State(Protocol):
    """What training says of itself while it runs; `training.phases.Progress` is one."""

    @property
    def phase(self) -> str: ...
    @property
    def loss(self) -> float: ...
    @property
    def held_out_loss(self) -> float | None: ...
    @property
    def share(self) -> float: ...
    @property
    def seconds_left(self) -> float: ...
    @property
    def rate(self) -> float | None: ...


class _Shown:
    """A bar if stderr is a terminal, else None and lines."""

    def __init__(self, what: str, total: int | None) -> None:
        self._what = what
        self._total = total
        self._bar = _bar() if sys.stderr.isatty() else None
        self._task = self._bar.add_task(what, total=total) if self._bar is not None else None

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def note(self, sentence: str) -> None:
        """Print a line that stays."""
        if self._bar is not None:
            self._bar.console.print(
                printable(sentence), markup=False, highlight=False, soft_wrap=True
            )
        else:
            say(sentence)


class Counter(_Shown):
    """Counts inputs that are done, with their rate and the time left."""

    def __init__(self, what: str, total: int | None) -> None:
        super().__init__(what, total)
        self._done = 0
        self._began = self._last = time.monotonic()

    def total(self, total: int, what: str) -> None:
        """Say what begins, and with how many."""
        self._what, self._total, self._done = what, total, 0
        self._began = time.monotonic()
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=what, completed=0, total=total)

    def show(self, done: int, total: int, name: str) -> None:
        """Show that `name` is under way after `done` of `total`; pass it as `progress`."""
        self._total, self._done = total, done
        if self._bar is not None and self._task is not None:
            self._bar.update(
                self._task,
                description=printable(f"{self._what} {name}"),
                completed=done,
                total=total,
            )
        elif total != 1:
            say(f"{self._what} {done + 1} of {total}: {name}")

    def finish(self) -> None:
        """Count one input as done; outside a terminal a line every few seconds is enough."""
        self._done += 1
        if self._bar is not None and self._task is not None:
            said = f"{self._what}, {self._pace()}"
            self._bar.update(self._task, completed=self._done, description=said)
        elif time.monotonic() - self._last >= EVERY:
            self._last = time.monotonic()
            say(f"{self._what}: {self._done} of {self._total}, {self._pace()}")

    def _pace(self) -> str:
        rate = self._done / max(time.monotonic() - self._began, 1e-9)
        left = ((self._total or self._done) - self._done) / rate
        return f"{rate:.1f} pictures/s, {_time(left)} left"


class Training(_Shown):
    """Shows loss and time left; pass it as `progress`."""

    def __init__(self) -> None:
        super().__init__("training", 1)
        self._last = time.monotonic() - EVERY  # the first state is shown at once

    def __call__(self, state: _State) -> None:
        """Show one state."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=_line(state), completed=state.share)
        elif time.monotonic() - self._last >= EVERY:
            self._last = time.monotonic()
            say(f"{state.share:4.0%}  {_line(state)}")


def _line(state: _State) -> str:
    held = "" if state.held_out_loss is None else f", held-out dE00 {state.held_out_loss:.2f}"
    rate = "" if state.rate is None else f", {state.rate:.1f} pictures/s"
    return f"{state.phase}: loss {state.loss:.4f}{held}{rate}, {_time(state.seconds_left)} left"


def _time(seconds: float) -> str:
    """Return a time in units that a person would use."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def _bar() -> "Bar":
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn())
    return Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True))

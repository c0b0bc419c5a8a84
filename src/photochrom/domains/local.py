"""The engine of this machine: a process for each task, so many at a time."""

import os
import pickle
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import IO, cast

from photochrom._machine import cores
from photochrom.domains.child import FATAL, REASON
from photochrom.domains.engine import Ended, Planned, Started
from photochrom.errors import WriteError

_LOOK = 0.1  # s between looks at the processes
_WORDS = "words.txt"  # what a child prints
_LAST_WORDS = 400  # letters of them, for an error that nobody foresaw
_ROOT = FilePath(__file__).parents[2]


@dataclass(frozen=True)
class LocalEngine:
    """Work off tasks on this machine.

    Attributes
    ----------
    workers : processes at a time; they share the cores
    """

    workers: int = 1

    def __call__(
        self, tasks: Sequence[Planned], scratch: FilePath, started: Started
    ) -> Generator[Ended, None, None]:
        """As `Engine`."""
        waiting, running = deque(tasks), dict[FilePath, _Running]()
        threads = max(1, cores() // self.workers) if self.workers > 1 else None
        try:
            while waiting or running:
                while waiting and len(running) < self.workers:
                    planned = waiting.popleft()
                    place = scratch / planned.task.domain.name
                    started(planned.task.domain.name)
                    running[place] = _start(planned, place, threads)
                ended = [place for place, one in running.items() if one.code() is not None]
                for place in ended:
                    yield _ended(running.pop(place), place)
                if not ended:
                    time.sleep(_LOOK)
        finally:
            for one in running.values():
                one.end()


@dataclass(frozen=True)
class _Running:
    planned: Planned
    process: "subprocess.Popen[bytes]"

    def code(self) -> int | None:
        return self.process.poll()

    def end(self) -> None:
        self.process.kill()
        with suppress(OSError):
            cast(IO[bytes], self.process.stdin).close()
        self.process.wait()


def _start(planned: Planned, place: FilePath, threads: int | None) -> _Running:
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
    if threads is not None:
        environment["OMP_NUM_THREADS"] = str(threads)  # torch's, too
    try:
        place.mkdir()
        with (place / _WORDS).open("wb") as words:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "photochrom.domains.child"],
                stdin=subprocess.PIPE,
                stdout=words,
                stderr=words,
                env=environment,
            )
    except OSError as error:
        raise WriteError(f"cannot begin in {place}: {error.strerror or error}") from error
    pipe = cast(IO[bytes], process.stdin)
    with suppress(BrokenPipeError):  # it is gone already; its exit code says so
        pipe.write(pickle.dumps((planned, place)))
        pipe.flush()
    return _Running(planned, process)


def _ended(one: _Running, place: FilePath) -> Ended:
    code = one.process.returncode
    one.end()
    for name in (FATAL, REASON):
        if (place / name).exists():
            reason = (place / name).read_text(encoding="utf-8")
            return Ended(one.planned.task, place, reason, fatal=name == FATAL)
    return Ended(one.planned.task, place, None if code == 0 else _crash(code, place))


def _crash(code: int, place: FilePath) -> str:
    if code < 0:
        name = signal.Signals(-code).name
        hint = "; memory may have run out" if name == "SIGKILL" else ""
        return f"its process was ended by {name}{hint}"
    words = (place / _WORDS).read_text(encoding="utf-8", errors="replace").strip()
    return f"unexpected error: {words[-_LAST_WORDS:].splitlines()[-1] if words else code}"

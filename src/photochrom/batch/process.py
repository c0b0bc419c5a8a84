"""A handle of one child process: asks it, watches it, and starts another when it is gone."""

import logging
import os
import pickle
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path as FilePath
from types import TracebackType
from typing import IO, Any, BinaryIO, Self, cast

from photochrom._memory import lacks_memory
from photochrom.batch.messages import NO_MEMORY, heard, send
from photochrom.errors import (
    ModelFileError,
    OutOfMemoryError,
    PhotochromError,
    PictureError,
    TimeLimitError,
)

_TO_START = 120.0  # s; half a second alone, but a machine may be busy
_LAST_WORDS = 4096  # bytes of what a child that crashed had printed
_ROOT = FilePath(__file__).parents[2]
logger = logging.getLogger(__name__)


class Process:
    """One child that does what it is asked, apart from this process; see `service.serve`.

    Decoders are native code, and some file may crash them, or make them take all memory or time.
    That ends the child alone; it is told as an error, and the next question gets a new child. One
    thread may use a process at a time.

    Parameters
    ----------
    module : to run
    opening : what it is told first
    threads : of the CPU; None for all cores
    memory : bytes that the child may take, everything in it counted; None for no limit. Kept on
        Linux alone
    """

    def __init__(
        self, module: str, opening: object, *, threads: int | None, memory: int | None
    ) -> None:
        self._module, self._opening = module, opening
        self._threads, self._memory = threads, memory
        self._process: subprocess.Popen[bytes] | None = None
        self._over = False
        self._words: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def id(self) -> int | None:
        """Number of the process that is there; None where none is."""
        process = self._process
        return None if process is None or process.poll() is not None else process.pid

    def start(self) -> None:
        """Start the child, if there is none that lives, and wait until it is ready.

        Raises
        ------
        ModelFileError, OutOfMemoryError, OptionError, TimeLimitError
            If it cannot begin with what it is told first.
        """
        if self.id is not None:
            return
        self.close()  # one that ended while nothing was asked of it, as where memory ran out
        self._check_wanted()
        self._words = _scratch()
        self._process = _spawn(self._module, self._threads, self._words)
        try:
            self._check_wanted()  # again: `kill` may have come while there was none yet
            self._talk((self._opening, self._memory), _TO_START)
        except BaseException as error:
            self.close()
            if isinstance(error, PictureError):  # none was asked for yet
                raise ModelFileError(f"the model cannot be run: {error}") from None
            if isinstance(error, TimeLimitError):
                raise TimeLimitError(
                    f"the model is not ready after {_TO_START:g} seconds; is the machine busy?"
                ) from None
            raise

    def ask(self, what: object, seconds: float) -> tuple[dict[str, Any], tuple[bytes, ...]]:
        """Ask something, and return what the child says and the files that it made.

        Raises
        ------
        PhotochromError
            What the child raised.
        PictureError, OutOfMemoryError, TimeLimitError
            If it crashed, or takes more than it may.
        """
        self.start()
        self._forget_words()
        try:
            return self._talk(what, seconds)
        except OutOfMemoryError:
            self.close()  # what is in pieces by now would be missing for the next picture
            raise

    def close(self) -> None:
        """End the child; a later question starts another."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout, self._words):
            with suppress(OSError):  # what was not sent any more cannot be
                cast(IO[bytes], pipe).close()
        process.wait()

    def kill(self, *, forever: bool = False) -> None:
        """End the child from another thread, in the middle of a picture.

        Parameters
        ----------
        forever : start no other for what is asked from now on
        """
        self._over = self._over or forever
        process = self._process
        if process is not None:
            process.kill()

    def _check_wanted(self) -> None:
        if self._over:
            raise PhotochromError("the run has ended")

    def _talk(self, said: object, seconds: float) -> tuple[dict[str, Any], tuple[bytes, ...]]:
        process = cast("subprocess.Popen[bytes]", self._process)
        try:
            with _deadline(process, seconds) as late:
                try:
                    send(cast(BinaryIO, process.stdin), pickle.dumps(said))
                    return heard(cast(BinaryIO, process.stdout))
                except (EOFError, OSError) as error:
                    if isinstance(error, PhotochromError):  # some are `OSError`, too
                        raise
                ended = self._ended(process, seconds if late.is_set() else None)
        except PhotochromError:  # said by the child, which goes on
            raise
        except BaseException:  # Ctrl-C, or no answer at all: the next one would be read amiss
            self.close()
            raise
        self.close()
        raise ended

    def _ended(self, process: "subprocess.Popen[bytes]", late: float | None) -> PhotochromError:
        """Say why a child is gone; `late` are the seconds that it had, where it took more."""
        code, words = process.wait(), self._last_words()
        logger.debug("a child ended with %d: %s", code, words)
        if late is not None:
            return TimeLimitError(
                f"it takes more than {late:g} seconds; reduce the picture first, or allow more"
            )
        if code == NO_MEMORY or lacks_memory(MemoryError() if _killed(code) else OSError(words)):
            return OutOfMemoryError(
                f"it takes more memory than {self._allowed()}; reduce it first, or allow more"
            )
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        return PictureError(f"it makes its decoder crash ({how}); it is damaged, or made to do so")

    def _allowed(self) -> str:
        memory = self._memory
        return "there is" if memory is None else f"the {memory / 2**20:,.0f} MB that it may take"

    def _last_words(self) -> str:
        words = cast(IO[bytes], self._words)
        with suppress(OSError):
            words.seek(max(0, words.seek(0, os.SEEK_END) - _LAST_WORDS))
            return words.read().decode(errors="replace")
        return ""

    def _forget_words(self) -> None:
        """Drop what was printed over earlier pictures: it would tell why a later one fails.

        Parent and child share the place in the file, too, so that the child begins anew.
        """
        words = cast(IO[bytes], self._words)
        with suppress(OSError):
            words.seek(0)
            words.truncate()


def _scratch() -> IO[bytes]:
    """Open a file without a name; nowhere, where no place is for one, as in some containers."""
    try:
        return cast(IO[bytes], tempfile.TemporaryFile())
    except OSError:
        return FilePath(os.devnull).open("w+b")


def _killed(code: int) -> bool:
    """Whether the system ended it: it does so where memory runs out, and nobody else would."""
    return code == -getattr(signal, "SIGKILL", 9)


def _spawn(module: str, threads: int | None, words: IO[bytes]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-P", "-m", module]
    paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **_counts(threads)}
    with _signals_blocked():
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=words,
            env=environment,
        )


@contextmanager
def _signals_blocked() -> Iterator[None]:
    """Start a child with Ctrl-C blocked, which would end it before it can say that it ignores it.

    Ctrl-C, and SIGTERM by some systems, reach all processes of a group.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    earlier = signal.pthread_sigmask(signal.SIG_BLOCK, (signal.SIGINT, signal.SIGTERM))
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, earlier)


def _counts(threads: int | None) -> dict[str, str]:
    """Environment by which native libraries learn how many threads they may start."""
    if threads is None:
        return {}
    names = ("VIPS_CONCURRENCY", "OPENCV_FOR_THREADS_NUM", "OMP_NUM_THREADS")
    return dict.fromkeys((*names, "OPENBLAS_NUM_THREADS"), str(threads))


@contextmanager
def _deadline(process: "subprocess.Popen[bytes]", seconds: float) -> Iterator[threading.Event]:
    """Kill a process after a time; yields whether that was done.

    Counted in short steps: one that was stopped meanwhile, such as a container that is paused,
    loses a step of them and not all its time.
    """
    late, ended = threading.Event(), threading.Event()
    steps = max(1, round(seconds))

    def watch() -> None:
        if not any(ended.wait(seconds / steps) for _ in range(steps)):
            late.set()
            process.kill()

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield late
    finally:
        ended.set()

"""The process that trains one model: `python -m photochrom.domains.child`, started by `local`."""

import os
import pickle
import signal
import sys
import threading
from pathlib import Path as FilePath

from photochrom._files import write_bytes
from photochrom._memory import lacks_memory
from photochrom.domains.engine import Planned
from photochrom.errors import DiskFullError, PhotochromError, WriteError

REASON, FATAL = "reason.txt", "fatal.txt"
"""What a child leaves, beside or in place of a model, that failed; the second for a lost disk."""


def main() -> None:
    """Do the task that comes up the pipe; end with it, or when the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent says
    planned, place = pickle.load(sys.stdin.buffer)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    try:
        _work(planned, place)
    except Exception as error:
        reason = told(error)
        if reason is None:
            raise
        name = FATAL if isinstance(error, WriteError | DiskFullError) else REASON
        write_bytes(reason.encode(errors="replace"), place / name, overwrite=True)


def told(error: Exception) -> str | None:
    """Return an error in words for the user; None for one that nobody raised on purpose."""
    if isinstance(error, PhotochromError):
        return str(error)
    if lacks_memory(error):
        return "not enough memory; close other programs, or train fewer at a time (--workers)"
    return None


def _work(planned: Planned, place: FilePath) -> None:
    from photochrom.domains.work import work  # noqa: PLC0415 - torch: some seconds

    work(planned.task, planned.fingerprint, place)


def _die_with_parent() -> None:
    """Nobody would take the result: the parent never closes the pipe while it lives."""
    os.read(0, 1)  # not of `sys.stdin`, whose lock this thread would hold when Python ends
    os._exit(1)


if __name__ == "__main__":
    main()

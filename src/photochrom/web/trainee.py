"""The process that trains: `python -m photochrom.web.trainee`; says how far it is, line by line."""

import json
import os
import pickle
import signal
import sys
import threading
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from photochrom._files import is_full, write_bytes
from photochrom._memory import lacks_memory
from photochrom.errors import TRAIN_EXTRA, DiskFullError, PhotochromError

if TYPE_CHECKING:
    from photochrom.training.phases import Progress

SO_FAR = "so-far.png"  # beside the model: held-out pictures, gray, coloured and true
_NICE = 5  # the pictures of those who wait go first


def main() -> None:
    """Train what the parent says, and end with it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent says
    folder, out, options = pickle.load(sys.stdin.buffer)
    threading.Thread(target=_die_with_parent, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(_NICE)
    pipe = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # what libraries print goes to stderr

    def say(**said: Any) -> None:
        pipe.write(json.dumps(said) + "\n")

    try:
        _train(folder, out, options, say)
    except Exception as error:
        words = told(error)
        if words is None:
            raise
        say(error=words)


def told(error: Exception) -> str | None:
    """Return an error in words for visitors; None for one that nobody raised on purpose."""
    if is_full(error) or isinstance(error, DiskFullError):
        return "the server's disk is full"
    if isinstance(error, PhotochromError):
        return str(error)
    if isinstance(error, ModuleNotFoundError) and error.name in TRAIN_EXTRA:
        return f"{error.name} is not installed on the server; training needs it"
    if lacks_memory(error):
        return "the server has not enough memory for this training; give fewer pictures"
    return None


def _train(folder: FilePath, out: FilePath, options: dict[str, Any], say: Any) -> None:
    from photochrom.training.runfolder import sheet  # noqa: PLC0415
    from photochrom.training.train import train  # noqa: PLC0415 - torch: some seconds
    from photochrom.training.transfer.config import TransferConfig  # noqa: PLC0415

    samples = 0

    def tell(at: "Progress") -> None:
        nonlocal samples
        if at.samples is not None:
            write_bytes(sheet(at.samples()), out.parent / SO_FAR, overwrite=True)
            samples += 1
        say(
            phase=at.phase,
            step=at.step,
            share=round(at.share, 4),
            loss=round(at.loss, 5),
            held_out=at.held_out_loss,
            seconds_left=round(at.seconds_left, 1),
            samples=samples,
        )

    result = train(folder, out, TransferConfig(**options), overwrite=True, progress=tell)
    say(
        warnings=result.warnings,
        left_out=[[FilePath(each.name).name, each.reason] for each in result.dropped],
    )


def _die_with_parent() -> None:
    """Nobody would take the result: the parent never closes the pipe while it lives."""
    os.read(0, 1)  # not of `sys.stdin`, whose lock this thread would hold when Python ends
    os._exit(1)


if __name__ == "__main__":
    main()

"""Makes a worker's child misbehave, really, by the name of the picture that it is to read.

Python imports this at its start where the folder is on PYTHONPATH, as `faults` in
`test_batch_worker` puts it. It stands for a decoder with a bug.
"""

import ctypes
import os
import pickle
import signal
import sys
import time
from pathlib import Path
from typing import Any, NoReturn


class _Bomb:
    """A pickle that touches a file when it is loaded."""

    def __reduce__(self) -> tuple[Any, tuple[Path]]:
        return Path.touch, (_desk() / "went-off",)


def _segfault() -> None:
    ctypes.string_at(0)


def _abort() -> None:
    os.abort()


def _leave() -> None:
    os._exit(0)


def _hang() -> None:
    _reach()
    while True:
        time.sleep(60)


def _wait() -> None:
    """Go on when the test makes a file."""
    _reach()
    while not (_desk() / "go").exists():
        time.sleep(0.01)


def _reach() -> None:
    (_desk() / "reached").touch()


def _desk() -> Path:
    """A folder of the test's own."""
    return Path(os.environ["PHOTOCHROM_TEST_DESK"])


def _starve() -> None:
    filled = []
    while True:
        filled.append(bytearray(b"x" * (16 << 20)))


def _be_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _fail() -> NoReturn:
    raise ZeroDivisionError("a mistake of ours")


def _run_short() -> NoReturn:
    raise MemoryError


def _cry() -> None:
    print("noise of Python")
    os.write(1, b"noise of native code\n" * 1000)


def _lie() -> None:
    """Answer in the parent's place, with a pickle."""
    lie = pickle.dumps(_Bomb())
    for file in range(3, 32):
        try:
            os.write(file, len(lie).to_bytes(8, "little") + lie)
        except OSError:
            continue


FAULTS = {
    "segfault": _segfault, "abort": _abort, "leave": _leave, "hang": _hang, "starve": _starve,
    "killed": _be_killed, "fail": _fail, "short": _run_short, "cry": _cry, "lie": _lie,
    "wait": _wait,
}  # fmt: skip


def _infect() -> None:
    from photochrom.imageio import reading

    load = reading.load_image

    def load_or_fail(source: Any, **options: Any) -> Any:
        fault = FAULTS.get(Path(source).stem) if isinstance(source, str) else None
        if fault is not None:
            fault()
        return load(source, **options)

    reading.load_image = load_or_fail


if "photochrom.batch.child" in sys.orig_argv:
    if "PHOTOCHROM_TEST_FAULT" in os.environ:  # before the child can say a word
        FAULTS[os.environ["PHOTOCHROM_TEST_FAULT"]]()
    _infect()

"""Ctrl-C between two steps, so that what is saved is not half a step behind itself."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def late_interrupt(then: Callable[[], None] | None = None) -> Iterator[Callable[[], bool]]:
    """Hold back the first Ctrl-C within the block; the second one ends it at once.

    SIGTERM, by which containers and batch systems end a program, counts as a first Ctrl-C.

    Parameters
    ----------
    then : called on the first one, within the signal's handler

    Yields
    ------
    asked : whether somebody pressed it. Never, where another program handles the signal or this is
        not the main thread, which alone may.
    """
    pressed = threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        if pressed.is_set() and number == signal.SIGINT:
            signal.default_int_handler(number, frame)
        if not pressed.is_set():
            pressed.set()
            if then is not None:
                then()

    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield pressed.is_set
        return
    signal.signal(signal.SIGINT, note)
    earlier = signal.signal(signal.SIGTERM, note)
    try:
        yield pressed.is_set
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, earlier)

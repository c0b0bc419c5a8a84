"""Ctrl-C between two steps, so that what is saved is not half a step behind itself."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def late_interrupt(then: Callable[[], None] | None = None) -> Iterator[Callable[[], bool]]:
    """Hold back the first Ctrl-C within the block; the second one ends it at once.

    SIGTERM, by which containers and batch systems end a program, counts as a first Ctrl-C, also
    where Ctrl-C is ignored.

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
    ctrl_c = signal.getsignal(signal.SIGINT)
    if not is_main or ctrl_c not in (signal.default_int_handler, signal.SIG_IGN):
        yield pressed.is_set
        return
    # A shell that starts a program by `command &` in a script lets it ignore Ctrl-C.
    ignored = ctrl_c is signal.SIG_IGN
    numbers = (signal.SIGTERM,) if ignored else (signal.SIGTERM, signal.SIGINT)
    earlier = [(number, signal.signal(number, note)) for number in numbers]
    try:
        yield pressed.is_set
    finally:
        for number, handler in earlier:
            signal.signal(number, handler)

"""What runs in a child of `process.Process`: answers one question after the other.

The child touches what strangers made: it decodes, colours, encodes, and may crash. It opens no
place to write: files go up the pipe, and the parent does with them what it likes.
"""

import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, BinaryIO, TypeAlias

from photochrom._memory import lacks_memory
from photochrom.batch.messages import NO_MEMORY, answer, complaint, receive
from photochrom.errors import OutOfMemoryError, PhotochromError

Answer: TypeAlias = Callable[[Any], tuple[dict[str, Any], tuple[bytes, ...]]]


def serve(begin: Callable[[Any], Answer]) -> None:
    """Serve until the parent closes the pipe, or dies.

    Parameters
    ----------
    begin : is given what the parent says first, under the limit on memory, and returns what answers
        questions with plain values for JSON and with files
    """
    for number in (signal.SIGINT, signal.SIGTERM):  # they reach the whole group; the parent decides
        signal.signal(number, signal.SIG_IGN)
    pipe, asked = _own_stdout(), _listen(sys.stdin.buffer)
    opening, memory = asked.get()
    try:
        limit(memory)
        answering = begin(opening)
    except Exception as error:
        answer(pipe, complaint(_told(error, "to load the model")))
        return
    answer(pipe, {})
    while True:
        _serve(pipe, answering, asked.get())


def limit(memory: int | None) -> None:
    """Let this process have no more than so many bytes of its own; where systems allow that."""
    if memory is None or not sys.platform.startswith("linux"):
        return
    import resource  # noqa: PLC0415 - Unix alone has it

    # DATA, not AS: address space that is only reserved, by threads and allocators, costs nothing.
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    most = memory if hard == resource.RLIM_INFINITY else min(memory, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _serve(pipe: BinaryIO, answering: Answer, ask: object) -> None:
    try:
        said, files = answering(ask)
    except Exception as error:
        answer(pipe, complaint(_told(error, "to read or write it")))
    else:
        answer(pipe, said, files)


def _own_stdout() -> BinaryIO:
    """Keep stdout for answers; what native code prints goes to stderr."""
    pipe = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return pipe


def _listen(pipe: BinaryIO) -> "SimpleQueue[Any]":
    """Read in a thread, so that the end of the parent is noticed in the middle of a picture."""
    asked: SimpleQueue[Any] = SimpleQueue()

    def listen() -> None:
        while True:
            try:
                asked.put(pickle.loads(receive(pipe)))
            except EOFError:
                os._exit(0)
            except MemoryError:
                os._exit(NO_MEMORY)
            except BaseException:
                traceback.print_exc()
                os._exit(1)

    threading.Thread(target=listen, daemon=True).start()
    return asked


def _told(error: Exception, what: str) -> Exception:
    """Return an error of ours for memory that ran out where nothing of ours looked."""
    if isinstance(error, PhotochromError) or not lacks_memory(error):
        return error
    return OutOfMemoryError(f"not enough memory {what}; allow more, or close other programs")

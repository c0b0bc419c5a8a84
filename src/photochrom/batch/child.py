"""The process that touches what strangers made: decodes, colours, encodes, and may crash.

`worker.Worker` starts it as `python -m photochrom.batch.child`. It opens no place to write: files
go up the pipe, and the parent writes them.
"""

import os
import pickle
import signal
import sys
import threading
import traceback
from dataclasses import dataclass, replace
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, BinaryIO

from photochrom._memory import lacks_memory
from photochrom.batch.messages import NO_MEMORY, answer, complaint, receive
from photochrom.errors import OutOfMemoryError, PhotochromError

if TYPE_CHECKING:
    from photochrom.batch.order import Order
    from photochrom.batch.results import Result
    from photochrom.imageio.picture import Picture
    from photochrom.inference.cast import Cast
    from photochrom.inference.colorizer import Colorizer


@dataclass(frozen=True)
class Start:
    """What a child is told first; `memory` is a limit in bytes."""

    order: "Order"
    threads: int | None
    memory: int | None


@dataclass(frozen=True)
class Ask:
    """One picture to colour.

    Attributes
    ----------
    source : path, or the bytes of a file
    format : of the result; None for the picture's own
    keep : hand a picture that is in colour already back in `format`, instead of nothing
    cast : what its album changes in its colours
    look : only take notes of it, for its album
    """

    source: str | bytes
    format: str | None
    keep: bool
    cast: "Cast | None"
    look: bool


def main() -> None:
    """Serve until the parent closes the pipe, or dies."""
    for number in (signal.SIGINT, signal.SIGTERM):  # they reach the whole group; the parent decides
        signal.signal(number, signal.SIG_IGN)
    pipe, asked = _own_stdout(), _listen(sys.stdin.buffer)
    start: Start = asked.get()
    try:
        limit(start.memory)
        colorizer = _open(start)
    except Exception as error:
        answer(pipe, complaint(_told(error, "to load the model")))
        return
    answer(pipe, {})
    while True:
        _serve(pipe, colorizer, start.order, asked.get())


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


def _open(start: Start) -> "Colorizer":
    from photochrom.batch.results import check  # noqa: PLC0415 - under the limit on memory
    from photochrom.inference.colorizer import Colorizer  # noqa: PLC0415

    order = start.order
    colorizer = Colorizer(order.model.data, device=order.device, threads=start.threads)
    colorizer.name = order.model.name
    check(colorizer, order)
    return colorizer


def _serve(pipe: BinaryIO, colorizer: "Colorizer", order: "Order", ask: Ask) -> None:
    try:
        said, files = _said(colorizer, order, ask)
    except Exception as error:
        answer(pipe, complaint(_told(error, "to read or write it")))
    else:
        answer(pipe, said, files)


def _told(error: Exception, what: str) -> Exception:
    """Return an error of ours for memory that ran out where nothing of ours looked."""
    if isinstance(error, PhotochromError) or not lacks_memory(error):
        return error
    return OutOfMemoryError(f"not enough memory {what}; allow more, or close other programs")


def _said(
    colorizer: "Colorizer", order: "Order", ask: Ask
) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    from photochrom.imageio.reading import load_image  # noqa: PLC0415
    from photochrom.inference.colored import is_colored  # noqa: PLC0415

    picture = load_image(ask.source, limits=order.limits)
    wanted = order.even_if_colored or not is_colored(picture)
    if ask.look:
        note = colorizer.album_note(picture, order.recipe) if wanted else None
        return {"note": None if note is None else note.to_dict()}, ()
    result = _result(colorizer, picture, order, ask, wanted=wanted)
    return {"notes": result.notes, "colored": result.colored}, result.files


def _result(
    colorizer: "Colorizer", picture: "Picture", order: "Order", ask: Ask, *, wanted: bool
) -> "Result":
    from photochrom.batch.results import Result, make  # noqa: PLC0415

    format_ = ask.format or picture.kept.format
    if not wanted:
        return Result(_kept(picture, order, ask, format_), colored=True)
    if ask.cast is not None:
        order = replace(order, recipe=replace(order.recipe, album=ask.cast))
    return make(colorizer, picture, order, format_)


def _kept(picture: "Picture", order: "Order", ask: Ask, format_: str) -> tuple[bytes, ...]:
    from photochrom.imageio.writing import encode_image  # noqa: PLC0415

    if not ask.keep:
        return ()
    if format_ == picture.kept.format and isinstance(ask.source, bytes):
        return (ask.source,)
    return (encode_image(picture, format_, quality=order.quality),)


if __name__ == "__main__":
    main()

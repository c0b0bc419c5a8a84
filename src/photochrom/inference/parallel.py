"""The same work on many parts of a picture, on all cores: NumPy and OpenCV let go of the GIL."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from photochrom._machine import cores

Part = TypeVar("Part")

# px of a block: enough rows that few rows of cells are widened twice, and planes of 256 KB, so
# that the twenty or so in use stay in a core's cache; whole strips took twice as long.
_ROWS, _COLUMNS = 128, 512


def blocks(height: int, width: int) -> list[tuple[slice, slice]]:
    """Cut a picture into blocks, (rows, columns) each."""
    return [
        (slice(top, min(top + _ROWS, height)), slice(left, min(left + _COLUMNS, width)))
        for top in range(0, height, _ROWS)
        for left in range(0, width, _COLUMNS)
    ]


def for_each(work: Callable[[Part], None], parts: Iterable[Part], threads: int | None) -> None:
    """Call `work` on every part, `threads` at a time (None: one a core); raise what it raises.

    One at a time needs no other thread: OpenCV keeps some 400 bytes of each that ever called it.
    """
    every = list(parts)
    if min(threads or cores(), len(every)) < 2:
        for part in every:
            work(part)
        return
    with ThreadPoolExecutor(threads or cores()) as pool:
        for _ in pool.map(work, every):
            pass

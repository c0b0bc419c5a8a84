"""The same work on many parts of a picture, on all cores: NumPy and OpenCV let go of the GIL."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

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
    """Call `work` on every part, `threads` at a time (None: one a core); raise what it raises."""
    with ThreadPoolExecutor(threads or _cores()) as pool:
        for _ in pool.map(work, parts):
            pass


def _cores() -> int:
    """Cores this process may use: in a container fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

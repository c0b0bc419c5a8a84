"""One clear error wherever memory runs out, whichever library noticed it."""

from collections.abc import Iterator
from contextlib import contextmanager

from photochrom.errors import OutOfMemoryError, PhotochromError

# OpenCV, onnxruntime (CPU and CUDA) and libvips raise classes of their own; only words tell.
_WORDS = (
    "out of memory",
    "bad_alloc",
    "bad allocation",
    "failed to allocate",
    "insufficient memory",
    "alloc_failed",
    "smaller than requested bytes",
    "cannot allocate memory",
    "can't start new thread",
    "error creating thread",
)


def lacks_memory(error: BaseException, *, name: str = "") -> bool:
    """Say whether an error means that memory ran out; the words of the file `name` do not count."""
    text = (str(error).replace(name, "") if name else str(error)).lower()
    return isinstance(error, MemoryError) or any(words in text for words in _WORDS)


@contextmanager
def memory_for(what: str, advice: str) -> Iterator[None]:
    """Turn the many ways to run out of memory within the block into one error.

    Parameters
    ----------
    what : completes "not enough memory ..."
    advice : what to do

    Raises
    ------
    OutOfMemoryError
        If memory ran out. What photochrom raised on purpose within the block passes through: its
        words hold file names, which may say anything.
    """
    try:
        yield
    except PhotochromError:
        raise
    except Exception as error:
        if not lacks_memory(error):
            raise
        raise OutOfMemoryError(f"not enough memory {what}; {advice}") from error

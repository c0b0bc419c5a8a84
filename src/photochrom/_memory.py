"""One clear error wherever memory runs out, whichever library noticed it."""

from collections.abc import Iterator
from contextlib import contextmanager

from photochrom.errors import OutOfMemoryError

# OpenCV, onnxruntime (CPU and CUDA) and libvips raise classes of their own; only words tell.
_WORDS = (
    "out of memory",
    "bad_alloc",
    "bad allocation",
    "failed to allocate",
    "insufficient memory",
    "alloc_failed",
    "smaller than requested bytes",
    "can't start new thread",
)


def lacks_memory(error: BaseException) -> bool:
    """Say whether an error means that memory ran out."""
    text = str(error).lower()
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
        If memory ran out; one that was raised within the block passes through.
    """
    try:
        yield
    except OutOfMemoryError:
        raise
    except Exception as error:
        if not lacks_memory(error):
            raise
        raise OutOfMemoryError(f"not enough memory {what}; {advice}") from error

"""A bounded number of requests that make work; more are turned away at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from photochrom.web.problem import Problem

_AGAIN = 2  # s after which a client may try again; a picture takes about that long


class Places:
    """Places of requests from their headers on to the last byte of their response.

    Parameters
    ----------
    all : how many there are
    """

    def __init__(self, all: int) -> None:  # noqa: A002 - says it best
        self.all, self.used = all, 0

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Take one for the block.

        Raises
        ------
        Problem
            If there is none.
        """
        if self.used >= self.all:
            raise Problem(
                "busy",
                f"all {self.all} places are taken; try again in {_AGAIN} s",
                {"retry-after": str(_AGAIN)},
            )
        self.used += 1
        try:
            yield
        finally:
            self.used -= 1

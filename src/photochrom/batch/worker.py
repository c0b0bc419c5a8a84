"""A worker: one child process that holds a model and colours pictures."""

from os import fspath

from photochrom._types import Path
from photochrom.batch.child import Ask, Start
from photochrom.batch.order import Order
from photochrom.batch.process import Process
from photochrom.batch.results import Result
from photochrom.inference.album_note import AlbumNote
from photochrom.inference.cast import Cast

SECONDS = 600.0  # for one picture; the largest that is read by default takes some two minutes
_CHILD = "photochrom.batch.child"


class Worker(Process):
    """One process that holds a model and colours pictures, apart from this one.

    A picture that crashes its decoder ends the process alone, and the next picture gets a new one;
    see `Process`. One thread may use a worker at a time.

    Parameters
    ----------
    order : what to do with every picture
    threads : of the CPU; None for all cores
    memory : bytes that the child may take, everything in it counted (a gigabyte is enough for some
        40 megapixels); None for no limit. Kept on Linux alone
    seconds : that one picture may take

    Raises
    ------
    As `start`; the child is started with the first picture, or by `start`.
    """

    def __init__(
        self,
        order: Order,
        *,
        threads: int | None = None,
        memory: int | None = None,
        seconds: float = SECONDS,
    ) -> None:
        super().__init__(_CHILD, Start(order, threads), threads=threads, memory=memory)
        self.order = order
        self._seconds = seconds

    def color(
        self,
        source: Path | bytes,
        *,
        format: str | None = None,  # noqa: A002 - the word that users know
        keep: bool = False,
        cast: Cast | None = None,
    ) -> Result:
        """Colour one picture.

        Parameters
        ----------
        source : path, or the bytes of a file
        format : of the result; None for the picture's own
        keep : hand a picture that is in colour already back in `format`, instead of nothing
        cast : what its album changes in its colours

        Raises
        ------
        InputMissingError, PictureError, OptionError
            As `load_image`, `Colorizer.colorize` and `encode_image` do. `PictureError`, too, if the
            picture makes a decoder crash.
        OutOfMemoryError, TimeLimitError
            If it takes more than it may.
        """
        ask = Ask(_plain(source), format, keep, cast, look=False)
        said, files = self.ask(ask, self._seconds)
        return Result(files, tuple(said["notes"]), said["colored"])

    def look(self, source: Path | bytes) -> AlbumNote | None:
        """Take notes of a picture for its album; None of one that `color` would leave alone.

        Raises as `color` does.
        """
        ask = Ask(_plain(source), None, keep=False, cast=None, look=True)
        said, _ = self.ask(ask, self._seconds)
        return None if said["note"] is None else AlbumNote.from_dict(said["note"])


def _plain(source: Path | bytes) -> str | bytes:
    return source if isinstance(source, bytes) else fspath(source)

"""Training pictures for ever: shuffled, split over processes, and exactly resumable."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from photochrom._types import Labels, UInt8
from photochrom.datasets.cache import PictureCache
from photochrom.datasets.locations import open_source
from photochrom.datasets.order import epoch_order
from photochrom.datasets.source import Source
from photochrom.datasets.usable import SMALLEST, load_usable
from photochrom.errors import DatasetError, OptionError, PictureError

__all__ = ["Bad", "Stream", "open_source"]

ORDERS = 2  # remembered; a batch may reach into the next epoch


@dataclass(frozen=True)
class Bad:
    """A member of a source that is no picture to learn from."""

    name: str
    """SHARD/MEMBER or FOLDER/PATH."""
    reason: str
    """Why, in words for the user: `near-gray (mean chroma 1.2)`, `unreadable: ...`."""


@dataclass(frozen=True, eq=False)
class _Drawn:
    picture: UInt8
    bad: tuple[int, ...]
    """Members passed over on the way to it."""


class Stream:
    """Batches of pictures from a source, epoch after epoch.

    Batch `step` is a function of the source, `seed`, `batch`, `rank` and `world` alone, whatever
    was asked for before: resumed is never stopped. Together the ranks visit every picture once an
    epoch, and what they draw at one step depends on `world * batch` only, so that two processes
    with 16 each learn from the same pictures as one with 32.

    A bad member is replaced by the next good one of the epoch's order.

    Parameters
    ----------
    source : what `open_source` returns
    seed : of the order, 0 or more
    batch : pictures of one batch on this rank, 1 or more
    rank, world : which of how many processes this is
    short_side : px; larger pictures are reduced by area averaging, smaller ones stay
    cache_bytes : decoded pictures kept in memory; what does not fit is decoded again each epoch
    threads : that decode, 1 or more; the pictures do not depend on it
    ahead : batches prepared in the background while one is used

    Raises
    ------
    OptionError
        If an option is out of range.
    """

    def __init__(
        self,
        source: Source,
        *,
        seed: int = 0,
        batch: int = 32,
        rank: int = 0,
        world: int = 1,
        short_side: int = 144,
        cache_bytes: int = 4 << 30,
        threads: int = 2,
        ahead: int = 2,
    ) -> None:
        _check_least(1, batch=batch, world=world, threads=threads)
        _check_least(0, seed=seed, cache_bytes=cache_bytes, ahead=ahead)
        _check_least(SMALLEST, short_side=short_side)
        if not 0 <= rank < world:
            raise OptionError(f"expected a rank from 0 to {world - 1}, got {rank}")
        self._source = source
        self._seed, self._batch, self._ahead = seed, batch, ahead
        self._rank, self._world = rank, world
        self._short_side = short_side
        self._cache = PictureCache(cache_bytes)
        self._reasons: dict[int, str] = {}  # of every bad member met, also by batches ahead
        self._bad: set[int] = set()  # those met by batches that were handed out
        self._orders: dict[int, Labels] = {}
        self._pending: dict[int, list[Future[_Drawn]]] = {}
        self._pool = ThreadPoolExecutor(threads, "photochrom-pictures")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def bad(self) -> list[Bad]:
        """Every bad member that the batches so far came across, in the source's order."""
        return [Bad(self._source.name(at), self._reasons[at]) for at in sorted(self._bad)]

    def batch(self, step: int) -> list[UInt8]:
        """Return the pictures of one step.

        Parameters
        ----------
        step : from 0; any order is right, ascending is fast

        Returns
        -------
        pictures : `batch` times (h, w, 3), encoded sRGB; shared with the cache and not writable

        Raises
        ------
        OptionError
            If `step` is below 0.
        DatasetError
            If a shard cannot be read any more, or no picture of the source is good.
        """
        if step < 0:
            raise OptionError(f"expected a step from 0, got {step}")
        wanted = range(step, step + 1 + self._ahead)
        self._forget(wanted)
        for one in wanted:
            if one not in self._pending:
                self._pending[one] = self._begin(one)
        drawn = [future.result() for future in self._pending.pop(step)]
        self._bad.update(number for one in drawn for number in one.bad)
        return [one.picture for one in drawn]

    def close(self) -> None:
        """Stop preparing batches; the stream cannot be used afterwards."""
        self._pool.shutdown(cancel_futures=True)

    def _forget(self, wanted: range) -> None:
        """Drop what was prepared for steps that are not asked for next."""
        for step in [one for one in self._pending if one not in wanted]:
            for future in self._pending.pop(step):
                future.cancel()

    def _begin(self, step: int) -> list[Future[_Drawn]]:
        first = (step * self._world + self._rank) * self._batch
        places = [divmod(first + i, len(self._source)) for i in range(self._batch)]
        return [self._pool.submit(self._draw, self._order(epoch), at) for epoch, at in places]

    def _order(self, epoch: int) -> Labels:
        if epoch not in self._orders:
            if len(self._orders) == ORDERS:
                del self._orders[next(iter(self._orders))]
            self._orders[epoch] = epoch_order(self._source.sizes, self._seed, epoch)
        return self._orders[epoch]

    def _draw(self, order: Labels, place: int) -> _Drawn:
        bad: list[int] = []
        for i in range(len(order)):
            number = int(order[(place + i) % len(order)])
            picture = self._load(number)
            if picture is not None:
                return _Drawn(picture, tuple(bad))
            bad.append(number)
        raise DatasetError(_none_good(self._source, self._reasons))

    def _load(self, number: int) -> UInt8 | None:
        """Return a picture from the cache or the source, None if it is bad."""
        kept = self._cache.get(number)
        if kept is not None or number in self._reasons:
            return kept
        found = self._decode(number)
        if isinstance(found, str):
            self._reasons[number] = found
            return None
        found.flags.writeable = False
        self._cache.put(number, found)
        return found

    def _decode(self, number: int) -> UInt8 | str:
        try:
            data = self._source.read(number)
        except PictureError as error:
            return f"unreadable: {error}"
        return load_usable(data, short_side=self._short_side)


def _check_least(least: int, **options: int) -> None:
    for name, value in options.items():
        if value < least:
            raise OptionError(f"expected {name} of {least} or more, got {value}")


def _none_good(source: Source, reasons: dict[int, str]) -> str:
    first = min(reasons)
    return (
        f"no picture to learn from among the {len(source)} of {', '.join(source.names[:3])} "
        f"({source.name(first)}: {reasons[first]}); add colour photographs"
    )

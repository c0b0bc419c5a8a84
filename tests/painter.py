"""A stand-in that colours without a process and a model, for tests of what is round that."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from photochrom.batch.item import Item, Outcome
from photochrom.batch.order import Model, Order
from photochrom.batch.perform import perform
from photochrom.batch.plan import plan
from photochrom.batch.results import Result, names
from photochrom.batch.run import Report, run_batch
from photochrom.errors import PictureError

ORDER = Order(Model(b"", "stand-in", "0" * 64))


class Painter:
    """Colours like a worker: each file of a result is its number and what was read.

    `before` is called with every picture after it was read. What begins with "broken" fails, with
    "mistake" by an error that is none of ours, and what begins with "colour" is left alone.
    """

    def __init__(
        self, order: Order = ORDER, before: Callable[[Path | bytes], None] | None = None
    ) -> None:
        self.order, self.before = order, before

    def color(
        self,
        source: Path | bytes,
        *,
        format: str | None = None,  # noqa: A002
        cast: None = None,
    ) -> Result:
        content = source if isinstance(source, bytes) else source.read_bytes()
        if self.before is not None:
            self.before(source)
        if content.startswith(b"broken"):
            raise PictureError("it is broken")
        if content.startswith(b"mistake"):
            raise ValueError("a mistake of ours")
        if content.startswith(b"colour"):
            return Result((), colored=True)
        files = len(names(self.order, "a.png"))
        return Result(tuple(b"%d: " % number + content for number in range(files)))


class Easel:
    """An engine with one painter."""

    def __init__(self, painter: Painter, staging: Path | None) -> None:
        self.painter, self.staging, self.stopped = painter, staging, False

    def __enter__(self) -> "Easel":
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def start(self) -> None:
        pass

    def stop(self) -> None:
        self.stopped = True

    def run(self, items: Sequence[Item]) -> Iterator[Outcome]:
        for item in items:
            if not self.stopped:
                yield perform(self.painter, item, self.staging)  # type: ignore[arg-type]


class Silent:
    """A watcher that says nothing."""

    def begin(self, todo: int, ended: int) -> None:
        pass

    def look(self, pictures: int) -> None:
        pass

    def looked(self) -> None:
        pass

    def tell(self, outcome: Outcome) -> None:
        pass

    def stopping(self) -> None:
        pass


def paint(
    source: Path | str,
    target: Path | str,
    order: Order = ORDER,
    before: Callable[[Path | bytes], None] | None = None,
    **options: Any,
) -> Report:
    """Run a batch."""
    painter = Painter(order, before)
    planned = plan([str(source)], str(target), None)
    return run_batch(
        planned, order, lambda _, staging: Easel(painter, staging), Silent(), **options
    )


def told(report: Report) -> dict[str, str]:
    """What became of each picture of a run."""
    return {each.item.key: each.error or each.status for each in report.outcomes}

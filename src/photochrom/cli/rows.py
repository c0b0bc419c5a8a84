"""What became of every picture: told while it happens, and printed in the end."""

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import click

from photochrom.cli.progress import Counter
from photochrom.cli.say import say, tell
from photochrom.cli.status import Status, of_batch

if TYPE_CHECKING:
    from photochrom.batch.item import Item, Outcome
    from photochrom.batch.manifest import Entry
    from photochrom.batch.order import Order
    from photochrom.batch.plan import Plan
    from photochrom.batch.run import Report

IN_COLOR = "already in colour"
STOPPING = "photochrom: finishing the pictures at hand; Ctrl-C once more stops at once"
LEFT_ALONE = f"{IN_COLOR}, left alone; --even-if-colored colours it anew"


class Watching(Counter):
    """Shows how far a run is; pass it as its watcher."""

    def __init__(self) -> None:
        super().__init__("colouring", None)

    def look(self, pictures: int) -> None:
        """Say how many pictures are looked at first."""
        self.total(pictures, "looking at the album")

    def looked(self) -> None:
        """Count one of them."""
        self.finish()

    def begin(self, todo: int, ended: int) -> None:
        """Say how much there is to do."""
        self.total(todo, "colouring")
        if ended:
            self.note(f"photochrom: {ended} of {todo + ended} pictures were done before")

    def tell(self, outcome: "Outcome") -> None:
        """Say what became of a picture where a user should know, and count it."""
        from photochrom.storage.place import shown

        name = shown(outcome.item.source)
        if outcome.error is not None:
            self.note(f"photochrom: {named(name, outcome.error)}")
        if outcome.status == "skipped":
            self.note(f"{name}: {LEFT_ALONE}")
        for note in outcome.notes:
            self.note(f"{name}: {note}")
        self.finish()

    def stopping(self) -> None:
        """Say what Ctrl-C does, and what another one will."""
        with suppress(OSError):  # by the system alone: the handler of a signal waits for no lock
            os.write(2, b"\n" + STOPPING.encode() + b"\n")


@dataclass(frozen=True)
class Row:
    """What became of one input, as `--json` prints it."""

    input: str
    output: str | None
    error: str | None
    seconds: float
    notes: tuple[str, ...] = ()
    skipped: str | None = None
    files: tuple[str, ...] = ()
    """All that was written for it, the result, or the sheet of alternatives, included."""
    before: bool = False
    """Whether it was done by an earlier run."""


def show(report: "Report", order: "Order", plan: "Plan", *, as_json: bool) -> None:
    """Print the results in the order of the inputs, and on stderr how many failed."""
    rows = _rows(report, order, plan)
    fresh = [row for row in rows if not row.before]
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], indent=1))
    else:
        for row in fresh:
            for name in row.files:
                tell(name)
    _sum_up(report, fresh, goes_on=plan.folder is not None)


def status_of(report: "Report") -> Status:
    """Return the exit code of a run."""
    if report.interrupted:
        return Status.INTERRUPTED
    failed = sum(each.status == "failed" for each in report.outcomes)
    if report.full:
        return Status.FAILED
    return of_batch(failed, len(report.outcomes) + len(report.ended))


def named(name: str, error: str) -> str:
    """Return an error with the name of its picture."""
    return error if name in error else f"{name}: {error}"


def _rows(report: "Report", order: "Order", plan: "Plan") -> list[Row]:
    from photochrom.storage.place import join

    # A picture may be named twice in a batch, where keys are unique; elsewhere sources are.
    by_key = {item.key: item for item in plan.items}
    found: dict[tuple[str, str], Row] = {}
    for outcome in report.outcomes:
        places = [each.place for each in outcome.files]
        found[_id(outcome.item)] = _row(outcome.item.source, outcome, places, order)
    for entry in report.ended:
        places = [join(plan.folder or "", each.place) for each in entry.files]
        item = by_key[entry.key]
        found[_id(item)] = replace(_row(item.source, entry, places, order), before=True)
    return [found[_id(item)] for item in plan.items if _id(item) in found]


def _id(item: "Item") -> tuple[str, str]:
    return item.key, item.source


def _row(source: str, ended: "Outcome | Entry", places: list[str], order: "Order") -> Row:
    from photochrom.storage.place import shown

    files = tuple(shown(place) for place in places)
    output = None
    if files:
        output = files[0] if order.alternatives is None else files[-1]
    skipped = IN_COLOR if ended.status == "skipped" else None
    return Row(shown(source), output, ended.error, ended.seconds, ended.notes, skipped, files)


def _sum_up(report: "Report", rows: list[Row], *, goes_on: bool) -> None:
    total = len(rows) + len(report.ended)
    skipped = sum(row.skipped is not None for row in rows)
    if skipped and total > 1:
        say(f"photochrom: {skipped} of {total} pictures {LEFT_ALONE}")
    failed = [row for row in rows if row.error is not None]
    if failed and total > 1:
        say(f"photochrom: {len(failed)} of {total} pictures failed")
    if len(failed) > 1 and len(rows) > len(failed):
        for row in failed:  # once more, where others were told in between
            say(f"  {named(row.input, row.error or '')}")
    if report.full:
        say(f"photochrom: no space left{_left(report.left, goes_on)}")
    elif report.interrupted:
        say(f"photochrom: interrupted{_left(report.left, goes_on) or '; no picture is left'}")


def _left(count: int, goes_on: bool) -> str:
    if not count:
        return ""
    left = "; 1 picture is left" if count == 1 else f"; {count} pictures are left"
    return f"{left}; the same command goes on" if goes_on else left

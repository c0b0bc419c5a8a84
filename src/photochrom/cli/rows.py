"""What became of every picture: told while it happens, and printed in the end."""

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import click

from photochrom.cli.progress import Counter
from photochrom.cli.status import Status, of_batch

if TYPE_CHECKING:
    from photochrom.batch.item import Outcome
    from photochrom.batch.manifest import Entry
    from photochrom.batch.order import Order
    from photochrom.batch.run import Report

IN_COLOR = "already in colour"
LEFT_ALONE = f"{IN_COLOR}, left alone; --even-if-colored colours it anew"


class Watching(Counter):
    """Shows how far a run is; pass it as its watcher."""

    def __init__(self) -> None:
        super().__init__("colouring", None)

    def begin(self, todo: int, ended: int) -> None:
        """Say how much there is to do."""
        self.total(todo)
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


def show(report: "Report", order: "Order", folder: str | None, *, as_json: bool) -> None:
    """Print the results, and on stderr how many failed."""
    fresh = [_row(each, order) for each in report.outcomes]
    before = [_earlier(each, folder or "") for each in report.ended]
    if as_json:
        click.echo(json.dumps([asdict(row) for row in (*before, *fresh)], indent=1))
    else:
        for row in fresh:
            for name in row.files:
                click.echo(name)
    _sum_up(report, fresh)


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


def _row(outcome: "Outcome", order: "Order") -> Row:
    from photochrom.storage.place import shown

    files = tuple(shown(each.place) for each in outcome.files)
    output = None
    if files:
        output = files[0] if order.alternatives is None else files[-1]
    skipped = IN_COLOR if outcome.status == "skipped" else None
    name, seconds = shown(outcome.item.source), outcome.seconds
    return Row(name, output, outcome.error, seconds, outcome.notes, skipped, files)


def _earlier(entry: "Entry", folder: str) -> Row:
    from photochrom.storage.place import join, shown

    files = tuple(shown(join(folder, each.place)) for each in entry.files)
    skipped = IN_COLOR if entry.status == "skipped" else None
    output = files[0] if files else None
    return Row(entry.source, output, None, entry.seconds, entry.notes, skipped, files, before=True)


def _sum_up(report: "Report", rows: list[Row]) -> None:
    total = len(rows) + len(report.ended)
    skipped = sum(row.skipped is not None for row in rows)
    if skipped and total > 1:
        click.echo(f"photochrom: {skipped} of {total} pictures {LEFT_ALONE}", err=True)
    failed = [row for row in rows if row.error is not None]
    if failed and total > 1:
        click.echo(f"photochrom: {len(failed)} of {total} pictures failed", err=True)
    if len(failed) > 1 and len(rows) > len(failed):
        for row in failed:  # once more, where others were told in between
            click.echo(f"  {named(row.input, row.error or '')}", err=True)
    if report.full:
        click.echo(f"photochrom: no space left; {_left(report)}", err=True)
    elif report.interrupted:
        click.echo(f"photochrom: interrupted; {_left(report)}", err=True)


def _left(report: "Report") -> str:
    return f"{report.left} pictures are left, the same command goes on with them"

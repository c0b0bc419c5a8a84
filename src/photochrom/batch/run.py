"""A whole batch: what is to do is done, by whatever engine, and all of it is on record."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from pathlib import PurePosixPath
from typing import Protocol, TypeAlias

from photochrom._interrupts import late_interrupt
from photochrom.batch import album, claims, record
from photochrom.batch.item import Item, Outcome
from photochrom.batch.lock import locked
from photochrom.batch.manifest import Clock, Entry, Manifest
from photochrom.batch.noted import Noted
from photochrom.batch.order import Order
from photochrom.batch.plan import Plan
from photochrom.batch.shard import Shard
from photochrom.batch.todo import find_todo, is_same, same_as_listed
from photochrom.errors import DiskFullError, ManifestError, OptionError
from photochrom.inference.album_note import AlbumNote


class Engine(AbstractContextManager["Engine"], Protocol):
    """What colours pictures: `LocalEngine`, or a cluster."""

    def start(self) -> None:
        """Raise what is wrong with the model or the options, before any work."""

    def run(self, items: Sequence[Item]) -> Iterator[Outcome]:
        """Colour pictures; outcomes come as they are ready, each picture has one."""

    def stop(self) -> None:
        """Begin no other picture; those at hand are finished."""


OpenEngine: TypeAlias = "Callable[[int, FilePath | None], Engine]"
"""From the number of pictures and the folder for unfinished files to an engine."""


class Watcher(Protocol):
    """Is told what happens."""

    def look(self, pictures: int) -> None:
        """So many pictures are to be looked at for their album, before any is coloured."""

    def looked(self) -> None:
        """One of them was."""

    def begin(self, todo: int, ended: int) -> None:
        """So many pictures are to be coloured, so many are done already."""

    def tell(self, outcome: Outcome) -> None:
        """A picture ended."""

    def stopping(self) -> None:
        """Somebody stopped the run, which ends when the pictures at hand do.

        It is called within the handler of a signal, and must not wait for any lock.
        """


@dataclass(frozen=True)
class Report:
    """What became of a run.

    Attributes
    ----------
    outcomes : of the pictures that ended in this run, sorted by name
    ended : entries of those that were done before
    left : pictures that were not begun, since the run was stopped
    interrupted : whether somebody stopped it
    full : whether it stopped since the disk is full
    """

    outcomes: list[Outcome]
    ended: list[Entry]
    left: int
    interrupted: bool
    full: bool


def run(
    plan: Plan, order: Order, open_engine: OpenEngine, watcher: Watcher, *, force: bool = False
) -> Report:
    """Colour single pictures: nothing is put on record.

    Takes and raises what `run_batch` does, but for the record.
    """
    items = [replace(item, replace=force) for item in plan.items]
    if order.album:
        first = _look(album.on_record(items, {}, order, is_same), open_engine, None, watcher, None)
        if first.interrupted:
            return Report([], [], len(items), interrupted=True, full=False)
        items = list(album.with_casts(items, first.notes))
    return _run(_Work(items), open_engine(len(items), None), watcher, None)


def run_batch(
    plan: Plan,
    order: Order,
    open_engine: OpenEngine,
    watcher: Watcher,
    *,
    shard: Shard = Shard(),  # noqa: B008 - frozen
    force: bool = False,
) -> Report:
    """Colour what is missing, failed or changed of a batch, and put it on record.

    Parameters
    ----------
    plan : with a folder for the results
    order : what to do with every picture
    open_engine : makes what colours them
    watcher : is told what happens
    shard : the part of the batch that is this run's
    force : colour all anew

    Raises
    ------
    LockedError
        If another run holds the folder, or takes it over while this machine sleeps.
    ManifestError
        If its record is damaged, and `force` is not given.
    WriteError, StorageError
        If the folder cannot be written to, or goes away.
    OptionError, ModelFileError, OutOfMemoryError
        If the model cannot be run, or the options do not go with it.
    """
    folder = plan.folder or ""
    if order.album and shard.count > 1:
        raise OptionError("an album is looked at as a whole; leave out --shard or --album")
    plan = replace(plan, items=tuple(shard.of(plan.items)))
    with ExitStack() as held:
        check = held.enter_context(locked(folder, shard))
        manifest, claimed = _record(folder, force=force), claims.read(folder)
        staging = held.enter_context(record.staging(folder, shard))
        own = held.enter_context(claims.claims(folder, shard))
        log = held.enter_context(closing(record.open_log(folder, shard)))
        noted = Noted(log, order, folder, Clock(manifest.latest), manifest.unended, check)
        if order.album:
            same = same_as_listed(plan.sources)
            known = album.on_record(plan.items, manifest.looks, order, same)
            first = _look(known, open_engine, staging, watcher, noted)
            if first.interrupted:
                return Report([], [], len(plan.items), interrupted=True, full=False)
            plan = replace(plan, items=tuple(album.with_casts(plan.items, first.notes)))
        todo = find_todo(plan, manifest, claimed, order, force=force)
        items = [replace(item, claims=own.place) for item in todo.items]
        work = _Work(items, todo.ended, todo.refused)
        report = _run(work, open_engine(len(items), staging), watcher, noted)
        own.settled = not (report.left or report.full)
        return report


@dataclass(frozen=True)
class _Looked:
    notes: dict[str, AlbumNote | None]
    interrupted: bool


def _look(
    known: album.Noted,
    open_engine: OpenEngine,
    staging: FilePath | None,
    watcher: Watcher,
    noted: Noted | None,
) -> _Looked:
    """Take the notes of an album that are missing."""
    if not known.missing:
        return _Looked(known.notes, interrupted=False)
    outcomes = []
    engine = open_engine(len(known.missing), staging)
    with engine, late_interrupt(_stopping(engine, watcher)) as asked:
        engine.start()
        watcher.look(len(known.missing))
        for outcome in engine.run(known.missing):
            if noted is not None:
                noted.look(outcome)
            outcomes.append(outcome)
            watcher.looked()
        interrupted = asked()
    return _Looked(album.with_notes(known, outcomes), interrupted)


@dataclass(frozen=True)
class _Work:
    """What a run has to do, what was done before, and what it must not touch."""

    items: list[Item]
    ended: list[Entry] = field(default_factory=list)
    refused: list[Outcome] = field(default_factory=list)


def _run(work: _Work, engine: Engine, watcher: Watcher, noted: Noted | None) -> Report:
    outcomes: list[Outcome] = []
    full = False
    with engine, late_interrupt(_stopping(engine, watcher)) as asked:
        if work.items:
            engine.start()
        if noted is not None:
            noted.plan(work.items)
        watcher.begin(len(work.items) + len(work.refused), len(work.ended))
        for outcome in work.refused:
            watcher.tell(outcome)
        for outcome in engine.run(work.items) if work.items else ():
            on_record = noted is None or noted.end(outcome)
            if on_record:
                outcomes.append(outcome)
                watcher.tell(outcome)
            if not on_record or outcome.kind == DiskFullError.__name__:
                full = True
                engine.stop()
        interrupted = asked()
    left = len(work.items) - len(outcomes)
    return Report(_sorted([*work.refused, *outcomes]), work.ended, left, interrupted, full)


def _stopping(engine: Engine, watcher: Watcher) -> Callable[[], None]:
    def stop() -> None:
        engine.stop()
        watcher.stopping()

    return stop


def _sorted(outcomes: list[Outcome]) -> list[Outcome]:
    return sorted(outcomes, key=lambda outcome: PurePosixPath(outcome.item.key).parts)


def _record(folder: str, *, force: bool) -> Manifest:
    try:
        return record.read(folder)
    except ManifestError:
        if not force:
            raise
        record.set_aside(folder)
        return Manifest()

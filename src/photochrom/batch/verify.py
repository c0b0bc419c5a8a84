"""Whether all results of a batch are there, and still what was written."""

import time
from contextlib import closing
from dataclasses import dataclass, replace

from photochrom.batch import album, record
from photochrom.batch.item import Item, Outcome, Written
from photochrom.batch.lock import locked
from photochrom.batch.manifest import Clock, Entry, Manifest, line_of
from photochrom.batch.order import Order
from photochrom.batch.perform import hash_of
from photochrom.batch.plan import Plan
from photochrom.batch.run import Report, Watcher
from photochrom.batch.shard import Shard
from photochrom.batch.todo import is_same
from photochrom.errors import InputMissingError, PhotochromError
from photochrom.storage.place import files_of, join, shown

_WHOLE = Shard()


def verify(plan: Plan, order: Order, watcher: Watcher, *, shard: Shard = _WHOLE) -> Report:
    """Read every picture and every result of a batch, and compare them with what is on record.

    Nothing is coloured. A result whose bytes differ though its size and time do not is damaged;
    that goes on record, and the next run makes it anew. One that somebody has changed is told.

    Takes and raises what `run_batch` does, and:

    Raises
    ------
    InputMissingError
        If the folder has no record of a batch.
    """
    folder = plan.folder or ""
    items = shard.of(plan.items)
    if record.read(folder) == Manifest():  # a folder that is misspelt must not come to be
        raise InputMissingError(
            f"there is no record of a batch in {shown(folder)}; -o names the folder of its results"
        )
    with locked(folder, shard), closing(record.open_log(folder, shard)) as log:
        judge = _Judge(record.read(folder), order, folder)
        if order.album:
            known = album.on_record(items, judge.manifest.looks, order, is_same)
            items = list(album.with_casts(items, known.notes))
        clock = Clock(judge.manifest.latest)
        watcher.begin(len(items), 0)
        outcomes, sound = [], []
        for item in items:
            outcome = judge.at(item)
            entry = judge.manifest.entries.get(item.key)
            if outcome.kind == _DAMAGED and entry is not None:
                log.add([line_of(replace(entry, status="damaged", at=clock()))])
            if outcome.error is None and entry is not None:
                sound.append(entry)
            else:
                outcomes.append(outcome)
            watcher.tell(outcome)
    return Report(outcomes, sound, left=0, interrupted=False, full=False)


_DAMAGED = "Damaged"  # no error that is raised; it is between two lines of the manifest


@dataclass(frozen=True)
class _Judge:
    manifest: Manifest
    order: Order
    folder: str

    def at(self, item: Item) -> Outcome:
        """Return an outcome, failed where anything is not as it should be."""
        entry = self.manifest.entries.get(item.key)
        started = time.perf_counter()
        try:
            kind, problem = self._problem(item, entry)
        except PhotochromError as error:
            kind, problem = type(error).__name__, str(error)
        seconds = round(time.perf_counter() - started, 3)
        return Outcome(item, "failed" if problem else "done", seconds, error=problem, kind=kind)

    def _problem(self, item: Item, entry: Entry | None) -> tuple[str | None, str | None]:
        name = shown(item.source)
        if entry is None or item.key in self.manifest.unended:
            return None, f"{name} is not done yet"
        if entry.status == "failed":
            return entry.kind, entry.error
        stale = self._stale(item, entry)
        if stale is not None:
            return None, f"{name} {stale}"
        found = (self._file(written) for written in entry.files)
        return next((each for each in found if each[1] is not None), (None, None))

    def _stale(self, item: Item, entry: Entry) -> str | None:
        """Say why a result is not what would be made now."""
        if self._is_of_another(item, entry):
            return "was coloured with other options, or by another model"
        if files_of(item.source).state(item.source) is None:
            return "is missing"
        same = hash_of(item.source) == entry.sha256
        return None if same else "was changed after it was coloured"

    def _is_of_another(self, item: Item, entry: Entry) -> bool:
        """Whether it was made with other options, or by another model."""
        same = entry.options == self.order.hash_with(item.cast)
        return not same or entry.model != self.order.model.hash

    def _file(self, written: Written) -> tuple[str | None, str | None]:
        place = join(self.folder, written.place)
        state = files_of(place).state(place)
        if state is None:
            return None, f"the result {shown(place)} is missing"
        if hash_of(place) == written.sha256:
            return None, None
        if state == written.state:
            return _DAMAGED, f"the result {shown(place)} is damaged; the next run makes it anew"
        return None, f"the result {shown(place)} was changed after it was made"

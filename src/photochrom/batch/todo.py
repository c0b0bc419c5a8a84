"""What of a batch is still to do: what is missing, failed or changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from photochrom.batch import claims
from photochrom.batch.fields import source_of
from photochrom.batch.item import Item, Outcome, Written
from photochrom.batch.looks import Look
from photochrom.batch.manifest import Entry, Manifest
from photochrom.batch.order import Order
from photochrom.batch.perform import hash_of
from photochrom.batch.plan import Plan
from photochrom.batch.results import names
from photochrom.errors import OutputExistsError, PhotochromError
from photochrom.storage.files import State
from photochrom.storage.place import files_of, is_url, join, relative, shown


@dataclass(frozen=True)
class Todo:
    """What is left of a batch.

    Attributes
    ----------
    items : to colour, each with the files of its own earlier result, which it may replace
    ended : what is done or skipped, and unchanged
    refused : where a file of somebody else is in the way
    """

    items: list[Item]
    ended: list[Entry]
    refused: list[Outcome]


def find_todo(
    plan: Plan, manifest: Manifest, claimed: frozenset[str], order: Order, *, force: bool
) -> Todo:
    """Compare what is wanted with what is on record and what is there.

    A picture is done when it, the options and the model are those of its entry, and all files of
    its result are there; a result that somebody has retouched stays. Sizes and times are looked
    at first, and only where they differ is a file read.

    Parameters
    ----------
    plan : the pictures of the run, which has a folder of results
    manifest : on record
    claimed : by runs that were cut off; see `claims`
    order : what is asked for now
    force : colour all anew, whatever is there
    """
    if force:
        return Todo([replace(item, replace=True) for item in plan.items], [], [])
    folder = plan.folder or ""
    look = _Look(manifest, claimed, order, folder, _there(folder), _listed(plan.sources))
    todo = Todo([], [], [])
    for item in plan.items:
        look.at(item, todo)
    return todo


def _there(folder: str) -> Callable[[str], State | None]:
    """Return what tells the states of files in a folder, by their names in it.

    A distant place is asked once for all; here links may lead elsewhere, which no listing follows.
    """
    if is_url(folder):
        return files_of(folder).states(folder).get
    return lambda name: _state(join(folder, name))


def same_as_listed(folders: Sequence[str]) -> Callable[[str, Entry | Look], bool]:
    """Return `is_same` that asks a distant folder once for all its files."""
    listed = _listed(folders)
    return lambda source, known: is_same(source, known, listed.get(source))


def _listed(folders: Sequence[str]) -> dict[str, State]:
    """Return the states of all files of distant folders, which one request tells together."""
    return {
        join(folder, name): state
        for folder in folders
        if is_url(folder)
        for name, state in files_of(folder).states(folder).items()
    }


@dataclass(frozen=True)
class _Look:
    manifest: Manifest
    claimed: frozenset[str]
    order: Order
    folder: str
    there: Callable[[str], State | None]
    listed: dict[str, State]

    def at(self, item: Item, todo: Todo) -> None:
        entry = self.manifest.entries.get(item.key)
        if entry is not None and self._is_ended(item, entry):
            todo.ended.append(entry)
            return
        ours: list[Written] = []
        for place in names(self.order, item.target):
            found = self._earlier(item, place)
            if isinstance(found, str):
                why = f"{shown(place)} {found}; --force overwrites it"
                todo.refused.append(_refused(item, why))
                return
            if found is not None:
                ours.append(found)
        todo.items.append(replace(item, ours=tuple(ours)))

    def _is_ended(self, item: Item, entry: Entry) -> bool:
        return (
            entry.status in ("done", "skipped")
            and item.key not in self.manifest.unended
            and entry.options == self.order.hash_with(item.cast)
            and entry.model == self.order.model.hash
            and all(self.there(each.place) is not None for each in entry.files)
            and is_same(item.source, entry, self.listed.get(item.source))
        )

    def _earlier(self, item: Item, place: str) -> Written | str | None:
        """Return what is there of an earlier result, or say why that may not be replaced."""
        inside = relative(self.folder, place)
        state = self.there(inside)
        if state is None:
            return None
        maker = self.manifest.makers.get(inside)
        if maker is not None:
            written = next(each for each in maker.files if each.place == inside)
            if self._is_untouched(written):
                ours = replace(written, place=place)
                return ours if self._is_of(item, maker) else "was made from another picture"
        if self.claimed:
            digest = _sha256(place)
            if digest is not None and claims.name_of(digest) in self.claimed:
                return Written(place, state, digest)
        return "exists already" if maker is None else "was changed after it was made"

    def _is_of(self, item: Item, entry: Entry) -> bool:
        if source_of(item.source) == entry.source:
            return True
        return entry.sha256 != "" and _sha256(item.source) == entry.sha256

    def _is_untouched(self, written: Written) -> bool:
        if self.there(written.place) == written.state:
            return True
        return _sha256(join(self.folder, written.place)) == written.sha256


def is_same(source: str, known: Entry | Look, listed: State | None = None) -> bool:
    """Whether an input is what it was when it went on record; one that cannot be read is not.

    Parameters
    ----------
    source : its place
    known : what is on record
    listed : its state now, where that is known; else it is asked for
    """
    now = listed or _state(source)
    if now is None or known.state is None:
        return False
    # Of another file the time says nothing: unpacked archives give all the same.
    if now == known.state and now.version and source_of(source) == known.source:
        return True
    return now.size == known.state.size and _sha256(source) == known.sha256


def _state(place: str) -> State | None:
    try:
        return files_of(place).state(place)
    except PhotochromError:
        return None


def _sha256(place: str) -> str | None:
    try:
        return hash_of(place)
    except PhotochromError:
        return None


def _refused(item: Item, why: str) -> Outcome:
    return Outcome(item, "failed", 0.0, error=why, kind=OutputExistsError.__name__)

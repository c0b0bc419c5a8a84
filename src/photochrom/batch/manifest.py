"""What is on record of a batch: JSON lines, of which each stands for itself.

A first line names the format. `planned` lines come before any work: what was planned and did not
end is done anew, though an older line may say that it is done. Every picture that ends gets a
line. Later lines win, over all files by their times; a last line that was cut off while it was
written is left out, any other damage is an error.
"""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from photochrom.batch import fields, looks
from photochrom.batch.item import Outcome, Written
from photochrom.batch.looks import Look
from photochrom.batch.order import Order
from photochrom.errors import ManifestError
from photochrom.storage.files import State
from photochrom.storage.place import relative

FORMAT = 1
_HEAD = {"photochrom manifest": FORMAT}
_PER_LINE = 1000  # planned names
_STATUSES = ("done", "skipped", "failed", "damaged")
Dated = TypeVar("Dated", "Entry", Look)


@dataclass(frozen=True)
class Entry:
    """What is on record of one picture.

    Attributes
    ----------
    key : its name in the batch
    status : done, skipped, failed; or damaged, where the result is no longer what was written
    source : where it was read
    state, sha256 : of the input
    options, model : hashes of what was asked for
    files : of the result, named relative to the folder of results
    error, kind : what went wrong
    seconds : it took
    notes : what a user should know
    at : when it ended, in seconds since 1970
    """

    key: str
    status: str
    source: str
    state: State | None
    sha256: str
    options: str
    model: str
    files: tuple[Written, ...] = ()
    error: str | None = None
    kind: str | None = None
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    at: float = 0.0


@dataclass(frozen=True)
class Manifest:
    """All that is on record.

    Attributes
    ----------
    entries : the last one of each picture, by key
    makers : the entry that wrote a file last, by its name; a later attempt that failed wrote none
    looks : the last one at each picture, by key
    unended : keys of what was planned and did not end
    latest : time of the latest line, in seconds since 1970
    """

    entries: dict[str, Entry] = field(default_factory=dict)
    makers: dict[str, Entry] = field(default_factory=dict)
    looks: dict[str, Look] = field(default_factory=dict)
    unended: frozenset[str] = frozenset()
    latest: float = 0.0


@dataclass(frozen=True)
class _Planned:
    keys: list[str]
    at: float


class Clock:
    """Tells the times of lines: each one later than all before it, though clocks are set back.

    Parameters
    ----------
    latest : time of the latest line on record
    """

    def __init__(self, latest: float) -> None:
        self._latest = latest

    def __call__(self) -> float:
        """Return seconds since 1970."""
        self._latest = round(max(time.time(), self._latest + 0.001), 3)
        return self._latest


def entry_of(outcome: Outcome, order: Order, folder: str, at: float) -> Entry:
    """Return what goes on record of an outcome at a time; `folder` is that of the results."""
    files = (replace(each, place=relative(folder, each.place)) for each in outcome.files)
    return Entry(
        outcome.item.key,
        outcome.status,
        fields.source_of(outcome.item.source),
        outcome.state,
        outcome.sha256,
        order.hash_with(outcome.item.cast),
        order.model.hash,
        tuple(files),
        outcome.error,
        outcome.kind,
        outcome.seconds,
        outcome.notes,
        at,
    )


def head() -> bytes:
    """Return the first line of a file."""
    return fields.line(_HEAD)


def planned(keys: Iterable[str], at: float) -> Iterator[bytes]:
    """Yield the lines for pictures about to be coloured."""
    names = list(keys)
    for start in range(0, len(names), _PER_LINE):
        yield fields.line({"planned": names[start : start + _PER_LINE], "at": at})


def line_of(entry: Entry) -> bytes:
    """Return the line of one entry."""
    plain: dict[str, Any] = {
        "status": entry.status,
        "input": entry.key,
        "source": entry.source,
        "state": fields.plain_state(entry.state),
        "sha256": entry.sha256,
        "options": entry.options,
        "model": entry.model,
        "files": [
            [each.place, *fields.plain_state(each.state), each.sha256] for each in entry.files
        ],
        "seconds": entry.seconds,
        "at": entry.at,
    }
    optional = {"error": entry.error, "kind": entry.kind, "notes": list(entry.notes)}
    return fields.line(plain | {name: value for name, value in optional.items() if value})


def read_manifest(*files: bytes, names: tuple[str, ...] = ()) -> Manifest:
    """Read what one or several runs wrote, such as those of several shards.

    Parameters
    ----------
    files : their contents
    names : what errors call them

    Raises
    ------
    ManifestError
        If one is damaged other than by a last line cut short, or of another version.
    """
    looked: dict[str, Look] = {}
    entries: dict[str, Entry] = {}
    makers: dict[str, Entry] = {}
    plans: dict[str, float] = {}
    for number, content in enumerate(files):
        name = names[number] if number < len(names) else "the manifest"
        for plain in _lines(content, name):
            if isinstance(plain, Look):
                _keep_later(looked, plain.key, plain)
            elif isinstance(plain, Entry):
                _keep_later(entries, plain.key, plain)
                for each in plain.files:
                    _keep_later(makers, each.place, plain)
            else:
                plans |= {key: max(plain.at, plans.get(key, 0.0)) for key in plain.keys}
    unended = (key for key, at in plans.items() if key not in entries or entries[key].at < at)
    times = [*plans.values(), *(e.at for e in entries.values()), *(e.at for e in looked.values())]
    return Manifest(entries, makers, looked, frozenset(unended), max(times, default=0.0))


def _keep_later(known: dict[str, Dated], name: str, found: Dated) -> None:
    if found.at >= known.get(name, found).at:
        known[name] = found


def whole_lines(content: bytes) -> bytes:
    """Return a file without a last line that was cut off."""
    return content[: content.rfind(b"\n") + 1]


def _lines(content: bytes, name: str) -> Iterator[Entry | Look | _Planned]:
    lines = whole_lines(content).split(b"\n")[:-1]
    if not lines and not head().startswith(content):  # what was cut off is not our first line
        lines = [content]
    for number, line in enumerate(lines, 1):
        try:
            plain = json.loads(line)
            if number == 1:
                _check_head(plain, name)
            else:
                yield _read(plain)
        except ManifestError:
            raise
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ManifestError(
                f"{name} is damaged at line {number} ({error}); bring back a copy of it, or colour "
                "anew with --force, which sets it aside"
            ) from error


def _check_head(plain: object, name: str) -> None:
    if not isinstance(plain, dict) or next(iter(_HEAD)) not in plain:
        raise ManifestError(f"{name} is no record of a batch of photochrom; move it elsewhere")
    if plain != _HEAD:
        raise ManifestError(
            f"{name} is of version {plain[next(iter(_HEAD))]!r}, this photochrom reads {FORMAT}; "
            "run `pip install --upgrade photochrom`"
        )


def _read(plain: dict[str, Any]) -> "Entry | Look | _Planned":
    if "looked" in plain:
        return looks.read(plain)
    if "planned" in plain:
        keys = [fields.text(key) for key in plain["planned"]]
        return _Planned(keys, fields.number(plain["at"]))
    if plain["status"] not in _STATUSES:
        raise ValueError(f"status {plain['status']!r:.80}")
    return Entry(
        fields.text(plain["input"]),
        plain["status"],
        fields.text(plain["source"]),
        None if not plain["state"] else fields.state(*plain["state"]),
        fields.text(plain["sha256"]),
        fields.text(plain["options"]),
        fields.text(plain["model"]),
        tuple(_written(*each) for each in plain["files"]),
        None if "error" not in plain else fields.text(plain["error"]),
        None if "kind" not in plain else fields.text(plain["kind"]),
        fields.number(plain["seconds"]),
        tuple(fields.text(note) for note in plain.get("notes", [])),
        fields.number(plain["at"]),
    )


def _written(place: Any, size: Any, version: Any, sha256: Any) -> Written:
    return Written(fields.name(place), fields.state(size, version), fields.text(sha256))

"""What is on record of a batch: JSON lines, of which each stands for itself.

A first line names the format. `planned` lines come before any work: a result that was planned and
did not end is ours to replace. Every picture that ends gets a line. Later lines win, over all files
by their times; a last line that was cut off while it was written is left out, any other damage is
an error.
"""

import json
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import Any

from photochrom.batch.item import Outcome, Written
from photochrom.batch.order import Order
from photochrom.errors import ManifestError
from photochrom.storage.files import State
from photochrom.storage.place import is_url, relative, shown

FORMAT = 1
_HEAD = {"photochrom manifest": FORMAT}
_PER_LINE = 1000  # planned names
_ENDLESS = 1e300
_STATUSES = ("done", "skipped", "failed", "damaged")


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
    files : of the result, named relative to the folder of results; by its whole path one elsewhere
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
    unended : keys of what was planned and did not end
    latest : time of the latest line, in seconds since 1970
    """

    entries: dict[str, Entry] = field(default_factory=dict)
    makers: dict[str, Entry] = field(default_factory=dict)
    unended: frozenset[str] = frozenset()
    latest: float = 0.0


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
    files = (replace(each, place=name_in(folder, each.place)) for each in outcome.files)
    return Entry(
        outcome.item.key,
        outcome.status,
        source_of(outcome.item.source),
        outcome.state,
        outcome.sha256,
        order.hash,
        order.model.hash,
        tuple(files),
        outcome.error,
        outcome.kind,
        outcome.seconds,
        outcome.notes,
        at,
    )


def name_in(folder: str, place: str) -> str:
    """Return what a file of a result is called on record; `join` finds it by that."""
    try:
        return relative(folder, place)
    except ValueError:  # a layer may be asked for anywhere
        return str(FilePath(place).absolute())


def source_of(place: str) -> str:
    """Return a place as it goes on record: a path from the root, a URL without secrets."""
    return shown(place) if is_url(place) else str(FilePath(place).absolute())


def head() -> bytes:
    """Return the first line of a file."""
    return _line(_HEAD)


def planned(keys: Iterable[str], at: float) -> Iterator[bytes]:
    """Yield the lines for pictures about to be coloured."""
    names = list(keys)
    for start in range(0, len(names), _PER_LINE):
        yield _line({"planned": names[start : start + _PER_LINE], "at": at})


def line_of(entry: Entry) -> bytes:
    """Return the line of one entry."""
    plain: dict[str, Any] = {
        "status": entry.status,
        "input": entry.key,
        "source": entry.source,
        "state": _plain_state(entry.state),
        "sha256": entry.sha256,
        "options": entry.options,
        "model": entry.model,
        "files": [[each.place, *_plain_state(each.state), each.sha256] for each in entry.files],
        "seconds": entry.seconds,
        "at": entry.at,
    }
    optional = {"error": entry.error, "kind": entry.kind, "notes": list(entry.notes)}
    return _line(plain | {name: value for name, value in optional.items() if value})


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
    entries: dict[str, Entry] = {}
    makers: dict[str, Entry] = {}
    plans: dict[str, float] = {}
    for number, content in enumerate(files):
        name = names[number] if number < len(names) else "the manifest"
        for plain in _lines(content, name):
            if "planned" in plain:
                plans |= {key: max(plain["at"], plans.get(key, 0.0)) for key in plain["planned"]}
            else:
                entry = plain["entry"]
                _keep_later(entries, entry.key, entry)
                for each in entry.files:
                    _keep_later(makers, each.place, entry)
    unended = (key for key, at in plans.items() if key not in entries or entries[key].at < at)
    times = (*plans.values(), *(entry.at for entry in entries.values()))
    return Manifest(entries, makers, frozenset(unended), max(times, default=0.0))


def _keep_later(entries: dict[str, Entry], name: str, entry: Entry) -> None:
    if entry.at >= entries.get(name, entry).at:
        entries[name] = entry


def whole_lines(content: bytes) -> bytes:
    """Return a file without a last line that was cut off."""
    return content[: content.rfind(b"\n") + 1]


def _lines(content: bytes, name: str) -> Iterator[dict[str, Any]]:
    lines = whole_lines(content).split(b"\n")[:-1]
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


def _read(plain: dict[str, Any]) -> dict[str, Any]:
    if "planned" in plain:
        keys = [_text(key) for key in plain["planned"]]
        return {"planned": keys, "at": _number(plain["at"])}
    if plain["status"] not in _STATUSES:
        raise ValueError(f"status {plain['status']!r:.80}")
    entry = Entry(
        _text(plain["input"]),
        plain["status"],
        _text(plain["source"]),
        None if not plain["state"] else _state(*plain["state"]),
        _text(plain["sha256"]),
        _text(plain["options"]),
        _text(plain["model"]),
        tuple(_written(*each) for each in plain["files"]),
        None if "error" not in plain else _text(plain["error"]),
        None if "kind" not in plain else _text(plain["kind"]),
        _number(plain["seconds"]),
        tuple(_text(note) for note in plain.get("notes", [])),
        _number(plain["at"]),
    )
    return {"entry": entry}


def _written(place: Any, size: Any, version: Any, sha256: Any) -> Written:
    return Written(_text(place), _state(size, version), _text(sha256))


def _state(size: Any, version: Any) -> State:
    if type(size) is not int:
        raise TypeError(f"expected a size, got {size!r:.80}")
    return State(size, _text(version))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, got {value!r:.80}")
    return value


def _number(value: Any) -> float:
    if type(value) not in (int, float) or not abs(value) < _ENDLESS:  # NaN is not, either
        raise TypeError(f"expected a number, got {value!r:.80}")
    return float(value)


def _plain_state(state: State | None) -> list[Any]:
    return [] if state is None else [state.size, state.version]


def _line(plain: dict[str, Any]) -> bytes:
    # ASCII: file names that are not UTF-8 come as lone surrogates, which UTF-8 cannot hold.
    return json.dumps(plain, separators=(",", ":"), allow_nan=False).encode("ascii") + b"\n"

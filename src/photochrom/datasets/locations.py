"""Turn what a user names - folders, shards, patterns, URLs - into a source."""

import glob
import json
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from photochrom._types import Path
from photochrom.datasets.folder import TEST, TRAIN
from photochrom.datasets.shelf import Shelf
from photochrom.datasets.source import Files, Group, Shard, Source
from photochrom.datasets.storage import Storage
from photochrom.datasets.tars import INDEX, INDEX_FORMAT, SHARD_SUFFIX, index_tar
from photochrom.errors import DatasetError, OptionError, PictureError
from photochrom.imageio import PICTURE_SUFFIXES
from photochrom.storage.place import shown

DISK_BYTES = 8 << 30  # for copies of distant shards: a window of eight at the usual 1 GB
MOST_EXPANDED = 100_000  # of one pattern in braces; more is a slip of the finger
_BRACES = re.compile(r"\{([^{}]*(?:,|\.\.)[^{}]*)\}")  # the innermost pair
_RANGE = re.compile(r"(\d+)\.\.(\d+)")


@dataclass(frozen=True)
class _Found:
    """A shard or a folder of pictures, not yet looked into."""

    kind: Literal["shard", "folder"]
    storage: Storage
    path: str


def open_source(where: Path | Sequence[Path], *, disk_bytes: int = DISK_BYTES) -> Source:
    """Open pictures to stream: tar shards (WebDataset) or folders of pictures, near or far.

    Of a folder that holds `train/` and `test/` the first is meant, as `find_split` has it: what a
    result is judged by must not be learned from.

    The headers of all shards are read once, and of shards on this machine nothing else. Distant
    ones are copied whole to a temporary folder, which is removed with the source.

    Parameters
    ----------
    where : a folder of shards (`.tar`, directly in it) or of pictures (and its subfolders), a
        shard, a pattern of them with `*`, `?`, `[]`, `{a,b}` or `{00000..00033}`, a URL of any of
        these that fsspec knows, or several of them
    disk_bytes : for copies of distant shards; one that is larger is kept alone

    Returns
    -------
    source : the same on every machine, whatever order its files are listed in

    Raises
    ------
    DatasetError
        If a place is missing or cannot be read, a shard is damaged or without pictures, a folder
        holds neither shards nor pictures or both, or one place is named twice.
    MissingExtraError
        If a URL needs a package that is not installed.
    OptionError
        If nothing is named.
    """
    places = [where] if isinstance(where, str | os.PathLike) else list(where)
    if not places:
        raise OptionError("expected a folder, a shard or a pattern to take pictures from, got none")
    shelf = Shelf(disk_bytes)
    found = [one for place in places for one in _find(os.fspath(place), shelf)]
    _check_once(found)
    bases = Counter(one.storage.base(one.path) for one in found)
    return Source([_group(one, unique=bases[one.storage.base(one.path)] == 1) for one in found])


def expand_braces(pattern: str) -> list[str]:
    """Spell out `{a,b}` and `{00..12}`; a pattern without them is returned alone."""
    found = [pattern]
    while any(_BRACES.search(one) for one in found):
        spelled = [one for pattern in found for one in _first_spelled(pattern)]
        found = list(dict.fromkeys(spelled))  # the inner pair of {a,b{1,2}} spells out a twice
        if len(found) > MOST_EXPANDED:
            raise OptionError(f"{pattern} names more than {MOST_EXPANDED:,} places")
    return found


def _first_spelled(pattern: str) -> Iterator[str]:
    braces = _BRACES.search(pattern)
    if braces is None:
        yield pattern
        return
    head, tail = pattern[: braces.start()], pattern[braces.end() :]
    for choice in _choices(braces[1]):
        yield f"{head}{choice}{tail}"


def _choices(inside: str) -> list[str]:
    ends = _RANGE.fullmatch(inside)
    if ends is None:
        return inside.split(",")
    first, last = int(ends[1]), int(ends[2])
    numbers = range(first, min(last, first + MOST_EXPANDED) + 1)
    return [str(number).zfill(len(ends[1])) for number in numbers]


def _find(place: str, shelf: Shelf) -> list[_Found]:
    storage = Storage(place, shelf)
    if storage.kind(place) is not None:  # a name may hold brackets of its own
        return _look(storage, place)
    found = [one for spelled in expand_braces(place) for one in _match(storage, spelled)]
    if not found:
        raise DatasetError(f"no shard and no folder fits {shown(place)}; check the pattern")
    return found


def _match(storage: Storage, pattern: str) -> list[_Found]:
    if storage.kind(pattern) is not None:
        return _look(storage, pattern)
    if not glob.has_magic(pattern):
        place = storage.full(pattern)
        connection = " and the connection" if "://" in place else ""  # http tells them apart badly
        raise DatasetError(f"there is no {place}; check the name{connection}")
    found = storage.matches(pattern)
    chosen = [one for one in found if _is_shard(storage.base(one)) or storage.kind(one) == "folder"]
    return [one for path in chosen for one in _look(storage, path)]


def _look(storage: Storage, path: str) -> list[_Found]:
    if storage.kind(path) == "folder":
        return _look_inside(storage, path)
    if not _is_shard(storage.base(path)):
        raise DatasetError(f"expected a folder or a shard (.tar), got {storage.full(path)}")
    return [_Found("shard", storage, path)]


def _look_inside(storage: Storage, folder: str) -> list[_Found]:
    names = storage.names(folder)
    shards = [name for name in names if _is_shard(name)]
    if INDEX in names:
        _check_whole(storage, folder, shards)
    if not shards and {TRAIN, TEST} <= set(names):
        parts = [storage.join(folder, name) for name in (TRAIN, TEST)]
        if all(storage.kind(part) == "folder" for part in parts):
            return _look(storage, parts[0])
    if not shards:
        return [_Found("folder", storage, folder)]
    if any(name.lower().endswith(PICTURE_SUFFIXES) for name in names):
        raise DatasetError(
            f"{storage.full(folder)} holds both shards (.tar) and pictures; "
            "put them into folders of their own"
        )
    return [_Found("shard", storage, storage.join(folder, name)) for name in shards]


def _is_shard(name: str) -> bool:
    return name.lower().endswith(SHARD_SUFFIX) and not name.startswith(".")


def _check_whole(storage: Storage, folder: str, shards: list[str]) -> None:
    """Raise where a shard is missing that the index of `photochrom shards` lists."""
    try:
        index = json.loads(storage.read(storage.join(folder, INDEX)))
    except (PictureError, ValueError, RecursionError):  # some other program's file
        return
    if not isinstance(index, dict) or index.get("format") != INDEX_FORMAT:
        return
    try:
        listed = [str(one["name"]) for one in index["shards"]]
    except (KeyError, TypeError) as error:
        name = storage.full(storage.join(folder, INDEX))
        raise DatasetError(f"{name} is damaged ({error}); make the shards anew") from error
    missing = [name for name in listed if name not in shards]
    if missing:
        raise DatasetError(
            f"the shard {missing[0]} is missing in {storage.full(folder)}, which {INDEX} lists "
            f"({len(missing)} of {len(listed)} are); copy it there or make the shards anew"
        )


def _check_once(found: list[_Found]) -> None:
    places = Counter(one.storage.full(one.path) for one in found)
    twice = [place for place, times in places.items() if times > 1]
    if twice:
        raise DatasetError(f"{twice[0]} is named twice; name it once")


def _group(one: _Found, *, unique: bool) -> Group:
    """Look into a shard or a folder; it goes by its last name where no other has the same."""
    storage, path = one.storage, one.path
    name = storage.base(path) if unique else storage.full(path)
    if one.kind == "folder":
        names = tuple(storage.pictures(path))
        return Files(name, names, lambda picture: storage.read(storage.join(path, picture)))
    with storage.open(path) as file:
        entries = index_tar(file, storage.full(path))
    return Shard(name, tuple(entries), lambda: storage.open(path))

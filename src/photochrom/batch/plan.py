"""Which pictures are meant, and under what name each result is written."""

import glob
import os
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath, PurePosixPath

from photochrom.batch.item import Item
from photochrom.errors import InputMissingError, OptionError
from photochrom.imageio.formats import format_of
from photochrom.storage.local import path_of
from photochrom.storage.pictures import is_picture
from photochrom.storage.place import files_of, is_url, join, key_of, shown
from photochrom.storage.urls import is_inside, without_file

SUFFIXES = {"jpeg": ".jpg", "png": ".png", "tiff": ".tif", "webp": ".webp"}


@dataclass(frozen=True)
class Plan:
    """The pictures of a run.

    Attributes
    ----------
    items : each with its own target, in the order of their names
    folder : of the results of a batch, which is kept on record there; None for single pictures
    sources : folders that were named as inputs
    """

    items: tuple[Item, ...]
    folder: str | None
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Found:
    source: str
    inside: str  # its name relative to the folder or argument that named it, with /


def plan(inputs: Sequence[str], output: str | None, file_format: str | None) -> Plan:
    """Pair every input with its output before any work starts.

    Parameters
    ----------
    inputs : files, folders, and patterns such as `scans/*.tif`; paths or URLs
    output : a file if there is one input file, else a folder, path or URL; None for beside the
        input
    file_format : a key of `SUFFIXES` to change the suffix by, or None to keep it

    Raises
    ------
    DatasetError
        If a folder holds no pictures.
    InputMissingError
        If something is not there that is not named as a picture is.
    OptionError
        If two results would have the same name, also by letter case alone; if one would replace
        an input; a name leads elsewhere; or a folder is given without another one for the results.
    StorageError, MissingExtraError
        If a place cannot be looked into.
    """
    found = [each for name in inputs for each in _expand(name, output)]
    _check_names(found)
    several = len(found) != 1 or _stands_for_many(inputs[0])
    if output is not None and not _is_folder(output, several=several):
        if file_format is None:
            format_of(output)
        return _checked(Plan((Item(found[0].inside, found[0].source, output),), None))
    items = (Item(one.inside, one.source, _target(one, output, file_format)) for one in found)
    sources = tuple(name for name in inputs if files_of(name).is_folder(name))
    return _checked(Plan(tuple(items), output if several else None, sources))


def _expand(name: str, output: str | None) -> Iterator[_Found]:
    files = files_of(name)
    if files.is_folder(name):
        yield from _tree(name, output)
    elif _is_pattern(name) and files.state(name) is None:
        matches = files.matches(name)
        yield from (_Found(match, _base(match)) for match in matches)
        if not matches:
            raise OptionError(f"no file matches {shown(name)!r}")
    else:  # a missing file fails later, by its name, while the others go on
        _check_there(name)
        yield _Found(name, _base(name))


def _check_there(name: str) -> None:
    """Refuse what is not there and may be a misspelt folder, by its name no picture."""
    path = without_file(name)
    if not is_url(name) and not is_picture(PurePath(path).name) and not os.path.lexists(path):
        raise InputMissingError(f"there is no file or folder {name}; check the name")


def _tree(folder: str, output: str | None) -> Iterator[_Found]:
    if output is None:
        raise OptionError(f"{shown(folder)} is a folder; name a folder for the results with -o")
    own, other = key_of(folder), key_of(output)
    if own == other:
        raise OptionError(
            f"{shown(folder)} holds the pictures; name another folder for the results"
        )
    earlier = other + "/" if other.startswith(own.rstrip("/") + "/") else None
    known: dict[str, str] = {}
    for inside in files_of(folder).pictures(folder):
        source = join(folder, inside)
        if earlier is None or not _file_key(source, known).startswith(earlier):
            yield _Found(source, inside)


def _check_names(found: Sequence[_Found]) -> None:
    """Refuse names, such as stores may hold, by which a result would lie outside its folder."""
    for one in found:
        if not is_inside(one.inside):
            raise OptionError(
                f"{shown(one.source)} cannot be mirrored below another folder; rename it, or name "
                "the pictures by a pattern"
            )


def _stands_for_many(name: str) -> bool:
    files = files_of(name)
    return files.is_folder(name) or (_is_pattern(name) and files.state(name) is None)


def _is_pattern(name: str) -> bool:
    return glob.has_magic(shown(name))  # what follows the ? of a web address is no pattern


def _is_folder(output: str, *, several: bool) -> bool:
    files = files_of(output)
    if several and files.state(output) is not None:
        raise OptionError(f"-o {shown(output)} is a file; several results need a folder")
    named = output.endswith("/") or not PurePosixPath(output.partition("://")[2] or output).suffix
    return several or named or files.is_folder(output)


def _target(found: _Found, output: str | None, file_format: str | None) -> str:
    suffix = PurePosixPath(found.inside).suffix if file_format is None else SUFFIXES[file_format]
    if output is None:
        stem = found.source.removesuffix(PurePosixPath(found.inside).suffix)
        return f"{stem}-color{suffix}"
    return join(output, str(PurePosixPath(found.inside).with_suffix(suffix)))


def _base(name: str) -> str:
    return PurePosixPath(shown(name)).name if is_url(name) else PurePath(name).name


def _checked(planned: Plan) -> Plan:
    refuse_collisions([(item.source, item.target) for item in planned.items])
    return planned


def refuse_collisions(pairs: Sequence[tuple[str, str]]) -> None:
    """Refuse names that would meet.

    Names that differ by letter case alone are one file to Windows and to most Macs.

    Parameters
    ----------
    pairs : source and target of each result

    Raises
    ------
    OptionError
        If two results have one name, or a result that of an input, or of a folder of others.
    """
    taken: dict[str, str] = {}
    known: dict[str, str] = {}
    for source, target in pairs:
        key = _folded(target, known)
        if key in taken:
            raise OptionError(
                f"{shown(taken[key])} and {shown(source)} would both be written to "
                f"{shown(target)}; colour them in two runs or rename one"
            )
        taken[key] = source
    for source, _ in pairs:
        if _folded(source, known) in taken:
            raise OptionError(f"{shown(source)} is an input and would be overwritten; change -o")
    seen: set[str] = set()
    for key, source in taken.items():
        for folder in _new_folders(key, seen):
            if folder in taken:
                raise OptionError(
                    f"the result of {shown(taken[folder])} would have the name of the folder for "
                    f"that of {shown(source)}; rename one, or choose another --format"
                )


def _new_folders(key: str, seen: set[str]) -> Iterator[str]:
    """Yield the folders that a file lies in, but for those seen; stores of objects have none."""
    folder = key.rpartition("/")[0]
    while folder and folder not in seen and not is_url(key):
        seen.add(folder)
        yield folder
        folder = folder.rpartition("/")[0]


def _folded(place: str, known: dict[str, str]) -> str:
    return unicodedata.normalize("NFC", _file_key(place, known)).casefold()


def _file_key(place: str, known: dict[str, str]) -> str:
    """Return `key_of` of one file of many; `known` keeps the folders, each looked up once."""
    if is_url(place):
        return key_of(place)
    return _real(str(path_of(place)), known).replace(os.sep, "/")


def _real(path: str, known: dict[str, str]) -> str:
    folder, name = os.path.split(path)
    if folder not in known:
        known[folder] = os.path.realpath(folder)
    found = os.path.join(known[folder], name)  # noqa: PTH118 - of many files
    return os.path.realpath(found) if os.path.islink(found) else found  # noqa: PTH114

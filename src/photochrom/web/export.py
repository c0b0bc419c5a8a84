"""The page as files for any web server: it colours in the visitor's browser alone.

The page itself is built into the package; an export adds models, and the list by which the service
worker keeps all for times without a network. Node is not needed, nor is FastAPI.
"""

import gzip
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path as FilePath

from photochrom import __version__
from photochrom._types import Path
from photochrom.errors import InputMissingError
from photochrom.web.offered import Offered, offered
from photochrom.web.whole import check_folder, write_folder

INDEX = "index.html"
_WORKER = "sw.js"
_SITE = "site.json"
_ZIPPED = ".gz"
_LINE = re.compile(rb"self\.SITE = (\{.*\});")  # of the worker, by which an export is known
_NOT_SENT = ("built.json",)  # of the checkout alone


@dataclass(frozen=True)
class Exported:
    """What an export wrote.

    Attributes
    ----------
    target : the folder or file
    files : name -> bytes
    models : names of the models inside
    """

    target: FilePath
    files: Mapping[str, int]
    models: tuple[str, ...]

    @property
    def bytes(self) -> int:
        """Return the size of all files together."""
        return sum(self.files.values())


def export_site(
    models: Sequence[Path | bytes], target: Path, *, overwrite: bool = False
) -> Exported:
    """Write a static site that colours with `models`.

    It works from any folder of any web server, needs no headers of its own, and after the first
    visit no network.

    Parameters
    ----------
    models : names of packaged models, paths, URLs or bytes; the first is the one it begins with
    target : a folder that is empty or not there yet
    overwrite : replace an earlier export to which nothing was added

    Raises
    ------
    InputMissingError, ModelFileError, StorageError
        If a model is not there or cannot be used.
    OutputExistsError
        If the folder holds other files, or an export that may not be overwritten.
    DiskFullError, WriteError
        If it cannot be written; nothing is left behind.
    """
    folder = FilePath(target)
    check_folder(folder, overwrite=overwrite, ours=_is_ours)
    chosen = offered(models)
    contents = site_files(chosen)
    write_folder(contents, folder)
    sizes = {name: len(content) for name, content in contents.items()}
    return Exported(folder, sizes, tuple(one.name for one in chosen))


def site_files(models: Sequence[Offered]) -> dict[str, bytes]:
    """Return all files of a site, by their names within it."""
    contents = dict(_built(built_page("site"), ""))
    listed = []
    for one in models:
        # Named by content, so that no browser shows an old model under a known address.
        file = f"models/{one.id}-{one.hash[:8]}.onnx"
        contents[file] = one.data
        listed.append({"id": one.id, "name": one.name, "file": file})
    contents[_SITE] = json.dumps(site_of(listed, offline=True), indent=1).encode()
    contents[_WORKER] = _list(contents) + contents[_WORKER]
    return contents


def site_of(models: Sequence[Mapping[str, str]], *, offline: bool) -> dict[str, object]:
    """Return what the page reads of the place that it lives at."""
    return {"server": None, "offline": offline, "version": __version__, "models": models}


def built_page(name: str) -> Traversable:
    """Return a folder of the built page.

    Raises
    ------
    InputMissingError
        If it is not built into this installation.
    """
    folder = files("photochrom.web").joinpath(name)
    if not folder.joinpath("built.json").is_file():
        raise InputMissingError(
            "the page is not built into this installation; in a checkout, `make web` builds it"
        )
    return folder


def _built(folder: Traversable, before: str) -> list[tuple[str, bytes]]:
    """Return the page's files; what lies there zipped is unpacked, as any server can send it."""
    found = []
    for each in sorted(folder.iterdir(), key=lambda one: one.name):
        name = before + each.name
        if each.is_dir():
            found += _built(each, f"{name}/")
        elif name.endswith(_ZIPPED):
            found.append((name.removesuffix(_ZIPPED), gzip.decompress(each.read_bytes())))
        elif name not in _NOT_SENT:
            found.append((name, each.read_bytes()))
    return found


def _list(contents: Mapping[str, bytes]) -> bytes:
    """Return the line that tells the service worker what to keep."""
    digest = hashlib.sha256()
    for name, content in sorted(contents.items()):
        digest.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())
    names = ["" if name == INDEX else name for name in sorted(contents) if name != _WORKER]
    site = {"version": digest.hexdigest()[:16], "files": names}
    return f"self.SITE = {json.dumps(site)};\n".encode()


def _is_ours(folder: FilePath) -> bool:
    """Whether a folder holds an export and nothing else, so that nothing is lost with it."""
    try:
        with (folder / _WORKER).open("rb") as file:
            line = _LINE.fullmatch(file.readline().rstrip())
        listed = [] if line is None else json.loads(line[1])["files"]
    except (OSError, ValueError, KeyError):
        return False
    own = {_WORKER, *(name or INDEX for name in listed)}
    return {INDEX, _SITE} <= own and all(name in own for name in _names(folder))


def _names(folder: FilePath) -> Iterator[str]:
    """Yield what lies in a folder at any depth; a link to another folder is one name."""
    for top, folders, plain in os.walk(folder):
        for name in (*plain, *(each for each in folders if (FilePath(top) / each).is_symlink())):
            yield (FilePath(top) / name).relative_to(folder).as_posix()

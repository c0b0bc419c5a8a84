"""Which inputs a batch has, and under what name each result is written."""

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from photochrom.errors import OptionError

SUFFIXES = {"jpeg": ".jpg", "png": ".png", "tiff": ".tif", "webp": ".webp"}
STREAM = "-"


@dataclass(frozen=True)
class Job:
    """One picture to read and the file its result goes to."""

    source: Path
    target: Path


@dataclass(frozen=True)
class _Found:
    source: Path
    inside: Path  # its name relative to the folder or argument that named it


def plan(inputs: Sequence[str], output: Path | None, file_format: str | None) -> list[Job]:
    """Pair every input with its output before any work starts.

    Parameters
    ----------
    inputs : files, folders, and patterns such as `scans/*.tif`
    output : a file if there is one input file, else a folder; None for beside the input
    file_format : a key of `SUFFIXES` to change the suffix by, or None to keep it

    Raises
    ------
    DatasetError
        If a folder holds no pictures.
    OptionError
        If two results would have the same name, one would replace its own input, or a folder is
        given without an output folder.
    """
    found = [each for name in inputs for each in _expand(name, output)]
    if output is not None and not _is_folder(inputs, output, len(found)):
        if file_format is None:
            _check_format(output)
        jobs = [Job(found[0].source, output)]
    else:
        jobs = [Job(each.source, _target(each, output, file_format)) for each in found]
    refuse_collisions(jobs)
    return jobs


def _check_format(output: Path) -> None:
    from photochrom.imageio.formats import format_of

    format_of(output)


def _expand(name: str, output: Path | None) -> Iterator[_Found]:
    path = Path(name)
    if path.is_dir():
        yield from _tree(path, output)
    elif not path.exists() and glob.has_magic(name):
        # Path.glob takes no absolute pattern.
        matches = sorted(glob.glob(name, recursive=True))  # noqa: PTH207
        yield from (_Found(Path(m), Path(Path(m).name)) for m in matches if Path(m).is_file())
        if not matches:
            raise OptionError(f"no file matches {name!r}")
    else:  # a missing file fails later, by its name, while the others go on
        yield _Found(path, Path(path.name))


def _tree(folder: Path, output: Path | None) -> Iterator[_Found]:
    from photochrom.datasets.folder import find_pictures

    if output is None:
        raise OptionError(f"{folder} is a folder; name a folder for the results with -o")
    earlier = output.resolve() if folder.resolve() in output.resolve().parents else None
    for picture in find_pictures(folder):
        if earlier is None or earlier not in picture.resolve().parents:
            yield _Found(picture, picture.relative_to(folder))


def _is_folder(inputs: Sequence[str], output: Path, found: int) -> bool:
    several = found != 1 or Path(inputs[0]).is_dir()
    if several and output.is_file():
        raise OptionError(f"-o {output} is a file; several results need a folder")
    return several or output.is_dir() or not output.suffix


def _target(found: _Found, output: Path | None, file_format: str | None) -> Path:
    suffix = found.inside.suffix if file_format is None else SUFFIXES[file_format]
    if output is None:
        return found.source.with_name(f"{found.source.stem}-color{suffix}")
    return output / found.inside.with_suffix(suffix)


def refuse_collisions(jobs: Sequence[Job]) -> None:
    """Raise `OptionError` where two results have one name, or a result that of an input."""
    taken: dict[str, Path] = {}
    for job in jobs:
        key = _key(job.target)
        if key in taken:
            raise OptionError(
                f"{taken[key]} and {job.source} would both be written to {job.target}; "
                "colour them in two runs or rename one"
            )
        taken[key] = job.source
    for job in jobs:
        if _key(job.source) in taken:
            raise OptionError(f"{job.source} is an input and would be overwritten; change -o")


def _key(path: Path) -> str:
    return os.path.normcase(path.resolve())

"""Load training pictures; drop, by name, those that would teach nothing or twice."""

from collections.abc import Iterable
from dataclasses import dataclass
from os.path import commonpath
from pathlib import Path as FilePath

from photochrom._types import Float32, UInt8
from photochrom.datasets.similarity import find_duplicate, signature, thumbnail
from photochrom.datasets.usable import load_usable
from photochrom.errors import DatasetError


@dataclass(frozen=True, eq=False)
class Photograph:
    """A picture to learn from."""

    name: str
    """Path below the folder all pictures share, with forward slashes."""
    rgb: UInt8
    """(h, w, 3), encoded sRGB, upright."""


@dataclass(frozen=True)
class Dropped:
    """A picture that is not learned from."""

    name: str
    """As in `Photograph`."""
    reason: str
    """Why, in words for the user: `near-gray (mean chroma 1.2)`, `duplicate of a.jpg`."""


def load_photographs(
    paths: Iterable[FilePath], *, short_side: int | None
) -> tuple[list[Photograph], list[Dropped]]:
    """Load pictures in the order given; of duplicates the first stays.

    Parameters
    ----------
    paths : files, as `find_pictures` lists them
    short_side : px; larger pictures are reduced by area averaging, smaller ones stay

    Returns
    -------
    photographs : at least one
    dropped : unreadable, tiny, near-gray and duplicate ones, each with its reason

    Raises
    ------
    DatasetError
        If nothing is left; the message counts the reasons.
    """
    photographs: list[Photograph] = []
    signatures: list[Float32] = []
    dropped: list[Dropped] = []
    for name, path in _named(list(paths)):
        rgb = load_usable(path, short_side=short_side)
        if isinstance(rgb, str):
            dropped.append(Dropped(name, rgb))
            continue
        thumb = thumbnail(rgb)
        twin = find_duplicate(thumb, signatures)
        if twin is not None:
            dropped.append(Dropped(name, f"duplicate of {photographs[twin].name}"))
            continue
        photographs.append(Photograph(name, rgb))
        signatures.append(signature(thumb))
    if not photographs:
        raise DatasetError(nothing_left(dropped))
    return photographs, dropped


def _named(paths: list[FilePath]) -> list[tuple[str, FilePath]]:
    """Give each path the shortest name that still tells it from the others."""
    if not paths:
        return []
    root = FilePath(commonpath([path.absolute().parent for path in paths]))
    return [(path.absolute().relative_to(root).as_posix(), path) for path in paths]


def nothing_left(dropped: list[Dropped]) -> str:
    """Say that no picture is left, with the reasons counted."""
    if not dropped:
        return "expected pictures to learn from, got none"
    kinds = [one.reason.split(" (")[0].split(":")[0].split(" of ")[0] for one in dropped]
    counted = " and ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds)))
    example = next((one for one in dropped if one.reason.startswith("unreadable")), dropped[0])
    return (
        f"no picture to learn from is left of {len(dropped)}: {counted} "
        f"({example.name}: {example.reason}); add colour photographs"
    )

"""Load training pictures; drop, by name, those that would teach nothing or twice."""

from collections.abc import Iterable
from dataclasses import dataclass
from os.path import commonpath
from pathlib import Path as FilePath

from photochrom._types import Float32, UInt8
from photochrom.datasets.similarity import chroma_of, find_duplicate, signature, thumbnail
from photochrom.errors import DatasetError, InputMissingError, PictureError
from photochrom.imageio import load_small

# Chroma C*ab of the 16 x 16 thumbnail. Ten scanned black-and-white photographs reach a mean of
# 2.7 and a largest value of 4.4 (paper tone); the palest of 600 colour photographs in twelve
# domains have a mean of 3.2 and a largest value of 8.5. A spot of colour saves a gray picture.
NEAR_GRAY = 3.0
NO_SPOT = 6.0
SMALLEST = 16  # px; a smaller picture holds less than the least useful window and its surroundings


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
        try:
            rgb = load_small(path, short_side=short_side)
        except (PictureError, InputMissingError) as error:
            dropped.append(Dropped(name, f"unreadable: {error}"))
            continue
        if min(rgb.shape[:2]) < SMALLEST:
            dropped.append(Dropped(name, f"too small ({rgb.shape[1]} x {rgb.shape[0]})"))
            continue
        thumb = thumbnail(rgb)
        reason = _reason_to_drop(thumb, signatures, photographs)
        if reason:
            dropped.append(Dropped(name, reason))
            continue
        photographs.append(Photograph(name, rgb))
        signatures.append(signature(thumb))
    if not photographs:
        raise DatasetError(_nothing_left(dropped))
    return photographs, dropped


def near_gray(thumb: Float32) -> str | None:
    """Say why a picture, by its thumbnail, has too little colour to learn or judge by, if so."""
    mean, largest = chroma_of(thumb)
    if mean < NEAR_GRAY and largest < NO_SPOT:
        return f"near-gray (mean chroma {mean:.1f})"
    return None


def _reason_to_drop(
    thumb: Float32, signatures: list[Float32], photographs: list[Photograph]
) -> str | None:
    gray = near_gray(thumb)
    if gray is not None:
        return gray
    twin = find_duplicate(thumb, signatures)
    return None if twin is None else f"duplicate of {photographs[twin].name}"


def _named(paths: list[FilePath]) -> list[tuple[str, FilePath]]:
    """Give each path the shortest name that still tells it from the others."""
    if not paths:
        return []
    root = FilePath(commonpath([path.absolute().parent for path in paths]))
    return [(path.absolute().relative_to(root).as_posix(), path) for path in paths]


def _nothing_left(dropped: list[Dropped]) -> str:
    if not dropped:
        return "expected pictures to learn from, got none"
    kinds = [one.reason.split(" (")[0].split(":")[0].split(" of ")[0] for one in dropped]
    counted = " and ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds)))
    example = next((one for one in dropped if one.reason.startswith("unreadable")), dropped[0])
    return (
        f"no picture to learn from is left of {len(dropped)}: {counted} "
        f"({example.name}: {example.reason}); add colour photographs"
    )

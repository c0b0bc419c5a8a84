"""Places that mean the same on every machine, and the check that they do."""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path as FilePath

from photochrom._files import write_error
from photochrom.batch.item import Item, Outcome
from photochrom.batch.order import Order
from photochrom.batch.results import names
from photochrom.errors import InputMissingError, OptionError, PhotochromError
from photochrom.storage.local import path_of
from photochrom.storage.place import files_of, is_url, shown

_ALONE = "memory://"  # lies within one process


def everywhere(place: str) -> str:
    """Return a place that does not depend on the current folder, for Ray's workers have another.

    Raises
    ------
    OptionError
        If nobody but this process can see it.
    """
    if place.startswith(_ALONE):
        raise OptionError(
            f"{place} lies in the memory of this program alone; the machines of a cluster need a "
            "shared folder, or a URL that they all reach"
        )
    return place if is_url(place) else str(path_of(place).absolute())


def for_all(item: Item) -> Item:
    """Return a picture with places that every machine understands."""
    return replace(
        item,
        source=everywhere(item.source),
        target=everywhere(item.target),
        ours=tuple(replace(each, place=everywhere(each.place)) for each in item.ours),
        claims=None if item.claims is None else everywhere(item.claims),
    )


def for_all_orders(order: Order) -> Order:
    """Return an order with places that every machine understands."""
    return order if order.layer is None else replace(order, layer=everywhere(order.layer))


def as_asked(outcome: Outcome, item: Item, order: Order) -> Outcome:
    """Return an outcome with the places of a picture as they were given."""
    places = names(order, item.target)
    files = (replace(each, place=place) for each, place in zip(outcome.files, places, strict=False))
    error = outcome.error
    if error is not None:
        error = error.replace(outcome.item.source, item.source)
        error = error.replace(outcome.item.target, item.target)
    return replace(outcome, item=item, files=tuple(files), error=error)


def explained(outcome: Outcome, host: str) -> Outcome:
    """Say of an input that is missing elsewhere, but not here, what is wrong."""
    source = outcome.item.source
    if outcome.kind != InputMissingError.__name__ or not _is_there(source):
        return outcome
    return replace(
        outcome,
        error=f"{host} does not see {shown(source)}, which is there for this machine; pictures "
        "need a folder that every machine of the cluster has under the same path, or a URL",
    )


@contextmanager
def marked(staging: FilePath | None, items: Sequence[Item]) -> Iterator[FilePath | None]:
    """Put down a file, where results go, by which machines know that it is the same folder.

    Without it, one that has no part in the folder would make its own, and keep what it made.
    Yields None where results go elsewhere.

    Raises
    ------
    WriteError
        If the folder cannot be written to.
    """
    folder = staging or _folder(items)
    if folder is None:
        yield None
        return
    mark = folder / f".{secrets.token_hex(8)}.tmp"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        mark.touch()
    except OSError as error:
        raise write_error(f"{folder} cannot be written to", error) from error
    try:
        yield mark
    finally:
        mark.unlink(missing_ok=True)


def _folder(items: Sequence[Item]) -> FilePath | None:
    near = (files_of(item.target).near(item.target) for item in items)
    return next((path.parent for path in near if path is not None), None)


def _is_there(place: str) -> bool:
    try:
        return files_of(place).state(place) is not None
    except PhotochromError:
        return False

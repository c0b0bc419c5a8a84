"""A first pass over a batch: notes of every picture, so that each is coloured as its album asks."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from photochrom.batch.item import Item, Outcome
from photochrom.batch.looks import Look
from photochrom.batch.order import Order
from photochrom.inference.album import Album
from photochrom.inference.album_note import AlbumNote

IsSame = Callable[[str, Look], bool]
"""From an input and a look at it to whether it still is what was looked at."""


@dataclass(frozen=True)
class Noted:
    """Which pictures of an album are known by notes, and which are to be looked at.

    Attributes
    ----------
    notes : by key; None for a picture that is left alone
    missing : pictures without
    """

    notes: dict[str, AlbumNote | None]
    missing: list[Item]


def on_record(
    items: Sequence[Item], looks: dict[str, Look], order: Order, is_same: IsSame
) -> Noted:
    """Take the notes that are on record for the same pictures, options and model."""
    notes, missing = {}, []
    for item in items:
        look = looks.get(item.key)
        asked = (order.hash, order.model.hash)
        if look and (look.options, look.model) == asked and is_same(item.source, look):
            notes[item.key] = look.note
        else:
            missing.append(replace(item, look=True))
    return Noted(notes, missing)


def with_notes(noted: Noted, outcomes: Iterable[Outcome]) -> dict[str, AlbumNote | None]:
    """Add the notes of a first pass; pictures that failed have none, and fail again later."""
    fresh = {each.item.key: each.album_note for each in outcomes if each.error is None}
    return noted.notes | fresh


def with_casts(items: Sequence[Item], notes: dict[str, AlbumNote | None]) -> Iterator[Item]:
    """Yield the pictures with what their album changes in each."""
    album = Album.of(note for note in notes.values() if note is not None)
    for item in items:
        note = notes.get(item.key)
        yield item if note is None else replace(item, cast=album.cast(note))

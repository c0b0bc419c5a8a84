"""What is on record of pictures that were looked at for their album."""

from dataclasses import dataclass
from typing import Any

from photochrom.batch import fields
from photochrom.batch.item import Outcome
from photochrom.batch.order import Order
from photochrom.inference.album_note import AlbumNote
from photochrom.storage.files import State


@dataclass(frozen=True)
class Look:
    """What is on record of a picture that was looked at for its album.

    Attributes
    ----------
    key : its name in the batch
    source : where it was read
    state, sha256 : of the input
    options, model : hashes of what was asked for
    note : what its album has to know; None where it is left alone
    at : when, in seconds since 1970
    """

    key: str
    source: str
    state: State | None
    sha256: str
    options: str
    model: str
    note: AlbumNote | None
    at: float


def look_of(outcome: Outcome, order: Order, at: float) -> Look:
    """Return what goes on record of a picture that was looked at."""
    return Look(
        outcome.item.key,
        fields.source_of(outcome.item.source),
        outcome.state,
        outcome.sha256,
        order.hash,
        order.model.hash,
        outcome.album_note,
        at,
    )


def line_of(look: Look) -> bytes:
    """Return the line of one look."""
    return fields.line(
        {
            "looked": look.key,
            "source": look.source,
            "state": fields.plain_state(look.state),
            "sha256": look.sha256,
            "options": look.options,
            "model": look.model,
            "note": None if look.note is None else look.note.to_dict(),
            "at": look.at,
        }
    )


def read(plain: dict[str, Any]) -> Look:
    """Read what `line_of` wrote.

    Raises
    ------
    KeyError, TypeError, ValueError
        If it is something else.
    """
    return Look(
        fields.text(plain["looked"]),
        fields.text(plain["source"]),
        None if not plain["state"] else fields.state(*plain["state"]),
        fields.text(plain["sha256"]),
        fields.text(plain["options"]),
        fields.text(plain["model"]),
        None if plain["note"] is None else AlbumNote.from_dict(plain["note"]),
        fields.number(plain["at"]),
    )

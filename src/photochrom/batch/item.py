"""One picture of a batch: what to do, and what became of it."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

from photochrom.inference.album_note import AlbumNote
from photochrom.inference.cast import Cast
from photochrom.storage.files import State

Status: TypeAlias = Literal["done", "skipped", "failed"]


@dataclass(frozen=True)
class Written:
    """One file of a result: where it lies, and what it was when it was written."""

    place: str
    state: State
    sha256: str


@dataclass(frozen=True)
class Item:
    """One picture to read and where its result goes.

    Attributes
    ----------
    key : its name in the batch: relative to the folder that was named, with /
    source, target : paths on this machine, or URLs
    replace : whether files of the result may be replaced, whatever is there
    ours : files of an earlier result, which may be replaced while they are as they are here
    claims : where to say what is written before it is, in a run that is kept on record
    look : only take notes of it, for its album
    cast : what its album changes in its colours
    """

    key: str
    source: str
    target: str
    replace: bool = False
    ours: tuple[Written, ...] = ()
    claims: str | None = None
    look: bool = False
    cast: Cast | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of one picture.

    Attributes
    ----------
    item : the picture
    status : done; skipped, being in colour already; or failed
    seconds : from reading to writing
    state, sha256 : of the input, None and "" where it could not be read
    files : all that was written for it, the result itself first
    error : what went wrong, a sentence
    kind : class of the error, of `photochrom.errors`
    notes : what a user should know, a sentence each
    album_note : of a picture that was only looked at; None for one that is left alone
    """

    item: Item
    status: Status
    seconds: float
    state: State | None = None
    sha256: str = ""
    files: tuple[Written, ...] = ()
    error: str | None = None
    kind: str | None = None
    notes: tuple[str, ...] = ()
    album_note: AlbumNote | None = None

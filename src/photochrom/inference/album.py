"""One look for the pictures of an album: what drifts is brought together, what differs stays.

Coloured one by one, pictures of one scene come out warm or cool, vivid or dull, by chance: tones, a
crop, blur and grain change what the network says. Most of such drift is one shift of the whole
picture, and the more a network doubts the further it drifts. So the mean chroma of a picture is
taken as a measurement with an error that its doubt tells, and those of pictures that look alike as
measurements of one thing, or of several: they are put together as studies are in medicine. How far
alike pictures differ beyond their errors tells how much of the difference is right.

References
----------
DerSimonian and Laird, "Meta-analysis in clinical trials", Controlled Clinical Trials 7, 1986.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from photochrom._types import Float64, Mask
from photochrom.errors import OptionError
from photochrom.inference.album_note import AlbumNote
from photochrom.inference.cast import LIMIT, STRENGTHS, Cast

MOST = 1000
"""Notes that an album keeps; of more a sample, which does not depend on their order."""
# Chosen on training pictures of twelve domains and on general-val: see docs/log.md.
_COLOURS = 0.15  # of one minus the Bhattacharyya coefficient, leaves exp(-1) of the likeness
_LAYOUT = 0.35  # the same of one minus the correlation of layouts
_LEAST = 0.1  # what is less alike counts as nothing, or a thousand strangers would outvote a friend
_DRIFT = 0.01  # a*b* units a unit of doubt: standard deviation of a picture's mean chroma
_COPY = 0.99, 0.25  # likeness and a*b* units: the same picture again, which says nothing new
_DIGITS = 3


@dataclass(frozen=True)
class Album:
    """All pictures of an album, as far as each has to know of the others.

    Attributes
    ----------
    notes : one a picture, as `Colorizer.album_note` gives them; use `Album.of`
    """

    notes: tuple[AlbumNote, ...]

    @classmethod
    def of(cls, notes: Iterable[AlbumNote]) -> Self:
        """Put notes together; their order, and copies of one, change nothing.

        Raises
        ------
        OptionError
            If they are of several models.
        """
        found = tuple(sorted(set(notes), key=AlbumNote.digest)[:MOST])
        models = sorted({(note.model[:12], len(note.colours)) for note in found})
        if len(models) > 1:
            raise OptionError(
                f"an album is made by one model, these notes by {len(models)}, whose SHA-256 begin "
                f"with {', '.join(model for model, _ in models)}"
            )
        return cls(found)

    def cast(self, note: AlbumNote) -> Cast | None:
        """Return what the album changes in a picture; None where nothing in it is alike.

        Parameters
        ----------
        note : of the picture, which may be in the album or not

        Raises
        ------
        OptionError
            If another model made it.
        """
        if not self.notes:
            return None
        Album.of((note, self.notes[0]))  # by one model
        own, all_ = _Table.of((note,)), self._table
        likeness = own.likeness(all_)
        others = (likeness > 0) & ~own.copies(all_, likeness)
        if not others.any():
            return None
        share = np.concatenate([[1.0], likeness[others]])
        return _agreed(own.with_rows(all_, others), share)

    @cached_property
    def _table(self) -> "_Table":
        return _Table.of(self.notes)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"notes": [note.to_dict() for note in self.notes]}

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Self:
        """Read what `to_dict` wrote.

        Raises
        ------
        TypeError, ValueError, KeyError, OptionError
            If it is something else.
        """
        if plain.keys() != {"notes"}:
            raise TypeError(f"expected the notes of an album, got {plain!r:.80}")
        return cls.of(AlbumNote.from_dict(note) for note in plain["notes"])


@dataclass(frozen=True, eq=False)
class _Table:
    """Notes as arrays, a row each: unit vectors of colours (n, k) and layouts (n, 64), the rest."""

    colours: Float64
    layout: Float64
    cast: Float64
    noise: Float64
    spread: Float64

    @classmethod
    def of(cls, notes: tuple[AlbumNote, ...]) -> "_Table":
        doubt = np.array([note.doubt for note in notes])
        return cls(
            _units([note.colours for note in notes], 0),
            _units([note.layout for note in notes], 128),
            np.array([note.cast for note in notes]),
            np.maximum(_DRIFT * doubt, 1e-3) ** 2,
            np.array([note.spread for note in notes]),
        )

    def likeness(self, others: "_Table") -> Float64:
        """Return how alike each of the others is to this one picture: 0 not at all, 1 the same."""
        apart = (1 - others.colours @ self.colours[0]) / _COLOURS
        apart += (1 - others.layout @ self.layout[0]) / _LAYOUT
        likeness: Float64 = np.maximum((np.exp(-apart) - _LEAST) / (1 - _LEAST), 0)
        return likeness

    def copies(self, others: "_Table", likeness: Float64) -> Mask:
        """Tell which of the others are this one picture again."""
        alike, near = _COPY
        apart = np.abs(others.cast - self.cast).max(axis=1)
        same: Mask = (likeness > alike) & (apart < near)
        return same

    def chroma(self, shift: Float64) -> Float64:
        """Return the rms chroma of each picture (n) after a shift of its colours."""
        found: Float64 = np.sqrt(((self.cast + shift) ** 2).sum(axis=1) + self.spread**2)
        return found

    def with_rows(self, others: "_Table", which: Mask) -> "_Table":
        return _Table(
            *(
                np.concatenate([getattr(self, name), getattr(others, name)[which]])
                for name in ("colours", "layout", "cast", "noise", "spread")
            )
        )


def _units(rows: list[bytes], zero: int) -> Float64:
    vectors = np.array([list(row) for row in rows], dtype=np.float64) - zero
    units: Float64 = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return units


def _agreed(table: _Table, share: Float64) -> Cast | None:
    """Return what brings the first of some pictures to what they have in common.

    Shifts alone would leave the pictures duller, because vivid ones are the more in doubt and give
    way. So chroma is multiplied by what they would lose together.
    """
    centre, between = random_effects(table.cast, table.noise, share)
    pull = table.noise / (table.noise + between)
    shift = pull[:, np.newaxis] * (centre - table.cast)
    length = np.hypot(shift[:, 0], shift[:, 1])
    shift *= np.minimum(1, LIMIT / np.maximum(length, LIMIT))[:, np.newaxis]
    before, after = (float(share @ table.chroma(by)) for by in (np.zeros(2), shift))
    strength = float(np.clip(before / after, *STRENGTHS)) if min(before, after) > 0 else 1.0
    a, b, factor = (round(float(each), _DIGITS) + 0.0 for each in (*shift[0], strength))
    return None if (a, b, factor) == (0, 0, 1) else Cast(a, b, factor)


def random_effects(measured: Float64, noise: Float64, share: Float64) -> tuple[Float64, float]:
    """Return what some measurements agree on, and by how much they differ rightly.

    Parameters
    ----------
    measured : (n, d)
    noise : (n), variance of the error of each measurement, the same in all d
    share : (n), 0..1, how much each counts

    Returns
    -------
    centre : (d)
    between : variance of what is measured, from measurement to measurement
    """
    weight = share / noise
    centre = weight @ measured / weight.sum()
    apart = ((measured - centre) ** 2).mean(axis=1)
    expected = share.sum() - weight @ share / weight.sum()
    known = weight.sum() - weight @ weight / weight.sum()
    between = max(0.0, float((weight @ apart - expected) / known)) if known > 0 else 0.0
    weight = share / (noise + between)
    return weight @ measured / weight.sum(), between

"""One picture with hints that come and go: costly once, cheap for every click."""

from dataclasses import replace
from typing import Any

import cv2
import numpy as np

from photochrom._types import Codes, UInt8
from photochrom.errors import HintError
from photochrom.filters.resize import resize
from photochrom.imageio.depth import to_eight_bits
from photochrom.inference.colorizer import Colorizer
from photochrom.inference.finish import finish
from photochrom.inference.hints.hint import Hint, HintLayer
from photochrom.inference.hints.hinted import Hinted, enlarged
from photochrom.inference.hints.marks import Marks, mark
from photochrom.inference.hints.reading import as_hint
from photochrom.inference.hints.suggest import SHORT_SIDE, Suggestions
from photochrom.inference.kinds import as_picture, like
from photochrom.inference.recipe import Recipe

PREVIEW = 1 << 20  # px
_ANY = (Hint(((0, 0),), "gray"),)  # stands for hints that are still to come


class Session:
    """A picture, a colorizer, and hints that can be added, moved and removed.

    Parameters
    ----------
    colorizer : of a model with chroma
    picture : as `Colorizer.colorize` takes it
    recipe : all options at once; hints in it are the first ones
    options : single ones, as `Recipe` names them

    Raises
    ------
    As `Colorizer.colorize`.

    Examples
    --------
    >>> session = Session(Colorizer(), "old.jpg")  # doctest: +SKIP
    >>> dress = session.add("120,80=seagreen")  # doctest: +SKIP
    >>> session.move(dress, "130,85=seagreen")  # doctest: +SKIP
    >>> session.suggest()  # doctest: +SKIP
    [(412, 96)]
    """

    def __init__(
        self, colorizer: Colorizer, picture: Any, recipe: Recipe | None = None, **options: Any
    ) -> None:
        asked = Recipe.of(recipe, options)
        self._colorizer = colorizer
        self._given, self._picture = picture, as_picture(picture)
        self._bare = replace(asked, hints=(), hints_only=False)
        self._only = asked.hints_only
        colorizer.check(asked if asked.hints else replace(asked, hints=_ANY))
        self._field = colorizer.field(self._picture, self._bare)
        self._hinted = Hinted(self._picture.pixels, self._field, only=self._only)
        self._small = _reduced(self._picture.pixels)
        self._suggestions: Suggestions | None = None
        self._hints: dict[int, Hint | HintLayer] = {}
        self._count = 0
        for hint in asked.hints:
            self.add(hint)

    @property
    def hints(self) -> dict[int, Hint | HintLayer]:
        """The hints by number, in the order in which they were added; the last is on top."""
        return dict(self._hints)

    @property
    def recipe(self) -> Recipe:
        """What `Colorizer.colorize` gives the same result for."""
        hints = tuple(self._hints.values())
        return replace(self._bare, hints=hints, hints_only=self._only)

    def add(self, hint: Any) -> int:
        """Add a hint, or what `as_hint` makes one of, and return its number.

        Raises
        ------
        HintError, OptionError
            If it is none, or does not fit the picture; the session stays as it was.
        """
        checked = self._checked(hint)
        self._count += 1
        self._hints[self._count] = checked
        return self._count

    def move(self, number: int, hint: Any) -> None:
        """Put another hint in a hint's place; raises what `add` and `remove` do."""
        self._check_number(number)
        self._hints[number] = self._checked(hint)

    def remove(self, number: int) -> None:
        """Remove a hint.

        Raises
        ------
        HintError
            If there is none of this number.
        """
        self._check_number(number)
        del self._hints[number]

    def preview(self) -> UInt8:
        """Return the picture (h, w, 3) at no more than a megapixel, 8 bit."""
        field = self._field
        if self._hints:
            field = self._hinted.field(self._marks())
        elif self._only:
            field = replace(field, chroma=np.zeros_like(field.chroma))
        codes = finish(self._small, field, self._without_hints())
        return np.asarray(codes, dtype=np.uint8)

    def result(self) -> Any:
        """Return the coloured picture at full size, of the kind that was given.

        Raises
        ------
        OptionError
            If hints alone are to count and there are none.
        """
        finished = self._colorizer.complete(self._picture, self._field, self.recipe, self._hinted)
        return like(self._given, finished)

    def suggest(self, count: int = 1) -> list[tuple[int, int]]:
        """Return x and y of the places where a hint would help most, the best first."""
        if self._suggestions is None:
            self._suggestions = self._prepare_suggestions()
        known: list[tuple[int, int]] = []
        if self._hints:
            known = self._hinted.places(self._marks(), self._suggestions.shape)
        rows, columns = self._suggestions.shape
        down, across = self._picture.height / rows, self._picture.width / columns
        return [
            (int((column + 0.5) * across), int((row + 0.5) * down))
            for row, column in self._suggestions.next(known, count)
        ]

    def _prepare_suggestions(self) -> Suggestions:
        lightness = self._hinted.lightness
        scale = min(1.0, SHORT_SIDE / min(lightness.shape))
        height, width = (max(1, round(side * scale)) for side in lightness.shape)
        small = resize(lightness, (height, width))
        deviation = resize(self._colorizer.deviation(self._picture, self._bare), (height, width))
        return Suggestions(small, None if self._only else enlarged(self._field, small), deviation)

    def _without_hints(self) -> Recipe:
        """Return what is left to do when hints are in the field; they may leave a soft palette."""
        free = self._hints and not self._bare.exact_palette
        return replace(self._bare, palette=None) if free else self._bare

    def _marks(self) -> Marks:
        return mark(list(self._hints.values()), self._picture.height, self._picture.width)

    def _checked(self, hint: Any) -> Hint | HintLayer:
        checked = self._colorizer.resolved(as_hint(hint), self._bare)
        mark([checked], self._picture.height, self._picture.width)
        return checked

    def _check_number(self, number: int) -> None:
        if number not in self._hints:
            there = ", ".join(map(str, self._hints)) or "none"
            raise HintError(f"there is no hint {number} in this session; there are {there}")


def _reduced(pixels: Codes) -> UInt8:
    """Return (h, w, 1 or 3) at no more than `PREVIEW` pixels, 8 bit."""
    height, width, channels = pixels.shape
    scale = (PREVIEW / (height * width)) ** 0.5
    eight = to_eight_bits(pixels)
    if scale >= 1:
        return eight
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(eight, size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8).reshape(size[1], size[0], channels)

"""What is asked of a colorizer for one picture: every option that can change a pixel."""

from dataclasses import dataclass, fields, replace
from math import isfinite
from numbers import Integral, Real
from typing import Any, Self

import numpy as np

from photochrom.errors import OptionError
from photochrom.inference import recorded
from photochrom.inference.album import Album
from photochrom.inference.cast import Cast
from photochrom.inference.hints.hint import Hint, HintLayer
from photochrom.inference.hints.reading import as_hint
from photochrom.inference.references.reference import as_reference, as_version
from photochrom.modelfile.spec import Decode
from photochrom.palettes.palette import Palette

_PLAIN = {
    "vividness": float, "working_size": int, "alternative": int, "seed": int,
    "hints_only": bool, "exact_palette": bool,
}  # fmt: skip
_MAY_BE_NONE = ("vividness", "working_size", "alternative")


@dataclass(frozen=True)
class Recipe:
    """The options of one call of `Colorizer.colorize`.

    Attributes
    ----------
    decode : "annealed-mean", "argmax", or the modes that throw the picture's lightness away:
        "argmax-rgb" (models with an srgb palette), "rgb" (models that predict RGB). None for the
        model's own.
    vividness : 0 (dull and safe) to 1 (vivid and guessed), of the annealed mean; None or 0.5 for
        the model's own
    working_size : px of the shorter side at which the network sees the picture, 16 to 4096; None
        for the model's own, at which it is best. A smaller one needs less memory. The result has
        the picture's own size in any case.
    hints : colours that are known. Each is a `Hint`, a `HintLayer`, or what `as_hint` makes one
        of: "120,80=#aa2211", a dict as in hint files, a picture with transparency. The last counts
        where two fall on one pixel.
    hints_only : spread the hints without what the model says
    alternative : which of several different answers, 1 to 16; None for the plain one
    seed : of the alternatives, 0 or more
    palette : the colours that the result is mixed of, in place of the model's: any number from 2
        on. Of full colours the chroma counts; the lightness is the picture's. Hints are not bound
        to it, unless by `exact_palette`.
    exact_palette : give every pixel one of the palette's colours and no mixture, as far as its
        lightness has room for it. Without `palette` the model's own colours are meant.
    references : pictures in colour whose colours the result is to have, where it is like them: each
        a path, bytes, a `Picture`, a Pillow image or an array, in any order
    chroma_from : a coloured version of this very picture, by any tool, of any size, slightly
        shifted or scaled: its chroma is taken over, and the model is not asked
    album : what makes the pictures of one album agree: an `Album` of notes on all of them, or the
        `Cast` that it gives this picture. What is like no other in it is coloured as without.
    """

    decode: Decode | None = None
    vividness: float | None = None
    working_size: int | None = None
    hints: tuple[Hint | HintLayer, ...] = ()
    hints_only: bool = False
    alternative: int | None = None
    seed: int = 0
    palette: Palette | None = None
    exact_palette: bool = False
    references: tuple[Any, ...] = ()
    chroma_from: Any = None
    album: Album | Cast | None = None

    def __post_init__(self) -> None:
        for name, kind in _PLAIN.items():
            object.__setattr__(self, name, _as(kind, name, getattr(self, name)))
        object.__setattr__(self, "hints", tuple(as_hint(each) for each in _listed(self.hints)))
        if not isinstance(self.palette, Palette | None):
            raise OptionError(
                f"palette must be a Palette, got {type(self.palette).__name__}; "
                "photochrom.inference.palettes.open_palette reads files"
            )
        listed = _listed(self.references)
        object.__setattr__(self, "references", tuple(as_reference(each) for each in listed))
        if self.chroma_from is not None:
            object.__setattr__(self, "chroma_from", as_version(self.chroma_from))
        if not isinstance(self.album, Album | Cast | None):
            raise OptionError(
                f"album must be an Album or a Cast, got {type(self.album).__name__}; "
                "Album.of makes one of notes, Colorizer.album_note takes them"
            )

    @classmethod
    def of(cls, recipe: Self | None, options: dict[str, Any]) -> Self:
        """Take single options, or a recipe with single options put in place of its own.

        Raises
        ------
        OptionError
            If there is no such option.
        """
        known = {field.name for field in fields(cls)}
        for name in options:
            if name not in known:
                raise OptionError(
                    f"there is no option {name!r} of colouring; there are "
                    f"{', '.join(sorted(known))}"
                )
        return replace(recipe, **options) if recipe is not None else cls(**options)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON: what differs from the defaults, pictures by their hash."""
        return recorded.to_dict(self)

    @classmethod
    def from_dict(cls, plain: object) -> Self:
        """Read what `to_dict` wrote.

        Pictures come as `recorded.Recorded`; `recorded.with_pictures` puts them back.

        Raises
        ------
        RecipeError
            If it is something else, or has options of a newer version.
        """
        return recorded.from_dict(cls, plain)


def _listed(given: Any) -> tuple[Any, ...]:
    """Take one or several or, as None, nothing."""
    if given is None:
        return ()
    return tuple(given) if isinstance(given, list | tuple) else (given,)


def _as(kind: type, name: str, value: Any) -> Any:
    """Return a plain value, also of NumPy's, as what it means, so that a file can hold it."""
    wanted = {bool: "True or False", int: "a whole number", float: "a number"}[kind]
    is_truth = isinstance(value, bool | np.bool_)
    is_fitting = {bool: is_truth, int: isinstance(value, Integral), float: isinstance(value, Real)}
    if value is None and name in _MAY_BE_NONE:
        return None
    if not is_fitting[kind] or (is_truth and kind is not bool) or not _is_finite(value):
        raise OptionError(f"{name} must be {wanted}, got {value!r}")
    return kind(value)


def _is_finite(value: Any) -> bool:
    try:
        return isfinite(value)
    except OverflowError:  # a whole number beyond all floats
        return False

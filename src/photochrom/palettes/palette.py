"""A palette: a few colours in the order in which a model's logits name them."""

import json
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np

from photochrom._types import Float64, UInt8
from photochrom.color import gamut, lab
from photochrom.errors import PaletteError

Space = Literal["chroma", "srgb"]

SWATCH_LIGHTNESS = 65.0  # L* at which most a*b* pairs of photographs lie in the sRGB gamut
_LARGEST = 1000  # sRGB ends near 130; what is far beyond would overflow in formulas
_COMPONENTS = {"chroma": 2, "srgb": 3}


@dataclass(frozen=True, eq=False)
class Palette:
    """The colours that a colorizer may choose from.

    Attributes
    ----------
    colors : (k, 2) a* and b* where `space` is "chroma", (k, 3) code values 0..255 where "srgb"
    space : "chroma" for colours without lightness, "srgb" for the origin system's full colours
    names : one name a colour, or None
    """

    colors: Float64
    space: Space = "chroma"
    names: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.space not in _COMPONENTS:
            raise PaletteError(f"palette space must be 'chroma' or 'srgb', got {self.space!r}")
        colors = np.array(self.colors, dtype=np.float64) + 0.0  # -0 and 0 are one colour
        width = _COMPONENTS[self.space]
        if colors.ndim != 2 or colors.shape[1] != width or len(colors) < 2:
            raise PaletteError(
                f"a {self.space} palette needs at least 2 colours of {width} numbers each, "
                f"got an array of shape {colors.shape}"
            )
        if not np.isfinite(colors).all():
            raise PaletteError("a palette's colours must be finite numbers")
        if np.abs(colors).max() > _LARGEST:
            raise PaletteError(f"no colour has a* or b* beyond {_LARGEST}")
        if self.space == "srgb" and (colors.min() < 0 or colors.max() > 255):
            raise PaletteError("an srgb palette's colours must lie between 0 and 255")
        if self.names is not None and len(self.names) != len(colors):
            raise PaletteError(f"{len(colors)} colours need as many names, got {len(self.names)}")
        colors.flags.writeable = False
        object.__setattr__(self, "colors", colors)

    def __len__(self) -> int:
        return len(self.colors)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Palette)
            and self.space == other.space
            and self.names == other.names
            and np.array_equal(self.colors, other.colors)
        )

    def __hash__(self) -> int:
        return hash((self.space, self.names, self.colors.tobytes()))

    @property
    def chroma(self) -> Float64:
        """(k, 2), a* and b* of each colour."""
        if self.space == "chroma":
            return self.colors
        return lab.from_srgb(self.colors / 255)[:, 1:].astype(np.float64)

    def to_srgb(self, lightness: float = SWATCH_LIGHTNESS) -> UInt8:
        """(k, 3) code values to show; a*b* colours are shown at `lightness`, within the gamut."""
        if self.space == "srgb":
            return np.rint(self.colors).astype(np.uint8)
        level = np.full(len(self), float(lightness))
        return np.rint(gamut.to_srgb(level, self.colors) * 255).astype(np.uint8)

    def to_dict(self) -> dict[str, object]:
        """Return plain values for JSON; `from_dict` gives back exactly this palette."""
        plain: dict[str, object] = {"space": self.space, "colors": self.colors.tolist()}
        if self.names is not None:
            plain["names"] = list(self.names)
        return plain

    @classmethod
    def from_dict(cls, plain: object) -> Self:
        """Read what `to_dict` wrote; anything else raises `PaletteError`."""
        if not isinstance(plain, dict) or not {"space", "colors"} <= plain.keys():
            raise PaletteError("a palette needs the keys 'space' and 'colors'")
        unknown = plain.keys() - {"space", "colors", "names"}
        if unknown:
            raise PaletteError(f"unknown keys in a palette: {', '.join(sorted(map(str, unknown)))}")
        names = plain.get("names")
        if names is not None and not isinstance(names, list):
            raise PaletteError("a palette's names must be a list")
        try:
            colors = np.array(plain["colors"], dtype=np.float64)
            return cls(colors, plain["space"], None if names is None else tuple(map(str, names)))
        except (TypeError, ValueError, OverflowError) as error:
            if isinstance(error, PaletteError):
                raise
            raise PaletteError(f"a palette's colours must be lists of numbers: {error}") from error

    def to_json(self) -> str:
        """Return the palette as JSON; floats keep every bit."""
        return json.dumps(self.to_dict(), indent=1)

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read what `to_json` wrote."""
        try:
            plain = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise PaletteError(f"not a palette in JSON: {error}") from error
        return cls.from_dict(plain)

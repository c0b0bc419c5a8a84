"""What a user says of a picture's colours: points, strokes and painted layers."""

import re
from base64 import b64decode, b64encode
from dataclasses import dataclass, replace
from typing import Any, Self
from zlib import compress, decompressobj
from zlib import error as ZlibError  # noqa: N812 # it names no class of ours

import numpy as np

from photochrom._types import Mask, UInt8
from photochrom.color import css, lab
from photochrom.errors import HintError, OptionError
from photochrom.palettes.palette import Palette

_TEXT = re.compile(r"([^,=]+),([^,=]+)(?:,([^,=]+))?=(.+)")
# Written so that no run of blanks can be shared out in several ways, of which all would be tried.
_EXACT = re.compile(r"ab\(\s*(-?\d+(?:\.\d+)?)(?:\s*,\s*|\s+)(-?\d+(?:\.\d+)?)\s*\)")
_DIGITS = 5  # of a palette colour's number; six are a hex code without #
_MOST_POINTS = 10_000
_MOST_PIXELS = 1 << 29  # as many as a picture may have


@dataclass(frozen=True)
class Hint:
    """One colour, at a point or along a stroke.

    Attributes
    ----------
    points : x and y of each, full-size upright pixels from 0; one is a point, more are a stroke
    color : "#rrggbb", a CSS name, the number of a palette's colour, or "ab(12.5 -40)" for a* and b*
        themselves. Only hue and chroma count; every name of a gray, such as "gray", "black" or
        "white", means without colour.
    radius : px round the points or the stroke; 0 is a single pixel, or a line of one pixel

    Raises
    ------
    HintError
        If there are no points, or something is not a number, or a radius is negative.
    OptionError
        If there is no such colour.
    """

    points: tuple[tuple[float, float], ...]
    color: str
    radius: float = 0.0

    def __post_init__(self) -> None:
        if not 1 <= len(self.points) <= _MOST_POINTS:
            raise HintError(
                f"a hint needs 1 to {_MOST_POINTS} points [x, y], got {len(self.points)}"
            )
        numbers = np.array([*(value for point in self.points for value in point), self.radius])
        if not np.isfinite(numbers).all() or self.radius < 0:
            raise HintError(
                f"{self.where}: x, y and the radius must be numbers, the radius not below 0; "
                f"got a radius of {self.radius}"
            )
        if not self._names_palette:
            _chroma(self.color)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `X,Y=COLOUR` or `X,Y,R=COLOUR`.

        Raises
        ------
        HintError
            If the text is not like that.
        """
        found = _TEXT.fullmatch(text)
        try:
            if found is None:
                raise ValueError
            x, y, radius = (float(word) for word in (found[1], found[2], found[3] or "0"))
        except ValueError:
            raise HintError(
                f"a hint is X,Y=COLOUR or X,Y,RADIUS=COLOUR, such as 120,80,5=#aa2211; got {text!r}"
            ) from None
        return cls(((x, y),), found[4].strip(), radius)

    @property
    def where(self) -> str:
        """How messages call it."""
        x, y = self.points[0]
        return f"hint {x:g},{y:g}"

    @property
    def _names_palette(self) -> bool:
        return self.color.strip().isdecimal() and len(self.color.strip()) <= _DIGITS

    def resolved(self, palette: Palette | None) -> Self:
        """Return the hint with a* and b* in place of a palette's number, so that it stands alone.

        Raises
        ------
        HintError
            As `chroma`.
        """
        if not self._names_palette:
            return self
        a, b = self.chroma(palette)
        return replace(self, color=f"ab({a:.4f} {b:.4f})")

    def chroma(self, palette: Palette | None = None) -> tuple[float, float]:
        """Return a* and b* of the colour.

        Raises
        ------
        HintError
            If it is the number of a colour that the palette has not.
        """
        if not self._names_palette:
            return _chroma(self.color)
        word = self.color.strip()
        if palette is None:
            raise HintError(f"{self.where}: colour {word} is a palette's, but there is no palette")
        if int(word) >= len(palette):
            raise HintError(
                f"{self.where}: there is no colour {word} in the palette, which has 0 to "
                f"{len(palette) - 1}"
            )
        a, b = palette.chroma[int(word)]
        return float(a), float(b)

    def to_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        points = [list(point) for point in self.points]
        return {"points": points, "color": self.color, "radius": self.radius}

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Self:
        """Read what `to_dict` wrote, or people: {"x": 1, "y": 2, "color": "red", "radius": 5}.

        Raises
        ------
        HintError
            If there is something else in it.
        """
        keys, plain = plain.keys(), dict(plain)
        if {"x", "y"} <= plain.keys() and "points" not in plain:
            plain["points"] = [[plain.pop("x"), plain.pop("y")]]
        if not {"points", "color"} <= plain.keys() <= {"points", "color", "radius"}:
            raise HintError(
                'a hint is {"x", "y", "color"} or {"points", "color"}, with "radius" if wanted; '
                f"got the keys {', '.join(sorted(map(str, keys))) or 'none'}"
            )
        try:
            points = tuple((float(x), float(y)) for x, y in plain["points"])
            return cls(points, str(plain["color"]), float(plain.get("radius", 0)))
        except (TypeError, ValueError) as error:
            if isinstance(error, HintError | OptionError):
                raise
            raise HintError(f"a hint's points must be pairs of numbers: {error}") from error


def _chroma(color: str) -> tuple[float, float]:
    found = _EXACT.fullmatch(color.strip().lower())
    if found is not None:
        return float(found[1]), float(found[2])
    a, b = lab.from_srgb(np.array(css.parse(color)) / 255)[1:]
    return float(a), float(b)


@dataclass(frozen=True, eq=False)
class HintLayer:
    """Colours painted over a picture, transparent where nothing is said.

    Attributes
    ----------
    said : (h, w), where the layer says something
    colors : (n, 3), code values of those pixels, row by row
    """

    said: Mask
    colors: UInt8

    where = "the hint layer"

    def resolved(self, palette: Palette | None) -> Self:
        """Return the layer itself: it names no palette's colours."""
        del palette
        return self

    @classmethod
    def of(cls, rgba: UInt8) -> Self:
        """Take (h, w, 4) code values; what is at least half opaque counts.

        Raises
        ------
        HintError
            If nothing is.
        """
        said = rgba[..., 3] > 127
        if not said.any():
            raise HintError(
                "the hint layer is transparent everywhere; paint opaque colour where it is known"
            )
        return cls(said, np.ascontiguousarray(rgba[said][:, :3]))

    def to_dict(self) -> dict[str, object]:
        """Return plain values for JSON: the layer's bits and colours, compressed."""
        packed = np.packbits(self.said).tobytes() + self.colors.tobytes()
        return {
            "layer": b64encode(compress(packed, 9)).decode(),
            "height": self.said.shape[0],
            "width": self.said.shape[1],
        }

    @classmethod
    def from_dict(cls, plain: dict[str, Any]) -> Self:
        """Read what `to_dict` wrote; raise `HintError` for anything else."""
        try:
            height, width = int(plain["height"]), int(plain["width"])
            if not (height > 0 and width > 0 and height * width <= _MOST_PIXELS):
                raise ValueError(f"a size of {width} x {height}")
            bits = -(-height * width // 8)
            unpacker = decompressobj()
            packed = unpacker.decompress(b64decode(plain["layer"]), bits + 3 * height * width)
            said = np.unpackbits(np.frombuffer(packed[:bits], np.uint8), count=height * width)
            colors = np.frombuffer(packed[bits:], np.uint8).reshape(-1, 3)
            if len(colors) != np.count_nonzero(said) or not len(colors):
                raise ValueError("its colours do not fit its pixels")
        except (KeyError, TypeError, ValueError, OverflowError, ZlibError) as error:
            raise HintError(f"a stored hint layer is damaged: {error}") from error
        return cls(said.reshape(height, width).astype(np.bool_), colors)

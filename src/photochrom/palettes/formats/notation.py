"""A single colour as style sheets write it: `#rgb`, `#rrggbb`, `rgb()` or a name."""

import re

from photochrom.color import css
from photochrom.errors import OptionError, PaletteError
from photochrom.palettes.formats.sheet import Rgb

_WITH_ALPHA = re.compile(r"#(?:([0-9a-f]{3})[0-9a-f]|([0-9a-f]{6})[0-9a-f]{2})", re.IGNORECASE)
_FUNCTION = re.compile(r"(rgba?|hsla?|hwb|lab|lch|oklab|oklch|color)\((.*)\)", re.IGNORECASE)
_PART = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+))(%?)")


def color(text: str) -> Rgb | None:
    """Return the colour, its transparency left aside; None where the text is none.

    Raises
    ------
    PaletteError
        If it is a colour in a notation that is not read, such as `hsl()`.
    """
    function = _FUNCTION.fullmatch(text)
    if function is not None:
        return _function(text, function[1].lower(), function[2])
    short = _WITH_ALPHA.fullmatch(text)
    try:
        return css.parse(text if short is None else short[1] or short[2])
    except OptionError:
        return None


def _function(text: str, name: str, content: str) -> Rgb:
    parts = [_PART.fullmatch(word) for word in re.split(r"[\s,/]+", content.strip())]
    if name not in ("rgb", "rgba") or len(parts) not in (3, 4) or None in parts:
        raise PaletteError(f"the colour {text[:60]!r} is not read; write it as #rrggbb")
    return [_value(part[1], part[2]) for part in parts[:3] if part is not None]


def _value(number: str, percent: str) -> float:
    value = float(number) * (2.55 if percent else 1)
    return min(max(value, 0.0), 255.0)  # as browsers do

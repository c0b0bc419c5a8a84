"""What a user should know of hints that could not be followed to the letter."""

from collections.abc import Sequence

import numpy as np

from photochrom._types import Codes
from photochrom.color import codes, gamut, lab
from photochrom.inference.hints.marks import Marks, Said

_TOLD_FROM = 1.0  # units of a*b*: less is not seen
_LOOKED_AT = 1000  # px of a hint: enough to tell


def report(hints: Sequence[Said], marks: Marks, pixels: Codes) -> tuple[str, ...]:
    """Return a sentence for each hint that others cover or whose colour sRGB does not hold there.

    Parameters
    ----------
    hints : as they were drawn into `marks`
    marks : of the same picture
    pixels : (h, w, 1) or (h, w, 3) code values
    """
    notes = list(marks.notes)
    for number, hint in enumerate(hints):
        where = np.flatnonzero(marks.hint == number)
        if not len(where):
            continue
        where = where[:: -(-len(where) // _LOOKED_AT)]
        wanted = marks.chroma[where].astype(np.float64)
        lightness = codes.lightness(pixels[marks.rows[where], marks.columns[where]][np.newaxis])[0]
        shown = lab.from_srgb(gamut.to_srgb(lightness.astype(np.float64), wanted))[:, 1:]
        asked, held = (np.hypot(*pair.T) for pair in (wanted, shown))
        worst = int(np.argmax(asked - held))
        if asked[worst] - held[worst] > _TOLD_FROM:
            notes.append(
                f"{hint.where}: its colour, chroma {asked[worst]:.0f}, is not in sRGB at the "
                f"lightness there (L* {lightness[worst]:.0f}); the nearest of the same hue has "
                f"chroma {held[worst]:.0f}"
            )
    return tuple(notes)

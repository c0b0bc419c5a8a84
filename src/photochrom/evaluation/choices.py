"""One picture in several colourings, side by side, to choose from."""

from collections.abc import Sequence

import numpy as np

from photochrom._types import UInt8
from photochrom.color import codes, lab
from photochrom.errors import ShapeError
from photochrom.evaluation.album import reduce
from photochrom.evaluation.sheets import contact_sheet
from photochrom.imageio.depth import to_eight_bits
from photochrom.imageio.picture import Picture
from photochrom.metrics import ciede2000

CELL = 384  # px, the longer side of a picture: five in a row fill a screen
_ACROSS = 5
_PAPER = 255
_COMPARED = 64  # px, of the longer side; colourings differ by regions, not by details
_ALIKE = 1.0  # mean dE00, hardly seen side by side


def small(picture: Picture, *, gray: bool = False) -> UInt8:
    """Reduce a picture to a cell (h, w, 3) of a sheet; on demand without its colours."""
    eight = to_eight_bits(picture.pixels)
    cell = reduce(np.ascontiguousarray(np.broadcast_to(eight, (*eight.shape[:2], 3))), CELL)
    if not gray:
        return cell
    colorless = np.zeros((2, *cell.shape[:2]), dtype=np.float32)
    made = codes.from_lightness(codes.lightness(cell), colorless, np.dtype(np.uint8))
    return made.astype(np.uint8, copy=False)


def choice_sheet(gray: UInt8, answers: Sequence[UInt8], *, cell: int = CELL) -> UInt8:
    """Draw a picture and its colourings, numbered from 1.

    Parameters
    ----------
    gray : (h, w, 3), code values
    answers : of the same picture
    cell : px; larger pictures are reduced to it

    Returns
    -------
    sheet : (h, w, 3), code values, on white
    """
    pictures = [gray, *answers]
    names = ["gray", *(str(number) for number in range(1, len(pictures)))]
    starts = range(0, len(pictures), _ACROSS)
    rows = [
        contact_sheet([pictures[at : at + _ACROSS]], names[at : at + _ACROSS], cell=cell)
        for at in starts
    ]
    width = max(row.shape[1] for row in rows)
    return np.concatenate([_widened(row, width) for row in rows])


def alike(answers: Sequence[UInt8]) -> list[int]:
    """Return the numbers, from 1, of colourings that hardly differ from an earlier one.

    Raises
    ------
    ShapeError
        If they are not of one size.
    """
    if len({answer.shape for answer in answers}) > 1:
        raise ShapeError(f"one size is needed, got {[answer.shape for answer in answers]}")
    small = [_lab(answer) for answer in answers]
    found = []
    for place, one in enumerate(small):
        apart = [float(ciede2000.difference(one, other).mean()) for other in small[:place]]
        if min(apart, default=np.inf) < _ALIKE:
            found.append(place + 1)
    return found


def _lab(rgb: UInt8) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    values = reduce(rgb, _COMPARED).astype(np.float32) / np.float32(255)
    return np.asarray(lab.from_srgb(values), dtype=np.float32)


def _widened(row: UInt8, width: int) -> UInt8:
    right = width - row.shape[1]
    return np.pad(row, ((0, 0), (0, right), (0, 0)), constant_values=_PAPER)

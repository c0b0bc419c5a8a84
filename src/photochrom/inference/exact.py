"""Every pixel one of a palette's colours.

Looking for the nearest colour pixel by pixel would give specks where texture moves chroma across a
border, and rims of a third colour where two mix. So cells of the grid are labelled first, and each
takes the colour that most of those round it have. These are blurred, so that borders are smooth,
and enlarged along the edges. A pixel then has the colour of one of the four cells round it, the one
nearest to that: no third can come between. Of the pixels that differ from their surroundings half
are left.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from photochrom._types import Float32
from photochrom.filters.enlarge import Axis
from photochrom.inference.field import Field
from photochrom.palettes import labels
from photochrom.palettes.handover import distinct
from photochrom.palettes.palette import Palette

_AROUND = 5  # cells, of the Gaussian windows; 3 leaves a third more specks, and stairs at borders

Numbers = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Snapped:
    """What gives all pixels one of a palette's colours.

    Attributes
    ----------
    field : chroma of the cells' colours, blurred, to be enlarged
    cells : (h', w'), numbers of the cells' colours
    colors : (n, 2), their chroma
    down, across : where the rows and columns of the full size lie among the cells
    """

    field: Field
    cells: Numbers
    colors: Float32
    down: Axis
    across: Axis

    @classmethod
    def of(cls, field: Field, palette: Palette, height: int, width: int) -> "Snapped":
        """Prepare a picture of `height` x `width`; nothing of that size is made."""
        found = distinct(palette)
        colors = found.chroma.astype(np.float32)
        cells = _most_around(labels.nearest(field.chroma, found).astype(np.int32))
        down = Axis.of(height, cells.shape[0], field.span[0])
        across = Axis.of(width, cells.shape[1], field.span[1])
        smooth = _blurred(colors[cells])
        return cls(Field(smooth, field.lightness, field.span), cells, colors, down, across)

    def retouch(self, chroma: Float32, lightness: Float32, rows: slice, columns: slice) -> Float32:
        """Return the colours (2, rows, columns) of a block, near its enlarged chroma."""
        sides = [
            (down[rows], across[columns])
            for down in (self.down.lower, self.down.upper)
            for across in (self.across.lower, self.across.upper)
        ]
        first, last = sides[0][0][0], sides[-1][0][-1] + 1
        left, right = sides[0][1][0], sides[-1][1][-1] + 1
        part = self.cells[first:last, left:right]
        used = np.unique(part)
        if len(used) == 1:  # as in most blocks
            only = self.colors[used[0]][:, np.newaxis, np.newaxis]
            return np.full(chroma.shape, only, dtype=np.float32)
        least = np.full(chroma.shape[1:], np.inf, dtype=np.float32)
        best = np.zeros(chroma.shape[1:], dtype=np.int32)
        for down, across in sides:
            number = part[np.ix_(down - first, across - left)]
            apart = _squared(chroma, self.colors, number)
            nearer = apart < least
            np.copyto(best, number, where=nearer)
            np.minimum(least, apart, out=least)
        return np.stack([np.take(plane, best) for plane in self.colors.T])


def _squared(chroma: Float32, colors: Float32, number: Numbers) -> Float32:
    first, second = (np.take(plane, number) for plane in np.ascontiguousarray(colors.T))
    first -= chroma[0]
    second -= chroma[1]
    first *= first
    second *= second
    first += second
    return first


def _most_around(cells: Numbers) -> Numbers:
    """Give each cell the number that most of those round it have, near ones counting more."""
    best, most = cells.copy(), np.zeros(cells.shape, dtype=np.float32)
    for number in np.unique(cells):
        is_it = (cells == number).astype(np.float32)
        votes = _blurred(is_it)
        more = votes > most
        best[more], most[more] = number, votes[more]
    return best


def _blurred(values: Float32) -> Float32:
    window = (_AROUND, _AROUND)
    return np.asarray(cv2.GaussianBlur(values, window, 0), dtype=np.float32).reshape(values.shape)

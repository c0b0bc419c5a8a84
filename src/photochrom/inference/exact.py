"""Every pixel one of a palette's colours.

Looking for the nearest colour pixel by pixel would give specks where texture moves chroma across a
border, and rims of a third colour where two mix. So cells of the grid are labelled first, and each
takes the colour that most of those round it have; a pixel then has the colour of one of the four
cells round it: the one that is nearest to chroma enlarged along the edges. Against the nearest
colour it leaves a third to a half of the pixels that differ from their surroundings.
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

_AROUND = 5  # cells, of a Gaussian window; 3 leaves a third more specks

Numbers = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Snapped:
    """A field whose cells have a palette's colours, and what gives them to all pixels.

    Attributes
    ----------
    field : chroma of the cells, to be enlarged
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
        snapped = Field.of(colors[cells], field.lightness, field.span)
        return cls(snapped, cells, colors, down, across)

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
        votes = np.asarray(cv2.GaussianBlur(is_it, (_AROUND, _AROUND), 0))
        more = votes.reshape(cells.shape) > most
        best[more], most[more] = number, votes[more]
    return best

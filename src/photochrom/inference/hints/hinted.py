"""A picture prepared once for any hints on it."""

import numpy as np

from photochrom._types import Codes, Float32
from photochrom.color import codes
from photochrom.filters.guided import GuidedEnlargement
from photochrom.inference import working
from photochrom.inference.field import Field
from photochrom.inference.hints.anchors import anchor
from photochrom.inference.hints.marks import Marks
from photochrom.inference.hints.spread import Spread
from photochrom.inference.parallel import for_each
from photochrom.modelfile.spec import WorkingSize

SIZE = WorkingSize(short_side=256, max_pixels=1 << 17)
"""At which colours are spread: 384 px gained 0.05 dB and took twice as long."""

_AT_ONCE = 1 << 16  # px of a painted layer


class Hinted:
    """Lightness, model's chroma and ways of one picture, at the size at which hints are spread.

    Parameters
    ----------
    pixels : (h, w, 1) or (h, w, 3) code values
    field : what the model says of it
    only : whether hints alone are to count, without the model
    threads : blocks at work at once; None for one a core
    """

    def __init__(
        self, pixels: Codes, field: Field, *, only: bool = False, threads: int | None = None
    ) -> None:
        self.height, self.width = pixels.shape[:2]
        self.size = _size(self.height, self.width)
        self.lightness = working.reduce_codes(pixels, self.size, threads=threads)
        prior = None if only else enlarged(field, self.lightness)
        self._spread = Spread(self.lightness, prior)

    def field(self, marks: Marks) -> Field:
        """Return the chroma that meets the marks, at the working size."""
        anchors = anchor(marks, self.height, self.width, self.size)
        height, width = self.size
        return Field(self._spread.chroma(anchors), self.lightness, (float(height), float(width)))

    def places(self, marks: Marks, size: tuple[int, int]) -> list[tuple[int, int]]:
        """Return row and column of where marks lie on a grid of another (height, width)."""
        return list(anchor(marks, self.height, self.width, size).places)

    def told(self, marks: Marks) -> Float32:
        """Return how much the marks say of each place (h, w): 0 nothing, near 1 all."""
        return self._spread.told(anchor(marks, self.height, self.width, self.size))


def enlarged(field: Field, lightness: Float32) -> Float32:
    """Return the chroma (h, w, 2) of a field along a picture's lightness (h, w)."""
    height, width = lightness.shape
    enlargement = GuidedEnlargement.of(
        field.chroma, field.lightness, height, width, span=field.span
    )
    planes = enlargement.block(slice(0, height), slice(0, width), lightness)
    return np.ascontiguousarray(np.moveaxis(planes, 0, -1))


def set_exactly(colored: Codes, pixels: Codes, marks: Marks, *, threads: int | None = None) -> None:
    """Give hinted pixels exactly their chroma, in place.

    Parameters
    ----------
    colored : (h, w, 3) code values, to be changed
    pixels : (h, w, 1) or (h, w, 3), the same picture, whose lightness counts
    marks : of the same picture
    threads : parts at work at once; None for one a core
    """

    def work(start: int) -> None:
        part = slice(start, start + _AT_ONCE)
        rows, columns = marks.rows[part], marks.columns[part]
        lightness = codes.lightness(pixels[rows, columns][np.newaxis])
        chroma = np.ascontiguousarray(marks.chroma[part].T[:, np.newaxis])
        colored[rows, columns] = codes.from_lightness(lightness, chroma, colored.dtype)[0]

    for_each(work, range(0, len(marks.rows), _AT_ONCE), threads)


def _size(height: int, width: int) -> tuple[int, int]:
    """Return the working size; small pictures are not enlarged."""
    size = SIZE.of(height, width)
    return (height, width) if size[0] > height or size[1] > width else size

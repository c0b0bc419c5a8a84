"""Small copies of the results, kept while the large ones pass through memory one at a time."""

from collections.abc import Iterable

import numpy as np

from photochrom._types import UInt8
from photochrom.imageio import Picture, encode_image, load_image, shrink_by

TRUTH = "truth"
"""What the true picture is filed under, beside the names of the methods."""

SIDE = 320  # px, the longer side: sharp on a page of four columns, about 20 KB as JPEG
_QUALITY = 88
MOST = 256  # pictures: about 25 MB with five columns


class Album:
    """Results by picture and method, as small JPEG files in memory.

    Of more than `most` pictures it keeps an even choice, between half as many and `most`: every
    second one, then every fourth, and so on, always with the first.
    """

    def __init__(self, side: int = SIDE, most: int = MOST) -> None:
        self.side = side
        self._most = most
        self._step = 1
        self._seen = 0
        self._last: str | None = None
        self._cells: dict[str, dict[str, tuple[bytes, int, int]]] = {}

    def __contains__(self, picture: str) -> bool:
        """Return whether the small copies of a picture were kept."""
        return picture in self._cells

    def among(self, pictures: Iterable[str]) -> list[str]:
        """Return those of the pictures whose small copies were kept."""
        return [picture for picture in pictures if picture in self]

    def add(self, picture: str, method: str, rgb: UInt8) -> None:
        """Keep a small copy of a result (h, w, 3); all results of a picture come together."""
        if picture != self._last:
            self._begin(picture)
        if picture not in self:
            return
        small = reduce(rgb, self.side)
        encoded = encode_image(Picture(small), "jpeg", quality=_QUALITY)
        self._cells[picture][method] = (encoded, small.shape[1], small.shape[0])

    def _begin(self, picture: str) -> None:
        if self._seen % self._step == 0:
            self._cells[picture] = {}
        if len(self._cells) > self._most:
            self._cells = dict(list(self._cells.items())[::2])
            self._step *= 2
        self._seen += 1
        self._last = picture

    def jpeg(self, picture: str, method: str) -> bytes:
        """Return a small copy as a file."""
        return self._cells[picture][method][0]

    def size(self, picture: str, method: str) -> tuple[int, int]:
        """Return the width and height of a small copy."""
        return self._cells[picture][method][1:]

    def pixels(self, picture: str, method: str) -> UInt8:
        """Return a small copy as (h, w, 3) code values."""
        codes = load_image(self.jpeg(picture, method)).pixels
        return codes.astype(np.uint8, copy=False)


def reduce(rgb: UInt8, side: int) -> UInt8:
    """Reduce a picture by area until its longer side is at most `side`; never enlarge it."""
    return shrink_by(rgb, side / max(rgb.shape[:2]))

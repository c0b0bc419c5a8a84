"""Pictures side by side, with captions: what people look at first."""

from collections.abc import Sequence

import cv2
import numpy as np

from photochrom._types import UInt8
from photochrom.errors import ShapeError
from photochrom.evaluation.album import reduce

CELL = 256  # px, the longer side of a picture on a sheet
_PADDING = 8  # px, round every cell
_CAPTION = 22  # px, the height of a line of captions
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_FONT_SCALE = 0.45
_PAPER = 255
_INK = (40, 40, 40)


def contact_sheet(
    rows: Sequence[Sequence[UInt8]], captions: Sequence[str], *, cell: int = CELL
) -> UInt8:
    """Put pictures into a grid with one caption a column.

    Parameters
    ----------
    rows : each as many (h, w, 3) pictures as there are captions; sizes may differ
    captions : column heads; letters outside ASCII become question marks, too long ones are cut
    cell : px; larger pictures are reduced to it

    Returns
    -------
    sheet : (h, w, 3), code values, on white

    Raises
    ------
    ShapeError
        If a row has another number of pictures, or there is no picture.
    """
    if not rows or not captions or any(len(row) != len(captions) for row in rows):
        raise ShapeError(
            f"a sheet needs rows of {len(captions)} pictures, got {[len(row) for row in rows]}"
        )
    small = [[reduce(picture, cell) for picture in row] for row in rows]
    widths = [max(row[column].shape[1] for row in small) for column in range(len(captions))]
    head = np.concatenate([_caption(c, w) for c, w in zip(captions, widths, strict=True)], axis=1)
    return np.concatenate([head, *(_row(row, widths) for row in small)], axis=0)


def banner(pictures: Sequence[UInt8], *, cell: int = CELL) -> UInt8:
    """Put pictures side by side without captions, such as original, gray and recoloured."""
    if not pictures:
        raise ShapeError("a banner needs at least one picture")
    small = [reduce(picture, cell) for picture in pictures]
    return _row(small, [picture.shape[1] for picture in small])


def _row(pictures: Sequence[UInt8], widths: Sequence[int]) -> UInt8:
    height = max(picture.shape[0] for picture in pictures)
    cells = [_centred(p, height, width) for p, width in zip(pictures, widths, strict=True)]
    return np.concatenate(cells, axis=1)


def _centred(picture: UInt8, height: int, width: int) -> UInt8:
    shape = (height + 2 * _PADDING, width + 2 * _PADDING, 3)
    paper = np.full(shape, _PAPER, dtype=np.uint8)
    top, left = (shape[0] - picture.shape[0]) // 2, (shape[1] - picture.shape[1]) // 2
    paper[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return paper


def _caption(text: str, width: int) -> UInt8:
    paper = np.full((_CAPTION, width + 2 * _PADDING, 3), _PAPER, dtype=np.uint8)
    plain = _cut(text.encode("ascii", "replace").decode(), width)
    cv2.putText(paper, plain, (_PADDING, _CAPTION - 5), _FONT, _FONT_SCALE, _INK, 1, cv2.LINE_AA)
    return paper


def _cut(text: str, width: int) -> str:
    """Shorten a text until it fits `width` px."""
    while text and cv2.getTextSize(text, _FONT, _FONT_SCALE, 1)[0][0] > width:
        text = text[:-1]
    return text

"""EXIF orientation: turn stored pixels upright."""

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

Codes_ = TypeVar("Codes_", bound=npt.NDArray[Any])

SWAPPED = frozenset({5, 6, 7, 8})  # height and width change places


def upright(stored: Codes_, orientation: int) -> Codes_:
    """Turn pixels as they are stored into pixels as they are seen.

    Parameters
    ----------
    stored : (h, w, ...), any type
    orientation : EXIF tag 0x0112, 1 to 8; anything else counts as 1, as viewers do

    Returns
    -------
    upright : (h, w, ...) or (w, h, ...), C-contiguous; `stored` itself where nothing turns

    References
    ----------
    CIPA DC-008 (EXIF 2.32), 4.6.4 A, Orientation.
    """
    turned: Any = stored
    if orientation in SWAPPED:
        turned = np.swapaxes(turned, 0, 1)
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    if orientation in (3, 4, 7, 8):
        turned = turned[::-1]
    if turned is stored:
        return stored
    result: Codes_ = np.ascontiguousarray(turned)  # type: ignore[assignment]
    return result

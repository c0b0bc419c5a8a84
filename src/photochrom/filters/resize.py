"""To the working size and back: by area where an axis shrinks, bilinear where it grows."""

import cv2
import numpy as np

from photochrom._types import Float32


def resize(plane: Float32, size: tuple[int, int]) -> Float32:
    """Resize one plane, each axis by itself.

    Parameters
    ----------
    plane : (h, w)
    size : the (height, width) wanted

    Returns
    -------
    resized : (*size), float32, contiguous
    """
    return np.ascontiguousarray(resize_across(resize_across(plane, size[1]).T, size[0]).T)


def resize_across(plane: Float32, width: int) -> Float32:
    """Resize the columns of (h, w) alone."""
    if plane.shape[1] == width:
        return plane
    how = cv2.INTER_AREA if width < plane.shape[1] else cv2.INTER_LINEAR
    whole = np.ascontiguousarray(plane, dtype=np.float32)
    resized = cv2.resize(whole, (width, plane.shape[0]), interpolation=how)
    return np.asarray(resized, dtype=np.float32)

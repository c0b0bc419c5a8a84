"""Picture files: bytes to typed values and back, with nothing of the file lost."""

from photochrom.imageio.convert import from_array, from_pil, to_array, to_pil
from photochrom.imageio.formats import PICTURE_SUFFIXES
from photochrom.imageio.picture import Kept, Picture, with_pixels
from photochrom.imageio.reading import Limits, load_image
from photochrom.imageio.small import load_small, shrink, shrink_by
from photochrom.imageio.writing import encode_image, save_image

__all__ = [
    "PICTURE_SUFFIXES",
    "Kept",
    "Limits",
    "Picture",
    "encode_image",
    "from_array",
    "from_pil",
    "load_image",
    "load_small",
    "save_image",
    "shrink",
    "shrink_by",
    "to_array",
    "to_pil",
    "with_pixels",
]

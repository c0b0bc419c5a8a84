"""The four file formats, told by their first bytes when read and by suffix when written."""

from os import fspath
from pathlib import PurePath

from photochrom._types import Path
from photochrom.errors import OptionError, PictureError

SUFFIXES = {
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".jpe": "jpeg",
    ".jfif": "jpeg",
    ".png": "png",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".webp": "webp",
}
PICTURE_SUFFIXES = tuple(SUFFIXES)
"""File name endings that are taken for pictures, lower case, with the dot."""
FORMATS = ("jpeg", "png", "tiff", "webp")
SIXTEEN_BIT = frozenset({"png", "tiff"})
HEAD_BYTES = 16  # enough to tell all four

_MAGIC = {
    b"\xff\xd8\xff": "jpeg",
    b"\x89PNG\r\n\x1a\n": "png",
    b"II*\x00": "tiff",
    b"MM\x00*": "tiff",
    b"II+\x00": "tiff",  # BigTIFF
    b"MM\x00+": "tiff",
}


def identify(head: bytes, name: str) -> str:
    """Tell the format by the first bytes of a file, whatever its name says.

    Raises
    ------
    PictureError
        If it is none of the four; `name` is used in the message.
    """
    for magic, found in _MAGIC.items():
        if head.startswith(magic):
            return found
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    what = "is empty" if not head else "is none of them"
    raise PictureError(
        f"expected a JPEG, PNG, TIFF or WebP picture, but {name} {what}; convert it first"
    )


def format_of(target: Path) -> str:
    """Tell the format to write by the suffix of a file name.

    Raises
    ------
    OptionError
        If the suffix is not one of `SUFFIXES`.
    """
    suffix = PurePath(fspath(target)).suffix.lower()
    if suffix not in SUFFIXES:
        raise OptionError(
            f"expected a file name ending in {', '.join(SUFFIXES)}, got {fspath(target)!r}"
        )
    return SUFFIXES[suffix]


def check_format(name: str) -> str:
    """Return a format's name, or raise OptionError when there is no such format."""
    if name not in FORMATS:
        raise OptionError(f"expected a format of {', '.join(FORMATS)}, got {name!r}")
    return name

"""What is done about damaged files: refused, unless all that pixels need is whole.

JPEG has no checksums: libjpeg calls damage a warning, says the first one, and fills in gray. So a
warning is an error here, and what is known to need no warning is tidied away before. In the other
formats damage is an error, and warnings are about unknown tags; but a TIFF may hold JPEG data.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TypeAlias, TypeVar

from photochrom._memory import lacks_memory, memory_for
from photochrom.errors import PictureError
from photochrom.imageio import codec, jpegheader, tiff
from photochrom.imageio.tiff import ReadAt
from photochrom.imageio.turns import Turns

_FAIL_ON = {"jpeg": "warning", "png": "error", "tiff": "error", "webp": "error"}
_TELL = "truncated"  # the level at which libtiff tells of damage and goes on
# What libtiff says of memory where a directory is empty, or a tag has billions of values.
_NO_LACK = ("(0 elements of", "Out of memory reading of")
_TURNS = Turns()  # libvips gathers the complaints of all threads in one place


@dataclass(frozen=True, eq=False)
class Input:
    """Bytes to read a picture from, how many, and what to call them."""

    name: str
    format: str
    size: int
    open: Callable[[], codec.Source]
    read_at: ReadAt


Loaded = TypeVar("Loaded")
Load: TypeAlias = Callable[[Input, str], Loaded]
"""Loads at a level of libvips' `fail_on`."""


def guarded(found: Input, load: Load[Loaded]) -> Loaded:
    """Call `load` strictly; once more, leniently, where the damage may be beside the pixels.

    Raises
    ------
    PictureError
        In place of whatever libvips raised.
    OutOfMemoryError
        If memory runs out.
    """
    with memory_for(f"to read {found.name}", "close other programs or reduce the picture first"):
        with suppress(codec.Error), _TURNS.together():
            return load(found, _level(found))
        with _TURNS.alone():  # once more, with no words of others among the complaints
            return _told(found, load)


def _level(found: Input) -> str:
    if found.format == "tiff" and tiff.holds_jpeg(found.read_at):
        return _FAIL_ON["jpeg"]
    return _FAIL_ON[found.format]


def _told(found: Input, load: Load[Loaded]) -> Loaded:
    with codec.heard() as said:
        try:
            try:
                return load(found, _level(found))
            except codec.Error as error:
                return _leniently(found, load, error)
        except codec.Error as error:
            if lacks_memory(error, name=found.name) and not _is_absurd(error):
                raise MemoryError(codec.first_line(error)) from error
            by_libpng = found.format == "png" and said
            raise _damaged(found, said[-1] if by_libpng else codec.first_line(error)) from error


def _is_absurd(error: codec.Error) -> bool:
    return any(words in str(error) for words in _NO_LACK)


def _leniently(found: Input, load: Load[Loaded], error: codec.Error) -> Loaded:
    if found.format == "jpeg":
        whole = found.read_at(0, found.size)
        tidy = jpegheader.tidy(whole)
        if tidy != whole:
            return load(_of_bytes(found, tidy), _FAIL_ON["jpeg"])
    if found.format == "tiff":
        about_header = _about_header(found)
        if about_header.issuperset(codec.lines(error)):
            return _without_complaint(found, load, about_header)
    raise error


def _of_bytes(found: Input, content: bytes) -> Input:
    """Put other bytes in place of the file's; its name stays."""
    return replace(
        found,
        size=len(content),
        open=lambda: codec.Source.new_from_memory(content),
        read_at=lambda at, size: content[at : at + size],
    )


def _about_header(found: Input) -> frozenset[str]:
    """What libtiff complains of before any pixel, such as links to nowhere and odd tags.

    What pixels need was found all the same, or opening would have failed.
    """
    _, told = _complaints(found, _header)
    return frozenset(told)


def _header(found: Input, level: str) -> codec.Image:
    return codec.Image.tiffload_source(found.open(), access="sequential", fail_on=level)


def _without_complaint(found: Input, load: Load[Loaded], known: frozenset[str]) -> Loaded:
    loaded, told = _complaints(found, load)
    for line in told:
        if line not in known:
            raise _damaged(found, line)
    return loaded


def _complaints(found: Input, load: Load[Loaded]) -> tuple[Loaded, list[str]]:
    """Load whatever is damaged, and gather what was complained of."""
    codec.forget_complaints()
    with codec.heard() as said:
        loaded = load(found, _TELL)
    return loaded, codec.complaints() + (said if tiff.holds_jpeg(found.read_at) else [])


def _damaged(found: Input, why: str) -> PictureError:
    return PictureError(
        f"{found.name} is damaged or cut short and cannot be read as {found.format.upper()}: {why}"
    )

"""Read picture files: format by magic bytes, limits by header, then pixels."""

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, BinaryIO

import numpy as np

from photochrom._types import Codes, Path
from photochrom.errors import InputMissingError, PictureError, PictureTooLargeError
from photochrom.imageio import codec
from photochrom.imageio.damage import Input, guarded
from photochrom.imageio.formats import HEAD_BYTES, identify
from photochrom.imageio.metadata import orientation_of, read_kept, xmp_of
from photochrom.imageio.orientation import upright
from photochrom.imageio.picture import Picture
from photochrom.imageio.profiles import to_srgb

_LOADERS: dict[str, Callable[..., codec.Image]] = {
    "jpeg": codec.Image.jpegload_source,
    "png": codec.Image.pngload_source,
    "tiff": codec.Image.tiffload_source,
    "webp": codec.Image.webpload_source,
}
_DTYPES = {"uchar": np.uint8, "ushort": np.uint16}


@dataclass(frozen=True)
class Limits:
    """What a file may ask for; checked before anything is decoded."""

    max_pixels: int = 500_000_000
    """Width times height. An 8 x 10 inch negative scanned at 2,400 dpi has 461 million."""
    max_bytes: int = 4 * 1024**3
    """Size of the file. 500 megapixels of 16-bit RGB, stored plainly, are 3 GB."""


DEFAULT_LIMITS = Limits()


def load_image(source: Path | bytes, *, limits: Limits = DEFAULT_LIMITS) -> Picture:
    """Read a JPEG, PNG, TIFF or WebP file.

    Gray stays one channel; everything else becomes RGB. Code values come as encoded sRGB, upright
    and in the file's own depth: 8 bits, or 16 for deeper PNG and TIFF. Of several pages or frames
    the first is read, which `kept.notes` then says.

    Parameters
    ----------
    source : path, or the bytes of a file
    limits : what the file may ask for

    Returns
    -------
    picture : pixels of its own, and what else the file held

    Raises
    ------
    InputMissingError
        If there is no such file.
    PictureError
        If it is another format, damaged, cut short, or holds what is not a picture of 8 or 16
        bits.
    PictureTooLargeError
        If it exceeds `limits`.
    OutOfMemoryError
        If it does not fit into memory.
    """
    found = find(source, limits)
    return guarded(found, lambda found, fail_on: _load(found, limits, fail_on))


def load_xmp(source: Path | bytes, *, limits: Limits = DEFAULT_LIMITS) -> bytes | None:
    """Return the XMP packet of a picture file, or None; no pixel is decoded.

    Takes and raises what `load_image` does.
    """
    found = find(source, limits)
    return guarded(
        found, lambda found, fail_on: xmp_of(open_header(found, limits, fail_on=fail_on))
    )


def _load(found: Input, limits: Limits, fail_on: str) -> Picture:
    image = open_header(found, limits, fail_on=fail_on)
    imported = to_srgb(image)
    codes = upright(decode(imported.image), orientation_of(image))
    pixels, alpha = split_alpha(codes)
    return Picture(pixels, alpha, read_kept(image, found.format, imported, found.read_at))


def open_header(found: Input, limits: Limits, **options: Any) -> codec.Image:
    """Open an image without decoding it, and check what it promises."""
    image = _LOADERS[found.format](found.open(), access="sequential", **options)
    pixels = image.width * image.height
    if pixels > limits.max_pixels:
        raise PictureTooLargeError(
            f"{found.name} is {image.width} x {image.height}, {pixels:,} pixels; "
            f"the limit is {limits.max_pixels:,}, raise it if you trust the file"
        )
    if image.format not in _DTYPES:
        raise PictureError(
            f"expected 8 or 16 bits a channel, {found.name} has {image.format}; convert it first"
        )
    return image


def decode(image: codec.Image) -> Codes:
    """Run a libvips pipeline into an array (h, w, bands) that nothing else owns."""
    shape = (image.height, image.width, image.bands)
    # The buffer is the array's alone and is freed with it; copying would double the peak.
    codes: Codes = np.frombuffer(image.write_to_memory(), dtype=_DTYPES[image.format])
    return codes.reshape(shape)


def split_alpha(codes: Codes) -> tuple[Codes, Codes | None]:
    """Split (h, w, 1 to 4) into gray or RGB and alpha, each contiguous."""
    bands = codes.shape[2]
    if bands in (1, 3):
        return codes, None
    if bands in (2, 4):
        pixels: Codes = codes[..., :-1].copy()
        alpha: Codes = codes[..., -1].copy()
        return pixels, alpha
    raise PictureError(f"expected gray or RGB with at most one alpha channel, got {bands} channels")


def find(source: Path | bytes, limits: Limits) -> Input:
    """Tell what `source` is without decoding anything of it."""
    if isinstance(source, bytes):
        size = len(source)
        _check_size(size, "the input", limits)
        found = identify(source[:HEAD_BYTES], "the input")
        opener = lambda: codec.Source.new_from_memory(source)  # noqa: E731
        return Input("the input", found, size, opener, lambda at, size: source[at : at + size])
    name = os.fspath(source)
    with _opened(name) as file:
        size, head = os.fstat(file.fileno()).st_size, file.read(HEAD_BYTES)
    _check_size(size, name, limits)
    found = identify(head, name)
    return Input(
        name, found, size, lambda: _source(name), lambda at, size: _read_at(name, at, size)
    )


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    """Open a file; what goes wrong, in the block too, is an error of ours."""
    try:
        # A pipe would be waited for, and cannot be read from more than one place.
        kind = FilePath(name).stat().st_mode
        if not stat.S_ISREG(kind) and not stat.S_ISDIR(kind):  # of a folder the system speaks
            raise PictureError(f"{name} is a pipe or a device; save it as a file first")
        with FilePath(name).open("rb") as file:
            yield file
    except FileNotFoundError:
        advice = "`photochrom colorize` reads URLs, this only files" if "://" in name else None
        raise InputMissingError(f"there is no file {name}; {advice or 'check the name'}") from None
    except OSError as error:
        raise PictureError(f"{name} cannot be opened: {error.strerror}") from error
    except ValueError as error:  # a name with a null byte
        if isinstance(error, PictureError):
            raise
        raise PictureError(f"{name!r} cannot be opened: {error}") from error


def _source(name: str) -> codec.Source:
    """Hand libvips an open file, of which it keeps a descriptor of its own.

    A name it would put into its messages, which must be UTF-8.
    """
    with _opened(name) as file:
        return codec.Source.new_from_descriptor(file.fileno())


def _read_at(name: str, at: int, size: int) -> bytes:
    with _opened(name) as file:
        file.seek(at)
        return file.read(size)


def _check_size(size: int, name: str, limits: Limits) -> None:
    if size > limits.max_bytes:
        raise PictureTooLargeError(
            f"{name} has {size:,} bytes; the limit is {limits.max_bytes:,}, "
            "raise it if you trust the file"
        )

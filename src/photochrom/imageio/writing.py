"""Write picture files: everything that the format can hold, whole or not at all."""

import logging
from dataclasses import replace
from typing import Any

import numpy as np

from photochrom._files import check_free, write_bytes
from photochrom._memory import memory_for
from photochrom._types import Codes, Path
from photochrom.errors import OptionError, WriteError
from photochrom.imageio import codec, containers, tiff
from photochrom.imageio.depth import to_eight_bits
from photochrom.imageio.formats import SIXTEEN_BIT, check_format, format_of
from photochrom.imageio.metadata import attach
from photochrom.imageio.picture import Kept, Picture
from photochrom.imageio.profiles import from_srgb
from photochrom.imageio.statement import fitting_jpeg

logger = logging.getLogger(__name__)

# Measured on a 21-megapixel photograph, two cores: PNG 3/sub 0.5 s and 14 MB, 6/all 2.0 s and
# 12 MB; TIFF LZW 0.7 s and 14 MB, deflate 1.6 s and 13 MB, plain 0.4 s and 60 MB.
_PNG = {"compression": 3, "filter": "sub"}
_TIFF = {"compression": "lzw", "predictor": "horizontal"}
# Full chroma for JPEG; WebP has half chroma only, its sharpest form costs twice the time.
_JPEG = {"subsample_mode": "off"}
_WEBP = {"smart_subsample": True}
_KEEP = codec.KEEP_ALL_BUT_EXIF
# Bytes of pixels and alpha. Classic TIFF ends at 4 GiB, and LZW makes noise longer: by 1.37 as
# measured, by 1.5 at worst (codes of 12 bits for one byte).
BIG_TIFF = 2_800_000_000


def save_image(
    picture: Picture,
    target: Path,
    *,
    format: str | None = None,  # noqa: A002 - the word that users know
    quality: int = 95,
    overwrite: bool = False,
) -> None:
    """Write a picture to a file.

    The file appears under its name only when it is complete; on failure nothing is left.

    Parameters
    ----------
    picture : what to write
    target : file name
    format : jpeg, png, tiff or webp; by the suffix of `target` when not given
    quality : 1 to 100, for JPEG and WebP; 100 makes WebP lossless
    overwrite : whether an existing file may be replaced

    Raises
    ------
    OptionError
        If the format or the quality is none, or the format cannot hold the picture.
    OutputExistsError
        If the file exists and `overwrite` is false.
    WriteError
        If it cannot be written.
    """
    chosen = check_format(format) if format is not None else format_of(target)
    check_free(target, overwrite=overwrite)
    data = encode_image(picture, chosen, quality=quality)
    write_bytes(data, target, overwrite=overwrite)


def encode_image(
    picture: Picture,
    format: str,  # noqa: A002
    *,
    quality: int = 95,
) -> bytes:
    """Encode a picture as the bytes of a file.

    16-bit pictures stay 16-bit in PNG and TIFF and are rounded to 8 bits for JPEG and WebP.

    Parameters
    ----------
    picture : what to encode
    format : jpeg, png, tiff or webp
    quality : 1 to 100, for JPEG and WebP; 100 makes WebP lossless

    Raises
    ------
    OptionError
        If the format cannot hold the picture: transparency in JPEG, more than 65,535 (JPEG) or
        16,383 (WebP) pixels a side; or if `format` or `quality` is none.
    WriteError
        If the encoder fails.
    OutOfMemoryError
        If memory runs out.
    """
    check_format(format)
    if not 1 <= quality <= 100:
        raise OptionError(f"expected a quality from 1 to 100, got {quality}")
    _check_fits(picture, format)
    if format == "jpeg":
        picture = replace(picture, kept=replace(picture.kept, xmp=fitting_jpeg(picture.kept.xmp)))
    try:
        with memory_for(f"to encode it as {format.upper()}", "close other programs"):
            image = attach(_to_vips(picture, format), picture.kept, format)
            data = _encode(image, format, quality, _bytes_of(picture))
    except codec.Error as error:
        raise WriteError(
            f"the picture cannot be encoded as {format.upper()}: {codec.first_line(error)}"
        ) from error
    finished = _finish(data, picture, format)
    _warn_of_losses(finished, picture.kept, format)
    return finished


def _check_fits(picture: Picture, file_format: str) -> None:
    sides = {"jpeg": 65_535, "webp": 16_383}  # libjpeg and libwebp go no further
    side = max(picture.height, picture.width)
    if side > sides.get(file_format, side):
        raise OptionError(
            f"{file_format.upper()} holds at most {sides[file_format]} pixels a side, "
            f"the picture has {side}; save it as PNG or TIFF"
        )
    if file_format == "jpeg" and picture.alpha is not None and _is_transparent(picture.alpha):
        raise OptionError("JPEG cannot hold transparency; save the picture as PNG, TIFF or WebP")


def _is_transparent(alpha: Codes) -> bool:
    return bool(alpha.min() < np.iinfo(alpha.dtype).max)


def _to_vips(picture: Picture, file_format: str) -> codec.Image:
    eight = file_format not in SIXTEEN_BIT
    image = codec.from_codes(to_eight_bits(picture.pixels) if eight else picture.pixels)
    if picture.kept.convert and picture.kept.profile and not picture.is_gray:
        image = from_srgb(image, picture.kept.profile)
    if picture.alpha is not None and file_format != "jpeg":
        alpha = to_eight_bits(picture.alpha) if eight else picture.alpha
        image = image.bandjoin(codec.from_codes(alpha[..., np.newaxis]))
    return image


def _bytes_of(picture: Picture) -> int:
    return picture.pixels.nbytes + (0 if picture.alpha is None else picture.alpha.nbytes)


def _encode(image: codec.Image, file_format: str, quality: int, size: int) -> bytes:
    options: dict[str, Any] = {
        "jpeg": {"Q": quality, **_JPEG},
        "png": _PNG,
        "tiff": {"bigtiff": size > BIG_TIFF, **_TIFF},
        "webp": {"lossless": True, "exact": True} if quality == 100 else {"Q": quality, **_WEBP},
    }[file_format]
    save = getattr(image, f"{file_format}save_buffer")
    return bytes(save(keep=_KEEP, **options))


def _finish(data: bytes, picture: Picture, file_format: str) -> bytes:
    exif, dpi_known = picture.kept.exif, picture.kept.dpi is not None
    if file_format == "jpeg":
        return containers.finish_jpeg(data, exif, picture.kept.dpi)
    if file_format == "png":
        return containers.finish_png(data, exif, picture.kept.xmp, dpi_known=dpi_known)
    if file_format == "webp":
        alpha = picture.alpha is not None
        return containers.finish_webp(
            data, exif, width=picture.width, height=picture.height, alpha=alpha
        )
    return tiff.finish_tiff(data, exif, picture.kept.iptc, dpi_known=dpi_known)


def _warn_of_losses(data: bytes, kept: Kept, file_format: str) -> None:
    """Log which blocks are not in the file: JPEG's segments are short, BigTIFF gets XMP only.

    Looked up in the file itself: JPEG ends at 64 KB a block, but libvips at 60,000 bytes of XMP.
    """
    if file_format != "jpeg" and not tiff.is_big(data):
        return
    for name, block in (("EXIF", kept.exif), ("XMP", kept.xmp), ("IPTC", kept.iptc)):
        if block and block not in data:
            what = "JPEG" if file_format == "jpeg" else "BigTIFF"
            logger.warning(
                "the %s block of %d bytes does not fit %s and was left out", name, len(block), what
            )

"""Pictures from and to NumPy arrays and Pillow images, so that callers get back what they gave.

Pillow is not needed to be installed: only who hands in a Pillow image gets one back.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from photochrom._types import Codes, UInt8
from photochrom.errors import MissingExtraError, PictureError, ShapeError
from photochrom.imageio import codec, exif
from photochrom.imageio.depth import to_eight_bits
from photochrom.imageio.picture import Kept, Picture
from photochrom.imageio.profiles import from_srgb, to_srgb
from photochrom.imageio.reading import decode, split_alpha

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage
else:
    PillowImage = Any

_CODES = 65_535  # floats travel as 16-bit codes; half a code is 8e-6
_PLAIN_MODES = ("L", "LA", "RGB", "RGBA", "CMYK", "I;16")
_EXPANDED = {"1": "L", "PA": "RGBA", "La": "LA", "RGBa": "RGBA", "RGBX": "RGB"}


def from_array(array: npt.NDArray[Any]) -> Picture:
    """Take an array of encoded sRGB as a picture.

    Parameters
    ----------
    array : (h, w) or (h, w, c), c = 1 gray, 2 gray and alpha, 3 RGB, 4 RGB and alpha; uint8,
        uint16, or floats of 0..1

    Raises
    ------
    ShapeError
        If shape, type or range are others.
    """
    codes = array[..., np.newaxis] if array.ndim == 2 else array
    if codes.ndim != 3 or not 1 <= codes.shape[2] <= 4:
        raise ShapeError(f"expected an array (h, w) or (h, w, 1 to 4), got {array.shape}")
    pixels, alpha = split_alpha(_codes(codes))
    own: Codes = pixels.copy()
    return Picture(own, alpha)


def to_array(picture: Picture, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Give a picture as (h, w, c) of the type that `from_array` was given; alpha comes last."""
    pixels = picture.pixels
    if picture.alpha is not None:
        pixels = np.concatenate([pixels, picture.alpha[..., np.newaxis]], axis=2)
    if not np.issubdtype(np.dtype(dtype), np.floating):
        return pixels.astype(dtype)
    return (pixels / np.iinfo(pixels.dtype).max).astype(dtype)


def from_pil(image: PillowImage) -> Picture:
    """Take a Pillow image as a picture, with its profile, EXIF, XMP and resolution.

    Pixels stay as they lie: whoever opened the file decides about its orientation tag.

    Raises
    ------
    PictureError
        If the mode has no meaning as a photograph, such as `F`.
    """
    mode = _expanded_mode(image)
    if mode not in _PLAIN_MODES:
        raise PictureError(
            f"expected a Pillow image of mode {', '.join(_PLAIN_MODES)}, 1 or P, got {image.mode}"
        )
    array = np.asarray(image if mode == image.mode else image.convert(mode))
    codes = array[..., np.newaxis] if array.ndim == 2 else array
    return _with_facts(np.ascontiguousarray(codes), mode, image.info)


def _expanded_mode(image: PillowImage) -> str:
    if image.mode == "P":
        return "RGBA" if image.has_transparency_data else "RGB"
    return _EXPANDED.get(image.mode, image.mode)


def to_pil(picture: Picture) -> PillowImage:
    """Give a picture as a Pillow image of mode L, LA, RGB or RGBA; 16 bits are rounded to 8.

    Pillow has no 16-bit RGB. Use `to_array` or `save_image` where the depth matters.

    Raises
    ------
    MissingExtraError
        If Pillow is not installed.
    """
    try:
        from PIL import Image  # noqa: PLC0415 - not a dependency
    except ImportError:
        raise MissingExtraError("Pillow is not installed; run `pip install pillow`") from None
    image = Image.fromarray(_eight_bit_codes(picture))
    image.info.update(_info(picture.kept))
    return image


def _codes(array: npt.NDArray[Any]) -> Codes:
    if array.dtype in (np.uint8, np.uint16):
        codes: Codes = array
        return codes
    if not np.issubdtype(array.dtype, np.floating):
        raise ShapeError(f"expected an array of uint8, uint16 or floats, got {array.dtype}")
    # Written so that NaN fails it too.
    if not (array.min() >= 0 and array.max() <= 1):
        raise ShapeError(
            f"expected floats of 0 to 1, got {array.min():.4g} to {array.max():.4g}; "
            "divide by the white level first"
        )
    # float16 ends at 65,504: 65,535 would be infinite there.
    wide = array.astype(np.result_type(array.dtype, np.float32), copy=False)
    return np.round(wide * _CODES).astype(np.uint16)


def _with_facts(codes: Codes, mode: str, info: Mapping[Any, Any]) -> Picture:
    image = codec.from_codes(codes)
    if mode == "CMYK":
        image = image.copy(interpretation="cmyk")
    if info.get("icc_profile"):
        image = image.copy()
        image.set_type(codec.GValue.blob_type, "icc-profile-data", info["icc_profile"])
    imported = to_srgb(image)
    pixels, alpha = split_alpha(decode(imported.image))
    block, packet, dpi = info.get("exif"), info.get("xmp"), info.get("dpi")
    kept = Kept(
        exif=exif.without_prefix(block) if block else None,
        xmp=packet if isinstance(packet, bytes) else None,
        profile=imported.profile,
        convert=imported.convert,
        dpi=(float(dpi[0]), float(dpi[1])) if dpi else None,
        notes=imported.notes,
    )
    return Picture(pixels, alpha, kept)


def _eight_bit_codes(picture: Picture) -> UInt8:
    kept, pixels = picture.kept, to_eight_bits(picture.pixels)
    if kept.convert and kept.profile and not picture.is_gray:
        pixels = to_eight_bits(decode(from_srgb(codec.from_codes(pixels), kept.profile)))
    if picture.alpha is not None:
        pixels = np.concatenate([pixels, to_eight_bits(picture.alpha)[..., np.newaxis]], axis=2)
    return pixels[..., 0] if pixels.shape[2] == 1 else pixels


def _info(kept: Kept) -> dict[str, Any]:
    block = exif.PREFIX + kept.exif if kept.exif else None
    facts = {"icc_profile": kept.profile, "exif": block, "xmp": kept.xmp, "dpi": kept.dpi}
    return {name: fact for name, fact in facts.items() if fact is not None}

"""Colour profiles: into sRGB when a file is read, back into the file's own when it is written.

Relative colorimetric with black point compensation both ways: between two RGB spaces that is
exactly invertible, and for CMYK it keeps the tones from black to paper white, which is what a
lightness-keeping colorizer needs. Perceptual would bend tones differently on the way back.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path as FilePath
from tempfile import TemporaryDirectory

import numpy as np

from photochrom._types import UInt8
from photochrom.errors import PictureError
from photochrom.imageio import codec

_HOW = {"intent": "relative", "black_point_compensation": True}
_GRAY = ("b-w", "grey16")
_RGB = ("srgb", "rgb16", "rgb")
_CHANNELS = {"GRAY": 1, "RGB": 3, "CMYK": 4}
SAME = 1  # 8-bit code value; profiles that move a grid of colours by no more are sRGB


@dataclass(frozen=True, eq=False)
class Imported:
    """A libvips image in sRGB or sRGB-like gray, and how to go back."""

    image: codec.Image
    profile: bytes | None
    convert: bool
    notes: tuple[str, ...] = ()


def srgb_profile() -> bytes:
    """The sRGB profile that libvips carries, 480 bytes."""
    return bytes(codec.Image.profile_load("srgb"))


def to_srgb(image: codec.Image) -> Imported:
    """Convert gray, RGB or CMYK of any profile to sRGB code values of the same depth.

    Untagged gray and RGB are taken as sRGB and stay untagged; CMYK says nothing without a
    profile, so there libvips' default stands in and the result is always tagged.

    Raises
    ------
    PictureError
        If the colour space is another one.
    """
    kind = image.interpretation
    profile = embedded_profile(image)
    if kind == "cmyk":
        return _from_cmyk(image, profile)
    if kind in _GRAY:
        return _from_gray(image, profile)
    if kind in _RGB:
        return _from_rgb(image, profile)
    if kind in ("lab", "labs"):
        image = image.colourspace("rgb16" if image.format != "uchar" else "srgb")
        return Imported(image, srgb_profile(), convert=False)
    raise PictureError(f"expected a gray, RGB or CMYK picture, got colour space {kind!r}")


def from_srgb(image: codec.Image, profile: bytes) -> codec.Image:
    """Convert an RGB image of sRGB code values into another RGB profile, same depth."""
    # libvips takes the target profile from a file alone, or by way of floats, ten times slower.
    with TemporaryDirectory() as folder:
        target = FilePath(folder, "target.icc")
        target.write_bytes(profile)
        return image.icc_transform(
            str(target), input_profile="srgb", embedded=False, depth=_depth(image), **_HOW
        )


def embedded_profile(image: codec.Image) -> bytes | None:
    """The ICC profile of a libvips image, or None."""
    if not image.get_typeof("icc-profile-data"):
        return None
    return bytes(image.get("icc-profile-data"))


@lru_cache(maxsize=8)
def is_srgb(profile: bytes) -> bool:
    """Whether an RGB profile means sRGB, whatever it calls itself.

    Most files carry one of a dozen sRGB profiles; converting through them would only cost time
    and rounding. A damaged profile counts as sRGB too, since libvips falls back to that, as
    viewers do.
    """
    grid = _colour_grid()
    image = _tagged(codec.from_codes(grid), profile).icc_transform(
        "srgb", embedded=True, depth=8, **_HOW
    )
    return bool(np.abs(image.numpy().astype(int) - grid).max() <= SAME)


def _from_cmyk(image: codec.Image, profile: bytes | None) -> Imported:
    notes = () if profile else ("the CMYK picture has no profile; a common one was assumed",)
    fault = _fault(profile, "CMYK") if profile else None
    if fault:
        notes = (f"the embedded profile {fault}; a common one was assumed",)
        image = image.copy()
        image.remove("icc-profile-data")
    rgb = _transform(image, "srgb", input_profile="cmyk")
    return Imported(rgb, srgb_profile(), convert=False, notes=notes)


def _from_gray(image: codec.Image, profile: bytes | None) -> Imported:
    if profile is None:
        return Imported(image, None, convert=False)
    fault = _fault(profile, "GRAY")
    if fault:
        note = f"the embedded profile {fault}; sRGB was assumed"
        return Imported(image, srgb_profile(), convert=False, notes=(note,))
    curve = _gray_curve(profile, _depth(image))
    return Imported(image.maplut(curve, band=0), srgb_profile(), convert=False)


def _gray_curve(profile: bytes, depth: int) -> codec.Image:
    """Every gray of a profile as sRGB gray.

    By way of XYZ in floats, which is too slow for whole pictures: the direct 8-bit transform of
    libvips is 9 codes off in the shadows of a linear profile.
    """
    levels = np.arange(2**depth, dtype=np.uint8 if depth == 8 else np.uint16)
    tones = _tagged(codec.from_codes(levels.reshape(1, -1, 1)), profile)
    tones = tones.icc_import(embedded=True, pcs="xyz", **_HOW)
    rgb = tones.icc_export(output_profile="srgb", pcs="xyz", depth=depth, **_HOW)
    return rgb[1].copy_memory()  # neutral: any one channel is the gray


def _from_rgb(image: codec.Image, profile: bytes | None) -> Imported:
    if profile is None:
        return Imported(image, None, convert=False)
    fault = _fault(profile, "RGB")
    if fault:
        note = f"the embedded profile {fault}; sRGB was assumed"
        return Imported(image, srgb_profile(), convert=False, notes=(note,))
    if is_srgb(profile):
        return Imported(image, profile, convert=False)
    converted = _transform(image, "srgb")
    if not _can_go_back(profile):
        note = "the embedded profile only leads into sRGB, not back; the result is in sRGB"
        return Imported(converted, srgb_profile(), convert=False, notes=(note,))
    return Imported(converted, profile, convert=True)


def _transform(image: codec.Image, target: str, **options: str) -> codec.Image:
    return image.icc_transform(target, embedded=True, depth=_depth(image), **options, **_HOW)


@lru_cache(maxsize=8)
def _can_go_back(profile: bytes) -> bool:
    try:
        from_srgb(codec.from_codes(_colour_grid()), profile).write_to_memory()
    except codec.Error:
        return False
    return True


@lru_cache(maxsize=8)
def _fault(profile: bytes, space: str) -> str | None:
    """Say why pixels of a space, GRAY, RGB or CMYK, cannot be read by a profile; None if they can.

    Viewers go on without it, and so do we.
    """
    # ICC.1 table 17: the colour space stands at byte 16, the signature `acsp` at 36.
    if len(profile) < 128 or profile[36:40] != b"acsp" or profile[16:20] != space.encode().ljust(4):
        return f"is not one for {space} pictures"
    try:
        _transform(_tagged(_black(space), profile), "srgb").write_to_memory()
    except codec.Error:
        return "is damaged"
    return None


def _black(space: str) -> codec.Image:
    """Return one pixel, to try a profile on."""
    pixel = codec.from_codes(np.zeros((1, 1, _CHANNELS[space]), np.uint8))
    return pixel.copy(interpretation="cmyk") if space == "CMYK" else pixel


def _depth(image: codec.Image) -> int:
    return 8 if image.format == "uchar" else 16


def _colour_grid() -> UInt8:
    levels = np.linspace(0, 255, 9).round().astype(np.uint8)
    red, green, blue = np.meshgrid(levels, levels, levels, indexing="ij")
    return np.stack([red, green, blue], axis=-1).reshape(27, 27, 3)


def _tagged(image: codec.Image, profile: bytes) -> codec.Image:
    image = image.copy()
    image.set_type(codec.GValue.blob_type, "icc-profile-data", profile)
    return image

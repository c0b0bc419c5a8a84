"""A picture in memory, and what else its file held."""

from dataclasses import dataclass, replace

import numpy as np

from photochrom._types import Codes
from photochrom.errors import ShapeError


@dataclass(frozen=True)
class Kept:
    """What of a file must survive into the result, besides its pixels."""

    format: str = "png"
    """jpeg, png, tiff or webp; what a result is written as when nobody says otherwise."""
    exif: bytes | None = None
    """EXIF block in TIFF structure (no `Exif` prefix), orientation 1, without a thumbnail."""
    xmp: bytes | None = None
    """XMP packet, orientation 1, without thumbnails."""
    iptc: bytes | None = None
    """IPTC records (IIM), without the Photoshop block that JPEG files wrap them in."""
    profile: bytes | None = None
    """ICC profile to embed; None leaves the result untagged, which readers take as sRGB."""
    convert: bool = False
    """Whether pixels go from sRGB into `profile` on saving; False where it is sRGB itself."""
    dpi: tuple[float, float] | None = None
    """Pixels per inch, across and down, of the upright picture."""
    texts: tuple[tuple[str, str], ...] = ()
    """Text fields of PNG, under the names libvips gives them."""
    notes: tuple[str, ...] = ()
    """What could not be read or kept, one sentence each."""


@dataclass(frozen=True, eq=False)
class Picture:
    """Pixels as code values, upright and in encoded sRGB, with the rest of the file.

    Raises
    ------
    ShapeError
        If `pixels` or `alpha` have another shape or type than stated here.
    """

    pixels: Codes
    """(h, w, 1) gray or (h, w, 3) RGB, uint8 or uint16, encoded sRGB."""
    alpha: Codes | None = None
    """(h, w), same type as `pixels`; None where the file has none."""
    kept: Kept = Kept()
    """What else the file held."""

    def __post_init__(self) -> None:
        pixels, alpha = self.pixels, self.alpha
        if pixels.ndim != 3 or pixels.shape[2] not in (1, 3) or 0 in pixels.shape:
            raise ShapeError(f"expected pixels (h, w, 1) or (h, w, 3), got {pixels.shape}")
        if pixels.dtype not in (np.uint8, np.uint16):
            raise ShapeError(f"expected pixels of uint8 or uint16, got {pixels.dtype}")
        if alpha is not None and (alpha.shape != pixels.shape[:2] or alpha.dtype != pixels.dtype):
            raise ShapeError(
                f"expected alpha {pixels.shape[:2]} of {pixels.dtype}, "
                f"got {alpha.shape} of {alpha.dtype}"
            )

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.pixels.shape[1])

    @property
    def is_gray(self) -> bool:
        """Whether there is one channel; RGB with equal channels is not gray in this sense."""
        return bool(self.pixels.shape[2] == 1)

    @property
    def bits(self) -> int:
        """Bits of one code value, 8 or 16."""
        return 8 * self.pixels.dtype.itemsize


def with_pixels(picture: Picture, pixels: Codes) -> Picture:
    """Put new pixels into a picture; alpha and file facts stay.

    Parameters
    ----------
    picture : the picture whose file facts are wanted, such as the gray master
    pixels : (h, w, 1) or (h, w, 3), same height, width and type as `picture.pixels`

    Raises
    ------
    ShapeError
        If height, width or type differ: a result never changes size or bit depth.
    """
    same = pixels.shape[:2] == picture.pixels.shape[:2] and pixels.dtype == picture.pixels.dtype
    if not same:
        raise ShapeError(
            f"expected pixels of {picture.height} x {picture.width} in {picture.pixels.dtype}, "
            f"got {pixels.shape} in {pixels.dtype}"
        )
    return replace(picture, pixels=pixels)


def with_notes(picture: Picture, notes: tuple[str, ...]) -> Picture:
    """Add what a user should know; everything else stays."""
    if not notes:
        return picture
    return replace(picture, kept=replace(picture.kept, notes=(*picture.kept.notes, *notes)))

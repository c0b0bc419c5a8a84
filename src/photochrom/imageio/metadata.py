"""What a file holds besides pixels: from libvips fields to `Kept`, and back onto an image."""

from photochrom.imageio import codec, containers, exif, iptc, tiff, xmp
from photochrom.imageio.orientation import SWAPPED
from photochrom.imageio.picture import Kept
from photochrom.imageio.profiles import Imported

MM_PER_INCH = 25.4  # libvips counts pixels per millimetre


def read_kept(
    image: codec.Image, file_format: str, imported: Imported, read_at: tiff.ReadAt
) -> Kept:
    """Gather what must survive from a freshly opened libvips image, or from its file."""
    if file_format == "tiff":
        block, records = tiff.exif_of(read_at), tiff.iptc_of(read_at)
    else:
        block, records = _blob(image, "exif-data"), _blob(image, "iptc-data")
    cleaned = exif.clean(block) if block else None
    texts, texts_note = _texts(image)
    notes = imported.notes + _pages_note(image) + texts_note
    if block and cleaned is None:
        notes += ("the EXIF block is damaged and was left out",)
    return Kept(
        format=file_format,
        exif=cleaned,
        xmp=xmp_of(image),
        iptc=iptc.unwrap(records) if records else None,
        profile=imported.profile,
        convert=imported.convert,
        dpi=_dpi(image, file_format, read_at),
        texts=texts,
        notes=notes,
    )


def xmp_of(image: codec.Image) -> bytes | None:
    """Return the XMP packet of an image, orientation 1 and without thumbnails, or None."""
    packet = _blob(image, "xmp-data")
    return xmp.clean(packet) if packet else None


def orientation_of(image: codec.Image) -> int:
    """EXIF or TIFF orientation, 1 where there is none."""
    return int(image.get("orientation")) if image.get_typeof("orientation") else 1


def attach(image: codec.Image, kept: Kept, file_format: str) -> codec.Image:
    """Put onto an image what libvips writes well; `containers` and `tiff` add the rest."""
    dpi = kept.dpi or (72.0, 72.0)
    image = image.copy(xres=dpi[0] / MM_PER_INCH, yres=dpi[1] / MM_PER_INCH)
    # libvips itself leaves a profile for RGB out of a gray file.
    blobs = {"icc-profile-data": kept.profile}
    if file_format != "png":
        blobs["xmp-data"] = kept.xmp
    if kept.iptc and file_format == "jpeg":
        blobs["iptc-data"] = iptc.wrap(kept.iptc)
    for name, blob in blobs.items():
        if blob is not None:
            image.set_type(codec.GValue.blob_type, name, blob)
    image.set_type(codec.GValue.gstr_type, "resolution-unit", "in")
    for name, text in kept.texts:
        image.set_type(codec.GValue.gstr_type, name, text)
    return image


def _blob(image: codec.Image, name: str) -> bytes | None:
    return bytes(image.get(name)) if image.get_typeof(name) else None


def _pages_note(image: codec.Image) -> tuple[str, ...]:
    pages = int(image.get("n-pages")) if image.get_typeof("n-pages") else 1
    return (f"only the first of {pages} pages was read",) if pages > 1 else ()


def _dpi(image: codec.Image, file_format: str, read_at: tiff.ReadAt) -> tuple[float, float] | None:
    # For a PNG that states nothing libvips answers 72 dpi, which a file may also state.
    stated = (
        containers.png_states_resolution(read_at)
        if file_format == "png"
        else bool(image.get_typeof("resolution-unit"))
    )
    if not stated:
        return None
    dpi = (round(image.xres * MM_PER_INCH, 3), round(image.yres * MM_PER_INCH, 3))
    return dpi[::-1] if orientation_of(image) in SWAPPED else dpi


def _texts(image: codec.Image) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    try:
        names = [name for name in image.get_fields() if name.startswith("png-comment-")]
    except UnicodeDecodeError:  # PNG has Latin-1 here, which pyvips does not expect
        return (), ("the text fields have names beyond ASCII and were left out",)
    return tuple((name, str(image.get(name))) for name in names), ()

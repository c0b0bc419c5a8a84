"""Pictures that are damaged, odd, or made to harm: opened where the pixels are whole, else refused.

The pixels of each damaged file are compared with those of the file before the damage.
"""

import os
import struct
from zlib import crc32

import numpy as np
import pytest
import pyvips
from PIL import Image

from photochrom.errors import PictureError
from photochrom.imageio import load_image, load_small
from pictures import chelsea, encode, pillow_srgb_profile

JUNK = b"no segment of any kind"


def segments(jpeg):
    """Where the segments of a JPEG file begin, up to the first scan."""
    at, found = 2, []
    while jpeg[at + 1] != 0xDA:
        found.append(at)
        at += 2 + struct.unpack_from(">H", jpeg, at + 2)[0]
    return [*found, at]


def junk_before(jpeg, number):
    at = segments(jpeg)[number]
    return jpeg[:at] + JUNK + jpeg[at:]


def patched(data, at, new):
    return data[:at] + new + data[at + len(new) :]


def ended_early(jpeg):
    """Put an end of image into the middle of the scan."""
    return patched(jpeg, jpeg.index(b"\xff\xda") + 1000, b"\xff\xd9")


def next_directory(tiff):
    """Where a TIFF file of one directory, little endian, says where the next one is."""
    (first,) = struct.unpack_from("<I", tiff, 4)
    (count,) = struct.unpack_from("<H", tiff, first)
    return first + 2 + 12 * count


@pytest.mark.parametrize("number", range(1, 6))
def test_junk_between_the_segments_of_a_jpeg_file_costs_no_pixel(number):
    whole = encode(chelsea(2), "jpeg")
    damaged = junk_before(whole, number)
    assert np.array_equal(load_image(damaged).pixels, load_image(whole).pixels)
    assert np.array_equal(load_small(damaged, short_side=20), load_small(whole, short_side=20))


def test_junk_before_a_segment_hides_no_damage_of_the_pixels():
    damaged = junk_before(encode(chelsea(2), "jpeg"), 2)
    with pytest.raises(PictureError, match="damaged or cut short"):
        load_image(ended_early(damaged))
    with pytest.raises(PictureError, match="damaged or cut short"):
        load_image(damaged[: len(damaged) * 2 // 3])


def odd_version(jpeg):
    return patched(jpeg, jpeg.index(b"JFIF") + 5, b"\x07")


def odd_transform(jpeg):
    jpeg = jpeg.replace(b"JFIF", b"none", 1)  # beside which no transform counts
    return jpeg[:2] + b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00\x07" + jpeg[2:]


def odd_scan(jpeg):
    """Say in the header of the only scan that it has the coefficients 0 to 9."""
    at = segments(jpeg)[-1]
    return patched(jpeg, at + 12, b"\x09")


@pytest.mark.parametrize("odd", [odd_version, odd_transform, odd_scan])
def test_an_odd_but_harmless_header_of_a_jpeg_file_hides_no_damage_of_the_pixels(odd):
    whole = encode(chelsea(2), "jpeg")
    with pytest.raises(pyvips.Error):  # or there would be nothing to go around
        pyvips.Image.jpegload_buffer(odd(whole), fail_on="warning").avg()
    assert np.array_equal(load_image(odd(whole)).pixels, load_image(whole).pixels)
    with pytest.raises(PictureError, match="damaged or cut short"):
        load_image(ended_early(odd(whole)))


def test_a_progressive_jpeg_file_with_junk_keeps_its_scans():
    whole = encode(chelsea(2), "jpeg", progressive=True)
    assert np.array_equal(load_image(junk_before(whole, 2)).pixels, load_image(whole).pixels)


@pytest.mark.parametrize("beyond", [0x00FFFF00, 0xFFFFFFF0])
def test_a_next_page_beyond_the_end_of_a_tiff_file_costs_no_pixel(beyond):
    whole = encode(chelsea(2), "tiff")
    damaged = patched(whole, next_directory(whole), struct.pack("<I", beyond))
    assert np.array_equal(load_image(damaged).pixels, load_image(whole).pixels)


def test_a_bad_link_in_a_tiff_file_hides_no_damage_of_the_pixels():
    whole = encode(chelsea(2), "tiff", compression="tiff_lzw")
    damaged = patched(whole, next_directory(whole), struct.pack("<I", 0x00FFFF00))
    assert np.array_equal(load_image(damaged).pixels, load_image(whole).pixels)
    for share in (0.1, 0.8):  # in the first strip, and in the second
        with pytest.raises(PictureError, match="damaged or cut short"):
            load_image(patched(damaged, int(len(damaged) * share), bytes(3000)))


def gray_profile():
    """A profile for gray pictures of gamma 2.2, made by hand: white point and curve, no more."""
    white = struct.pack(">3i", 63190, 65536, 54061)  # D50, of 65,536
    curve = b"para" + struct.pack(">iHHi", 0, 0, 0, round(2.2 * 65536))
    table = struct.pack(">i4sII4sII", 2, b"wtpt", 156, 20, b"kTRC", 176, 16)
    head = bytes(8) + b"\2\x10\0\0mntrGRAYXYZ " + bytes(12) + b"acsp" + bytes(28) + white
    body = table + b"XYZ " + bytes(4) + white + curve
    return struct.pack(">I", 128 + len(body)) + head[4:].ljust(124, b"\0") + body


def test_a_whole_gray_profile_is_used():
    image = Image.fromarray(chelsea(4)).convert("L")
    picture = load_image(encode(image, "tiff", icc_profile=gray_profile()))
    assert picture.kept.notes == ()
    assert not np.array_equal(picture.pixels[..., 0], np.asarray(image))  # 2.2 is not sRGB


@pytest.mark.parametrize(
    ("mode", "profile", "stands_in"),
    [
        ("RGB", pillow_srgb_profile(), "sRGB was assumed"),
        ("CMYK", bytes(pyvips.Image.profile_load("cmyk")), "a common one was assumed"),
        ("L", gray_profile(), "sRGB was assumed"),
    ],
)
def test_a_damaged_profile_is_left_out_and_that_is_said(mode, profile, stands_in):
    image = Image.fromarray(chelsea(4)).convert(mode)
    broken = profile.replace(b"para", b"none").replace(b"mft2", b"none")
    picture = load_image(encode(image, "tiff", icc_profile=broken))
    plain = load_image(encode(image, "tiff"))
    assert picture.kept.notes == (f"the embedded profile is damaged; {stands_in}",)
    assert np.array_equal(picture.pixels, plain.pixels)


def test_loaders_that_are_not_for_hostile_files_are_off():
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'
    with pytest.raises(pyvips.Error, match="blocked"):
        pyvips.Image.svgload_buffer(drawing)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("drawing.png", b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
        ("animation.jpg", encode(chelsea(8), "gif")),
        ("bitmap.tif", encode(chelsea(8), "bmp")),
        ("[page=2].jpg", b"%PDF-1.7\n"),
        ("list.webp", b"P6 9 9 255 " + bytes(243)),
    ],
)
def test_only_four_formats_are_opened_whatever_a_file_is_called(name, content, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(PictureError, match="expected a JPEG, PNG, TIFF or WebP picture"):
        load_image(path)


@pytest.mark.parametrize(
    "options", [{"compression": "jpeg", "quality": 95}, {"compression": "tiff_deflate"}]
)
def test_a_tiff_file_may_hold_what_the_other_formats_hold(options):
    pixels = load_image(encode(chelsea(2), "tiff", **options)).pixels
    assert np.abs(pixels.astype(int) - chelsea(2)).mean() < 3


def unsorted(tiff):
    """Exchange the first two entries of a directory, which libtiff warns of."""
    at = struct.unpack_from("<I", tiff, 4)[0] + 2
    return patched(tiff, at, tiff[at + 12 : at + 24] + tiff[at : at + 12])


def test_damage_of_jpeg_data_within_a_tiff_file_is_noticed():
    """libtiff, too, calls it a warning and goes on."""
    whole = encode(chelsea(), "tiff", compression="jpeg", quality=90)
    odd = unsorted(whole)
    with pytest.raises(pyvips.Error):  # or there would be no warning to tell from damage
        pyvips.Image.tiffload_buffer(odd, fail_on="warning").avg()
    assert np.array_equal(load_image(odd).pixels, load_image(whole).pixels)
    for data in (whole, odd):
        with pytest.raises(PictureError, match="Corrupt JPEG data"):
            load_image(patched(data, len(data) * 2 // 5, bytes(40)))


def test_a_tiff_file_within_a_tiff_file_is_not_looked_at():
    inner = encode(Image.new("L", (7, 5)), "tiff")
    whole = encode(chelsea(4), "tiff")
    assert load_image(whole + inner).pixels.shape == chelsea(4).shape
    with pytest.raises(PictureError):  # a directory that is a whole file is no directory
        load_image(patched(whole, 4, struct.pack("<I", len(whole))) + inner)


def test_a_damaged_file_may_have_a_name_that_is_not_text(tmp_path):
    """libvips' messages must be UTF-8, and a name in one that is not would raise another error."""
    whole = encode(chelsea(4), "tiff")
    nowhere = patched(whole, 4, struct.pack("<I", len(whole) + 99))
    try:
        path = tmp_path / os.fsdecode(b"\xff\xfe.tif")
        path.write_bytes(nowhere)
    except OSError:
        pytest.skip("file names are text on this system")
    with pytest.raises(PictureError, match="damaged or cut short"):
        load_image(path)
    with pytest.raises(PictureError, match="damaged or cut short"):  # nothing is left of it
        load_image(nowhere)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(PictureError, match="is a pipe or a device"):
        load_image(tmp_path / "pipe.png")


def test_a_refused_png_file_has_a_reason():
    whole = encode(chelsea(4), "png")
    with pytest.raises(PictureError, match="CRC error"):
        load_image(patched(whole, whole.index(b"IEND") - 8, b"1234"))
    with pytest.raises(PictureError, match="Invalid IHDR data"):
        load_image(png(0, 5))


def png(width, height):
    """A PNG file of a gray picture, said to be of some size, without any data."""
    head = b"IHDR" + struct.pack(">II5B", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", crc32(head))

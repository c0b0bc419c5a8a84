"""Writing: round trips, what is kept of a file, and what goes wrong on the disk."""

import io
import os
import stat
import struct
import subprocess
import sys
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import IFDRational

from photochrom.color import lab
from photochrom.errors import OptionError, OutputExistsError, WriteError
from photochrom.imageio import (
    Kept,
    Picture,
    encode_image,
    exif,
    iptc,
    load_image,
    save_image,
    with_pixels,
    writing,
    xmp,
)
from pictures import (
    FORMATS,
    chelsea,
    encode,
    gray_ramp,
    opened,
    pillow_srgb_profile,
    profile_in,
    wide_profile,
)

XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF/></x:xmpmeta>'
MAKER_NOTE = b"MAKER\0\1\2\3" * 20
LOSSLESS = ("png", "tiff")


def exif_block(orientation=1, *, thumbnail=False):
    """EXIF with camera, lens, maker note, GPS and bytes that are no ASCII."""
    tags = Image.Exif()
    tags[0x010F] = "Kamera"
    tags[0x0112] = orientation
    tags[0x8769] = {
        0x829A: IFDRational(1, 250),
        0x9003: "1931:12:15 10:00:00",
        0x927C: MAKER_NOTE,
        0xA002: 451,
        0xA003: 300,
        0xA434: "Objektiv",
        0x9286: b"UNICODE\0" + "größe".encode("utf-16-le"),
    }
    tags[0x8825] = {1: "N", 2: (IFDRational(48), IFDRational(8), IFDRational(3))}
    data = tags.tobytes()
    return with_thumbnail(data) if thumbnail else data


def with_thumbnail(block):
    """Link a second directory with a JPEG thumbnail to an EXIF block that has none."""
    tiff = bytearray(block[6:])
    order = "big" if tiff[:2] == b"MM" else "little"

    def number(value, size):
        return value.to_bytes(size, order)

    first = int.from_bytes(tiff[4:8], order)
    link = first + 2 + 12 * int.from_bytes(tiff[first : first + 2], order)
    thumbnail = encode(chelsea(10), "jpeg")
    second = len(tiff)
    tiff[link : link + 4] = number(second, 4)
    at = second + 2 + 2 * 12 + 4
    tiff += number(2, 2)
    tiff += number(0x0201, 2) + number(4, 2) + number(1, 4) + number(at, 4)
    tiff += number(0x0202, 2) + number(4, 2) + number(1, 4) + number(len(thumbnail), 4)
    return b"Exif\0\0" + bytes(tiff) + number(0, 4) + thumbnail


def read_16_bit(data):
    bgr = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    return bgr[..., ::-1]


def result_of(picture):
    """What a colorizer makes of a picture: other pixels, nothing else."""
    return with_pixels(picture, np.ascontiguousarray(picture.pixels[..., ::-1]))


@given(
    codes=st.one_of(
        arrays(dtype, shape)
        for dtype in (np.uint8, np.uint16)
        for shape in ((1, 1, 1), (3, 5, 1), (1, 1, 3), (4, 3, 3))
    ),
    opaque=st.booleans(),
    file_format=st.sampled_from(LOSSLESS),
)
@settings(max_examples=60, deadline=None)
def test_png_and_tiff_round_trips_are_exact(codes, opaque, file_format):
    alpha = None if opaque else codes[..., 0].copy()
    back = load_image(encode_image(Picture(codes, alpha), file_format))
    assert back.pixels.dtype == codes.dtype
    assert np.array_equal(back.pixels, codes)
    assert (back.alpha is None) if opaque else np.array_equal(back.alpha, alpha)


def test_16_bit_files_are_16_bit_to_another_reader():
    codes = np.random.default_rng(0).integers(0, 65536, (9, 7, 3), dtype=np.uint16)
    for file_format in LOSSLESS:
        data = encode_image(Picture(codes), file_format)
        assert np.array_equal(read_16_bit(data), codes)


@pytest.mark.parametrize("file_format", ["png", "tiff", "webp"])
def test_pillow_reads_what_is_written(file_format):
    alpha = gray_ramp(8)
    codes = chelsea(4)[:64, :64]
    data = encode_image(Picture(codes, alpha), file_format, quality=100)
    assert np.array_equal(np.asarray(opened(data)), np.dstack([codes, alpha]))


def test_jpeg_keeps_full_chroma_and_lightness():
    data = encode_image(Picture(chelsea()), "jpeg")
    image = Image.open(io.BytesIO(data))
    assert {layer[1:3] for layer in image.layer} == {(1, 1)}
    change = lab.from_srgb(np.asarray(image) / 255) - lab.from_srgb(chelsea() / 255)
    assert np.abs(change[..., 0]).mean() < 0.5


@pytest.mark.parametrize("file_format", ["jpeg", "webp"])
def test_16_bits_are_rounded_not_cut_off_for_8_bit_formats(file_format):
    codes = np.full((16, 16, 1), 10 * 256 + 250, np.uint16)  # 10.93 of 255; cut off, 10
    back = load_image(encode_image(Picture(codes), file_format, quality=100))
    assert back.bits == 8
    assert (back.pixels == 11).all()


@pytest.mark.parametrize("target", FORMATS)
@pytest.mark.parametrize("source", ["jpeg", "png", "webp"])
def test_exif_survives_byte_for_byte(source, target):
    block = exif_block()
    picture = load_image(encode(chelsea(), source, exif=block))
    assert picture.kept.exif == block[6:]
    tags = opened(encode_image(result_of(picture), target)).getexif()
    assert tags[0x010F] == "Kamera"
    assert tags[0x0112] == 1
    camera = tags.get_ifd(0x8769)
    assert camera[0x927C] == MAKER_NOTE
    assert camera[0x9286] == b"UNICODE\0" + "größe".encode("utf-16-le")
    assert camera[0x829A] == IFDRational(1, 250)
    assert camera[0xA002] == 451
    assert tags.get_ifd(0x8825)[2] == (48, 8, 3)
    if target != "tiff":
        assert load_image(encode_image(picture, target)).kept.exif == block[6:]


def test_orientation_is_reset_and_the_sides_change_places():
    data = encode(chelsea(), "jpeg", exif=exif_block(6))
    image = opened(encode_image(result_of(load_image(data)), "jpeg"))
    assert image.size == (300, 451)
    assert image.getexif()[0x0112] == 1
    camera = image.getexif().get_ifd(0x8769)
    assert (camera[0xA002], camera[0xA003]) == (300, 451)


def test_a_stale_thumbnail_is_removed_and_the_rest_stays():
    data = encode(chelsea(), "jpeg", exif=exif_block(thumbnail=True))
    assert opened(data).getexif().get_ifd(ExifTags.IFD.IFD1)  # there is one to begin with
    result = encode_image(result_of(load_image(data)), "jpeg")
    tags = opened(result).getexif()
    assert tags.get_ifd(ExifTags.IFD.IFD1) == {}
    assert tags.get_ifd(0x8769)[0x927C] == MAKER_NOTE
    assert result.count(b"\xff\xd8\xff") == 1  # no second JPEG inside


def test_a_thumbnail_in_the_middle_is_blanked_without_moving_anything():
    block = exif_block(thumbnail=True)[6:]
    at = block.index(b"\xff\xd8\xff")
    cleaned = exif.clean(block + b"maker's own data")
    assert len(cleaned) == len(block) + 16
    assert not any(cleaned[at : len(block)])
    assert cleaned.endswith(b"maker's own data")


def thumbnail_link(block):
    """Where the first directory of a block without prefix names the second."""
    order = "big" if block[:2] == b"MM" else "little"
    first = int.from_bytes(block[4:8], order)
    return first + 2 + 12 * int.from_bytes(block[first : first + 2], order)


@pytest.mark.parametrize("target", FORMATS)
def test_a_damaged_thumbnail_directory_costs_only_the_thumbnail(target):
    block = exif_block(6)[6:]
    link = thumbnail_link(block)
    damaged = block[:link] + b"\x7f\xff\xff\xff" + block[link + 4 :]
    picture = load_image(encode(chelsea(), "jpeg", exif=b"Exif\0\0" + damaged))
    assert picture.kept.notes == ()
    assert picture.kept.exif == exif.clean(block)  # also: unlinked
    assert opened(encode_image(picture, target)).getexif()[0x010F] == "Kamera"


def test_a_block_that_ends_before_the_thumbnail_link_is_kept():
    order, inline = "<", b"\0\0\0\0"
    entry = struct.pack(order + "HHIH", exif.ORIENTATION, 3, 1, 6) + bytes(2)
    block = b"II*\0" + struct.pack(order + "IH", 8, 1) + entry
    assert exif.clean(block) == exif.clean(block + inline)[: len(block)]
    assert exif.clean(block)[18] == 1


@pytest.mark.parametrize("target", FORMATS)
def test_a_damaged_camera_directory_does_not_cost_the_rest(target):
    block = exif_block(6)[6:]
    order = ">" if block[:2] == b"MM" else "<"
    entry = block.index(struct.pack(order + "HHI", exif.EXIF_IFD, 4, 1))
    damaged = block[: entry + 8] + struct.pack(order + "I", 0x7FFFFFFF) + block[entry + 12 :]
    picture = load_image(encode(chelsea(), "jpeg", exif=b"Exif\0\0" + damaged))
    assert picture.kept.notes == ()
    tags = opened(encode_image(picture, target)).getexif()
    assert tags[0x010F] == "Kamera"
    assert tags[0x0112] == 1


@pytest.mark.parametrize("name", ["exif", "xmp", "iptc"])
def test_a_block_too_long_for_jpeg_is_named_in_the_log(name, caplog):
    block = b"II*\0\x08\0\0\0" + bytes(70_000)
    data = encode_image(Picture(chelsea(8), kept=Kept(**{name: block})), "jpeg")
    assert block not in data
    (record,) = [r for r in caplog.records if r.name.startswith("photochrom")]
    assert f"{name.upper()} block of 70008 bytes" in record.getMessage()


@pytest.mark.parametrize("file_format", FORMATS)
def test_blocks_that_fit_are_not_warned_about(file_format, caplog):
    everything = Kept(exif=exif_block()[6:], xmp=XMP, iptc=b"\x1c\x02\x78\x00\x05Hello")
    encode_image(Picture(chelsea(8), kept=everything), file_format)
    assert [r for r in caplog.records if r.name.startswith("photochrom")] == []


def test_alpha_counts_toward_big_tiff(monkeypatch):
    codes, alpha = np.zeros((10, 10, 3), np.uint8), np.zeros((10, 10), np.uint8)
    monkeypatch.setattr(writing, "BIG_TIFF", 350)
    assert encode_image(Picture(codes), "tiff")[:4] == b"II*\0"
    assert encode_image(Picture(codes, alpha), "tiff")[:4] == b"II+\0"


def test_a_classic_tiff_has_room_for_pixels_that_lzw_makes_longer():
    noise = np.random.default_rng(0).integers(0, 256, (600, 800, 3), dtype=np.uint8)
    growth = len(encode_image(Picture(noise), "tiff")) / noise.nbytes
    assert growth > 1.3
    assert growth * writing.BIG_TIFF < 2**32


def test_big_tiff_says_what_it_does_not_take(monkeypatch, caplog):
    monkeypatch.setattr(writing, "BIG_TIFF", 0)
    everything = Kept(exif=exif_block()[6:], xmp=XMP)
    data = encode_image(Picture(chelsea(8), kept=everything), "tiff")
    assert XMP in data
    (record,) = [r for r in caplog.records if r.name.startswith("photochrom")]
    assert f"EXIF block of {len(everything.exif)} bytes" in record.getMessage()


def test_webp_announces_all_that_it_holds():
    everything = Kept(exif=exif_block()[6:], xmp=XMP, profile=pillow_srgb_profile())
    data = encode_image(Picture(chelsea(4)[:64, :64], gray_ramp(8), everything), "webp")
    assert data[12:16] == b"VP8X"
    assert data[20] == 0x20 | 0x10 | 0x08 | 0x04  # profile, alpha, EXIF, XMP
    info = opened(data).info
    assert info["icc_profile"] == everything.profile
    assert info["xmp"] == XMP
    assert int.from_bytes(data[4:8], "little") == len(data) - 8


def test_a_tiff_with_endless_metadata_is_still_read():
    """Every entry of the EXIF directory claims the same 15 MB."""
    codes = encode(np.zeros((2000, 2600, 3), np.uint8), "tiff")
    count, size = 10, 15_000_000
    directory = len(codes)
    first = int.from_bytes(codes[4:8], "little")
    entries = b"".join(struct.pack("<HHII", 0x9000 + i, 7, size, 8) for i in range(count))
    table = codes[first + 2 : first + 2 + 12 * codes[first]]
    pointer = struct.pack("<HHII", 0x8769, 4, 1, directory)
    at = directory + 2 + len(entries) + 4
    data = codes[:4] + struct.pack("<I", at) + codes[8:]
    data += struct.pack("<H", count) + entries + bytes(4)
    data += struct.pack("<H", codes[first] + 1) + table + pointer + bytes(4)
    picture = load_image(data)
    assert picture.kept.exif is None
    assert picture.pixels.shape == (2000, 2600, 3)


@pytest.mark.parametrize("file_format", ["jpeg", "png", "tiff"])
def test_a_gray_result_does_not_carry_a_profile_for_rgb(file_format):
    picture = load_image(encode(gray_ramp(8), "png", icc_profile=gray_profile()))
    assert profile_in(encode_image(picture, file_format)) is None


def test_a_damaged_exif_block_is_left_out_and_that_is_said():
    picture = load_image(encode(chelsea(), "jpeg", exif=b"Exif\0\0II*\0\xff\xff\0\0"))
    assert picture.kept.exif is None
    assert "EXIF" in picture.kept.notes[0]


@pytest.mark.parametrize("target", FORMATS)
def test_xmp_survives(target):
    picture = load_image(encode(chelsea(), "jpeg", xmp=XMP))
    data = encode_image(result_of(picture), target)
    assert XMP in data
    assert load_image(data).kept.xmp == XMP


def test_xmp_orientation_and_thumbnails_go():
    packet = b'<r tiff:Orientation="6"><xmp:Thumbnails>base64</xmp:Thumbnails><a/></r>'
    assert xmp.clean(packet) == b'<r tiff:Orientation="1"><a/></r>'
    assert xmp.clean(b"<tiff:Orientation>8</tiff:Orientation>").count(b">1<") == 1


def test_nothing_between_two_thumbnail_elements_goes():
    packet = (
        b"<xmp:Thumbnails/><dc:title>KEEP</dc:title><xmp:Thumbnails>x</xmp:Thumbnails>"
        b'<xap:Thumbnails rdf:parseType="Resource" /><a/>'
    )
    assert xmp.clean(packet) == b"<dc:title>KEEP</dc:title><a/>"
    nested = b"<xmp:Thumbnails><rdf:Alt><rdf:li/></rdf:Alt></xmp:Thumbnails><a/>"
    assert xmp.clean(nested) == b"<a/>"


def test_iptc_moves_between_jpeg_and_tiff():
    records = b"\x1c\x02\x78\x00\x05Hello"  # 2:120, caption
    resource = b"8BIM\x04\x0c\x00\x00\x00\x00\x00\x03abc\x00"  # a thumbnail, odd length
    block = iptc.PHOTOSHOP + resource + iptc.wrap(records)[len(iptc.PHOTOSHOP) :]
    assert iptc.unwrap(block) == records
    jpeg = encode(chelsea(), "jpeg")
    segment = b"\xff\xed" + (len(block) + 2).to_bytes(2, "big") + block
    picture = load_image(jpeg[:2] + segment + jpeg[2:])
    assert picture.kept.iptc == records
    for target in ("jpeg", "tiff"):
        data = encode_image(result_of(picture), target)
        assert load_image(data).kept.iptc == records
    from PIL import IptcImagePlugin

    found = IptcImagePlugin.getiptcinfo(opened(encode_image(picture, "jpeg")))
    assert found[2, 120] == b"Hello"


@pytest.mark.parametrize("source", ["jpeg", "png", "tiff"])
@pytest.mark.parametrize("target", ["jpeg", "png", "tiff"])
def test_resolution_survives(source, target):
    picture = load_image(encode(chelsea(), source, dpi=(300, 240)))
    assert picture.kept.dpi == pytest.approx((300, 240), abs=0.02)
    assert opened(encode_image(picture, target)).info["dpi"] == pytest.approx((300, 240), abs=0.1)


@pytest.mark.parametrize("source", FORMATS)
@pytest.mark.parametrize("target", FORMATS)
def test_unknown_resolution_stays_unknown(source, target):
    picture = load_image(encode(chelsea(), source))
    assert picture.kept.dpi is None
    assert load_image(encode_image(picture, target)).kept.dpi is None


def test_a_stated_resolution_survives_also_when_it_is_the_codec_default():
    data = encode(chelsea(), "png", dpi=(71.9836, 71.9836))  # 2,834 pixels per metre
    picture = load_image(data)
    assert picture.kept.dpi == pytest.approx((71.984, 71.984), abs=0.001)
    again = encode_image(picture, "png")
    assert again[again.index(b"pHYs") + 4 :][:9] == struct.pack(">IIB", 2834, 2834, 1)


def test_an_aspect_ratio_is_no_resolution():
    data = encode(chelsea(), "png", dpi=(300, 300))
    at = data.index(b"pHYs")
    chunk = b"pHYs" + struct.pack(">IIB", 2, 1, 0)
    data = data[:at] + chunk + struct.pack(">I", zlib.crc32(chunk)) + data[at + 17 :]
    assert load_image(data).kept.dpi is None


def test_resolution_turns_with_the_picture():
    data = encode(chelsea(), "jpeg", exif=exif_block(6), dpi=(300, 240))
    assert load_image(data).kept.dpi == pytest.approx((240, 300))


@pytest.mark.parametrize("file_format", FORMATS)
def test_an_untagged_file_stays_untagged(file_format):
    data = encode_image(load_image(encode(chelsea(), file_format)), file_format)
    assert profile_in(data) is None


@pytest.mark.parametrize("file_format", FORMATS)
def test_an_srgb_profile_is_kept_as_it_was(file_format):
    profile = pillow_srgb_profile()
    data = encode(chelsea(), file_format, icc_profile=profile)
    assert profile_in(encode_image(load_image(data), file_format)) == profile


@pytest.mark.parametrize("file_format", LOSSLESS)
def test_a_wide_profile_is_left_and_entered_again(file_format):
    data = encode(gray_and_dull_colours(), file_format, icc_profile=wide_profile())
    picture = load_image(data)
    assert picture.kept.convert
    assert np.abs(picture.pixels.astype(int) - gray_and_dull_colours()).max() > 3
    result = encode_image(picture, file_format)
    assert profile_in(result) == wide_profile()
    assert np.abs(np.asarray(opened(result)).astype(int) - gray_and_dull_colours()).max() <= 1


def test_a_wide_profile_is_read_as_little_cms_reads_it():
    from PIL import ImageCms

    data = encode(gray_and_dull_colours(), "png", icc_profile=wide_profile())
    source = ImageCms.ImageCmsProfile(io.BytesIO(wide_profile()))
    expected = ImageCms.profileToProfile(
        opened(data), source, ImageCms.createProfile("sRGB"), renderingIntent=1
    )
    difference = load_image(data).pixels.astype(int) - np.asarray(expected)
    assert np.abs(difference).max() <= 1


def gray_and_dull_colours():
    """Colours well inside sRGB also when read as Display P3."""
    return (96 + chelsea(3) // 4).astype(np.uint8)


def test_a_wide_16_bit_picture_returns_within_a_few_codes():
    codes = gray_and_dull_colours().astype(np.uint16) * 257
    tagged = Picture(codes, kept=Kept(profile=wide_profile(), convert=True))
    stored = encode_image(tagged, "tiff")
    assert not np.array_equal(read_16_bit(stored), codes)
    back = load_image(stored)
    assert np.abs(back.pixels.astype(int) - codes).max() <= 8  # of 65,535


def test_neutral_gray_is_neutral_in_a_wide_profile():
    ramp = np.repeat(gray_ramp(8)[..., None], 3, axis=2)
    tagged = Picture(ramp, kept=Kept(profile=wide_profile(), convert=True))
    assert np.ptp(np.asarray(opened(encode_image(tagged, "png"))).astype(int), axis=2).max() <= 1


def gray_profile():
    """Gray of gamma 1.0 (linear), as small as ICC allows: header, tag table, white, curve."""

    def tag(kind, data):
        return kind + bytes(4) + data

    white = tag(b"XYZ ", struct.pack(">3i", 63190, 65536, 54061))  # D50, 16.16
    curve = tag(b"curv", struct.pack(">I", 0))
    name = tag(b"desc", struct.pack(">I", 5) + b"gray\0" + bytes(78))
    tags, at, body = [], 128 + 4 + 3 * 12, b""
    for signature, data in ((b"wtpt", white), (b"kTRC", curve), (b"desc", name)):
        padded = data + bytes(-len(data) % 4)
        tags.append(signature + struct.pack(">II", at + len(body), len(data)))
        body += padded
    table = struct.pack(">I", 3) + b"".join(tags)
    size = 128 + len(table) + len(body)
    header = struct.pack(
        ">I4sI4s4s4s12s4s", size, b"lcms", 0x02400000, b"mntr", b"GRAY", b"XYZ ", bytes(12), b"acsp"
    )
    header += bytes(68 - len(header)) + struct.pack(">3i", 63190, 65536, 54061)
    return header + bytes(128 - len(header)) + table + body


def test_a_gray_profile_is_applied_and_the_result_is_srgb():
    linear = gray_ramp(8)
    picture = load_image(encode(linear, "png", icc_profile=gray_profile()))
    assert picture.is_gray
    expected = np.where(
        linear / 255 <= 0.0031308, linear / 255 * 12.92, 1.055 * (linear / 255) ** (1 / 2.4) - 0.055
    )
    assert np.abs(picture.pixels[..., 0] - expected * 255).max() <= 1
    result = encode_image(with_pixels(picture, np.repeat(picture.pixels, 3, axis=2)), "png")
    assert profile_in(result)[16:20] == b"RGB "


@pytest.mark.parametrize("profile", [b"x" * 300, b"", gray_profile()])
@pytest.mark.parametrize("file_format", ["jpeg", "tiff", "webp"])
def test_an_unusable_profile_changes_no_pixel(profile, file_format):
    tagged = encode(chelsea(), file_format, icc_profile=profile)
    plain = load_image(encode(chelsea(), file_format))
    picture = load_image(tagged)
    assert np.array_equal(picture.pixels, plain.pixels)
    back = load_image(encode_image(picture, "png"))
    assert np.array_equal(back.pixels, plain.pixels)
    assert not profile or "profile" in picture.kept.notes[0]


def test_png_text_survives():
    from PIL import PngImagePlugin

    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "A. Adams")
    picture = load_image(encode(chelsea(), "png", pnginfo=texts))
    assert opened(encode_image(picture, "png")).text["Author"] == "A. Adams"


def test_jpeg_refuses_transparency_but_drops_an_opaque_channel():
    see_through = Picture(chelsea(), np.full((300, 451), 254, np.uint8))
    with pytest.raises(OptionError, match="transparency"):
        encode_image(see_through, "jpeg")
    opaque = Picture(chelsea(), np.full((300, 451), 255, np.uint8))
    assert load_image(encode_image(opaque, "jpeg")).alpha is None


def test_sides_beyond_a_format_are_refused():
    long = Picture(np.zeros((1, 16_384, 1), np.uint8))
    with pytest.raises(OptionError, match="16383 pixels"):
        encode_image(long, "webp")
    assert load_image(encode_image(long, "jpeg")).width == 16_384


@pytest.mark.parametrize("quality", [0, 101])
def test_a_quality_out_of_range_is_refused(quality):
    with pytest.raises(OptionError, match="1 to 100"):
        encode_image(Picture(chelsea()), "jpeg", quality=quality)


@pytest.mark.parametrize("name", ["a.gif", "a", "a.jpg.txt"])
def test_an_unknown_suffix_is_refused(tmp_path, name):
    with pytest.raises(OptionError, match=r"\.jpg"):
        save_image(Picture(chelsea(8)), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_the_suffix_chooses_the_format(tmp_path):
    for suffix, name in ((".JPG", "JPEG"), (".tif", "TIFF"), (".webp", "WEBP"), (".png", "PNG")):
        save_image(Picture(chelsea(8)), tmp_path / f"a{suffix}")
        assert opened((tmp_path / f"a{suffix}").read_bytes()).format == name
    save_image(Picture(chelsea(8)), tmp_path / "b.dat", format="png")
    assert opened((tmp_path / "b.dat").read_bytes()).format == "PNG"


def test_an_existing_file_is_kept_unless_overwriting_is_asked_for(tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(b"precious")
    with pytest.raises(OutputExistsError, match=r"a\.png exists"):
        save_image(Picture(chelsea(8)), path)
    assert path.read_bytes() == b"precious"
    unfit = Picture(chelsea(8), np.zeros(chelsea(8).shape[:2], np.uint8))
    with pytest.raises(OutputExistsError):  # before any work is done
        save_image(unfit, path, format="jpeg")
    save_image(Picture(chelsea(8)), path, overwrite=True)
    assert np.array_equal(load_image(path).pixels, chelsea(8))
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.skipif(os.name == "nt", reason="no umask")
def test_a_new_file_has_the_permissions_of_the_umask(tmp_path):
    umask = os.umask(0o027)
    try:
        save_image(Picture(chelsea(8)), tmp_path / "a.png")
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tmp_path / "a.png").stat().st_mode) == 0o640


def test_a_missing_folder_is_a_write_error(tmp_path):
    with pytest.raises(WriteError, match="none"):
        save_image(Picture(chelsea(8)), tmp_path / "none" / "a.png")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_read_only_folder_is_a_write_error(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(WriteError, match="ermission"):
        save_image(Picture(chelsea(8)), tmp_path / "a.png")


def test_a_failing_rename_leaves_nothing_behind(tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.replace", refuse)
    with pytest.raises(WriteError, match="Permission denied"):
        save_image(Picture(chelsea(8)), tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path):
    pytest.importorskip("resource")
    path = tmp_path / "a.png"
    path.write_bytes(b"precious")
    code = (
        "import resource, sys, numpy as np\n"
        "from photochrom.errors import WriteError\n"
        "from photochrom.imageio import Picture, save_image\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "noise = np.random.default_rng(0).integers(0, 256, (99, 99, 3), dtype=np.uint8)\n"
        "try: save_image(Picture(noise), sys.argv[1], overwrite=True)\n"
        "except WriteError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert "cannot write" in done.stdout
    assert path.read_bytes() == b"precious"
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


def test_inputs_are_never_written_to():
    codes = chelsea()
    codes.flags.writeable = False
    picture = Picture(codes, kept=Kept(profile=wide_profile(), convert=True))
    for file_format in FORMATS:
        encode_image(picture, file_format)
    assert np.array_equal(codes, chelsea())

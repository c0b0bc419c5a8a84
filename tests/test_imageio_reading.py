"""Reading: pixels against Pillow and hand-made arrays; hostile files."""

import io
import struct
import subprocess
import sys
import time
import zlib

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps, PngImagePlugin

from photochrom.errors import (
    InputMissingError,
    OutOfMemoryError,
    PictureError,
    PictureTooLargeError,
    ShapeError,
)
from photochrom.imageio import (
    Limits,
    Picture,
    codec,
    load_image,
    load_small,
    reading,
    with_pixels,
)
from pictures import FORMATS, chelsea, encode, gray_ramp, opened, pillow_srgb_profile

# JPEG decoders may differ by rounding and by how they enlarge halved chroma; the others are exact.
TOLERANCE = {"jpeg": 2, "png": 0, "tiff": 0, "webp": 0}


def png(width, height, bits, kind, rows):
    """A PNG made by hand; `rows` are the bytes of all rows without their filter byte."""

    def chunk(name, data):
        check = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + check

    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, 0)
    data = zlib.compress(b"".join(b"\0" + row for row in rows))
    ends = chunk(b"IDAT", data) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + ends


@pytest.mark.parametrize("file_format", FORMATS)
def test_rgb_pixels_are_those_pillow_reads(file_format):
    data = encode(chelsea(), file_format)
    picture = load_image(data)
    expected = np.asarray(opened(data)).astype(int)
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels.shape == (300, 451, 3)
    assert picture.alpha is None
    assert picture.kept.format == file_format
    assert np.abs(picture.pixels - expected).max() <= TOLERANCE[file_format]


@pytest.mark.parametrize("file_format", ["jpeg", "png", "tiff"])
def test_gray_stays_one_channel(file_format):
    data = encode(gray_ramp(8), file_format)
    picture = load_image(data)
    assert picture.is_gray
    assert picture.pixels.shape == (64, 64, 1)
    expected = np.asarray(opened(data)).astype(int)
    assert np.abs(picture.pixels[..., 0] - expected).max() <= TOLERANCE[file_format]


def test_a_path_and_its_bytes_read_alike(tmp_path):
    data = encode(chelsea(), "png")
    # Brackets are options to libvips, and the suffix lies.
    path = tmp_path / "Bücher [page=2], ünï.jpg"
    path.write_bytes(data)
    assert np.array_equal(load_image(path).pixels, load_image(data).pixels)
    assert np.array_equal(load_image(str(path)).pixels, chelsea())


def test_pixels_are_writable_contiguous_and_owned():
    data = encode(chelsea(), "png")
    first, second = load_image(data), load_image(data)
    assert first.pixels.flags.c_contiguous
    first.pixels[:] = 0
    assert np.array_equal(second.pixels, chelsea())


def test_16_bit_gray_png_keeps_every_value():
    ramp = gray_ramp(16)
    data = png(64, 64, 16, 0, [row.astype(">u2").tobytes() for row in ramp])
    picture = load_image(data)
    assert picture.bits == 16
    assert np.array_equal(picture.pixels[..., 0], ramp)


def test_16_bit_rgb_with_alpha_png_keeps_every_value():
    rgba = np.random.default_rng(0).integers(0, 65536, (7, 5, 4), dtype=np.uint16)
    picture = load_image(png(5, 7, 16, 6, [row.astype(">u2").tobytes() for row in rgba]))
    assert np.array_equal(picture.pixels, rgba[..., :3])
    assert np.array_equal(picture.alpha, rgba[..., 3])


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("shape", [(9, 6), (9, 6, 3)])
def test_16_bit_tiff_keeps_every_value(order, shape):
    codes = np.random.default_rng(1).integers(0, 65536, shape, dtype=np.uint16)
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, codes, byteorder=order, photometric="rgb" if codes.ndim == 3 else None)
    picture = load_image(buffer.getvalue())
    assert np.array_equal(picture.pixels.squeeze(), codes)


def test_a_large_single_strip_tiff_is_read():
    codes = np.zeros((3000, 3000, 3), np.uint16)
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, codes, rowsperstrip=3000, compression="zlib", photometric="rgb")
    assert load_image(buffer.getvalue()).pixels.shape == (3000, 3000, 3)


@pytest.mark.parametrize("file_format", ["png", "tiff"])
def test_one_bit_pictures_become_black_and_white(file_format):
    image = Image.fromarray(chelsea()).convert("1")
    picture = load_image(encode(image, file_format))
    assert np.array_equal(picture.pixels[..., 0], np.asarray(image).astype(np.uint8) * 255)


def test_a_tiff_with_white_as_zero_is_not_negative():
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, 255 - gray_ramp(8), photometric="miniswhite")
    assert np.array_equal(load_image(buffer.getvalue()).pixels[..., 0], gray_ramp(8))


def test_a_palette_with_transparency_becomes_rgb_and_alpha():
    image = Image.fromarray(chelsea()).quantize(16)
    data = encode(image, "png", transparency=bytes([0, 128] + [255] * 14))
    expected = np.asarray(opened(data).convert("RGBA"))
    picture = load_image(data)
    assert np.array_equal(picture.pixels, expected[..., :3])
    assert np.array_equal(picture.alpha, expected[..., 3])


def test_gray_with_alpha_stays_gray_with_alpha():
    both = np.dstack([gray_ramp(8), gray_ramp(8).T])
    picture = load_image(encode(Image.fromarray(both), "png"))
    assert np.array_equal(picture.pixels[..., 0], both[..., 0])
    assert np.array_equal(picture.alpha, both[..., 1])


@pytest.mark.parametrize("file_format", ["jpeg", "tiff"])
def test_cmyk_becomes_rgb_near_what_was_printed(file_format):
    image = Image.fromarray(chelsea()).convert("CMYK")
    picture = load_image(encode(image, file_format))
    assert picture.pixels.shape == (300, 451, 3)
    # Pillow's conversion is a mere complement, libvips' follows inks: the tones only resemble.
    gray = [
        np.asarray(Image.fromarray(a).convert("L")).ravel() for a in (picture.pixels, chelsea())
    ]
    assert np.corrcoef(*gray)[0, 1] > 0.97
    assert picture.kept.profile is not None
    assert "no profile" in picture.kept.notes[0]


def test_white_paper_in_cmyk_is_white():
    paper = Image.new("CMYK", (8, 8), (0, 0, 0, 0))
    assert load_image(encode(paper, "tiff")).pixels.min() >= 254


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_comes_out_upright(file_format, orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encode(chelsea(4), file_format, exif=exif.tobytes())
    expected = np.asarray(ImageOps.exif_transpose(opened(data))).astype(int)
    pixels = load_image(data).pixels
    assert pixels.shape == expected.shape
    assert np.abs(pixels - expected).max() <= TOLERANCE[file_format]


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_refused(file_format, share):
    data = encode(chelsea(), file_format)
    with pytest.raises(PictureError, match="damaged or cut short"):
        load_image(data[: int(len(data) * share)])
    with pytest.raises(PictureError, match="damaged or cut short"):
        load_small(data[: int(len(data) * share)], short_side=50)


@pytest.mark.parametrize("file_format", ["jpeg", "png", "tiff"])
def test_bytes_overwritten_in_the_middle_are_noticed(file_format):
    options = {"compression": "tiff_lzw"} if file_format == "tiff" else {}
    data = bytearray(encode(chelsea(), file_format, **options))
    middle = len(data) // 2
    data[middle : middle + 200] = bytes(200)
    with pytest.raises(PictureError, match="damaged or cut short"):
        load_image(bytes(data))


@given(
    where=st.floats(0, 1), what=st.binary(min_size=1, max_size=8), which=st.sampled_from(FORMATS)
)
@settings(max_examples=60, deadline=None)
def test_damage_anywhere_is_an_error_or_a_picture_never_a_crash(where, what, which):
    data = bytearray(encode(chelsea(8), which))
    at = int(where * (len(data) - 1))
    data[at : at + len(what)] = what
    try:
        picture = load_image(bytes(data), limits=Limits(max_pixels=10_000_000))
    except PictureError:
        return
    assert picture.pixels.size > 0


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"Dear aunt, here is the photograph.",
        b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
        b"%PDF-1.7\n",
        b"GIF89a\x01\x00\x01\x00",
        b"RIFF\x00\x00\x00\x00WAVE",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"II*\x00",
        b"RIFF\x04\x00\x00\x00WEBP",
    ],
)
def test_what_is_not_a_picture_is_refused_in_one_sentence(tmp_path, content):
    path = tmp_path / "letter.jpg"
    path.write_bytes(content)
    with pytest.raises(PictureError, match=r"letter\.jpg") as caught:
        load_image(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path):
    with pytest.raises(InputMissingError, match=r"no file .*none\.jpg"):
        load_image(tmp_path / "none.jpg")
    with pytest.raises(PictureError, match="directory"):
        load_image(tmp_path)


@pytest.mark.parametrize("file_format", FORMATS)
def test_one_pixel_is_a_picture(file_format):
    picture = load_image(encode(np.array([[[200, 100, 50]]], np.uint8), file_format))
    assert picture.pixels.shape == (1, 1, 3)
    assert np.abs(picture.pixels.ravel().astype(int) - [200, 100, 50]).max() <= 6


def test_a_huge_header_is_refused_before_anything_is_decoded():
    data = png(100_000, 100_000, 16, 6, [b"\0" * 100])
    resource = pytest.importorskip("resource")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    limit = 50_000_000 if sys.platform == "darwin" else 50_000  # bytes there, KiB elsewhere
    start = time.perf_counter()
    with pytest.raises(PictureTooLargeError, match="10,000,000,000 pixels"):
        load_image(data)
    assert time.perf_counter() - start < 0.5  # s; decoding would take minutes
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < limit


def test_limits_are_inclusive():
    data = encode(chelsea(8), "png")
    height, width = chelsea(8).shape[:2]
    assert load_image(data, limits=Limits(max_pixels=height * width, max_bytes=len(data)))
    with pytest.raises(PictureTooLargeError, match="pixels"):
        load_image(data, limits=Limits(max_pixels=height * width - 1))
    with pytest.raises(PictureTooLargeError, match="bytes"):
        load_image(data, limits=Limits(max_bytes=len(data) - 1))


def test_float_pictures_are_refused():
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, np.zeros((4, 4), np.float32))
    with pytest.raises(PictureError, match="8 or 16 bits"):
        load_image(buffer.getvalue())


def test_more_than_four_channels_are_refused():
    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer, np.zeros((4, 4, 6), np.uint8), photometric="rgb", planarconfig="contig"
    )
    with pytest.raises(PictureError, match="alpha"):
        load_image(buffer.getvalue())


def test_only_the_first_page_is_read_and_that_is_said():
    pages = [Image.fromarray(chelsea(4)), Image.fromarray(255 - chelsea(4))]
    data = encode(pages[0], "tiff", save_all=True, append_images=pages[1:])
    picture = load_image(data)
    assert np.array_equal(picture.pixels, chelsea(4))
    assert picture.kept.notes == ("only the first of 2 pages was read",)


def test_the_codec_says_nothing_on_its_own():
    """A damaged TIFF makes libtiff and libvips talk; none of it may reach the user's terminal."""
    code = (
        "import sys; from photochrom.imageio import load_image\n"
        "try: load_image(sys.stdin.buffer.read())\n"
        "except ValueError: print('refused')"
    )
    data = encode(chelsea(), "tiff")
    done = subprocess.run(
        [sys.executable, "-c", code], input=data[: len(data) // 2], capture_output=True, check=True
    )
    assert done.stdout == b"refused\n"
    assert done.stderr == b""


@pytest.mark.parametrize("file_format", FORMATS)
def test_small_pictures_are_area_averages(file_format):
    data = encode(chelsea(), file_format)
    full = np.asarray(opened(data)).astype(np.float64)
    small = load_small(data, short_side=30)
    assert small.shape == (30, 45, 3)
    assert small.flags.c_contiguous
    slow = np.asarray(Image.fromarray(full.astype(np.uint8)).resize((45, 30), Image.Resampling.BOX))
    # Pillow's box filter takes whole pixels at the edges of a box, hence not exactly equal.
    assert np.abs(small - slow.astype(float)).mean() < 1.5


def test_small_pictures_are_never_enlarged():
    assert np.array_equal(load_small(encode(chelsea(), "png"), short_side=1000), chelsea())
    assert np.array_equal(load_small(encode(chelsea(), "png"), short_side=None), chelsea())


def test_a_jpeg_shrunk_while_decoding_is_near_the_exact_average():
    big = np.kron(chelsea(), np.ones((4, 4, 1), np.uint8))
    small = load_small(encode(big, "jpeg", quality=95), short_side=100)
    exact = load_small(encode(big, "png"), short_side=100)
    assert np.abs(small.astype(int) - exact).mean() < 1


def test_small_pictures_are_rgb_whatever_the_file_holds():
    sixteen = png(64, 64, 16, 0, [row.astype(">u2").tobytes() for row in gray_ramp(16)])
    small = load_small(sixteen, short_side=64)
    assert small.dtype == np.uint8
    assert np.array_equal(small[..., 0], (gray_ramp(16) / 257).round())
    assert np.ptp(small, axis=2).max() == 0


def test_transparent_parts_are_white_in_small_pictures():
    rgba = np.dstack([chelsea(), np.zeros((300, 451), np.uint8)])
    rgba[:100, :, 3] = 255
    small = load_small(encode(rgba, "png"), short_side=300)
    assert np.array_equal(small[:100], chelsea()[:100])
    assert small[100:].min() == 255


def test_a_tagged_srgb_file_is_not_touched():
    data = encode(chelsea(), "png", icc_profile=pillow_srgb_profile())
    picture = load_image(data)
    assert np.array_equal(picture.pixels, chelsea())
    assert not picture.kept.convert


def test_pixels_of_another_size_or_depth_are_refused():
    picture = Picture(chelsea(4))
    with pytest.raises(ShapeError, match="75 x 113"):
        with_pixels(picture, chelsea(2))
    with pytest.raises(ShapeError, match="uint8"):
        with_pixels(picture, chelsea(4).astype(np.uint16))
    with pytest.raises(ShapeError, match="uint8 or uint16"):
        Picture(chelsea(4).astype(np.float32))


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_damaged_file_whose_name_speaks_of_memory_is_damaged(file_format, tmp_path):
    path = tmp_path / "Out of Memory" / f"out of memory.{file_format}"
    path.parent.mkdir()
    data = encode(chelsea(), file_format)
    path.write_bytes(data[: len(data) // 3])
    for load in (load_image, lambda path: load_small(path, short_side=64)):
        with pytest.raises(PictureError, match="is damaged or cut short"):
            load(path)


@pytest.mark.parametrize("name", ["a.png", "out of memory.png"])
def test_memory_that_ends_in_libvips_is_told_whatever_the_name(name, tmp_path, monkeypatch):
    def short(*_, **__):
        raise codec.Error(f"{tmp_path / name}: unable to read", "out of memory --- size == 9MB")

    (tmp_path / name).write_bytes(encode(chelsea(), "png"))
    monkeypatch.setattr(reading, "decode", short)
    with pytest.raises(OutOfMemoryError, match="not enough memory to read"):
        load_image(tmp_path / name)


def test_a_text_field_with_a_name_beyond_ascii_costs_a_note_and_not_the_picture():
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Größe", "A4")
    picture = load_image(encode(chelsea(4), "png", pnginfo=texts))
    assert np.array_equal(picture.pixels, chelsea(4))
    assert "text fields" in picture.kept.notes[0]

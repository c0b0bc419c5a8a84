"""Arrays and Pillow images: what goes in comes back, in the same kind."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from photochrom.errors import PictureError, ShapeError
from photochrom.imageio import from_array, from_pil, load_image, to_array, to_pil
from pictures import chelsea, encode, opened, pillow_srgb_profile, wide_profile

shapes = st.sampled_from([(3, 5, 1), (3, 5, 2), (3, 5, 3), (3, 5, 4), (1, 1, 3)])


@given(arrays(st.sampled_from([np.uint8, np.uint16]), shapes))
def test_code_arrays_return_exactly(codes):
    back = to_array(from_array(codes), codes.dtype)
    assert back.dtype == codes.dtype
    assert np.array_equal(back, codes)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float_arrays_return_within_half_a_16_bit_code(dtype):
    values = np.random.default_rng(0).random((9, 7, 3)).astype(dtype)
    back = to_array(from_array(values), dtype)
    assert back.dtype == dtype
    assert np.abs(back - values).max() <= 0.51 / 65_535


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_of_every_size_become_the_nearest_codes(dtype):
    values = np.linspace(0, 1, 60, dtype=dtype).reshape(4, 5, 3)
    expected = np.round(values.astype(np.float64) * 65_535)
    picture = from_array(values)
    assert np.abs(picture.pixels - expected).max() <= (dtype != np.float64)  # ties in float32
    assert picture.pixels.max() == 65_535
    assert to_array(picture, dtype).dtype == dtype


def test_a_flat_array_is_gray():
    picture = from_array(chelsea()[..., 0])
    assert picture.is_gray
    assert picture.pixels.shape == (300, 451, 1)


def test_a_picture_does_not_share_memory_with_its_array():
    codes = chelsea()
    picture = from_array(codes)
    picture.pixels[:] = 0
    assert np.array_equal(codes, chelsea())


@pytest.mark.parametrize(
    "array",
    [
        np.zeros(3, np.uint8),
        np.zeros((2, 2, 5), np.uint8),
        np.zeros((0, 2, 3), np.uint8),
        np.zeros((2, 2, 3), np.int64),
        np.full((2, 2, 3), 255.0),
        np.full((2, 2, 3), np.nan),
        np.full((2, 2, 3), -0.5),
    ],
)
def test_other_arrays_are_refused(array):
    with pytest.raises(ShapeError, match="expected"):
        from_array(array)


@pytest.mark.parametrize("mode", ["L", "LA", "RGB", "RGBA"])
def test_pillow_images_return_in_their_mode(mode):
    image = Image.fromarray(chelsea()).convert(mode)
    back = to_pil(from_pil(image))
    assert back.mode == mode
    assert np.array_equal(np.asarray(back), np.asarray(image))


@pytest.mark.parametrize("mode", ["1", "P", "PA"])
def test_other_modes_of_photographs_are_expanded(mode):
    image = Image.fromarray(chelsea()).convert("P" if mode == "PA" else mode).convert(mode)
    pixels = np.broadcast_to(from_pil(image).pixels, (300, 451, 3))
    assert np.array_equal(pixels, np.asarray(image.convert("RGB")))


def test_an_opaque_palette_stays_without_alpha():
    image = Image.fromarray(chelsea()).quantize(16)
    assert from_pil(image).alpha is None
    assert to_pil(from_pil(image)).mode == "RGB"


def test_a_palette_with_transparency_keeps_its_alpha():
    image = Image.fromarray(chelsea()).quantize(16)
    image.info["transparency"] = bytes([0, 128] + [255] * 14)
    back = to_pil(from_pil(image))
    assert np.array_equal(np.asarray(back), np.asarray(image.convert("RGBA")))


def test_cmyk_of_pillow_is_read_as_from_a_file():
    image = Image.fromarray(chelsea()).convert("CMYK")
    assert np.array_equal(from_pil(image).pixels, load_image(encode(image, "tiff")).pixels)


def test_16_bit_gray_of_pillow_stays_16_bit():
    codes = np.arange(0, 65_536, 256, dtype=np.uint16).reshape(16, 16)
    assert np.array_equal(from_pil(Image.fromarray(codes)).pixels[..., 0], codes)


def test_a_mode_without_meaning_is_refused():
    with pytest.raises(PictureError, match="got F"):
        from_pil(Image.new("F", (4, 4)))


def test_facts_of_a_pillow_image_survive():
    exif = Image.Exif()
    exif[0x010F] = "Kamera"
    profile = pillow_srgb_profile()
    image = opened(
        encode(chelsea(), "jpeg", exif=exif.tobytes(), icc_profile=profile, dpi=(300, 240))
    )
    back = to_pil(from_pil(image))
    assert back.info["icc_profile"] == profile
    assert back.info["dpi"] == (300, 240)
    assert back.getexif()[0x010F] == "Kamera"


def test_a_wide_profile_is_converted_and_restored():
    dull = (96 + chelsea(3) // 4).astype(np.uint8)
    image = opened(encode(dull, "png", icc_profile=wide_profile()))
    picture = from_pil(image)
    assert np.array_equal(
        picture.pixels, load_image(encode(dull, "png", icc_profile=wide_profile())).pixels
    )
    assert np.abs(np.asarray(to_pil(picture)).astype(int) - dull).max() <= 1

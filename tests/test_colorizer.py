"""The colorizer as a whole: kinds of pictures, options, invariants, odd sizes."""

import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import helper
from PIL import Image

import photochrom
from models import (
    COLORS,
    constant_model,
    conv_model,
    model_bytes,
    model_of,
    palette_spec,
    rgb_spec,
    srgb_spec,
)
from photochrom.color import gray, lab
from photochrom.errors import (
    InputMissingError,
    ModelFileError,
    OptionError,
    OutOfMemoryError,
    ShapeError,
)
from photochrom.filters.resize import resize
from photochrom.imageio.picture import Kept, Picture
from photochrom.inference import fullsize, parallel, working
from photochrom.inference.colorizer import Colorizer, colorize
from photochrom.modelfile.spec import WorkingSize
from photochrom.palettes.palette import Palette
from pictures import photograph

Array = np.ndarray[Any, np.dtype[Any]]
STORED = 0.6  # code values of the gray equivalent
FLIPPED = 1  # code values: float32 weights and rounding

MODEL = model_bytes(conv_model(), palette_spec())
COLORIZER = Colorizer(MODEL)


def constant(logits: Any, **options: Any) -> Colorizer:
    """A colorizer that sees the same colours everywhere."""
    spec = palette_spec(palette=Palette(COLORS[: len(logits)]), **options)
    return Colorizer(model_bytes(constant_model(np.array(logits, float)), spec))


def noise(height: int, width: int, channels: int = 1, dtype: Any = np.uint8, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    return rng.integers(0, np.iinfo(dtype).max + 1, (height, width, channels)).astype(dtype)


def gray_photograph() -> Array:
    rgb = photograph("chelsea")
    return np.rint(gray.from_srgb(rgb / 255.0) * 255).astype(np.uint8)


def lightness_error(result: Array, master: Array) -> float:
    most = np.iinfo(master.dtype).max
    target = master[..., 0] / most
    if master.shape[2] == 3:
        target = gray.from_srgb(master / most)
    return float(np.abs(gray.from_srgb(result / most) - target).max() * most)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3])
def test_lightness_size_and_depth_are_kept(dtype: Any, channels: int) -> None:
    master = noise(90, 70, channels, dtype)
    result = COLORIZER.colorize(Picture(master)).pixels
    assert result.shape == (90, 70, 3)
    assert result.dtype == dtype
    assert lightness_error(result, master) <= STORED


def test_a_photograph_keeps_its_lightness_and_gets_colour() -> None:
    master = gray_photograph()[..., None]
    result = COLORIZER.colorize(Picture(master)).pixels
    assert lightness_error(result, master) <= STORED
    assert np.abs(lab.from_srgb(result / 255.0)[..., 1:]).mean() > 3


@given(st.integers(1, 60), st.integers(1, 60), st.sampled_from([np.uint8, np.uint16]))
@settings(deadline=None, max_examples=30)
def test_a_colourless_prediction_gives_the_gray_picture_back(
    height: int, width: int, dtype: Any
) -> None:
    master = noise(height, width, 1, dtype)
    colorless = constant([50, 0, 0])  # the first colour of the palette is a* = b* = 0
    result = colorless.colorize(Picture(master), decode="argmax").pixels
    np.testing.assert_array_equal(result, np.repeat(master, 3, axis=2))


@pytest.mark.parametrize(
    "master",
    [
        noise(1, 1),
        noise(1, 50),
        noise(10_000, 20),
        noise(3, 2000, 3),
        np.zeros((40, 50, 1), np.uint8),
        np.full((40, 50, 1), 255, np.uint8),
        np.full((40, 50, 3), 65_535, np.uint16),
    ],
    ids=lambda master: f"{master.shape}-{master.flat[0]}",
)
@pytest.mark.parametrize("fit", ["aspect", "square", "native"])
def test_odd_pictures_give_a_result(master: Any, fit: Any) -> None:
    spec = palette_spec(working=WorkingSize(16, fit, 4096), stride=4, multiple=8)
    colorizer = Colorizer(model_bytes(conv_model(stride=4), spec))
    result = colorizer.colorize(Picture(master)).pixels
    assert result.shape == (*master.shape[:2], 3)
    assert lightness_error(result, master) <= STORED


def test_alpha_and_file_facts_are_kept() -> None:
    alpha = noise(20, 30)[..., 0]
    kept = Kept(format="tiff", dpi=(300, 300), exif=b"exif")
    result = COLORIZER.colorize(Picture(noise(20, 30), alpha, kept), provenance=False)
    np.testing.assert_array_equal(result.alpha, alpha)
    assert result.kept == kept


def test_a_path_and_bytes_give_a_picture(tmp_path: Path) -> None:
    file = io.BytesIO()
    Image.fromarray(gray_photograph()).save(file, "png")
    (tmp_path / "old.png").write_bytes(file.getvalue())
    expected = COLORIZER.colorize(Picture(gray_photograph()[..., None])).pixels
    for source in (tmp_path / "old.png", str(tmp_path / "old.png"), file.getvalue()):
        result = COLORIZER.colorize(source)
        assert isinstance(result, Picture)
        np.testing.assert_array_equal(result.pixels, expected)


def test_an_array_gives_an_array_and_an_image_an_image() -> None:
    master = gray_photograph()
    expected = COLORIZER.colorize(Picture(master[..., None])).pixels
    np.testing.assert_array_equal(COLORIZER.colorize(master), expected)
    image = COLORIZER.colorize(Image.fromarray(master))
    assert isinstance(image, Image.Image)
    np.testing.assert_array_equal(np.asarray(image), expected)


def test_floats_give_floats() -> None:
    master = (gray_photograph() / 255).astype(np.float32)
    result = COLORIZER.colorize(master)
    assert result.dtype == np.float32
    np.testing.assert_allclose(gray.from_srgb(result), master, atol=1e-4)


def test_other_kinds_are_refused() -> None:
    with pytest.raises(ShapeError, match="got int"):
        COLORIZER.colorize(3)


def test_the_public_function_does_the_same(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(MODEL)
    master = gray_photograph()
    expected = COLORIZER.colorize(master, vividness=0.7)
    np.testing.assert_array_equal(colorize(master, tmp_path / "m.onnx", vividness=0.7), expected)
    assert photochrom.colorize is colorize


def test_inputs_are_not_written_to() -> None:
    for master in (noise(30, 40), noise(30, 40, 3, np.uint16)):
        copy = master.copy()
        master.flags.writeable = False
        COLORIZER.colorize(Picture(master))
        np.testing.assert_array_equal(master, copy)


def test_the_same_picture_gives_the_same_bytes_whatever_the_threads() -> None:
    picture = Picture(noise(300, 700))
    many, one = Colorizer(MODEL, threads=4), Colorizer(MODEL, threads=1)
    np.testing.assert_array_equal(many.colorize(picture).pixels, one.colorize(picture).pixels)


def test_blocks_equal_the_whole_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = Picture(noise(100, 120, 3))
    whole = COLORIZER.colorize(picture).pixels
    monkeypatch.setattr(parallel, "_ROWS", 7)
    monkeypatch.setattr(parallel, "_COLUMNS", 11)
    np.testing.assert_array_equal(COLORIZER.colorize(picture).pixels, whole)


def test_flips_commute_with_the_full_size_stage() -> None:
    rng = np.random.default_rng(0)
    pixels = noise(60, 90)
    chroma = rng.normal(0, 20, (20, 30, 2)).astype(np.float32)
    guide = working.reduce_codes(pixels, (20, 30))
    plain = fullsize.color(pixels, chroma, guide).astype(int)
    for axis in (0, 1):
        flipped = [np.flip(array, axis) for array in (pixels, chroma, guide)]
        result = np.flip(fullsize.color(*flipped), axis)  # type: ignore[arg-type]
        assert np.abs(result - plain).max() <= FLIPPED


def test_reducing_codes_by_strips_equals_reducing_the_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pixels = noise(123, 77, 3)
    whole = lab.lightness_from_srgb(pixels / 255)
    expected = resize(whole.astype(np.float32), (32, 20))
    monkeypatch.setattr(working, "_STRIP", 400)
    np.testing.assert_allclose(working.reduce_codes(pixels, (32, 20)), expected, atol=1e-3)


# An odd row or column is left out of the pairs: up to a fortieth of a cell here.
@pytest.mark.parametrize(
    ("shape", "size", "error"), [((800, 90), (50, 45), 1e-3), ((801, 653), (40, 32), 0.8)]
)
def test_pairs_are_averaged_first_only_where_enough_remains(
    shape: tuple[int, int], size: tuple[int, int], error: float
) -> None:
    pixels = cv2.GaussianBlur(noise(*shape)[..., 0], (0, 0), 2)[..., None]
    expected = resize(gray.to_lightness((pixels[..., 0] / 255).astype(np.float32)), size)
    np.testing.assert_allclose(working.reduce_codes(pixels, size), expected, atol=error)


def test_reducing_takes_means_of_areas() -> None:
    plane = np.random.default_rng(0).uniform(0, 100, (40, 60)).astype(np.float32)
    expected = plane.reshape(10, 4, 20, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(resize(plane, (10, 20)), expected, atol=1e-4)


def test_grid_cells_are_means_with_the_edge_repeated() -> None:
    plane = np.arange(12, dtype=np.float32).reshape(3, 4)
    np.testing.assert_allclose(working.to_grid(plane, 2), [[2.5, 4.5], [8.5, 10.5]])


@pytest.mark.parametrize("stride", [1, 2, 4])
def test_where_a_stride_does_not_divide_the_size_nothing_shifts(stride: int) -> None:
    """The network gives its input's means as rgb; a ramp brought back must be that ramp."""
    nodes = [
        helper.make_node(
            "AveragePool",
            ["lightness"],
            ["mean"],
            kernel_shape=[stride, stride],
            strides=[stride, stride],
        ),
        helper.make_node("Concat", ["mean", "mean", "mean"], ["rgb"], axis=1),
    ]
    spec = rgb_spec(working=WorkingSize(32, "native"), stride=stride, multiple=8)
    data = model_bytes(model_of(nodes, [], output="rgb", channels=3), spec)
    for shape in ((1, 45), (45, 1)):  # a ramp across, and one down
        ramp = np.linspace(0.3, 0.7, 45).reshape(shape) * np.ones((33, 1) if shape[0] == 1 else 33)
        master = np.rint(gray.from_lightness(ramp * 100) * 65_535).astype(np.uint16)[..., None]
        result = Colorizer(data).colorize(Picture(master), decode="rgb").pixels[..., 0] / 65_535
        middle = (slice(4, -4), slice(4, -4))
        np.testing.assert_allclose(result[middle], ramp[middle], atol=1e-3)


def test_a_grid_finer_than_the_picture_is_averaged() -> None:
    cells = np.indices((64, 64)).sum(axis=0) % 2
    chroma = np.where(cells[..., None] == 0, 40, -40).astype(np.float32).repeat(2, axis=2)
    pixels = np.full((21, 23, 1), 120, np.uint8)
    result = fullsize.color(pixels, chroma, np.full((64, 64), 50, np.float32))
    assert np.abs(lab.from_srgb(result / 255.0)[..., 1:]).mean() < 4


def test_vividness_scales_the_models_own_colours() -> None:
    logits, lightness = [0.0, 1.0, 0.5], np.full((20, 20), 60, np.float32)
    colorizer = constant(logits, temperature=0.5)
    sharper = np.exp(np.array(logits) / 0.5)
    own = sharper / sharper.sum() @ COLORS[:3]
    for vividness, factor in ((None, 1), (0, 0.5), (0.5, 1), (1, 1.5)):
        found = colorizer.chroma(lightness, vividness=vividness)[3, 3]
        np.testing.assert_allclose(found, factor * own, atol=1e-3)
    np.testing.assert_allclose(colorizer.chroma(lightness, decode="argmax")[3, 3], COLORS[1])


def test_colours_can_be_put_in_place_of_the_palettes() -> None:
    lightness = np.full((20, 20), 60, np.float32)
    other = Palette(-COLORS[:3])
    result = constant([0, 9, 0]).chroma(lightness, decode="argmax", palette=other)
    np.testing.assert_allclose(result[3, 3], -COLORS[1])


def test_logits_are_on_the_networks_grid() -> None:
    assert COLORIZER.logits(np.full((64, 128), 50, np.float32)).shape == (32, 64, 6)


def test_the_models_own_decode_is_the_default() -> None:
    master = noise(20, 30)
    spec = palette_spec(decode="argmax")
    by_spec = Colorizer(model_bytes(conv_model(), spec)).colorize(Picture(master)).pixels
    asked = COLORIZER.colorize(Picture(master), decode="argmax").pixels
    np.testing.assert_array_equal(by_spec, asked)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_argmax_rgb_shows_the_palettes_colours_whatever_the_lightness(dtype: Any) -> None:
    spec = srgb_spec()
    colorizer = Colorizer(model_bytes(constant_model(np.array([0, 0, 9, 0, 0.0])), spec))
    result = colorizer.colorize(Picture(noise(50, 40, 1, dtype)), decode="argmax-rgb").pixels
    scale = np.iinfo(dtype).max // 255
    assert (result == np.array([200, 60, 30]) * scale).all()


def test_rgb_models_keep_the_lightness_unless_raw_colours_are_asked_for() -> None:
    data = model_bytes(constant_model(np.array([0.9, 0.3, 0.1]), output="rgb"), rgb_spec())
    colorizer, master = Colorizer(data), noise(50, 40)
    assert lightness_error(colorizer.colorize(Picture(master)).pixels, master) <= STORED
    raw = colorizer.colorize(Picture(master), decode="rgb").pixels
    assert (raw == np.rint(np.array([0.9, 0.3, 0.1]) * 255)).all()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"decode": "rgb"}, "decode must be"),
        ({"decode": "best"}, "decode must be"),
        ({"decode": "argmax", "vividness": 0.5}, "belongs to the annealed mean"),
        ({"decode": "argmax-rgb"}, "srgb palette"),
        ({"vividness": 1.5}, "between 0 and 1"),
        ({"vividness": float("nan")}, "must be a number"),
    ],
    ids=str,
)
def test_options_that_clash_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        COLORIZER.colorize(Picture(noise(8, 8)), **options)


def test_palette_options_are_refused_by_rgb_models() -> None:
    colorizer = Colorizer(model_bytes(conv_model(3, output="rgb"), rgb_spec()))
    with pytest.raises(OptionError, match="vividness"):
        colorizer.colorize(Picture(noise(8, 8)), vividness=0.5)
    with pytest.raises(OptionError, match="argmax"):
        colorizer.colorize(Picture(noise(8, 8)), decode="argmax")
    with pytest.raises(OptionError, match="logits"):
        colorizer.logits(np.zeros((8, 8), np.float32))


def test_what_is_not_a_plane_of_lightness_is_refused() -> None:
    with pytest.raises(ShapeError, match="lightness"):
        COLORIZER.chroma(np.zeros((8, 8, 1), np.float32))


def test_a_model_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "photo.onnx").write_bytes(b"\xff\xd8\xff" + bytes(99))
    with pytest.raises(ModelFileError):
        Colorizer(tmp_path / "photo.onnx")
    with pytest.raises(InputMissingError):
        Colorizer(tmp_path / "gone.onnx")


@pytest.mark.parametrize("fit", ["aspect", "square", "native"])
def test_the_working_size_can_be_asked_for(fit: Any) -> None:
    spec = palette_spec(working=WorkingSize(64, fit, 1 << 16))
    colorizer, picture = Colorizer(model_bytes(conv_model(), spec)), Picture(noise(120, 160))
    asked = colorizer.colorize(picture, working_size=32).pixels
    built_so = palette_spec(working=WorkingSize(32, "square" if fit == "square" else "aspect"))
    expected = Colorizer(model_bytes(conv_model(), built_so)).colorize(picture).pixels
    np.testing.assert_array_equal(asked, expected)
    assert (asked != colorizer.colorize(picture).pixels).any()


@pytest.mark.parametrize("size", [15, 4097, 0, -5])
def test_a_working_size_out_of_range_is_refused(size: int) -> None:
    with pytest.raises(OptionError, match=r"16 to 4096.*the model's own is 32"):
        COLORIZER.colorize(Picture(noise(8, 8)), working_size=size)
    with pytest.raises(OptionError, match="16 to 4096"):
        COLORIZER.check(working_size=size)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("Unable to allocate 8 MiB"),
        RuntimeError("std::bad_alloc"),
        RuntimeError(
            "OpenCV(4.9) alloc.cpp:73: error: (-4:Insufficient memory) Failed to allocate"
        ),
        RuntimeError("can't start new thread"),
    ],
    ids=str,
)
def test_memory_that_ends_is_told_with_the_size_and_what_to_do(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(working, "reduce_codes", short)
    with pytest.raises(OutOfMemoryError, match=r"9 x 8 px; close other programs or reduce") as told:
        COLORIZER.colorize(Picture(noise(8, 9)))
    assert isinstance(told.value, MemoryError)
    assert told.value.__cause__ is error


def test_other_errors_are_not_taken_for_a_lack_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(*_: Any, **__: Any) -> None:
        raise RuntimeError("the sky fell")

    monkeypatch.setattr(working, "reduce_codes", wrong)
    with pytest.raises(RuntimeError, match="the sky fell"):
        COLORIZER.colorize(Picture(noise(8, 9)))

"""Colour layers: the direct result to the last bit, the right master only, damage told as such."""

import io
import json
import struct
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from models import conv_model, model_bytes, palette_spec, rgb_spec
from photochrom.cli.main import main
from photochrom.color import gray
from photochrom.errors import InputMissingError, LayerError, OptionError, OutputExistsError
from photochrom.imageio import Kept, Picture, encode_image, load_image, save_image, statement
from photochrom.inference import planes
from photochrom.inference.cast import Cast
from photochrom.inference.colorizer import Colorizer
from photochrom.inference.field import Field
from photochrom.inference.fingerprint import PICTURES
from photochrom.inference.layer import Layer, apply
from photochrom.inference.layerfile import encode_layer, load_layer, save_layer
from photochrom.inference.provenance import Provenance
from photochrom.inference.recipe import Recipe
from photochrom.inference.repeat import recolor
from photochrom.modelfile.spec import WorkingSize
from photochrom.palettes.palette import Palette
from pictures import FORMATS, photograph

MODEL = model_bytes(conv_model(), palette_spec())
STRIDE_4 = model_bytes(conv_model(stride=4), palette_spec(stride=4, multiple=8))
COLORIZER = Colorizer(MODEL)
SUFFIXES = {"jpeg": "jpg", "png": "png", "tiff": "tif", "webp": "webp"}
SCAN = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf='
    b'"http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description rdf:about="" '
    b'xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="5"/></rdf:RDF></x:xmpmeta>'
)


def noise(height: int, width: int, channels: int = 1, dtype: Any = np.uint8, seed: int = 0) -> Any:
    rng = np.random.default_rng(seed)
    return rng.integers(0, np.iinfo(dtype).max + 1, (height, width, channels)).astype(dtype)


def gray_photograph(name: str, bits: int) -> Any:
    values = gray.from_srgb(photograph(name) / 255.0) * (2**bits - 1)
    return np.rint(values).astype(np.uint8 if bits == 8 else np.uint16)[..., None]


def again(layer: Layer) -> Layer:
    return load_layer(encode_layer(layer))


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("name", ["chelsea", "coffee", "rocket"])
def test_the_general_model_s_layers_are_small_and_give_the_direct_result(
    name: str, bits: int
) -> None:
    general = Colorizer()
    master = Picture(gray_photograph(name, bits))
    data = encode_layer(general.layer(master, vividness=0.8))
    assert len(data) <= 50_000
    layer = load_layer(data)
    assert list(layer.planes) == ["chroma"]  # the master gives the rest
    direct, result = general.colorize(master, vividness=0.8), apply(layer, master)
    np.testing.assert_array_equal(result.pixels, direct.pixels)
    assert result.kept == direct.kept


@given(
    st.builds(
        noise,
        st.integers(1, 70),
        st.integers(1, 70),
        st.sampled_from([1, 3]),
        st.sampled_from([np.uint8, np.uint16]),
    ),
    st.sampled_from([MODEL, STRIDE_4]),
    st.sampled_from([Recipe(), Recipe(decode="argmax"), Recipe(working_size=19, vividness=1.0)]),
)
@settings(deadline=None, max_examples=40)
def test_any_size_gives_the_direct_result(pixels: Any, model: bytes, recipe: Recipe) -> None:
    colorizer = Colorizer(model, threads=1)
    master = Picture(pixels)
    layer = again(colorizer.layer(master, recipe))
    direct = colorizer.colorize(master, recipe)
    np.testing.assert_array_equal(apply(layer, master).pixels, direct.pixels)


TWO = Palette(np.array([[200.0, 60, 30], [30, 90, 160]]), "srgb", ("brick", "sky"))
WASH = np.zeros((40, 50, 4), np.uint8)
WASH[5:9, 5:20] = (40, 90, 200, 255)
OPTIONS: dict[str, dict[str, Any]] = {
    "decode": {"decode": "argmax"},
    "vividness": {"vividness": 1},
    "working_size": {"working_size": 24},
    "hints": {"hints": ["3,4=red", "30,20,5=2", {"points": [[1, 1], [9.5, 30]], "color": "gray"}]},
    "a painted layer": {"hints": [Image.fromarray(WASH)]},
    "hints_only": {"hints": ["3,4=#aa2211"], "hints_only": True},
    "alternative": {"alternative": 2},
    "seed": {"alternative": 1, "seed": 2**60},
    "palette": {"palette": TWO},
    "a palette and hints": {"palette": TWO, "hints": ["3,4=1"]},
    "exact_palette": {"exact_palette": True},
    "album": {"album": Cast(3.0, -4.0, 1.2)},
    "an exact palette and hints": {"palette": TWO, "exact_palette": True, "hints": ["3,4=red"]},
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS.keys())
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_option_is_kept_by_the_layer_and_repeated_by_recolor(
    options: dict[str, Any], dtype: Any
) -> None:
    master = Picture(cv2.GaussianBlur(noise(40, 50, 1, dtype), (0, 0), 3)[..., None])
    direct = COLORIZER.colorize(master, **options)
    layer = again(COLORIZER.layer(master, **options))
    repeated = recolor(load_image(encode_image(direct, "png")), master, model=MODEL)
    for result in (apply(layer, master), repeated):
        np.testing.assert_array_equal(result.pixels, direct.pixels)
        assert result.kept.xmp == direct.kept.xmp
    assert encode_layer(again(layer)) == encode_layer(layer)


def test_every_option_was_tried() -> None:
    """A new one needs a line in `OPTIONS`; pictures are tried in `test_references`."""
    assert {each.name for each in fields(Recipe)} <= OPTIONS.keys() | set(PICTURES)


def test_a_model_that_predicts_colour_has_layers_too_but_not_for_whole_colours() -> None:
    model = Colorizer(model_bytes(conv_model(3, output="rgb"), rgb_spec()))
    master = noise(40, 50)
    layer = again(model.layer(master))
    np.testing.assert_array_equal(apply(layer, master), model.colorize(master))
    with pytest.raises(OptionError, match="gives whole colours"):
        model.layer(master, decode="rgb")


def test_every_kind_of_picture_can_be_given(tmp_path: Path) -> None:
    pixels = noise(40, 50)
    save_image(Picture(pixels), tmp_path / "m.png")
    layer = COLORIZER.layer(tmp_path / "m.png")
    expected = COLORIZER.colorize(pixels)
    np.testing.assert_array_equal(apply(layer, pixels), expected)
    np.testing.assert_array_equal(apply(layer, tmp_path / "m.png").pixels, expected)
    image = apply(layer, Image.fromarray(pixels[..., 0]))
    np.testing.assert_array_equal(np.asarray(image), expected)


def test_transparency_and_file_facts_are_the_master_s() -> None:
    layer = again(COLORIZER.layer(noise(40, 50)))
    master = Picture(noise(40, 50), noise(40, 50, seed=1)[..., 0], Kept(xmp=SCAN, dpi=(300, 300)))
    direct, result = COLORIZER.colorize(master), apply(layer, master)
    assert result.kept == direct.kept
    np.testing.assert_array_equal(result.alpha, direct.alpha)
    assert apply(layer, master, provenance=False).kept == master.kept


def test_a_guide_that_the_master_cannot_give_is_stored_bit_by_bit() -> None:
    rng = np.random.default_rng(0)
    chroma = planes_of_quarters(rng, (9, 12, 2))
    guide = rng.normal(50, 20, (9, 12)).astype(np.float32)
    master, said = Picture(noise(90, 120)), Provenance(Recipe(), "m", "0" * 64)
    layer = again(Layer.of(Field(chroma, guide, (8.7, 11.9)), master, 4, said))
    field = layer.field(master)
    np.testing.assert_array_equal(field.lightness, guide)
    np.testing.assert_array_equal(field.chroma, chroma)
    assert field.span == (8.7, 11.9)


def planes_of_quarters(rng: np.random.Generator, shape: tuple[int, ...]) -> Any:
    return (rng.integers(-511, 512, shape) / 4).astype(np.float32)


floats = st.floats(-9e5, 9e5, width=32)
quarters = st.integers(-511, 511).map(lambda number: number / 4)


@given(
    st.dictionaries(
        st.sampled_from(["lightness", "chroma", "spread"]),
        st.one_of(
            arrays(np.float32, shape, elements=values)
            for shape in ((3, 4), (3, 4, 1), (3, 4, 2))
            for values in (floats, quarters)
        ),
        min_size=1,
    )
)
@settings(deadline=None)
def test_planes_of_any_numbers_come_back_bit_by_bit(given_: dict[str, Any]) -> None:
    codes, shelf = planes.encode(given_)
    back = planes.decode(codes, shelf)
    assert list(back) == list(given_)
    for name, values in given_.items():
        assert back[name].shape == values.shape
        assert back[name].tobytes() == values.tobytes()
        assert back[name].dtype == np.float32


def test_another_reader_sees_the_chroma_in_the_file() -> None:
    layer = COLORIZER.layer(noise(40, 50))
    seen = cv2.imdecode(np.frombuffer(encode_layer(layer), np.uint8), cv2.IMREAD_UNCHANGED)
    assert seen.dtype == np.uint16
    height, width = layer.planes["chroma"].shape[:2]
    chroma = (seen.reshape(2, height, width) / 64 - 512) / 4
    np.testing.assert_array_equal(np.moveaxis(chroma, 0, -1), layer.planes["chroma"])


def test_the_file_says_by_what_it_was_made_without_folders(tmp_path: Path) -> None:
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "m.onnx").write_bytes(MODEL)
    colorizer = Colorizer(tmp_path / "hidden" / "m.onnx")
    data = encode_layer(colorizer.layer(noise(40, 50), vividness=0.7))
    assert encode_layer(again(load_layer(data))) == data
    assert load_layer(data).provenance == Provenance(
        Recipe(vividness=0.7), "m.onnx", colorizer.hash
    )
    assert b"hidden" not in data


def test_a_layer_holds_for_its_master_alone() -> None:
    master = noise(40, 50)
    layer = COLORIZER.layer(master)
    changed = master.copy()
    changed[-1, -1] ^= 1
    for other in (changed, np.repeat(master, 3, axis=2), master.astype(np.uint16), master[::-1]):
        with pytest.raises(LayerError, match="for another picture"):
            apply(layer, other)
    with pytest.raises(LayerError, match="of 50 x 40 px, this one has 40 x 50"):
        apply(layer, np.ascontiguousarray(master.transpose(1, 0, 2)))


def test_layers_are_not_overwritten_nor_named_otherwise(tmp_path: Path) -> None:
    layer = COLORIZER.layer(noise(40, 50))
    save_layer(layer, tmp_path / "l.png")
    with pytest.raises(OutputExistsError):
        save_layer(layer, tmp_path / "l.png")
    save_layer(layer, tmp_path / "l.png", overwrite=True)
    for name in ("l.jpg", "l.layer", "l"):
        with pytest.raises(OptionError, match=r"\.png"):
            save_layer(layer, tmp_path / name)
    with pytest.raises(InputMissingError):
        load_layer(tmp_path / "no.png")


DATA = encode_layer(COLORIZER.layer(noise(40, 50), vividness=0.7))


def told(**changes: Any) -> bytes:
    """The layer with another story, which fits its pixels or not."""
    picture = load_image(DATA)
    said = statement.statement_in(picture.kept.xmp)
    assert said is not None
    story = {**json.loads(said.layer), **changes}
    packet = statement.stated(None, replace(said, layer=json.dumps(story)))
    return encode_image(replace(picture, kept=Kept(xmp=packet)), "png")


def edited(pixels: Any) -> bytes:
    return encode_image(Picture(pixels, kept=load_image(DATA).kept), "png")


WRONG = {
    "text": (b"I am no picture", "expected a colour layer"),
    "cut": (DATA[:-40], "expected a colour layer"),
    "a photograph": (encode_image(Picture(noise(9, 9)), "png"), "is no colour layer"),
    "a result": (encode_image(COLORIZER.colorize(Picture(noise(9, 9))), "png"), "is no colour"),
    "edited": (edited(load_image(DATA).pixels[::-1].copy()), "was edited"),
    "8 bits": (edited((load_image(DATA).pixels >> 8).astype(np.uint8)), "was edited"),
    "in colour": (edited(np.repeat(load_image(DATA).pixels, 3, axis=2)), "was edited"),
    "newer": (told(format=2), "of a newer version"),
    "an odd format": (told(format="1"), "damaged"),
    "a newer plane": (told(planes=[["chroma", "quarters", 2], ["mood", "float32", 0]]), "newer"),
    "a newer kind": (told(planes=[["chroma", "halves", 2]]), "newer version"),
    "no chroma": (told(planes=[["lightness", "quarters", 2]]), "damaged"),
    "chroma twice": (told(planes=[["chroma", "quarters", 2]] * 2), "damaged"),
    "another grid": (told(grid=[1, 1]), "damaged"),
    "a huge grid": (told(grid=[1 << 29, 1 << 29]), "damaged"),
    "no span": (told(span=None), "damaged"),
    "an endless span": (told(span=[float("inf"), 1]), "damaged"),
    "a span beyond floats": (told(span=[10**400, 1]), "damaged"),
    "no number": (told(span=[float("nan"), 1]), "damaged"),
    "a huge stride": (told(stride=1 << 40), "damaged"),
    "no size": (told(size=["a", 3]), "damaged"),
    "no hash": (told(sha256=None), "damaged"),
    "another recipe": (DATA.replace(b'"vividness":0.7', b'"vividness":0.8'), "was edited"),
    "another master": (told(master="0" * 64), "was edited"),
    "another hash": (told(sha256="0" * 64), "was edited"),
}


@pytest.mark.parametrize(("data", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_is_no_layer_is_refused_with_one_sentence(data: bytes, words: str) -> None:
    with pytest.raises(LayerError, match=words):
        load_layer(data)


def test_a_layer_whose_grid_does_not_fit_its_master_is_refused() -> None:
    layer = replace(COLORIZER.layer(noise(40, 50)), span=(20, 20))
    with pytest.raises(LayerError, match="damaged"):
        apply(layer, noise(40, 50))


def test_numbers_that_no_layer_has_are_refused() -> None:
    for value in (np.nan, np.inf, 1e30):
        codes, shelf = planes.encode({"chroma": np.full((2, 3, 2), value, np.float32)})
        with pytest.raises(LayerError, match="no layer has"):
            planes.decode(codes, shelf)


@given(st.data())
@settings(deadline=None, max_examples=300)
def test_a_damaged_file_is_refused_or_still_the_same_layer(data: st.DataObject) -> None:
    damaged = bytearray(DATA)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        damaged = damaged or bytearray(b"-")
    try:
        layer = load_layer(bytes(damaged))
    except LayerError:
        return
    master = noise(40, 50)
    np.testing.assert_array_equal(apply(layer, master), apply(load_layer(DATA), master))


# The command line


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with a model, and masters of 8 and 16 bits with and without alpha."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.onnx").write_bytes(MODEL)
    kept = Kept(xmp=SCAN, dpi=(300, 300))
    for bits, dtype in ((8, np.uint8), (16, np.uint16)):
        alpha = noise(40, 50, 1, dtype, seed=1)[..., 0]
        save_image(Picture(noise(40, 50, 1, dtype), None, kept), f"plain-{bits}.tif")
        save_image(Picture(noise(40, 50, 3, dtype), alpha, kept), f"alpha-{bits}.png")
    return tmp_path


@pytest.mark.parametrize("master", ["plain-8.tif", "plain-16.tif", "alpha-8.png", "alpha-16.png"])
@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("words", [[], ["--no-provenance", "--quality", "80"]], ids=str)
def test_apply_gives_the_bytes_of_the_direct_result(
    desk: Path, master: str, file_format: str, words: list[str]
) -> None:
    if file_format == "jpeg" and "alpha" in master:
        return
    suffix = SUFFIXES[file_format]
    colorize = ["colorize", master, "-m", "m.onnx", "--vividness", "0.9", "--even-if-colored"]
    assert main([*colorize, "-o", f"direct.{suffix}", *words]) == 0
    assert main([*colorize, "-o", f"both.{suffix}", *words, "--layer", "l.png"]) == 0
    (desk / "m.onnx").unlink()
    assert main(["apply", "l.png", master, "-o", f"applied.{suffix}", *words]) == 0
    direct = (desk / f"direct.{suffix}").read_bytes()
    assert (desk / f"both.{suffix}").read_bytes() == direct
    assert (desk / f"applied.{suffix}").read_bytes() == direct


def test_a_stream_can_leave_a_layer_too(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stream:
        buffer = io.BytesIO((desk / "plain-8.tif").read_bytes())

    monkeypatch.setattr("sys.stdin", Stream())
    assert main(["colorize", "-", "-m", "m.onnx", "-o", "r.tif", "--layer", "l.png"]) == 0
    assert main(["apply", "l.png", "plain-8.tif", "-o", "applied.tif"]) == 0
    assert (desk / "applied.tif").read_bytes() == (desk / "r.tif").read_bytes()


def test_apply_refuses_with_one_sentence(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["colorize", "plain-8.tif", "-m", "m.onnx", "-o", "r.png", "--layer", "l.png"]
    assert main(words) == 0
    (desk / "cut.png").write_bytes((desk / "l.png").read_bytes()[:-30])
    capsys.readouterr()
    for layer, master, wrong in (
        ("l.png", "plain-16.tif", "for another picture"),
        ("plain-8.tif", "plain-8.tif", "is no colour layer"),
        ("r.png", "plain-8.tif", "r.png is no colour layer"),
        ("cut.png", "plain-8.tif", "expected a colour layer"),
        ("no.png", "plain-8.tif", "there is no file no.png"),
        ("l.png", "no.tif", "there is no file no.tif"),
    ):
        assert main(["apply", layer, master, "-o", "x.png"]) == 1
        captured = capsys.readouterr()
        assert wrong in captured.err
        assert len(captured.err.splitlines()) == 1
    assert main(["apply", "l.png", "plain-8.tif", "-o", "l.png", "--force"]) == 2
    assert main(["apply", "l.png", "plain-8.tif", "-o", "plain-8.tif", "--force"]) == 2
    assert main(["apply", "l.png", "plain-8.tif", "-o", "r.png"]) == 1
    assert not (desk / "x.png").exists()


def test_a_layer_s_name_is_checked_before_any_work(desk: Path) -> None:
    before = sorted(desk.iterdir())
    (desk / "taken.png").write_bytes(b"mine")
    one = ["colorize", "plain-8.tif", "-m", "m.onnx", "-o", "r.png", "--layer"]
    assert main([*one, "l.jpg"]) == 2
    assert main([*one, "r.png"]) == 2
    assert main([*one, "taken.png"]) == 1
    two = ["colorize", "plain-8.tif", "plain-16.tif", "-m", "m.onnx", "-o", "done"]
    assert main([*two, "--layer", "l.png"]) == 2
    png = ["colorize", "alpha-8.png", "-m", "m.onnx", "-o", "r.png", "--force"]
    assert main([*png, "--layer", "alpha-8.png"]) == 2
    assert (desk / "taken.png").read_bytes() == b"mine"
    (desk / "taken.png").unlink()
    assert sorted(desk.iterdir()) == before


def test_a_window_model_s_layer_holds_every_pixel_of_the_working_size() -> None:
    spec = palette_spec(working=WorkingSize(short_side=64))
    layer = Colorizer(model_bytes(conv_model(), spec)).layer(gray_photograph("chelsea", 8))
    assert layer.planes["chroma"].shape == (64, 96, 2)
    assert struct.unpack(">II", encode_layer(layer)[16:24]) == (96, 2 * 64)

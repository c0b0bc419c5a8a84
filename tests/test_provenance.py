"""What a result says of itself, as other readers see it; and `recolor`, which repeats it."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import photochrom
from models import conv_model, model_bytes, palette_spec, rgb_spec
from photochrom.cli.main import main
from photochrom.errors import ModelFileError, OptionError, RecipeError
from photochrom.imageio import Kept, Picture, encode_image, load_image, save_image, statement
from photochrom.imageio.reading import load_xmp
from photochrom.inference import provenance as provenances
from photochrom.inference.colorizer import Colorizer
from photochrom.inference.provenance import Provenance, stamped
from photochrom.inference.recipe import Recipe
from photochrom.inference.repeat import provenance_of, recolor
from photochrom.modelfile.file import model_hash
from pictures import FORMATS, encode, opened

MODEL = model_bytes(conv_model(), palette_spec())
HASH = model_hash(MODEL)
COLORIZER = Colorizer(MODEL)
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
SOFTWARE = f"photochrom {photochrom.__version__}"
SUFFIXES = {"jpeg": "jpg", "png": "png", "tiff": "tif", "webp": "webp"}
SCAN = b"""<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF
 xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:CreatorTool="Scanner"
 xmlns:iptc="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 iptc:DigitalSourceType="http://cv.iptc.org/newscodes/digitalsourcetype/negativeFilm">
<xmp:Label>Gro\xc3\x9fmutter</xmp:Label></rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def ramp(bits: int = 8, size: int = 40) -> np.ndarray[Any, Any]:
    top = 2**bits - 1
    values = np.linspace(0, top, size * 48).reshape(size, 48, 1)
    return values.astype(np.uint8 if bits == 8 else np.uint16)


def described(image: bytes | Image.Image) -> dict[str, str]:
    """The XMP properties of a file, in the packet that Pillow finds, by their local names."""
    found = opened(image) if isinstance(image, bytes) else image
    root = ElementTree.fromstring(found.info["xmp"].decode())
    nodes = list(next(root.iter(f"{RDF}RDF")))
    pairs = [(each.tag, each.text) for node in nodes for each in node]
    pairs += [pair for node in nodes for pair in node.attrib.items()]
    names = [name for name, _ in pairs if name != f"{RDF}about"]
    assert len(set(names)) == len(names)  # a property that stands twice is none
    return {name.partition("}")[2]: value or "" for name, value in pairs}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder with a model file in a folder of its own, and one master a format."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hidden").mkdir()
    (tmp_path / "hidden" / "palms.onnx").write_bytes(MODEL)
    for name in FORMATS:
        save_image(Picture(ramp()), tmp_path / f"m.{SUFFIXES[name]}", quality=100)
    return tmp_path


def colorize(*words: str) -> None:
    assert main(["colorize", *words, "-m", "hidden/palms.onnx"]) == 0


@pytest.mark.parametrize("suffix", SUFFIXES.values())
def test_another_reader_finds_what_made_the_colours(desk: Path, suffix: str) -> None:
    colorize(f"m.{suffix}", "-o", f"r.{suffix}", "--vividness", "0.7")
    found = described((desk / f"r.{suffix}").read_bytes())
    assert found["DigitalSourceType"] == COMPOSITE
    assert found["Software"] == SOFTWARE
    assert found["Model"] == "palms.onnx"
    assert found["ModelSHA256"] == HASH
    assert json.loads(found["Recipe"]) == {"vividness": 0.7}


@pytest.mark.parametrize("suffix", SUFFIXES.values())
def test_no_folder_and_no_time_is_written(desk: Path, suffix: str) -> None:
    colorize(str(desk / f"m.{suffix}"), "-o", f"one.{suffix}")
    (desk / "elsewhere").mkdir()
    (desk / f"m.{suffix}").rename(desk / "elsewhere" / f"other.{suffix}")
    colorize(f"elsewhere/other.{suffix}", "-o", f"two.{suffix}")
    one, two = ((desk / f"{name}.{suffix}").read_bytes() for name in ("one", "two"))
    assert one == two
    assert b"hidden" not in one


@pytest.mark.parametrize("suffix", SUFFIXES.values())
def test_nothing_is_said_when_not_wanted(desk: Path, suffix: str) -> None:
    colorize(f"m.{suffix}", "-o", f"r.{suffix}", "--no-provenance")
    assert load_image(desk / f"r.{suffix}").kept.xmp is None
    assert b"photochrom" not in (desk / f"r.{suffix}").read_bytes()


def test_provenance_changes_no_pixel() -> None:
    master = Picture(ramp())
    plain, told = COLORIZER.colorize(master, provenance=False), COLORIZER.colorize(master)
    np.testing.assert_array_equal(plain.pixels, told.pixels)
    assert plain.kept == master.kept


@pytest.mark.parametrize("file_format", FORMATS)
def test_what_the_scanner_said_stays_but_for_the_source(file_format: str) -> None:
    master = Picture(ramp(), kept=Kept(xmp=SCAN))
    found = described(encode_image(COLORIZER.colorize(master), file_format))
    assert found["CreatorTool"] == "Scanner"
    assert found["Label"] == "Großmutter"
    assert found["DigitalSourceType"] == COMPOSITE
    assert found["ModelSHA256"] == HASH


def test_a_result_that_is_coloured_again_tells_of_the_last_time_only() -> None:
    first = COLORIZER.colorize(Picture(ramp(), kept=Kept(xmp=SCAN)), vividness=0.9)
    second = COLORIZER.colorize(first, decode="argmax")
    direct = COLORIZER.colorize(Picture(ramp(), kept=Kept(xmp=SCAN)), decode="argmax")
    assert second.kept == direct.kept
    silent = COLORIZER.colorize(first, provenance=False)
    assert silent.kept.xmp is not None
    assert b"Recipe" not in silent.kept.xmp
    assert COMPOSITE.encode() in silent.kept.xmp  # which is still true


@pytest.mark.parametrize("packet", [b"<broken", b"\xff\xfe<\x00", b"<!DOCTYPE a><a/>"])
@pytest.mark.parametrize("file_format", FORMATS)
def test_a_damaged_packet_costs_a_note_and_not_the_picture(packet: bytes, file_format: str) -> None:
    result = COLORIZER.colorize(Picture(ramp(), kept=Kept(xmp=packet)))
    (note,) = result.kept.notes
    assert "the XMP packet is damaged" in note
    assert described(encode_image(result, file_format))["DigitalSourceType"] == COMPOSITE


def test_a_pillow_image_carries_it_and_an_array_cannot() -> None:
    image = COLORIZER.colorize(Image.fromarray(ramp()[..., 0]), vividness=0.3)
    assert json.loads(described(image)["Recipe"]) == {"vividness": 0.3}
    silent = COLORIZER.colorize(Image.fromarray(ramp()[..., 0]), provenance=False)
    assert "xmp" not in silent.info
    assert isinstance(COLORIZER.colorize(ramp()), np.ndarray)


def test_models_are_named_as_packaged_else_as_their_file_else_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "palms.onnx").write_bytes(MODEL)
    assert Colorizer(tmp_path / "palms.onnx").name == "palms.onnx"
    assert Colorizer(str(tmp_path / "palms.onnx")).name == "palms.onnx"
    assert Colorizer(MODEL).name == ""
    assert b"photochrom:Model>" not in (COLORIZER.colorize(Picture(ramp())).kept.xmp or b"")
    _package(monkeypatch, "palm trees")
    assert Colorizer(tmp_path / "palms.onnx").name == "palm trees"


def _package(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Let the test's model be one of those that ship."""

    class Shipped:
        sha256 = HASH

    Shipped.name = name  # type: ignore[attr-defined]
    monkeypatch.setattr(provenances, "packaged", lambda: (Shipped,))


def test_a_model_file_with_an_odd_name_does_not_break_the_packet(tmp_path: Path) -> None:
    for name in ("a<b>&'\"\x01.onnx", b"\xff\r.onnx".decode("utf-8", "surrogateescape")):
        odd = tmp_path / name
        odd.write_bytes(MODEL)
        result = COLORIZER_OF(odd).colorize(Picture(ramp()))
        assert provenance_of(result).hash == HASH
        again = recolor(result, Picture(ramp()), model=odd)
        assert again.kept == result.kept


COLORIZER_OF = Colorizer


def large(packet: bytes, size: int) -> bytes:
    """A packet with a label of that many bytes."""
    return packet.replace(b"<xmp:Label>", b"<xmp:Label>" + b"x" * size)


def test_what_does_not_fit_jpeg_goes_before_what_the_scanner_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    said = Provenance(Recipe(), "m", HASH).statement()
    roomy = statement.MOST_IN_JPEG - len(statement.stated(SCAN, said) or b"")
    long = statement.Statement(**{**vars(said), "recipe": "x" * 3000})
    cases = ((roomy, said, {"Recipe", "Model"}, 0), (roomy - 100, long, {"Model"}, 1))
    for size, what, kept, warnings in (*cases, (roomy + 300, said, set(), 1)):
        caplog.clear()
        packet = statement.stated(large(SCAN, size), what)
        data = encode_image(Picture(ramp(), kept=Kept(xmp=packet)), "jpeg")
        found = described(data)
        assert found["Label"].endswith("Großmutter")
        assert {"Recipe", "Model"} & found.keys() == kept
        assert len(caplog.records) == warnings
        assert not warnings or "does not fit JPEG" in caplog.text
        png = encode_image(Picture(ramp(), kept=Kept(xmp=packet)), "png")
        assert load_xmp(png) == packet


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("transparent", [False, True])
@pytest.mark.parametrize("file_format", FORMATS)
def test_recolor_gives_the_same_bytes(
    desk: Path, file_format: str, bits: int, transparent: bool
) -> None:
    if file_format == "jpeg" and transparent:
        return
    suffix = SUFFIXES[file_format]
    alpha = ramp(bits)[::-1, :, 0] if transparent else None
    # A 16-bit master in a format of 8 bits a channel does not exist; there it is a TIFF.
    master = f"master.{suffix if bits == 8 or file_format == 'png' else 'tif'}"
    save_image(Picture(ramp(bits), alpha, Kept(xmp=SCAN)), master, quality=100)
    colorize(master, "-o", f"r.{suffix}", "--decode", "argmax")
    words = ["recolor", f"r.{suffix}", master, "-o", f"again.{suffix}"]
    assert main([*words, "--model", "hidden/palms.onnx"]) == 0
    assert (desk / f"again.{suffix}").read_bytes() == (desk / f"r.{suffix}").read_bytes()


def test_recolor_repeats_quality_and_silence_when_told_so(desk: Path) -> None:
    colorize("m.png", "-o", "r.png", "--working-size", "20")
    colorize("m.png", "-o", "r.jpg", "--working-size", "20", "--quality", "60", "--no-provenance")
    words = ["recolor", "r.png", "m.png", "-o", "again.jpg", "-m", "hidden/palms.onnx"]
    assert main([*words, "--quality", "60", "--no-provenance"]) == 0
    assert (desk / "again.jpg").read_bytes() == (desk / "r.jpg").read_bytes()


def test_the_model_that_ships_is_found_by_its_hash(desk: Path) -> None:
    assert main(["colorize", "m.png", "-o", "r.png", "--vividness", "0.2"]) == 0
    assert described((desk / "r.png").read_bytes())["Model"] == "general"
    assert main(["recolor", "r.png", "m.png", "-o", "again.png"]) == 0
    assert (desk / "again.png").read_bytes() == (desk / "r.png").read_bytes()


def test_a_model_under_another_name_gives_the_same_bytes(desk: Path) -> None:
    colorize("m.png", "-o", "r.png")
    (desk / "hidden" / "palms.onnx").rename(desk / "renamed.onnx")
    assert main(["recolor", "r.png", "m.png", "-o", "again.png", "-m", "renamed.onnx"]) == 0
    assert (desk / "again.png").read_bytes() == (desk / "r.png").read_bytes()


def test_recolor_works_for_every_kind_of_model() -> None:
    model = model_bytes(conv_model(3, output="rgb"), rgb_spec())
    result = Colorizer(model).colorize(Picture(ramp()), decode="rgb")
    again = recolor(result, Picture(ramp()), model=model)
    np.testing.assert_array_equal(again.pixels, result.pixels)
    assert again.kept == result.kept


def refused(capsys: pytest.CaptureFixture[str], *words: str, status: int = 1) -> str:
    assert main(["recolor", *words]) == status
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.splitlines()) == 1
    assert not Path("x.png").exists()
    return captured.err


def test_what_cannot_be_repeated_is_refused_with_one_sentence(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    colorize("m.png", "-o", "r.png")
    colorize("m.png", "-o", "silent.png", "--no-provenance")
    other = model_bytes(conv_model(seed=1), palette_spec())
    (desk / "other.onnx").write_bytes(other)
    capsys.readouterr()
    to = ("m.png", "-o", "x.png")
    assert "silent.png holds no recipe" in refused(capsys, "silent.png", *to)
    assert "m.tif holds no recipe" in refused(capsys, "m.tif", *to)
    assert "there is no file no.png" in refused(capsys, "no.png", *to)
    assert "cannot be opened" in refused(capsys, "hidden", *to)
    absent = refused(capsys, "r.png", *to)
    assert "does not ship with this photochrom: 'palms.onnx'" in absent
    assert HASH[:12] in absent
    wrong = refused(capsys, "r.png", *to, "-m", "other.onnx")
    assert HASH[:12] in wrong
    assert model_hash(other)[:12] in wrong
    needless = ("-m", "hidden/palms.onnx", "--reference", "m.tif")
    assert "does not name" in refused(capsys, "r.png", *to, *needless, status=2)


def test_a_recipe_of_a_newer_version_and_a_damaged_one_are_refused(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, recipe, words in (
        ("newer", '{"glitter":1}', "does not know, glitter; it is of a newer version"),
        ("damaged", '{"vividness"', "not JSON"),
        ("needy", '{"decode":3}', "the recipe's decode cannot be read"),
    ):
        said = statement.Statement(SOFTWARE, "general", HASH, recipe)
        save_image(Picture(ramp(), kept=Kept(xmp=statement.stated(None, said))), f"{name}.png")
        assert words in refused(capsys, f"{name}.png", "m.png", "-o", "x.png")


def test_a_result_of_another_version_is_repeated_and_that_is_said(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = statement.Statement("photochrom 0.0.1", "palms", HASH, "{}")
    save_image(Picture(ramp(), kept=Kept(xmp=statement.stated(None, said))), "old.png")
    words = ["recolor", "old.png", "m.png", "-o", "x.png", "-m", "hidden/palms.onnx"]
    assert main(words) == 0
    assert "made by photochrom 0.0.1" in capsys.readouterr().err


def test_recolor_replaces_nothing_that_it_reads(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    colorize("m.png", "-o", "r.png")
    before = {path.name: path.read_bytes() for path in desk.glob("*.*")}
    capsys.readouterr()
    model = ["-m", "hidden/palms.onnx"]
    assert main(["recolor", "r.png", "m.png", "-o", "r.png", "--force", *model]) == 2
    assert main(["recolor", "r.png", "m.png", "-o", "m.png", "--force", *model]) == 2
    assert main(["recolor", "r.png", "m.png", "-o", "m.tif", *model]) == 1
    assert main(["recolor", "r.png", "hidden", "-o", "x.png", *model]) == 1
    assert {path.name: path.read_bytes() for path in desk.glob("*.*")} == before


def test_the_function_repeats_files_bytes_and_pictures(desk: Path) -> None:
    colorize("m.tif", "-o", "r.tif", "--decode", "argmax")
    data = (desk / "r.tif").read_bytes()
    expected = load_image(data).pixels
    for result in ("r.tif", desk / "r.tif", data, load_image(data)):
        again = recolor(result, ramp(), model=MODEL)
        np.testing.assert_array_equal(again, expected)
    assert provenance_of("r.tif").recipe == Recipe(decode="argmax")
    with pytest.raises(RecipeError, match="does not ship"):
        recolor("r.tif", ramp())
    with pytest.raises(ModelFileError):
        recolor("r.tif", ramp(), model=b"no model")
    with pytest.raises(OptionError, match="does not name"):
        recolor("r.tif", ramp(), model=MODEL, references=[ramp()])


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_a_damaged_result_is_read_or_refused(data: st.DataObject) -> None:
    packet = bytearray(COLORIZER.colorize(Picture(ramp()), vividness=0.7).kept.xmp or b"")
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(packet) - 1))
        old = data.draw(st.integers(0, 5))
        new = data.draw(st.binary(max_size=3) | st.sampled_from([b"[", b"{", b"9" * 400, b"null"]))
        packet[at : at + old] = new
    try:
        found = provenances.read(bytes(packet), "it")
    except RecipeError as error:
        assert str(error).startswith("it")
        return
    assert isinstance(found.recipe, Recipe)


def test_stamping_leaves_the_picture_that_was_given_alone() -> None:
    picture = Picture(ramp(), kept=Kept(xmp=SCAN))
    stamped(picture, Provenance(Recipe(), "m", HASH))
    assert picture.kept.xmp == SCAN
    assert encode(Image.new("L", (2, 2)), "png")  # Pillow itself needs no packet

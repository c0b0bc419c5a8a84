"""What fuzzing found: inputs that once raised something else than an error of ours.

Each is as small as it came to be; what it did is in docs/log.md.
"""

import json
import struct

import numpy as np
import pytest

from models import conv_model, model_bytes, palette_spec
from photochrom.errors import (
    HintError,
    ModelFileError,
    OptionError,
    PaletteError,
    PictureError,
    RecipeError,
)
from photochrom.imageio import Picture, encode_image, exif, jpegheader, load_image, tiff, xmp
from photochrom.imageio.picture import Kept
from photochrom.inference import recorded
from photochrom.inference.hints.hint import Hint
from photochrom.inference.hints.reading import read_hints
from photochrom.inference.recipe import Recipe
from photochrom.modelfile.file import read_model
from photochrom.modelfile.spec import ModelSpec
from photochrom.palettes.formats import stylesheet
from photochrom.palettes.palette import Palette


@pytest.mark.parametrize("size", ["1e999", "-1e999", "NaN"])
def test_a_hint_layer_of_no_size_is_damaged(size):
    text = f'[{{"layer": "eJwDAAAAAAE=", "height": {size}, "width": 3}}]'
    with pytest.raises(HintError, match="damaged"):
        read_hints(text.encode(), "hints.json")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 10**400])
def test_a_recipe_holds_no_numbers_that_cannot_be_recorded(number):
    with pytest.raises(OptionError, match="must be a number"):
        Recipe(vividness=number)
    with pytest.raises(RecipeError, match="vividness"):
        Recipe.from_dict(recorded.from_json(f'{{"vividness": {json.dumps(number)}}}'))


@pytest.mark.parametrize("number", [1001, -1e100, 1e308])
def test_a_palette_of_no_real_colours_is_refused(number):
    with pytest.raises(PaletteError, match="no colour has"):
        Palette.from_json(json.dumps({"space": "chroma", "colors": [[0, 0], [0, number]]}))


@pytest.mark.parametrize("name", ["gain", "temperature"])
@pytest.mark.parametrize("number", [1001, 1e38, 1e308])
def test_a_model_whose_factors_would_overflow_is_refused(name, number):
    with pytest.raises(ModelFileError, match=name):
        read_model(model_bytes(conv_model(), palette_spec(**{name: number})))


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_a_model_whose_summary_holds_no_numbers_is_refused(number):
    plain = json.loads(palette_spec().to_json())
    plain["training"] = {"pictures": 1, "data_hash": "", "held_out": "pictures", "metrics": {}}
    plain["training"] |= {"mean_chroma": [0, 0], "lightness_table": [[0, 0]] * 20}
    assert ModelSpec.from_json(json.dumps(plain)).training is not None
    plain["training"]["mean_chroma"] = [0, "here"]
    with pytest.raises(ModelFileError, match="a chroma of"):
        ModelSpec.from_json(json.dumps(plain).replace('"here"', number))


def test_a_tiff_file_with_an_absurd_directory_is_damaged_and_lacks_no_memory():
    whole = encode_image(Picture(np.zeros((3, 4, 1), np.uint8)), "tiff")
    (first,) = struct.unpack_from("<I", whole, 4)
    empty = whole[:first] + bytes(2) + whole[first + 2 :]
    endless = bytearray(whole)  # a second entry of two billion values
    struct.pack_into("<HI", endless, first + 2 + 12 + 2, 4, (1 << 31) - 1)
    for damaged in (empty, bytes(endless)):
        with pytest.raises(PictureError, match="damaged or cut short"):
            load_image(damaged)


def cut_block():
    """An EXIF block whose table of entries ends in the middle of the second."""
    description = struct.pack("<HHI4s", 0x010E, 2, 4, b"abc\0")
    return b"II*\0" + struct.pack("<IH", 8, 2) + description + b"\x12\x01\x03"


def test_an_exif_block_that_is_cut_off_can_be_saved_as_tiff():
    picture = Picture(np.zeros((3, 4, 1), np.uint8), kept=Kept("tiff", exif=cut_block()))
    found = load_image(encode_image(picture, "tiff")).kept.exif
    assert found is not None
    assert b"abc\0" in found


def test_an_exif_block_that_leads_nowhere_is_left_out_of_tiff(caplog):
    nowhere = b"MM\0*" + struct.pack(">I", 9999)
    whole = encode_image(Picture(np.zeros((3, 4, 1), np.uint8)), "tiff")
    assert load_image(tiff.finish_tiff(whole, nowhere, None, dpi_known=False)).width == 4
    assert "EXIF block is damaged" in caplog.text
    assert exif.clean(nowhere) is None


# Inputs of a megabyte that take no time, where they once took minutes or hours: a reader that goes
# from each of n places to the end needs n * n steps. They would hang, not fail.
LONG = 1 << 20


@pytest.mark.parametrize("text", ["url(", "a:", "-", "--a:rgb(", "/*", '"', "a{", "a:{", "(a"])
def test_a_style_sheet_without_ends_is_read_in_one_walk(text):
    with pytest.raises(PaletteError):
        stylesheet.read((text * (LONG // len(text))).encode() + b"{")


@pytest.mark.parametrize("text", ["1,2=ab(3{}", "{}", "1{},2", "1,2=ab({}3 4)x"])
def test_hints_with_endless_blanks_are_read_in_one_walk(text):
    with pytest.raises((HintError, OptionError)):
        Hint.parse(text.format(" " * LONG))


@pytest.mark.parametrize("text", [b"<xmp:Thumbnails>", b"<xap:Thumbnails ", b"<xmp:Thumbnails\n/"])
def test_thumbnails_that_never_end_are_looked_for_once(text):
    packet = text * (LONG // len(text))
    assert xmp.clean(packet) == packet


def test_thumbnails_are_cut_out_of_xmp_wherever_they_stand():
    packet = b"a<xmp:Thumbnails x='1'><rdf:Alt/></xmp:Thumbnails>b<xap:Thumbnails/>c"
    assert xmp.clean(packet) == b"abc"
    assert xmp.clean(b"a<xmp:ThumbnailsX/>b") == b"a<xmp:ThumbnailsX/>b"


def test_directories_that_hold_themselves_are_read_a_few_times():
    """Each of 60,000 entries leads to all of them again, two levels down."""
    entry = struct.pack("<HHII", exif.EXIF_IFD, 4, 1, 8)
    block = b"II*\0" + struct.pack("<IH", 8, 60_000) + entry * 60_000 + bytes(4)
    assert tiff.exif_of(lambda at, size: block[at : at + size]) is not None
    whole = encode_image(Picture(np.zeros((3, 4, 1), np.uint8)), "tiff")
    assert load_image(tiff.finish_tiff(whole, block, None, dpi_known=False)).width == 4


def test_a_directory_of_many_values_is_packed_in_one_walk():
    """Values of 30 MB, one behind the other; copying all before each would be a terabyte."""
    values = {tag: tiff.Field(tiff.UNDEFINED, 500, bytes(500)) for tag in range(60_000)}
    assert len(tiff._pack(values, "<", 8)) == 2 + 60_000 * (12 + 500) + 4


def test_a_jpeg_header_without_end_is_not_walked_to_it():
    flood = b"\xff\xd8" + b"\xff\xd0" * LONG + b"\xff\x00" * LONG
    assert len(list(jpegheader._segments(flood))) < jpegheader.MOST_SEGMENTS + 1

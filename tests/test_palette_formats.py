"""Palette files of other programs, against bytes put together by hand from their descriptions."""

import contextlib
import io
from pathlib import Path

import numpy as np
import pytest
from coloraide import Color
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photochrom.errors import PaletteError
from photochrom.palettes.files import SUFFIXES, load_palette, save_palette
from photochrom.palettes.palette import Palette
from pictures import photograph

CODES = st.tuples(*[st.integers(0, 255)] * 3)
OTHERS = tuple(suffix for suffix in SUFFIXES if suffix != ".json")
WITH_NAMES = (".gpl", ".ase", ".aco", ".txt")
NAMED = Palette(
    np.array([[200.0, 60, 30], [0, 0, 0], [255, 255, 255]]), "srgb", ("brick red", "", "Weiß 🤍")
)


def load(folder: Path, name: str, content: bytes | str) -> Palette:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return load_palette(path)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("palettes")


@pytest.mark.parametrize("suffix", OTHERS)
@given(colors=st.lists(CODES, min_size=2, max_size=70, unique=True))
def test_whole_values_come_back_exactly(
    folder: Path, suffix: str, colors: list[tuple[int, int, int]]
) -> None:
    palette = Palette(np.array(colors, dtype=float), "srgb")
    save_palette(palette, folder / f"whole{suffix}", overwrite=True)
    assert load_palette(folder / f"whole{suffix}") == palette


@pytest.mark.parametrize("suffix", [suffix for suffix in OTHERS if suffix != ".png"])
def test_a_colour_that_is_there_twice_stays_twice(tmp_path: Path, suffix: str) -> None:
    palette = Palette(np.array([[1.0, 2, 3], [9, 9, 9], [1, 2, 3]]), "srgb")
    save_palette(palette, tmp_path / f"twice{suffix}")
    assert load_palette(tmp_path / f"twice{suffix}") == palette


@pytest.mark.parametrize("suffix", WITH_NAMES)
def test_names_come_back(tmp_path: Path, suffix: str) -> None:
    save_palette(NAMED, tmp_path / f"some{suffix}")
    assert load_palette(tmp_path / f"some{suffix}") == NAMED


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_fifteen_colours_are_no_sixteen(tmp_path: Path, suffix: str) -> None:
    palette = Palette(np.arange(45.0).reshape(15, 3), "srgb")
    save_palette(palette, tmp_path / f"some{suffix}")
    assert len(load_palette(tmp_path / f"some{suffix}")) == 15


def test_colours_without_lightness_are_written_at_one(tmp_path: Path) -> None:
    palette = Palette(np.array([[0.0, 0], [20, -10]]))
    for suffix in OTHERS:
        save_palette(palette, tmp_path / f"some{suffix}", lightness=40)
        back = load_palette(tmp_path / f"some{suffix}")
        assert back.colors.tolist() == palette.to_srgb(40).tolist()


# Adobe Swatch Exchange: "ASEF" 1.0, blocks (type, length, content); the name counts its zero.

ASE = bytes.fromhex(
    "41534546 0001 0000 00000006"
    "c001 0000000a 0004 0041 0042 0043 0000"  # group ABC
    "0001 00000018 0002 0058 0000 52474220 3f800000 3f000000 00000000 0002"  # X: RGB 1 .5 0
    "0001 00000014 0004 0047 0072 0061 0000 47726179 3e800000 0000"  # Gra: Gray 0.25
    "c002 00000000"
    "0001 00000016 0001 0000 4c414220 3f000000 41a00000 c1f00000 0001"  # LAB 50 20 -30
    "0001 0000001a 0001 0000 434d594b 00000000 3f800000 3f000000 3f000000 0002"  # CMYK 0 1 .5 .5
)


def test_an_ase_of_another_program_is_read(tmp_path: Path) -> None:
    back = load(tmp_path, "some.ase", ASE)
    lab = [255 * value for value in Color("lab(50 20 -30)").convert("srgb").coords()]
    wanted = [[255, 127.5, 0], [63.75] * 3, lab, [127.5, 0, 63.75]]
    np.testing.assert_allclose(back.colors, wanted, atol=6e-4)
    assert back.names == ("X", "Gra", "", "")


def test_an_ase_is_written_as_described(tmp_path: Path) -> None:
    palette = Palette(np.array([[255.0, 0, 51], [0, 0, 0]]), "srgb", ("A", ""))
    save_palette(palette, tmp_path / "some.ase")
    black = "".join(f"{ord(letter):04x}" for letter in "R=0 G=0 B=0") + "0000"
    assert (tmp_path / "some.ase").read_bytes() == bytes.fromhex(
        "41534546 0001 0000 00000002"
        "0001 00000018 0002 0041 0000 52474220 3f800000 00000000 3e4ccccd 0002"
        "0001 0000002c 000c" + black + "52474220 00000000 00000000 00000000 0002"
    )


@pytest.mark.parametrize(
    ("lab", "is_shown"),
    [((50, 20, -30), True), ((60, -20, 30), True), ((5, 4, -3), True), ((60, 100, -100), False)],
)
def test_lab_swatches_are_adapted_from_d50(
    tmp_path: Path, lab: tuple[int, int, int], is_shown: bool
) -> None:
    # Photoshop's numbers: L* in hundredths, a* and b* in signed hundredths.
    words = [7, lab[0] * 100, (lab[1] * 100) & 0xFFFF, (lab[2] * 100) & 0xFFFF, 0]
    content = b"".join(word.to_bytes(2) for word in [1, 2, *words, *words])
    found = load(tmp_path, "lab.aco", content).colors[0] / 255
    color = Color("lab", lab)
    if is_shown:
        np.testing.assert_allclose(found, color.convert("srgb").coords(), atol=3e-6)
    else:  # lightness and hue are kept, chroma is not
        back = Color("srgb", found).convert("lch-d65").coords()
        wanted = color.convert("lch-d65").coords()
        np.testing.assert_allclose([back[0], back[2]], [wanted[0], wanted[2]], atol=0.1)
        assert back[1] < wanted[1]


# Photoshop: version, number, then the model and four numbers a colour; version 2 adds names.

ACO_1 = bytes.fromhex(
    "0001 0005"
    "0000 ffff 8080 0000 0000"  # RGB 255 128 0
    "0001 5555 ffff ffff 0000"  # HSB 120 degrees 100 % 100 %
    "0002 ffff 0000 8000 8000 "  # CMYK, 0 is all ink: 0 100 50 50 %
    "0008 1d4c 0000 0000 0000"  # 75 % of black
    "0007 1388 0000 0000 0000"  # L* 50
)
ACO_2 = bytes.fromhex(
    "0002 0002"
    "0000 0101 0202 0303 0000 00000003 0041 0032 0000"  # A2: RGB 1 2 3
    "0000 ffff ffff ffff 0000 00000001 0000"
)


def test_an_aco_of_version_1_is_read(tmp_path: Path) -> None:
    back = load(tmp_path, "some.aco", ACO_1)
    gray = 255 * Color("lab(50 0 0)").convert("srgb")["red"]
    wanted = [[255, 128, 0], [0, 255, 0], [127.5, 0, 63.75], [63.75] * 3, [gray] * 3]
    np.testing.assert_allclose(back.colors, wanted, atol=0.01)
    assert back.names is None


def test_an_aco_of_version_2_is_read_alone_or_after_version_1(tmp_path: Path) -> None:
    for name, content in (("alone", ACO_2), ("after", ACO_1 + ACO_2), ("more", ACO_2 + b"more")):
        back = load(tmp_path, f"{name}.aco", content)
        assert back.colors.tolist() == [[1, 2, 3], [255, 255, 255]]
        assert back.names == ("A2", "")
    assert len(load(tmp_path, "rest.aco", ACO_1 + b"rest")) == 5


def test_an_aco_is_written_in_both_versions(tmp_path: Path) -> None:
    save_palette(
        Palette(np.array([[255.0, 0, 1], [2, 3, 4]]), "srgb", ("A2", "B")), tmp_path / "x.aco"
    )
    assert (tmp_path / "x.aco").read_bytes() == bytes.fromhex(
        "0001 0002 0000 ffff 0000 0101 0000 0000 0202 0303 0404 0000"
        "0002 0002 0000 ffff 0000 0101 0000 00000003 0041 0032 0000"
        "0000 0202 0303 0404 0000 00000002 0042 0000"
    )


def test_ink_books_in_an_aco_are_refused_by_name(tmp_path: Path) -> None:
    content = ACO_2.replace(bytes.fromhex("0000 0101"), bytes.fromhex("0003 0101"))
    with pytest.raises(PaletteError, match=r"'A2' is of model 3.*convert it to RGB"):
        load(tmp_path, "some.aco", content)


# Text.

SHEET = """
/* --old: #123456; */
@import url("theme.css#fff");
:root { --brick: #C83C1E; --sky:rgb(30 90 160 / 50%) ; --gap: 4px; --font: "red", serif }
a:hover { color: #fff }
"""


def test_custom_properties_of_a_style_sheet_are_the_palette(tmp_path: Path) -> None:
    back = load(tmp_path, "some.css", SHEET)
    assert back.colors.tolist() == [[200, 60, 30], [30, 90, 160]]
    assert back.names == ("brick", "sky")


def test_without_custom_properties_every_colour_counts_once(tmp_path: Path) -> None:
    text = """
    red .tan:hover #abc { color: Tomato; background: #fff url(#000) no-repeat }
    p { border: 1px solid #ABCDEF; background: linear-gradient(90deg, #fff, rgb(100%, 0%, 20%)) }
    """
    back = load(tmp_path, "some.css", text)
    assert back.colors.tolist() == [[255, 99, 71], [255, 255, 255], [171, 205, 239], [255, 0, 51]]
    assert back.names is None


def test_names_become_properties(tmp_path: Path) -> None:
    save_palette(NAMED, tmp_path / "some.css")
    text = (tmp_path / "some.css").read_text("utf-8")
    assert "  --brick-red: #c83c1e;\n  --color-2: #000000;\n  --Weiß: #ffffff;\n" in text
    assert load_palette(tmp_path / "some.css").names == ("brick-red", "", "Weiß")


@pytest.mark.parametrize(
    "text",
    ["#a1b", "#a1b2c3", "#a1b8", "#a1b2c380", "rgb(1, 2, 3)", "rgb(1 2 3)", "RGB(10% 20% 30%)",
     "rgba(1, 2, 3, 0.5)", "rgb(1 2 3 / 50%)", "rgb(1.5 2.25 3.125)", "steelblue", "Gold"],
)  # fmt: skip
def test_a_colour_in_text_means_what_browsers_say(tmp_path: Path, text: str) -> None:
    wanted = [255 * value for value in Color(text).coords()]
    back = load(tmp_path, "some.txt", f"{text} first\n{text}\n")
    np.testing.assert_allclose(back.colors, [wanted, wanted], atol=6e-4)
    assert back.names == ("first", "")


def test_lists_are_read_as_people_write_them(tmp_path: Path) -> None:
    text = (
        "\ufeff; mine\r\n\r\nc83c1e\r\n#1e5aa0, sea\r\n// x\r\n# y\r\n--leaf: green;\r\n/* z */\r\n"
    )
    back = load(tmp_path, "some.txt", text)
    assert back.colors.tolist() == [[200, 60, 30], [30, 90, 160], [0, 128, 0]]
    assert back.names == ("", "sea", "leaf")
    assert len(load(tmp_path, "some.hex", "000000\nffffff\n")) == 2


# Pictures.


def png(picture: Image.Image) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "png")
    return buffer.getvalue()


def test_the_swatch_is_what_pillow_sees(tmp_path: Path) -> None:
    palette = Palette(np.arange(9.0).reshape(3, 3) * 28, "srgb")
    save_palette(palette, tmp_path / "three.png")
    with Image.open(tmp_path / "three.png") as picture:
        pixels = np.asarray(picture.convert("RGBA"))
    blocks = pixels[16::32, 16::32]
    assert blocks.shape == (2, 2, 4)
    assert blocks.reshape(4, 4)[:3, :3].tolist() == palette.colors.tolist()
    assert blocks[..., 3].ravel().tolist() == [255, 255, 255, 0]
    assert (pixels.reshape(2, 32, 2, 32, 4) == blocks[:, None, :, None]).all()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "L", "I;16"])
def test_swatches_of_other_programs_are_read_row_by_row(tmp_path: Path, mode: str) -> None:
    codes = np.array([[250, 250, 7], [7, 100, 250]], np.uint8).repeat(5, 0).repeat(5, 1)
    picture = Image.fromarray(codes.astype(np.uint16) * 257 if mode == "I;16" else codes)
    back = load(tmp_path, "some.png", png(picture if mode == "I;16" else picture.convert(mode)))
    assert back.colors.tolist() == [[250] * 3, [7] * 3, [100] * 3]


def test_what_is_wholly_transparent_is_no_colour(tmp_path: Path) -> None:
    codes = np.array([[[1, 2, 3, 255], [9, 9, 9, 0], [4, 5, 6, 1]]], np.uint8)
    back = load(tmp_path, "some.png", png(Image.fromarray(codes)))
    assert back.colors.tolist() == [[1, 2, 3], [4, 5, 6]]


def test_a_photograph_is_told_from_a_swatch(tmp_path: Path) -> None:
    with pytest.raises(PaletteError, match=r"at most 256.*palette fit"):
        load(tmp_path, "cat.png", png(Image.fromarray(photograph("chelsea"))))


def test_a_png_that_promises_much_is_not_decoded(tmp_path: Path) -> None:
    huge = png(Image.new("RGB", (9000, 2)))
    assert load  # the header alone counts, so that memory is safe
    with pytest.raises(PaletteError, match="no swatch"):
        load(tmp_path, "huge.png", with_width(huge, 1 << 30))


def with_width(content: bytes, width: int) -> bytes:
    import zlib

    header = b"IHDR" + width.to_bytes(4) + content[20:29]
    return content[:12] + header + zlib.crc32(header).to_bytes(4) + content[33:]


def test_names_cannot_steer_a_terminal(tmp_path: Path) -> None:
    back = load(tmp_path, "some.txt", "#000 a\x1b[31m\x07b\n#fff\n")
    assert back.names == ("a[31mb", "")


# What is no palette.

WRONG = {
    "empty.ase": b"",
    "head.ase": b"ASEF",
    "version.ase": ASE.replace(b"\0\1\0\0", b"\0\2\0\0", 1),
    "short.ase": ASE[:-1],
    "one.ase": ASE[:8] + bytes.fromhex("00000002") + ASE[12:58],
    "model.ase": ASE.replace(b"RGB ", b"XYZ "),
    "nan.ase": ASE.replace(bytes.fromhex("3f800000"), bytes.fromhex("7fc00000")),
    "far.ase": ASE.replace(bytes.fromhex("3f800000"), bytes.fromhex("40000000")),
    "endless.ase": b"ASEF" + bytes.fromhex("0001 0000 ffffffff"),
    "name.ase": ASE.replace(bytes.fromhex("0058 0000 5247"), bytes.fromhex("d800 0041 5247")),
    "empty.aco": b"",
    "version.aco": b"\0\3\0\2" + ACO_1[4:],
    "short.aco": ACO_1[:-1],
    "none.aco": bytes.fromhex("0001 0000"),
    "long.aco": ACO_2.replace(bytes.fromhex("00000003"), bytes.fromhex("ffffffff")),
    "empty.css": b"",
    "one.css": b"a { color: red }",
    "hsl.css": b"a { color: hsl(10 20% 30%); background: #fff; fill: red }",
    "empty.txt": b"\n\n",
    "prose.txt": b"the quick\nbrown fox\n",
    "one.hex": b"ffffff\n",
    "digits.hex": b"ffffff\n00000\n",
    "var.txt": b"rgb(var(--x))\n#fff\n",
    "latin.txt": b"#fff wei\xdf\n#000\n",
    "empty.png": b"",
    "jpeg.png": b"\xff\xd8\xff\xe0",
    "one.png": png(Image.new("RGB", (4, 4))),
    "clear.png": png(Image.new("RGBA", (4, 4))),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_palette_is_refused_by_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(PaletteError, match=name):
        load(tmp_path, name, WRONG[name])


GOOD: dict[str, bytes] = {
    ".ase": ASE,
    ".aco": ACO_1 + ACO_2,
    ".css": SHEET.encode(),
    ".txt": b"#a1b first\nrgb(1 2 3)\n",
    ".hex": b"000000\nffffff\n",
    ".gpl": b"GIMP Palette\nName: x\n#\n1 2 3 a\n4 5 6\n",
    ".png": png(Image.fromarray(np.array([[[1, 2, 3], [9, 8, 7]]], np.uint8))),
}


def test_every_format_has_a_file_to_be_damaged() -> None:
    assert set(GOOD) == set(OTHERS)


@pytest.mark.parametrize("suffix", OTHERS)
@given(data=st.data())
def test_damaged_bytes_are_a_palette_or_a_palette_error(
    folder: Path, suffix: str, data: st.DataObject
) -> None:
    content = bytearray(GOOD[suffix])
    at = st.integers(0, len(content) - 1)
    for place, byte in data.draw(st.lists(st.tuples(at, st.integers(0, 255)), max_size=4)):
        content[place] = byte
    content = content[: data.draw(st.integers(0, len(content)))] + data.draw(st.binary(max_size=9))
    with contextlib.suppress(PaletteError):
        load(folder, f"damaged{suffix}", bytes(content))


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(content=st.binary(max_size=60))
def test_any_bytes_are_a_palette_or_a_palette_error(
    folder: Path, suffix: str, content: bytes
) -> None:
    with contextlib.suppress(PaletteError):
        load(folder, f"random{suffix}", content)


@given(st.data())
def test_a_png_cut_short_or_with_a_flipped_bit_is_refused(
    folder: Path, data: st.DataObject
) -> None:
    content = bytearray(GOOD[".png"])
    if data.draw(st.booleans()):
        content = content[: data.draw(st.integers(0, len(content) - 1))]
    else:
        content[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(PaletteError):
        load(folder, "cut.png", bytes(content))

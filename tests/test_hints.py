"""What a hint is, and where it lies on its picture."""

import contextlib
import json
from pathlib import Path

import numpy as np
import pytest
from coloraide import Color
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from photochrom.errors import HintError, InputMissingError, OptionError, PhotochromError
from photochrom.inference.hints.hint import Hint, HintLayer
from photochrom.inference.hints.marks import mark
from photochrom.inference.hints.reading import as_hint, load_hints
from photochrom.inference.hints.report import report
from photochrom.palettes.palette import Palette

PALETTE = Palette(np.array([[0.0, 0.0], [12.5, -40.0], [30.0, 20.0]]))


def layer(size: tuple[int, int], *dots: tuple[int, int, str]) -> Image.Image:
    picture = Image.new("RGBA", size)
    for x, y, color in dots:
        picture.putpixel((x, y), (*Image.new("RGB", (1, 1), color).getpixel((0, 0)), 255))
    return picture


@pytest.mark.parametrize(
    ("text", "point", "radius", "color"),
    [
        ("120,80=#aa2211", (120, 80), 0, "#aa2211"),
        (" 120 , 80 , 5 = steelblue ", (120, 80), 5, "steelblue"),
        ("0.5,1.5=7", (0.5, 1.5), 0, "7"),
        ("1,2=ab(12.5 -40)", (1, 2), 0, "ab(12.5 -40)"),
    ],
)
def test_a_hint_is_read_from_text(
    text: str, point: tuple[float, float], radius: float, color: str
) -> None:
    assert Hint.parse(text) == Hint((point,), color, radius)


@pytest.mark.parametrize("text", ["", "red", "1,2", "1=red", "a,b=red", "1,2,3,4=red", "1,2,x=red"])
def test_other_text_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(HintError, match="such as 120,80,5=#aa2211"):
        Hint.parse(text)


@pytest.mark.parametrize("text", ["1,2=reddish", "1,2=#12345", "1,2=ab(1)"])
def test_an_unknown_colour_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="there is no colour"):
        Hint.parse(text)


@pytest.mark.parametrize("radius", [-1, float("nan"), float("inf")])
def test_a_radius_is_a_number_from_0(radius: float) -> None:
    with pytest.raises(HintError, match="radius"):
        Hint(((1, 2),), "red", radius)


@pytest.mark.parametrize("name", ["gray", "grey", "black", "white", "#777"])
def test_grays_mean_without_colour(name: str) -> None:
    np.testing.assert_allclose(Hint(((0, 0),), name).chroma(), 0, atol=1e-6)


def test_a_colour_has_the_chroma_that_cie_says() -> None:
    wanted = Color("steelblue").convert("lab-d65").coords()[1:]
    np.testing.assert_allclose(Hint(((0, 0),), "steelblue").chroma(), wanted, atol=0.05)


def test_a_number_names_a_colour_of_the_palette() -> None:
    hint = Hint(((3, 4),), "1")
    assert hint.chroma(PALETTE) == (12.5, -40)
    assert hint.resolved(PALETTE).chroma() == (12.5, -40)
    with pytest.raises(HintError, match="no colour 3 in the palette, which has 0 to 2"):
        Hint(((3, 4),), "3").resolved(PALETTE)
    with pytest.raises(HintError, match="there is no palette"):
        hint.chroma(None)


points = st.lists(st.tuples(st.floats(0, 1e5), st.floats(0, 1e5)), min_size=1, max_size=5)


@settings(deadline=None)
@given(points, st.sampled_from(["#123456", "red", "3"]), st.floats(0, 1e4))
def test_plain_values_give_the_hint_back(
    where: list[tuple[float, float]], color: str, radius: float
) -> None:
    hint = Hint(tuple(where), color, radius)
    assert as_hint(json.loads(json.dumps(hint.to_dict()))) == hint


KEYS = ("points", "color", "radius", "x", "y", "layer", "height", "width", "z")
plain_values = st.none() | st.text() | st.integers() | st.lists(st.integers())


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), plain_values))
def test_other_plain_values_are_hints_or_refused(plain: dict[str, object]) -> None:
    with contextlib.suppress(PhotochromError):
        assert isinstance(as_hint(plain), Hint)


def test_a_layer_says_its_opaque_pixels_and_survives_json() -> None:
    said = as_hint(layer((7, 5), (6, 4, "red"), (0, 1, "blue")))
    assert isinstance(said, HintLayer)
    again = as_hint(json.loads(json.dumps(said.to_dict())))
    assert isinstance(again, HintLayer)
    for each in (said, again):
        assert np.argwhere(each.said).tolist() == [[1, 0], [4, 6]]
        assert each.colors.tolist() == [[0, 0, 255], [255, 0, 0]]


def test_a_layer_needs_transparency_and_something_opaque() -> None:
    with pytest.raises(HintError, match="transparent everywhere"):
        as_hint(layer((4, 4)))
    with pytest.raises(HintError, match="no transparency"):
        as_hint(Image.new("RGB", (4, 4)))


@settings(deadline=None)
@given(st.binary(max_size=40), st.integers(-1, 10), st.integers(-1, 10))
def test_a_damaged_layer_is_refused(packed: bytes, height: int, width: int) -> None:
    plain = {"layer": packed.decode("latin-1"), "height": height, "width": width}
    with pytest.raises(HintError, match="damaged"):
        as_hint(plain)


def test_hints_come_from_a_json_file_or_a_picture(tmp_path: Path) -> None:
    listed = tmp_path / "hints.json"
    listed.write_text('[{"x": 1, "y": 2, "color": "red"}, {"points": [[3, 4], [5, 6]], '
                      '"color": "gray", "radius": 2}]', encoding="utf-8")  # fmt: skip
    assert load_hints(listed) == (Hint(((1, 2),), "red"), Hint(((3, 4), (5, 6)), "gray", 2))
    painted = tmp_path / "layer.png"
    layer((4, 4), (1, 1, "red")).save(painted)
    (found,) = load_hints(painted)
    assert isinstance(found, HintLayer)


@pytest.mark.parametrize(
    ("text", "said"),
    [("[", "not JSON"), ("{}", "list of hints"), ("[]", "no hints"), ("[1]", "list of hints"),
     ('[{"x": 1}]', 'got the keys x'), ('[{"x": 1, "y": 2, "color": "red", "size": 3}]', "size")],
)  # fmt: skip
def test_a_wrong_hint_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "mine.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(HintError, match=r"mine\.json") as found:
        load_hints(path)
    assert said in str(found.value)


def test_a_missing_hint_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputMissingError, match="no hint file"):
        load_hints(tmp_path / "no.json")


def disc(x: int, y: int, radius: float, width: int, height: int) -> set[tuple[int, int]]:
    return {
        (row, column)
        for row in range(height)
        for column in range(width)
        if (row - y) ** 2 + (column - x) ** 2 <= radius**2
    }


@pytest.mark.parametrize("radius", [0, 1, 3, 7.5])
@pytest.mark.parametrize("centre", [(10, 8), (0, 0), (29, 19)])
def test_a_point_is_drawn_as_a_disc(centre: tuple[int, int], radius: float) -> None:
    marks = mark([Hint((centre,), "red", radius)], 20, 30)
    drawn = set(zip(marks.rows.tolist(), marks.columns.tolist(), strict=True))
    assert disc(*centre, radius - 0.8, 30, 20) - drawn == set()
    assert drawn - disc(*centre, radius + 0.8, 30, 20) == set()


def test_a_stroke_is_drawn_as_pillow_draws_it() -> None:
    marks = mark([Hint(((2, 3), (25, 15)), "red", 0)], 20, 30)
    canvas = Image.new("L", (30, 20))
    ImageDraw.Draw(canvas).line([(2, 3), (25, 15)], fill=1)
    wanted = np.argwhere(np.asarray(canvas))
    near = np.abs(np.stack([marks.rows, marks.columns], axis=1)[:, None] - wanted[None]).max(axis=2)
    assert near.min(axis=1).max() <= 1
    assert near.min(axis=0).max() <= 1


def test_the_last_hint_counts_and_that_is_said() -> None:
    marks = mark([Hint(((5, 5),), "red", 2), Hint(((5, 5),), "blue")], 20, 20)
    where = (marks.rows == 5) & (marks.columns == 5)
    np.testing.assert_allclose(marks.chroma[where][0], Hint(((0, 0),), "blue").chroma(), rtol=1e-5)
    assert marks.notes == ("hint 5,5: later hints cover 1 of its 13 px",)


@pytest.mark.parametrize("point", [(-1, 0), (30, 0), (0, 20), (0, -0.5)])
def test_a_hint_outside_the_picture_is_refused(point: tuple[float, float]) -> None:
    with pytest.raises(HintError, match=r"outside the picture \(30 x 20, upright\)"):
        mark([Hint((point,), "red")], 20, 30)


def test_a_layer_of_another_size_is_refused() -> None:
    with pytest.raises(HintError, match="the hint layer is 4 x 5 px, the picture 5 x 4"):
        mark([as_hint(layer((4, 5), (1, 1, "red")))], 4, 5)


def test_a_colour_that_is_out_of_gamut_there_is_reported() -> None:
    pixels = np.full((10, 10, 1), 250, np.uint8)
    hints = [Hint(((5, 5),), "blue"), Hint(((2, 2),), "#fafae8")]
    notes = report(hints, mark(hints, 10, 10), pixels)
    assert len(notes) == 1
    assert notes[0].startswith("hint 5,5: its colour, chroma 13")
    assert "L* 98" in notes[0]

"""A palette and its plain forms."""

import contextlib
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from photochrom.color import lab
from photochrom.errors import PaletteError
from photochrom.palettes.palette import Palette

finite = st.floats(-1000, 1000)
chroma_palettes = st.builds(
    Palette, hnp.arrays(np.float64, st.tuples(st.integers(2, 9), st.just(2)), elements=finite)
)
srgb_palettes = st.builds(
    Palette,
    hnp.arrays(np.float64, st.tuples(st.integers(2, 9), st.just(3)), elements=st.floats(0, 255)),
    st.just("srgb"),
)

WRONG = {
    "one colour": ([[1.0, 2.0]], "chroma", None),
    "three numbers in a*b*": ([[1.0, 2.0, 3.0]] * 2, "chroma", None),
    "two numbers in srgb": ([[1.0, 2.0]] * 2, "srgb", None),
    "flat": ([1.0, 2.0], "chroma", None),
    "another space": ([[1.0, 2.0]] * 2, "hsv", None),
    "not finite": ([[1.0, float("nan")]] * 2, "chroma", None),
    "above 255": ([[1.0, 2.0, 256.0]] * 2, "srgb", None),
    "below 0": ([[1.0, 2.0, -1.0]] * 2, "srgb", None),
    "too few names": ([[1.0, 2.0]] * 2, "chroma", ("one",)),
}


@given(chroma_palettes | srgb_palettes)
def test_json_gives_exactly_the_palette_back(palette: Palette) -> None:
    assert Palette.from_json(palette.to_json()) == palette
    assert hash(Palette.from_json(palette.to_json())) == hash(palette)


def test_names_travel_in_json() -> None:
    palette = Palette(np.eye(2), names=("sky", "sand"))
    assert Palette.from_json(palette.to_json()).names == ("sky", "sand")


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG.keys())
def test_what_is_no_palette_is_refused(case: tuple[list, str, tuple | None]) -> None:
    colors, space, names = case
    with pytest.raises(PaletteError):
        Palette(np.array(colors), space, names)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "3", "{}", '{"space": "chroma"}', '{"space": "chroma", "colors": [[1], [1, 2]]}',
     '{"space": "chroma", "colors": "red"}', '{"space": [], "colors": [[1, 2], [3, 4]]}',
     '{"space": "chroma", "colors": [[1, 2], [3, 4]], "more": 1}',
     '{"space": "chroma", "colors": [[1, 2], [3, 4]], "names": 3}'],
)  # fmt: skip
def test_json_that_is_no_palette_is_refused(text: str) -> None:
    with pytest.raises(PaletteError):
        Palette.from_json(text)


@given(st.recursive(st.none() | st.booleans() | finite | st.text(), lambda inner: (
    st.lists(inner) | st.dictionaries(st.sampled_from(["space", "colors", "names"]), inner)
)))  # fmt: skip
def test_any_json_is_a_palette_or_a_palette_error(plain: object) -> None:
    with contextlib.suppress(PaletteError):
        Palette.from_json(json.dumps(plain))


def test_chroma_of_an_srgb_palette_is_that_of_its_colors() -> None:
    palette = Palette(np.array([[255.0, 0, 0], [128, 128, 128]]), "srgb")
    expected = lab.from_srgb(palette.colors / 255)[:, 1:]
    assert palette.chroma.tolist() == expected.tolist()
    assert palette.chroma[1].tolist() == [0, 0]


def test_shown_colors_have_the_lightness_that_was_asked_for() -> None:
    palette = Palette(np.array([[0.0, 0.0], [20, 30], [100, -100]]))
    shown = lab.lightness_from_srgb(palette.to_srgb(40) / 255)
    assert shown == pytest.approx([40, 40, 40], abs=0.6)  # half a code value


def test_a_palette_cannot_be_changed_from_outside() -> None:
    colors = np.array([[1.0, 2.0], [3.0, 4.0]])
    palette = Palette(colors)
    colors[0, 0] = 9
    assert palette.colors[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        palette.colors[0, 0] = 9


def test_order_matters_for_equality() -> None:
    assert Palette(np.eye(2)) != Palette(np.eye(2)[::-1])
    assert Palette(np.eye(2)) != "palette"

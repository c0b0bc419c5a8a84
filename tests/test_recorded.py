"""Recipes as JSON: one text for one recipe, and nothing that is not understood."""

import hashlib
import json
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from photochrom.errors import OptionError, RecipeError
from photochrom.inference import recorded
from photochrom.inference.fingerprint import Recorded, fingerprint, with_pictures
from photochrom.inference.recipe import Recipe
from photochrom.inference.references.reference import Reference
from photochrom.palettes.palette import Palette

RAMP = np.arange(60, dtype=np.uint8).reshape(6, 10)
HALVES = (
    np.repeat(np.array([[[205, 70, 60], [40, 130, 70]]], np.uint8), 5, axis=1) + RAMP[..., None]
)


@dataclass(frozen=True)
class Wider(Recipe):
    """A recipe with every kind of option that there is, or may be."""

    palette: Palette | None = None
    exact_palette: bool = False
    seed: int = 7
    pairs: tuple[tuple[float, ...], ...] = ()


def there_and_back(recipe: Recipe) -> Recipe:
    text = recorded.to_json(recipe.to_dict())
    assert text == recorded.to_json(json.loads(text))
    back = type(recipe).from_dict(recorded.from_json(text))
    assert recorded.to_json(back.to_dict()) == text
    return back


def test_a_recipe_without_wishes_is_empty() -> None:
    assert Recipe().to_dict() == {}
    assert Wider(seed=300 - 293).to_dict() == {}
    assert Recipe.from_dict({}) == Recipe()


@given(
    st.builds(
        Wider,
        decode=st.sampled_from([None, "argmax", "annealed-mean", "argmax-rgb", "rgb"]),
        vividness=st.none() | st.floats(0, 1),
        working_size=st.none() | st.integers(16, 4096),
        palette=st.none() | st.just(Palette(np.array([[0, 0], [0.1, -40]]), names=("ä", "b"))),
        exact_palette=st.booleans(),
        seed=st.integers(0, 2**64),
        pairs=st.lists(st.lists(st.floats(-1e9, 1e9), max_size=3).map(tuple), max_size=3).map(
            tuple
        ),
    )
)
def test_every_recipe_comes_back_and_has_one_text(recipe: Wider) -> None:
    assert there_and_back(recipe) == recipe


def test_the_text_is_plain_and_in_order() -> None:
    recipe = Wider(vividness=1.0, decode="argmax", palette=Palette(np.eye(2), names=("ä", "b")))
    assert recorded.to_json(recipe.to_dict()) == (
        '{"decode":"argmax","palette":{"colors":[[1.0,0.0],[0.0,1.0]],"names":["\\u00e4","b"],'
        '"space":"chroma"},"vividness":1}'
    )


def test_numbers_of_numpy_are_numbers() -> None:
    recipe = Wider(vividness=np.float32(0.5), seed=np.int64(3))  # type: ignore[arg-type]
    assert recipe.to_dict() == {"vividness": 0.5, "seed": 3}
    assert there_and_back(recipe) == recipe


def test_every_option_of_today_is_read_by_its_annotation() -> None:
    hints = recorded._hints(Recipe)
    assert list(hints) == [each.name for each in fields(Recipe)]


def test_pictures_are_known_by_their_pixels_alone(tmp_path: Any) -> None:
    Image.fromarray(HALVES).save(tmp_path / "secret-place.png")
    by_hand = hashlib.sha256(b"(6, 10, 3) 8 bit\n" + HALVES.tobytes()).hexdigest()
    for given_ in (tmp_path / "secret-place.png", str(tmp_path / "secret-place.png"), HALVES):
        recipe = Wider(references=(given_, HALVES[:3]), chroma_from=given_)
        plain = recipe.to_dict()
        assert plain["references"][0] == plain["chroma_from"] == {"sha256": by_hand}
        assert "secret" not in recorded.to_json(plain)
    back = there_and_back(recipe)
    assert back.chroma_from == Recorded(by_hand)
    assert back.references == (Recorded(by_hand), Recorded(fingerprint(HALVES[:3])))


def test_a_fingerprint_tells_size_depth_and_channels_apart() -> None:
    wide = RAMP.astype(np.uint16)
    shapes = [RAMP[..., None], RAMP.reshape(10, 6, 1), RAMP.reshape(2, 10, 3), wide[..., None]]
    assert len({fingerprint(each) for each in shapes}) == 4
    assert fingerprint(wide[..., None].astype(">u2")) == fingerprint(wide[..., None])


def test_pictures_are_put_back_in_any_order() -> None:
    one, two = HALVES, HALVES[::-1]
    stored = there_and_back(Wider(references=(one, two, one), chroma_from=two))
    filled = with_pictures(stored, [two, one])
    assert isinstance(filled.references[0], Reference)
    assert there_and_back(filled) == stored
    with pytest.raises(RecipeError, match=f"give the reference {fingerprint(one)[:12]}"):
        with_pictures(stored, [two])
    with pytest.raises(OptionError, match="a reference was given that the recipe does not name"):
        with_pictures(Recipe(), [one])
    assert with_pictures(Recipe(), []) == Recipe()


WRONG: dict[str, object] = {
    "a list": [],
    "nothing": None,
    "a word as number": {"vividness": "0.5"},
    "a flag as number": {"vividness": True},
    "an endless number": {"vividness": 10**400},
    "an endless place": {"hints": [{"points": [[10**400, 1]], "color": "red"}]},
    "a fraction as whole": {"working_size": 20.5},
    "no such decode": {"decode": "magic"},
    "a list as decode": {"decode": ["argmax"]},
    "a number as palette": {"palette": 3},
    "half a palette": {"palette": {"space": "chroma"}},
    "a number as flag": {"exact_palette": 1},
    "no list": {"pairs": 3},
    "a path": {"references": ["/home/me/a.jpg"]},
    "an open place": {"chroma_from": {"sha256": "a", "path": "/home"}},
}


@pytest.mark.parametrize("plain", WRONG.values(), ids=WRONG.keys())
def test_what_is_no_recipe_is_refused(plain: object) -> None:
    with pytest.raises(RecipeError):
        Wider.from_dict(plain)


def test_options_of_a_newer_version_are_named() -> None:
    with pytest.raises(RecipeError, match="does not know, glitter, shine; it is of a newer versi"):
        Recipe.from_dict({"shine": 1, "glitter": 2, "vividness": 0.5})


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "\ud800"])
def test_what_is_no_json_is_refused(text: str) -> None:
    with pytest.raises(RecipeError):
        Recipe.from_dict(recorded.from_json(text))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([each.name for each in fields(Wider)]), values))
def test_any_values_are_a_recipe_or_refused(plain: dict[str, object]) -> None:
    try:
        recipe = Wider.from_dict(plain)
    except RecipeError:
        return
    assert recipe.to_dict().keys() <= plain.keys()

"""Albums: what drifts comes together, what differs stays, and a record needs no album."""

import copy
import json
import pickle
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import constant_model, conv_model, model_bytes, palette_spec, rgb_spec, srgb_spec
from photochrom.color import gray, lab
from photochrom.errors import OptionError, RecipeError
from photochrom.imageio import from_array
from photochrom.inference import album as albums
from photochrom.inference.album import MOST, Album, random_effects
from photochrom.inference.album_note import AlbumNote
from photochrom.inference.cast import LIMIT, Cast
from photochrom.inference.colorizer import Colorizer
from photochrom.inference.layer import apply
from photochrom.inference.recipe import Recipe
from photochrom.inference.repeat import provenance_of, recolor
from pictures import photograph

Array = np.ndarray[Any, np.dtype[Any]]
GENERAL = Colorizer()
MODEL = model_bytes(conv_model(stride=4), palette_spec(stride=4, multiple=8))
NAMES = ("coffee", "chelsea")


def to_gray(rgb: Array) -> Array:
    return np.rint(gray.from_srgb(rgb / 255.0) * 255).astype(np.uint8)


def prints(name: str) -> list[Array]:
    """Prints of one photograph: as it is, pale, dark, soft and grainy."""
    master = to_gray(photograph(name))[::2, ::2]
    tone, rng = master / 255.0, np.random.default_rng(0)
    made = [
        tone,
        0.25 + 0.6 * tone,
        0.7 * tone**1.3,
        cv2.GaussianBlur(tone, (0, 0), 2),
        tone**0.75 + rng.normal(0, 0.04, tone.shape),
    ]
    return [np.rint(255 * np.clip(each, 0, 1)).astype(np.uint8) for each in made]


PRINTS = {name: prints(name) for name in NAMES}
NOTES = {name: [GENERAL.album_note(each) for each in PRINTS[name]] for name in NAMES}
ALBUM = Album.of(NOTES["coffee"] + NOTES["chelsea"])


def spread(name: str, album: Album | None) -> float:
    """The rms distance between prints of one photograph and their mean."""
    chroma = np.stack([GENERAL.field(each, album=album).chroma for each in PRINTS[name]])
    return float(np.sqrt(((chroma - chroma.mean(axis=0)) ** 2).sum(axis=-1).mean()))


def note(seed: int = 0, **changes: Any) -> AlbumNote:
    """A note of a picture of which nothing is known but that it is like all from `note`."""
    rng = np.random.default_rng(seed)
    plain = {
        "model": "ab" * 32,
        "colours": bytes([200, 100, 50, 25]),
        "layout": bytes(rng.integers(126, 131, 32)) + bytes(range(144, 176)),
        "cast": tuple(float(v) for v in np.round(rng.normal(0, 3, 2), 3)),
        "doubt": 300.0,
        "spread": 6.0,
    }
    return AlbumNote(**(plain | changes))


@pytest.mark.parametrize("name", NAMES)
def test_prints_of_one_photograph_come_nearer_to_each_other(name: str) -> None:
    plain = spread(name, None)
    assert plain > 1
    assert spread(name, Album.of(NOTES[name])) < 0.9 * plain
    assert spread(name, ALBUM) < 0.9 * plain


def test_a_picture_alone_in_its_album_is_coloured_as_without() -> None:
    picture = PRINTS["chelsea"][1]
    plain = GENERAL.colorize(from_array(picture))
    for notes in ([], [NOTES["chelsea"][1]], [NOTES["chelsea"][1]] * 3, NOTES["coffee"]):
        colored = GENERAL.colorize(from_array(picture), album=Album.of(notes))
        np.testing.assert_array_equal(colored.pixels, plain.pixels)
        assert colored.kept.xmp == plain.kept.xmp


def test_pictures_that_are_not_alike_do_not_change_what_the_others_get() -> None:
    for each in NOTES["coffee"]:
        assert Album.of(NOTES["coffee"]).cast(each) == ALBUM.cast(each)


@given(st.permutations(NOTES["coffee"] + NOTES["chelsea"]), st.integers(0, 9))
def test_the_order_of_an_album_and_copies_in_it_change_nothing(
    notes: list[AlbumNote], twice: int
) -> None:
    assert Album.of([*notes, notes[twice]]) == ALBUM


def test_the_same_picture_once_more_with_a_little_rounding_says_nothing_new() -> None:
    first, *others = NOTES["coffee"]
    a, b = first.cast
    colours = bytes([first.colours[0] + 1, *first.colours[1:]])
    again = replace(first, cast=(a + 0.01, b), colours=colours)
    assert Album.of([again]).cast(first) is None
    assert Album.of([again, *others]).cast(first) == Album.of([first, *others]).cast(first)


def test_notes_are_the_same_as_long_as_the_picture_is() -> None:
    picture = PRINTS["coffee"][0]
    first = GENERAL.album_note(picture)
    assert first == NOTES["coffee"][0]
    assert first == GENERAL.album_note(np.repeat(picture[..., None], 3, axis=2))
    assert first == GENERAL.album_note(picture, vividness=0.9, hints="5,5=#aa2211", album=ALBUM)
    assert first != GENERAL.album_note(picture, working_size=96)
    assert len(pickle.dumps(first)) < 600


def test_a_note_holds_what_can_be_counted_by_hand() -> None:
    """Against the model's own field and probabilities, in other words."""
    found, picture = NOTES["chelsea"][0], PRINTS["chelsea"][0]
    chroma = GENERAL.field(picture).chroma.astype(float)
    np.testing.assert_allclose(found.cast, chroma.reshape(-1, 2).mean(axis=0), atol=1e-3)
    np.testing.assert_allclose(found.spread**2, chroma.reshape(-1, 2).var(axis=0).sum(), rtol=1e-3)
    doubt = (GENERAL.deviation(picture).astype(float) ** 2).mean()
    np.testing.assert_allclose(found.doubt, doubt, rtol=1e-4)
    assert abs(sum((c / 255) ** 2 for c in found.colours) - 1) < 0.03
    above, below = np.split(np.frombuffer(found.layout, np.uint8).astype(float), 2)
    rows = picture.shape[0] // 2
    brighter_above = picture[:rows].mean() > picture[rows:].mean()
    assert (above.mean() > below.mean()) == brighter_above


def test_what_pictures_agree_on_is_the_textbook_s_mean() -> None:
    """DerSimonian and Laird's estimate, in a plain loop."""
    rng = np.random.default_rng(0)
    measured, noise = rng.normal(0, 4, (7, 1)), rng.uniform(0.5, 3, 7)
    weight = [1 / n for n in noise]
    mean = sum(w * m[0] for w, m in zip(weight, measured, strict=True)) / sum(weight)
    q = sum(w * (m[0] - mean) ** 2 for w, m in zip(weight, measured, strict=True))
    scale = sum(weight) - sum(w * w for w in weight) / sum(weight)
    between = max(0.0, (q - 6) / scale)
    weight = [1 / (n + between) for n in noise]
    mean = sum(w * m[0] for w, m in zip(weight, measured, strict=True)) / sum(weight)
    centre, found = random_effects(measured, noise, np.ones(7))
    assert between > 1
    np.testing.assert_allclose([centre[0], found], [mean, between])


def test_shares_count_like_so_many_studies() -> None:
    measured, noise = np.array([[0.0, 1.0], [5.0, 2.0], [9.0, -3.0]]), np.array([1.0, 2.0, 1.0])
    centre, between = random_effects(measured, noise, np.array([1.0, 0.0, 1.0]))
    expected, known = random_effects(measured[[0, 2]], noise[[0, 2]], np.ones(2))
    np.testing.assert_allclose([*centre, between], [*expected, known])


def test_where_differences_are_no_larger_than_errors_pictures_meet_in_the_middle() -> None:
    one, other = note(cast=(1.0, 2.0)), note(cast=(3.0, 0.0), doubt=300.001)
    casts = [Album.of([one, other]).cast(each) for each in (one, other)]
    assert all(casts)
    np.testing.assert_allclose([casts[0].a, casts[0].b], [1, -1], atol=0.01)  # type: ignore[union-attr]
    np.testing.assert_allclose([casts[1].a, casts[1].b], [-1, 1], atol=0.01)  # type: ignore[union-attr]


def test_where_differences_are_larger_than_errors_pictures_stay_apart() -> None:
    def pull(far: float) -> float:
        one, other = note(cast=(0.0, 0.0)), note(cast=(far, 0.0), layout=note(1).layout)
        cast = Album.of([one, other]).cast(one)
        return 0.0 if cast is None else cast.a / far

    assert pull(4) > 0.4
    assert pull(40) < 0.1


def test_the_one_in_doubt_gives_way() -> None:
    sure, unsure = note(cast=(0.0, 0.0), doubt=100.0), note(cast=(6.0, 0.0), doubt=900.0)
    both = Album.of([sure, unsure])
    stays, moves = both.cast(sure), both.cast(unsure)
    assert stays is not None
    assert moves is not None
    assert abs(moves.a) > 10 * abs(stays.a) > 0


def test_no_cast_is_too_large_and_chroma_is_kept_on_the_whole() -> None:
    far = [note(k, cast=(30.0 * (k % 2), 20.0), doubt=2500.0) for k in range(8)]
    found = Album.of(far)
    casts = [found.cast(each) for each in far]
    lengths = [np.hypot(cast.a, cast.b) for cast in casts if cast is not None]
    assert len(lengths) == 8
    assert 7.9 < max(lengths) <= LIMIT + 0.01
    before, after = 0.0, 0.0
    for each, cast in zip(far, casts, strict=True):
        assert cast is not None
        moved = np.hypot(np.hypot(each.cast[0] + cast.a, each.cast[1] + cast.b), each.spread)
        before += np.hypot(np.hypot(*each.cast), each.spread)
        after += moved * cast.strength
    assert abs(after / before - 1) < 0.05


def test_of_very_many_notes_a_sample_counts_whatever_their_order() -> None:
    many = [note(k, doubt=200.0 + k) for k in range(MOST + 200)]
    found = Album.of(many)
    assert len(found.notes) == MOST
    assert Album.of(reversed(many)) == found
    left_out = next(each for each in many if each not in found.notes)
    assert found.cast(left_out) is not None


def test_a_cast_shifts_by_doubt_and_multiplies() -> None:
    rng = np.random.default_rng(0)
    chroma = rng.normal(0, 20, (4, 5, 2)).astype(np.float32)
    deviation = rng.uniform(0, 30, (4, 5)).astype(np.float32)
    deviation[0, 0] = 0
    kept = chroma.copy()
    shifted = Cast(3.0, -4.0, 1.5).on(chroma, deviation)
    mean = deviation.mean()
    for y in range(4):
        for x in range(5):
            share = deviation[y, x] / mean
            expected = 1.5 * (chroma[y, x] + share * np.array([3, -4]))
            np.testing.assert_allclose(shifted[y, x], expected, atol=1e-4)
    np.testing.assert_array_equal(chroma, kept)
    np.testing.assert_array_equal(Cast(3.0, 1.0).on(chroma, 0 * deviation), chroma)
    np.testing.assert_array_equal(Cast().on(chroma, deviation), chroma)


def test_lightness_stays_and_the_same_album_gives_the_same_bytes() -> None:
    picture = PRINTS["coffee"][2]
    colored = GENERAL.colorize(picture, album=ALBUM)
    assert np.abs(to_gray(colored).astype(int) - picture).max() <= 1
    again = Colorizer(threads=1).colorize(picture, album=pickle.loads(pickle.dumps(ALBUM)))
    np.testing.assert_array_equal(again, colored)
    assert (colored != GENERAL.colorize(picture)).any()


def test_a_model_without_colour_leaves_every_print_gray() -> None:
    sure = Colorizer(model_bytes(constant_model(np.eye(6)[0] * 80), palette_spec()))
    found = Album.of(sure.album_note(each) for each in PRINTS["coffee"])
    for each in PRINTS["coffee"]:
        colored = sure.colorize(each, album=found)
        np.testing.assert_array_equal(colored, np.repeat(each[..., None], 3, axis=2))


def test_hints_are_kept_exactly_in_an_album() -> None:
    picture = PRINTS["coffee"][2]
    for colour in ("#808080", "#aa3322"):
        colored = GENERAL.colorize(picture, hints=f"60,50,4={colour}", album=ALBUM)
        alone = GENERAL.colorize(picture, hints=f"60,50,4={colour}")
        np.testing.assert_array_equal(colored[50, 60], alone[50, 60])
    assert (colored != alone).any()


def test_vividness_turns_the_whole_result() -> None:
    picture = PRINTS["coffee"][2]
    usual, half = (
        GENERAL.field(picture, album=ALBUM, vividness=vividness).chroma for vividness in (None, 0.0)
    )
    assert np.abs(half - usual / 2).max() <= 0.25


def test_a_result_knows_its_cast_and_needs_no_album_to_be_repeated() -> None:
    master = from_array(PRINTS["coffee"][2])
    result = GENERAL.colorize(master, album=ALBUM)
    said = provenance_of(result).recipe
    assert said.album == ALBUM.cast(NOTES["coffee"][2])
    assert "layout" not in json.dumps(said.to_dict())
    again = recolor(result, master)
    np.testing.assert_array_equal(again.pixels, result.pixels)
    assert again.kept.xmp == result.kept.xmp
    np.testing.assert_array_equal(GENERAL.colorize(master, said).pixels, result.pixels)


def test_layers_and_fields_and_their_completion_are_those_of_the_album() -> None:
    master = from_array(PRINTS["coffee"][2])
    result = GENERAL.colorize(master, album=ALBUM)
    layer = GENERAL.layer(master, album=ALBUM)
    field = GENERAL.field(master, album=ALBUM)
    completed = GENERAL.complete(master, field, Recipe(album=ALBUM))
    for each in (apply(layer, master), completed):
        np.testing.assert_array_equal(each.pixels, result.pixels)
        assert each.kept.xmp == result.kept.xmp


def test_confidence_is_that_of_the_colours_given() -> None:
    picture, cast = PRINTS["coffee"][2], Cast(6.0, -5.0)
    plain, shifted = (GENERAL.confidence(picture, album=each) for each in (None, cast))
    assert shifted.mean < plain.mean
    own = ALBUM.cast(NOTES["coffee"][2])
    by_album, by_cast = (GENERAL.confidence(picture, album=each) for each in (ALBUM, own))
    np.testing.assert_array_equal(by_album.probability, by_cast.probability)
    assert (by_album.probability != plain.probability).any()


def test_albums_come_back_from_json_as_they_were() -> None:
    for given_ in (ALBUM, Cast(1.5, -2.0, 1.01), Cast()):
        recipe = Recipe(album=given_)
        plain = json.loads(json.dumps(recipe.to_dict(), allow_nan=False))
        assert Recipe.from_dict(plain) == recipe
    assert Recipe(album=None).to_dict() == {}
    assert AlbumNote.from_dict(NOTES["coffee"][0].to_dict()) == NOTES["coffee"][0]


def damaged(**changes: Any) -> dict[str, Any]:
    """An album of two notes, one of which is not what it should be."""
    return {"notes": [note().to_dict(), note(1).to_dict() | changes]}


@pytest.mark.parametrize(
    "plain",
    [
        {},
        [],
        "album",
        {"notes": 5},
        {"notes": [{}]},
        {"notes": [], "more": 1},
        damaged(layout="00"),
        damaged(layout="no hex"),
        damaged(colours="ffff"),
        damaged(cast=[1]),
        damaged(cast=[float("nan"), 0]),
        damaged(doubt=-1),
        damaged(doubt=1e300),
        damaged(spread="wide"),
        damaged(model="cd" * 32),
        {"a": 1, "b": 2},
        {"a": 1, "b": 2, "strength": True},
        {"a": 9, "b": 9, "strength": 1},
        {"a": float("nan"), "b": 0, "strength": 1},
        {"a": 0, "b": 0, "strength": 9},
    ],
    ids=lambda plain: json.dumps(plain)[-60:],
)
def test_what_is_no_album_is_refused(plain: Any) -> None:
    with pytest.raises(RecipeError, match="album"):
        Recipe.from_dict({"album": copy.deepcopy(plain)})


def test_notes_of_two_models_make_no_album() -> None:
    other = Colorizer(MODEL)
    stranger = other.album_note(PRINTS["coffee"][0])
    with pytest.raises(OptionError, match="made by one model, these notes by 2"):
        Album.of([*NOTES["coffee"], stranger])
    with pytest.raises(OptionError, match="made by one model"):
        other.colorize(PRINTS["coffee"][0], album=ALBUM)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"decode": "argmax"}, "no decode 'argmax'"),
        ({"palette": palette_spec().palette}, "leave out the album, or palette"),
        ({"exact_palette": True}, "or exact_palette"),
        ({"references": photograph("coffee")}, "or references"),
        ({"chroma_from": photograph("coffee")}, "or chroma_from"),
        ({"alternative": 1}, "or alternative"),
        ({"hints": "1,1=#aa2211", "hints_only": True}, "or hints_only"),
        ({"album": "summer"}, "album must be an Album or a Cast, got str"),
    ],
)
def test_options_that_clash_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        GENERAL.check(**({"album": ALBUM} | options))
    with pytest.raises(OptionError, match=words):
        GENERAL.album_note(PRINTS["coffee"][0], **options)


def test_models_without_a_palette_or_an_annealed_mean_are_refused() -> None:
    regression = Colorizer(model_bytes(conv_model(3, output="rgb"), rgb_spec()))
    origin = Colorizer(model_bytes(conv_model(5), srgb_spec(decode="argmax-rgb")))
    for colorizer, words in ((regression, "needs a palette model"), (origin, "'argmax-rgb'")):
        with pytest.raises(OptionError, match=words):
            colorizer.album_note(PRINTS["coffee"][0])
        with pytest.raises(OptionError, match=words):
            colorizer.check(album=Cast())


@pytest.mark.parametrize("shape", [(1, 1), (2, 9), (40, 40)])
def test_flat_and_tiny_pictures_are_like_no_other(shape: tuple[int, int]) -> None:
    flat = np.full(shape, 120, np.uint8)
    found = Album.of([*NOTES["coffee"], GENERAL.album_note(flat), GENERAL.album_note(flat // 2)])
    assert found.cast(GENERAL.album_note(flat)) is None
    np.testing.assert_array_equal(GENERAL.colorize(flat, album=found), GENERAL.colorize(flat))


def test_scenes_are_known_again_and_others_are_not() -> None:
    table = albums._Table.of(tuple(NOTES["coffee"] + NOTES["chelsea"]))
    likeness = albums._Table.of((NOTES["coffee"][0],)).likeness(table)
    assert likeness[0] > 0.999
    assert likeness[1:5].min() > 0.2
    assert likeness[5:].max() == 0


def test_an_album_s_colours_are_those_of_lab() -> None:
    """A cast of so many units is so many units in the result, where all is in equal doubt."""
    even = np.zeros(6)
    flat = Colorizer(model_bytes(constant_model(even), palette_spec()))
    picture = np.full((40, 40), 130, np.uint8)
    results = [flat.colorize(picture, album=each) for each in (None, Cast(4.0, -3.0))]
    moved = np.subtract(*(lab.from_srgb(each / 255.0)[20, 20] for each in results[::-1]))
    np.testing.assert_allclose(moved[1:], [4, -3], atol=0.6)

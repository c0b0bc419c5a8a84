"""References: toy pictures and a toy model for which the answer is known."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from models import COLORS, conv_model, model_bytes, palette_spec, rgb_spec, srgb_spec
from photochrom.color import gray, lab
from photochrom.errors import InputMissingError, OptionError, PictureError, RecipeError, ShapeError
from photochrom.imageio import encode_image, load_image
from photochrom.imageio.picture import Picture
from photochrom.inference.colorizer import Colorizer
from photochrom.inference.fingerprint import Recorded, fingerprint
from photochrom.inference.layer import apply
from photochrom.inference.recipe import Recipe
from photochrom.inference.references import correction, likeness, matches
from photochrom.inference.references.reference import REFERENCE_SIDE, Reference, as_reference
from photochrom.inference.references.scene import Known, Looks, Scene
from photochrom.inference.references.steer import steer
from photochrom.inference.repeat import recolor
from pictures import encode, photograph

Array = np.ndarray[Any, np.dtype[Any]]
MODEL = model_bytes(conv_model(stride=4), palette_spec(stride=4, multiple=8))
COLORIZER = Colorizer(MODEL)
GENERAL = Colorizer()


def to_gray(rgb: Array) -> Array:
    return np.rint(gray.from_srgb(rgb / 255.0) * 255).astype(np.uint8)


def chroma(rgb: Array) -> Array:
    return lab.from_srgb(cv2.blur(rgb, (9, 9)) / 255.0)[..., 1:]


def error(result: Array, truth: Array) -> float:
    return float(np.hypot(*np.moveaxis(chroma(result) - chroma(truth), -1, 0)).mean())


def scene(seed: int = 0, size: tuple[int, int] = (12, 16), **changes: Any) -> Known:
    """A picture as a network of six colours may see it: smooth, and its colours unlike its own."""
    rng = np.random.default_rng(seed)
    logits, lightness = (
        np.stack([cv2.GaussianBlur(rng.normal(size=size), (0, 0), 2) for _ in range(n)])
        for n in (6, 1)
    )
    shares = np.exp(12 * logits)
    shares = (shares / shares.sum(axis=0)).astype(np.float32)
    decoded = np.moveaxis(shares, 0, -1) @ COLORS.astype(np.float32)
    planes = {
        "shares": shares,
        "lightness": (50 + 100 * lightness[0]).astype(np.float32),
        "decoded": decoded,
        "chroma": decoded[..., ::-1] + np.float32(20),
    }
    return Known(**(planes | changes))


def asked(known: Known) -> Scene:
    return Scene(known.shares, known.lightness, known.decoded)


def alone(known: Known) -> Looks:
    """A reference for which the mirror shows nothing new."""
    return Looks(known, lambda: known)


def flipped(known: Known) -> Known:
    return Known(
        known.shares[:, :, ::-1],
        known.lightness[:, ::-1],
        known.decoded[:, ::-1],
        known.chroma[:, ::-1],
    )


@pytest.mark.parametrize("name", ["chelsea", "coffee", "rocket"])
def test_a_picture_that_is_its_own_reference_gets_nearly_its_colours_back(name: str) -> None:
    truth = photograph(name)
    plain = error(GENERAL.colorize(to_gray(truth)), truth)
    for reference in (truth, truth[:, ::-1]):
        steered = GENERAL.colorize(to_gray(truth), references=[reference])
        assert error(steered, truth) < 0.25 * plain


def test_one_half_of_a_picture_helps_the_other() -> None:
    truth = photograph("coffee")
    left, right = truth[:, :300], truth[:, 300:]
    plain = error(GENERAL.colorize(to_gray(right)), right)
    assert error(GENERAL.colorize(to_gray(right), references=[left]), right) < 0.6 * plain


def test_a_mirrored_reference_says_the_same() -> None:
    known = scene()
    one, other = (steer(asked(known), [alone(each)]) for each in (known, flipped(known)))
    assert one is not None
    assert np.abs(one - known.chroma).mean() < 0.2 * np.abs(known.decoded - known.chroma).mean()
    np.testing.assert_allclose(one, other, atol=1e-3)


def test_the_order_and_the_repeating_of_references_change_nothing() -> None:
    master = to_gray(photograph("chelsea"))
    pictures = [
        photograph("chelsea")[20:, 40:],
        photograph("chelsea")[:, ::-1],
        photograph("coffee"),
    ]
    first = GENERAL.colorize(master, references=pictures)
    for order in ([2, 0, 1], [1, 2, 0], [0, 1, 2, 0]):
        again = GENERAL.colorize(master, references=[pictures[index] for index in order])
        np.testing.assert_array_equal(again, first)


def test_a_reference_of_something_else_leaves_the_model_s_result_to_the_byte() -> None:
    master, other = to_gray(photograph("chelsea")), photograph("rocket")
    for options in ({}, {"vividness": 0.83}, {"decode": "argmax"}):
        plain = GENERAL.colorize(master, **options)
        steered = GENERAL.colorize(master, references=[other], **options)
        np.testing.assert_array_equal(steered, plain)


def test_vividness_turns_the_steered_colours_too() -> None:
    truth = photograph("chelsea")
    fields = [
        GENERAL.field(to_gray(truth), references=[truth], vividness=vividness).chroma
        for vividness in (None, 0.5, 0.0)
    ]
    np.testing.assert_array_equal(fields[0], fields[1])
    assert np.abs(fields[2] - fields[0] / 2).max() <= 0.25


def test_the_correction_is_a_gaussian_process() -> None:
    """Against the textbook's formula, cell by cell, in double precision."""
    known, target = scene(1), scene(2)
    there = known.features().reshape(7, -1).T.astype(float)
    here = target.features().reshape(7, -1).T.astype(float)

    def covariance(one: Array, other: Array) -> float:
        return float(np.exp(-((one - other) ** 2).sum() / (2 * correction.WIDTH**2)))

    alike = np.array([[covariance(a, b) for b in there] for a in there])
    off = (known.chroma - known.decoded).reshape(-1, 2)
    weights = np.linalg.solve(alike + correction.NOISE * np.eye(len(there)), off)
    expected = [
        sum(covariance(a, b) * w for b, w in zip(there, weights, strict=True)) for a in here[:20]
    ]
    found = correction.Correction.of([known], [0.7]).of_cells(here[:20].astype(np.float32))
    np.testing.assert_allclose(found, expected, atol=2e-3)


def test_the_correction_dies_out_where_nothing_is_alike() -> None:
    known = scene(1)
    far = np.zeros((1, 7), np.float32)
    far[0, 6] = 30  # lightness that nothing has
    assert np.abs(correction.Correction.of([known], [1.0]).of_cells(far)).max() == 0


def test_large_grids_and_many_references_are_reduced() -> None:
    many = [scene(seed, (60, 80)) for seed in range(5)]
    found = correction.Correction.of(many, [1.0] * 5)
    assert len(found.at) <= 1.4 * correction.MOST


def test_likeness_is_one_for_the_same_and_none_for_another() -> None:
    known = scene(3)
    assert likeness.likeness(known, flipped(known)) == pytest.approx(1, abs=1e-3)
    only_red = np.zeros_like(known.shares)
    only_red[1] = 1
    assert likeness.likeness(known, scene(3, shares=only_red)) == 0
    assert likeness.likeness(scene(4), known) == pytest.approx(
        likeness.likeness(known, scene(4)), abs=1e-6
    )


def test_likeness_is_told_of_each_reference_in_their_order() -> None:
    truth = photograph("chelsea")
    found = GENERAL.likeness(to_gray(truth), references=[photograph("rocket"), truth])
    assert found[0] == 0
    assert found[1] > 0.95


def test_of_many_references_the_most_alike_count(monkeypatch: pytest.MonkeyPatch) -> None:
    target, near = scene(3), [alone(scene(3)), alone(flipped(scene(3)))]
    far = [alone(scene(seed)) for seed in range(10, 30)]
    monkeypatch.setattr("photochrom.inference.references.steer.MOST", 2)
    np.testing.assert_array_equal(
        steer(asked(target), [*far[:9], *near, *far[9:]]), steer(asked(target), near)
    )


def test_what_is_half_as_alike_changes_half_as_much(monkeypatch: pytest.MonkeyPatch) -> None:
    target, changes = scene(2), []
    for degree in (1.0, 0.5):
        monkeypatch.setattr(
            "photochrom.inference.references.steer.likeness", lambda *_, d=degree: d
        )
        steered = steer(asked(target), [alone(scene(1))])
        assert steered is not None
        changes.append(steered - target.decoded)
    assert np.abs(changes[0]).max() > 1
    np.testing.assert_allclose(changes[1], changes[0] / 2, atol=1e-3)


def test_references_are_put_into_one_order() -> None:
    cat, coffee = (as_reference(photograph(name)) for name in ("chelsea", "coffee"))
    size = GENERAL.spec.working
    orders = [
        GENERAL._shelf.known(each, size, lambda guess: np.zeros((*guess.lightness.shape, 2)))
        for each in ([cat, coffee], [coffee, cat, coffee])
    ]
    assert [len(each) for each in orders] == [2, 2]
    for one, other in zip(*orders, strict=True):
        np.testing.assert_array_equal(one.straight.chroma, other.straight.chroma)


def test_matches_are_found_where_the_cell_went() -> None:
    """Rolled by whole cells, each cell must find itself again, by brute force of one."""
    known = scene(5, (14, 18))
    rolled = Known(
        *(np.roll(each, 5, axis=-1) for each in (known.shares, known.lightness)),
        *(np.roll(each, 5, axis=1) for each in (known.decoded, known.chroma)),
    )
    found = matches.Matches.of(asked(known), [rolled])
    inside = np.s_[2:-2, 2:11]  # away from the seam and the edge
    assert found.share[inside].min() > 0.7
    assert np.abs(found.chroma - known.chroma)[inside].max() < 1.5
    assert matches.Matches.of(asked(scene(9)), [known]).share.mean() < 0.05


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 1), (2, 2)])
def test_tiny_grids_give_a_result(size: tuple[int, int]) -> None:
    found = steer(asked(scene(0, size)), [alone(scene(0, size)), alone(scene(1))])
    assert found is None or found.shape == (*size, 2)


def test_any_kind_of_picture_is_a_reference(tmp_path: Path) -> None:
    truth = photograph("chelsea")
    Image.fromarray(truth).save(tmp_path / "r.png")
    kinds = (tmp_path / "r.png", str(tmp_path / "r.png"), encode(truth, "png"), truth,
             Picture(truth), Image.fromarray(truth))  # fmt: skip
    results = [GENERAL.colorize(to_gray(truth), references=[each]) for each in kinds]
    for result in results[1:]:
        np.testing.assert_array_equal(result, results[0])
    lone = Recipe(references=truth)  # type: ignore[arg-type] # no list is needed round one
    assert lone.references[0].sha256 == fingerprint(truth)


def test_a_large_reference_is_kept_small_and_known_by_all_its_pixels() -> None:
    large = cv2.resize(photograph("chelsea"), (3000, 2000))
    kept = as_reference(large)
    assert isinstance(kept, Reference)
    assert min(kept.rgb.shape[:2]) == REFERENCE_SIDE
    assert kept.sha256 == fingerprint(large)
    assert as_reference(kept) is kept


def test_transparent_parts_of_a_reference_are_white_paper() -> None:
    alpha = np.full((300, 451, 1), 255, np.uint8)
    alpha[:100] = 0
    kept = as_reference(np.concatenate([photograph("chelsea"), alpha], axis=2))
    assert isinstance(kept, Reference)
    assert kept.rgb[:100].min() == 255


def test_what_is_no_reference_is_refused_with_its_name(tmp_path: Path) -> None:
    truth = photograph("chelsea")
    sepia = (to_gray(truth)[..., None] * np.array([1, 0.9, 0.7])).astype(np.uint8)
    Image.fromarray(to_gray(truth)).save(tmp_path / "plain.png")
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    for given_, error_, words in (
        (tmp_path / "plain.png", OptionError, "plain.png is black-and-white or toned"),
        (sepia, OptionError, "reference is black-and-white or toned"),
        (tmp_path / "broken.jpg", PictureError, "broken.jpg"),
        (tmp_path / "none.jpg", InputMissingError, "none.jpg"),
        (3, ShapeError, "got int"),
    ):
        with pytest.raises(error_, match=words):
            COLORIZER.check(references=[given_])


def test_clashes_are_told_before_any_work() -> None:
    truth = photograph("chelsea")
    for options, words in (
        ({"hints_only": True, "hints": ["3,4=red"]}, "leaves the model out"),
        ({"alternative": 1}, "take one of them"),
        ({"chroma_from": truth}, "take one of them"),
    ):
        with pytest.raises(OptionError, match=words):
            COLORIZER.check(references=[truth], **options)
    rgb = Colorizer(model_bytes(conv_model(3, output="rgb"), rgb_spec()))
    with pytest.raises(OptionError, match="need a palette model"):
        rgb.check(references=[truth])
    full = Colorizer(model_bytes(conv_model(5), srgb_spec()))
    with pytest.raises(OptionError, match="no decode 'argmax-rgb'"):
        full.check(references=[truth], decode="argmax-rgb")
    with pytest.raises(RecipeError, match="knows a reference only by its pixels' SHA-256"):
        COLORIZER.colorize(to_gray(truth), references=[Recorded("ab" * 32)])


def test_references_are_kept_by_the_layer_and_repeated_by_recolor() -> None:
    truth = photograph("chelsea")
    master = Picture(to_gray(truth)[..., None])
    references = (truth[:, ::-1], photograph("coffee"))
    direct = GENERAL.colorize(master, references=references)
    assert apply(GENERAL.layer(master, references=references), master).kept == direct.kept
    result = load_image(encode_image(direct, "png"))
    again = recolor(result, master, references=references[::-1])
    np.testing.assert_array_equal(again.pixels, direct.pixels)
    with pytest.raises(RecipeError, match="give the reference"):
        recolor(result, master, references=references[:1])

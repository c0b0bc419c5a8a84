"""How sure a colouring is: the probability, its curve, the map, and the files of the command."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from coloraide import Color
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from sklearn.calibration import calibration_curve
from sklearn.isotonic import IsotonicRegression

from models import COLORS, constant_model, conv_model, model_bytes, palette_spec, rgb_spec
from photochrom.cli.main import main
from photochrom.errors import ModelFileError, OptionError, ShapeError
from photochrom.evaluation.sureness import of_cells, of_pixels
from photochrom.inference import confidence_map, patches
from photochrom.inference.colorizer import Colorizer
from photochrom.inference.confidence import Confidence
from photochrom.inference.field import Field, Guess
from photochrom.metrics import nearness, reliability
from photochrom.metrics.nearness import Seen
from photochrom.modelfile.reliability import Reliability
from photochrom.modelfile.spec import ModelSpec
from photochrom.palettes.palette import Palette
from pictures import chelsea

CURVE = Reliability(
    raw=(0.1, 0.5, 0.9),
    right=(0.2, 0.4, 0.95),
    strength=tuple(np.linspace(1, 9, 21).tolist()),
    pictures=40,
)
GRAY = np.ascontiguousarray(chelsea(2)[..., 1])


def drawn(shape: tuple[int, ...], seed: int = 0) -> Any:
    """Probabilities (..., 6)."""
    raw = np.random.default_rng(seed).exponential(size=(*shape, len(COLORS))) ** 2
    return (raw / raw.sum(axis=-1, keepdims=True)).astype(np.float32)


def seen(said: Any, right: Any, strength: float = 3.0) -> Seen:
    return Seen(np.asarray(said, np.float32), np.asarray(right, bool), strength)


def flat(probability: Any, told: Any = None, **options: Any) -> Confidence:
    """Confidence of a picture whose cells are 10 px wide."""
    probability = np.asarray(probability, np.float32)
    height, width = probability.shape
    defaults: dict[str, Any] = {
        "probability": probability,
        "told": np.zeros_like(probability) if told is None else np.asarray(told, np.float32),
        "lightness": np.full_like(probability, 50),
        "span": (float(height), float(width)),
        "size": (10 * height, 10 * width),
        "calibrated": True,
        "novelty": 0.5,
    }
    return Confidence(**(defaults | options))


def test_what_lies_near_agrees_with_a_slow_loop_over_another_library() -> None:
    probabilities = drawn((4,))
    chroma = np.array([[30, 20], [-20, 10], [0, 0], [5, -30]], np.float32)
    for lightness in (25, 50, 80):  # of no account
        wanted = []
        for cell, (a, b) in zip(probabilities, chroma, strict=True):
            ours = Color("lab-d65", [lightness, a, b])
            each = [ours.delta_e(Color("lab-d65", [lightness, *c]), method="2000") for c in COLORS]
            wanted.append(sum(p / (1 + np.exp(d - 10)) for p, d in zip(cell, each, strict=True)))
        np.testing.assert_allclose(nearness.near(probabilities, COLORS, chroma), wanted, atol=1e-5)


@given(st.permutations(range(6)), st.integers(0, 99))
@settings(max_examples=20)
def test_permuting_the_palette_changes_nothing(order: list[int], seed: int) -> None:
    probabilities = drawn((5, 7), seed)
    chroma = np.random.default_rng(seed).uniform(-60, 60, (5, 7, 2)).astype(np.float32)
    plain = nearness.near(probabilities, COLORS, chroma)
    other = nearness.near(probabilities[..., order], COLORS[order], chroma)
    np.testing.assert_allclose(other, plain, atol=1e-6)
    np.testing.assert_allclose(
        nearness.strength(probabilities[..., order]), nearness.strength(probabilities), atol=1e-5
    )


def test_one_certain_colour_is_all_near_or_not_at_all() -> None:
    certain = np.eye(6, dtype=np.float32)
    assert nearness.near(certain, COLORS, COLORS).min() > 0.999
    far = np.roll(COLORS, 1, axis=0)
    assert nearness.near(certain, COLORS, far).max() < 0.01


def test_the_strength_of_an_answer_is_the_deviation_of_its_logits() -> None:
    logits = np.random.default_rng(3).normal(0, 4, (9, 6))
    softmax = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(nearness.strength(softmax), logits.std(axis=1), rtol=1e-9)


def test_a_colour_counts_as_right_as_it_is_shown() -> None:
    """A chroma of 100 near black is shown as hardly any, which is right."""
    truth = np.array([[3.0, 2, 1], [60, 0, 0]], np.float32)
    given_chroma = np.array([[70.0, 50], [70, 50]], np.float32)
    found = Seen.of(drawn((2,)), COLORS, given_chroma, truth)
    assert found.right.tolist() == [True, False]


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ShapeError, match="do not go together"):
        nearness.near(drawn((4,)), COLORS, np.zeros((3, 2), np.float32))
    with pytest.raises(ShapeError, match="at least one cell"):
        reliability.bins([])


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0.1, 9)), min_size=1, max_size=40))
def test_the_rising_sequence_is_that_of_scikit_learn(pairs: list[tuple[float, float]]) -> None:
    values, weights = np.array(pairs).T
    places = np.arange(len(values))
    wanted = IsotonicRegression().fit(places, values, weights).predict(places)
    np.testing.assert_allclose(reliability.rising(values, weights), wanted, atol=1e-9)


def test_bins_agree_with_scikit_learn() -> None:
    rng = np.random.default_rng(1)
    said = rng.uniform(0, 1, 3000).astype(np.float32)
    right = rng.uniform(0, 1, 3000) < said**2
    found = reliability.bins([seen(said, right)], 15)
    true, mean = calibration_curve(right, said, n_bins=15, strategy="quantile")
    np.testing.assert_allclose([each.said for each in found], mean, atol=1e-6)
    np.testing.assert_allclose([each.right for each in found], true, atol=1e-6)
    error = sum(abs(t - m) for t, m in zip(true, mean, strict=True)) / 15
    assert reliability.expected_error([seen(said, right)]) == pytest.approx(error, abs=1e-6)


def test_every_picture_counts_alike_however_large() -> None:
    small, large = seen([0.5] * 10, [True] * 10), seen([0.5] * 1000, [False] * 1000)
    (one,) = reliability.bins([small, large])
    assert (one.said, one.right, one.weight) == pytest.approx((0.5, 0.5, 1.0))


def test_a_perfect_confidence_has_hardly_any_error_and_a_boastful_one_much() -> None:
    rng = np.random.default_rng(2)
    said = rng.uniform(0, 1, 40_000)
    right = rng.uniform(0, 1, 40_000) < said
    assert reliability.expected_error([seen(said, right)]) < 0.01
    assert reliability.expected_error([seen(np.sqrt(said), right)]) == pytest.approx(
        1 / 6, abs=0.01
    )


def test_a_fitted_curve_takes_boasting_back() -> None:
    rng = np.random.default_rng(4)

    def pictures(count: int) -> list[Seen]:
        truth = rng.uniform(0, 1, (count, 300))
        return [seen(np.sqrt(t), rng.uniform(0, 1, 300) < t) for t in truth]

    curve = Reliability.fit(pictures(300))
    assert curve is not None
    fresh = pictures(100)
    after = [seen(curve.calibrated(each.said), each.right) for each in fresh]
    assert reliability.expected_error(fresh) > 0.15
    assert reliability.expected_error(after) < 0.02


@given(st.lists(st.floats(0, 1), min_size=1, max_size=300), st.integers(1, 5), st.integers(0, 99))
@settings(max_examples=40)
def test_curves_rise_within_0_and_1(said: list[float], pictures: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    entries = [
        seen(said, rng.uniform(size=len(said)) < 0.5, float(rng.uniform(1, 5)))
        for _ in range(pictures)
    ]
    curve = Reliability.fit(entries)
    assert curve is not None
    everywhere = curve.calibrated(np.linspace(-1, 2, 200).astype(np.float32))
    assert (np.diff(everywhere) >= 0).all()
    assert everywhere.min() >= 0
    assert everywhere.max() <= 1
    assert Reliability.from_plain(json.loads(json.dumps(asdict(curve)))) == curve


def test_one_picture_moves_the_curve_little_and_none_gives_none() -> None:
    curve = Reliability.fit([seen(np.linspace(0, 1, 500), np.ones(500))])
    assert curve is not None
    middle = float(curve.calibrated(np.array([0.5], np.float32))[0])
    assert 0.5 < middle < 0.56  # one in eleven says 1, ten say 0.5
    assert Reliability.fit([]) is None


def test_weaker_answers_are_the_more_novel() -> None:
    assert [CURVE.novelty(strength) for strength in (0.0, 1.0, 5.0, 9.0, 99.0)] == [1, 1, 0.5, 0, 0]


def test_the_curve_travels_in_the_model_file_and_older_files_have_none() -> None:
    spec = palette_spec(confidence=CURVE)
    assert ModelSpec.from_json(spec.to_json()) == spec
    older = json.loads(palette_spec().to_json())
    del older["confidence"]
    assert ModelSpec.from_json(json.dumps(older)).confidence is None


@pytest.mark.parametrize(
    "damage",
    [
        {"raw": [0.5, 0.1, 0.9]},
        {"right": [0.2, 0.4, 1.5]},
        {"right": [0.2, 0.4]},
        {"strength": [1.0]},
        {"strength": [float("nan")] * 21},
        {"pictures": 0},
        {"raw": "abc"},
        {"more": 1},
    ],
)
def test_damaged_curves_are_refused(damage: dict[str, Any]) -> None:
    plain = json.loads(palette_spec(confidence=CURVE).to_json())
    plain["confidence"] |= damage
    with pytest.raises(ModelFileError, match="not valid"):
        ModelSpec.from_json(json.dumps(plain))


def test_only_models_with_a_palette_have_a_curve() -> None:
    with pytest.raises(ModelFileError, match="without a palette"):
        ModelSpec.from_json(rgb_spec(confidence=CURVE).to_json())


def test_a_model_without_curve_says_what_its_network_says() -> None:
    model = conv_model()
    plain = Colorizer(model_bytes(model, palette_spec())).confidence(GRAY)
    curved = Colorizer(model_bytes(model, palette_spec(confidence=CURVE))).confidence(GRAY)
    assert not plain.calibrated
    assert plain.novelty is None
    assert curved.calibrated
    np.testing.assert_allclose(
        curved.probability, np.interp(plain.probability, CURVE.raw, CURVE.right), atol=1e-6
    )


def test_a_certain_model_is_sure_and_an_undecided_one_is_not() -> None:
    certain = model_bytes(constant_model(np.array([0, 30, 0, 0, 0, 0])), palette_spec())
    undecided = model_bytes(constant_model(np.zeros(6)), palette_spec())
    assert Colorizer(certain).confidence(GRAY).mean > 0.99
    assert Colorizer(undecided).confidence(GRAY).mean < 0.3


def test_duller_colours_are_judged_as_they_are() -> None:
    """Halving a certain colour moves it away from what the model believes."""
    certain = Colorizer(model_bytes(constant_model(np.array([0, 0, 0, 0, 30, 0])), palette_spec()))
    assert certain.confidence(GRAY).mean > 0.99
    assert certain.confidence(GRAY, vividness=0.0).mean < 0.6


def test_hints_are_told_by_you_and_sure() -> None:
    undecided = Colorizer(model_bytes(constant_model(np.zeros(6)), palette_spec()))
    alone = undecided.confidence(GRAY)
    hinted = undecided.confidence(GRAY, hints=["60,40,8=#aa3322"])
    assert alone.told_share == 0
    assert hinted.told_share > 0
    row, column = 40 * 32 // 150, 60 * 48 // 226
    assert alone.probability[row, column] < 0.1
    assert hinted.probability[row, column] > 0.8


@pytest.mark.parametrize("size", [(1, 1), (1, 90), (64, 3), (33, 47)])
def test_any_size_has_a_confidence_and_a_map(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    picture = rng.integers(0, 255, size, dtype=np.uint8)
    colorizer = Colorizer(model_bytes(conv_model(stride=4), palette_spec(stride=4, reach=None)))
    found = colorizer.confidence(picture)
    assert found.draw(picture).dtype == np.uint8
    assert sum(each.share for each in found.regions()) == pytest.approx(1, abs=0.01)
    for each in found.regions():
        left, top, right, bottom = each.box
        assert 0 <= left < right <= max(size[1], 1)
        assert 0 <= top < bottom <= max(size[0], 1)


def test_models_without_palette_refuse() -> None:
    rgb = Colorizer(model_bytes(conv_model(3, output="rgb"), rgb_spec()))
    with pytest.raises(OptionError, match="cannot tell how sure"):
        rgb.confidence(GRAY)


def test_grids_that_differ_are_refused() -> None:
    guess = Guess(np.zeros((6, 4, 5), np.float32), np.zeros((4, 5), np.float32), (4, 5))
    field = Field.of(np.zeros((4, 5, 2), np.float32), guess.lightness, guess.span)
    with pytest.raises(ShapeError, match="network's grid"):
        Confidence.of(guess, field, palette_spec(), (40, 50), told=np.zeros((2, 2), np.float32))


def test_shares_are_of_the_picture_and_add_up() -> None:
    likely = np.full((4, 4), 0.9)
    likely[:, 3] = 0.3
    likely[3] = 0.6
    told = np.zeros((4, 4))
    told[0, 0] = 1
    found = flat(likely, told, span=(4.0, 3.5))  # the last column counts half
    area = 4 * 3.5
    assert found.told_share == pytest.approx(1 / area)
    assert found.sure_share == pytest.approx(8 / area)
    assert found.doubtful_share == pytest.approx(1.5 / area)
    assert found.told_share + found.sure_share + found.guessed_share == pytest.approx(1)
    assert found.mean == pytest.approx((9 * 0.9 + 3.5 * 0.6 + 1.5 * 0.3) / area)


def test_places_of_the_picture_find_their_cell() -> None:
    likely = np.arange(6).reshape(2, 3) / 10
    found = flat(likely).at(np.array([0.0, 9.9, 10.0, 19.9]), np.array([0.0, 29.9, 0.0, 15.0]))
    np.testing.assert_allclose(found, [0.0, 0.2, 0.3, 0.4], atol=1e-6)


def test_regions_are_what_one_sees() -> None:
    likely = np.full((20, 30), 0.9)
    likely[:, 15:] = 0.4
    likely[5, 5] = 0.1  # a speck
    told = np.zeros((20, 30))
    told[12:, :15] = 1
    found = flat(likely, told).regions()
    assert [(each.kind, round(each.share, 1)) for each in found] == [
        ("guessed", 0.5), ("seen in training", 0.3), ("told by you", 0.2)
    ]  # fmt: skip
    assert found[0].box == (150, 0, 300, 200)
    assert found[2].box == (0, 120, 150, 200)
    wide = patches.find(likely.astype(np.float32), told.astype(np.float32), (20, 30), (200, 3000))
    assert [wide[0].box, wide[2].box] == [(1500, 0, 3000, 200), (0, 120, 1500, 200)]


@given(st.integers(0, 999), st.integers(1, 30), st.integers(1, 30))
@settings(max_examples=40, deadline=None)
def test_no_region_is_a_speck_and_together_they_are_the_picture(
    seed: int, height: int, width: int
) -> None:
    rng = np.random.default_rng(seed)
    likely, told = rng.uniform(0, 1, (2, height, width)).astype(np.float32)
    found = patches.find(likely, told, (height, width), (10 * height, 10 * width))
    assert sum(each.share for each in found) == pytest.approx(1, abs=0.01)
    assert all(each.share >= 0.01 or len(found) == 1 for each in found)


def test_the_map_is_gray_where_sure_magenta_where_guessed_and_yellow_where_told() -> None:
    likely = np.array([[0.95, 0.95, 0.2, 0.2]] * 4)
    told = np.array([[1.0, 0, 0, 0]] * 4)
    shown = flat(likely, told).draw(np.full((40, 40), 120, np.uint8)).astype(int)
    height = confidence_map.SHORTEST
    yellow, gray, magenta = shown[height // 2, [40, 180, 440]]
    assert np.ptp(gray) < 12
    assert min(yellow[0], yellow[1]) - yellow[2] > 60
    assert min(magenta[0], magenta[2]) - magenta[1] > 40
    hatched = shown[:height, 400:].sum(axis=-1)
    assert hatched.std() > 3 * shown[:height, 160:200].sum(axis=-1).std()


def test_the_map_needs_its_own_picture() -> None:
    with pytest.raises(ShapeError, match="expected the picture"):
        flat(np.ones((4, 4))).draw(np.zeros((10, 10), np.uint8))


def test_what_is_said_of_pixels_and_cells_is_held_against_the_truth() -> None:
    """A model that always says the picture's one colour is right everywhere."""
    red = np.zeros((48, 48, 3), np.uint8) + np.array([180, 60, 60], np.uint8)
    palette = Palette(np.array([[48.0, 25], [-40, 40]]))
    spec = palette_spec(palette=palette)
    right = Colorizer(model_bytes(constant_model(np.array([30.0, 0])), spec))
    wrong = Colorizer(model_bytes(constant_model(np.array([0.0, 30])), spec))
    for colorizer, truth in ((right, True), (wrong, False)):
        cells = of_cells(colorizer, red)
        result = colorizer.colorize(red)
        pixels = of_pixels(colorizer.confidence(red), result, red)
        for found in (cells, pixels):
            assert found.said.min() > 0.99  # sure of itself, rightly or not
            assert (found.right == truth).all()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    Image.fromarray(GRAY).save(tmp_path / "cat.png")
    return tmp_path / "cat.png"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    (tmp_path / "m.onnx").write_bytes(model_bytes(conv_model(), palette_spec(confidence=CURVE)))
    return tmp_path / "m.onnx"


def run(*arguments: object) -> int:
    return main([str(each) for each in arguments])


def test_the_command_writes_a_map_and_a_description(photo: Path, model: Path) -> None:
    assert run("colorize", photo, "--model", model, "--confidence") == 0
    told = json.loads(photo.with_name("cat-color-confidence.json").read_text(encoding="utf-8"))
    assert set(told) == {
        "format", "within_de00", "calibrated", "confidence", "told", "sure", "guessed",
        "doubtful", "novelty", "regions",
    }  # fmt: skip
    assert told["calibrated"] is True
    assert told["told"] + told["sure"] + told["guessed"] == pytest.approx(1, abs=1e-3)
    assert {"kind", "share", "confidence", "box"} == set(told["regions"][0])
    with Image.open(photo.with_name("cat-color-confidence.png")) as drawn_map:
        assert drawn_map.width == confidence_map.SHORTEST
    plain = photo.with_name("plain.png")
    assert run("colorize", photo, "--model", model, "-o", plain) == 0
    assert plain.read_bytes() == photo.with_name("cat-color.png").read_bytes()


def test_the_command_overwrites_no_map(
    photo: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo.with_name("cat-color-confidence.json").write_text("mine", encoding="utf-8")
    assert run("colorize", photo, "--model", model, "--confidence") == 1
    assert "exists already" in capsys.readouterr().err
    assert not photo.with_name("cat-color.png").exists()
    assert run("colorize", photo, "--model", model, "--confidence", "--force") == 0


def test_the_command_refuses_what_has_no_confidence(
    photo: Path, model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rgb = tmp_path / "rgb.onnx"
    Image.fromarray(chelsea(4)).save(photo.with_name("coloured.png"))
    rgb.write_bytes(model_bytes(conv_model(3, output="rgb"), rgb_spec()))
    for arguments, words in (
        ((photo, "--model", rgb), "cannot tell how sure"),
        ((photo, "--model", model, "--alternatives", 2), "has several"),
        ((photo, "--model", model, "--chroma-from", photo.with_name("coloured.png")), "how sure"),
        (("-", "--model", model, "-o", tmp_path / "x.png"), "name a file"),
    ):
        assert run("colorize", *arguments, "--confidence") == 2
        assert words in capsys.readouterr().err


def test_two_maps_of_one_name_are_refused(
    photo: Path, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(GRAY).save(photo.with_suffix(".jpg"))
    out = photo.with_name("out")
    assert run("colorize", photo, photo.with_suffix(".jpg"), "-o", out, "-m", model,
               "--confidence") == 2  # fmt: skip
    assert "both be written to" in capsys.readouterr().err

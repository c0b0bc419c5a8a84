"""Several answers for one picture: seeded, unlike, coherent, and each to be had by itself."""

from typing import Any

import numpy as np
import pytest
from skimage.color import deltaE_ciede2000

from models import (
    COLORS,
    constant_model,
    conv_model,
    model_bytes,
    palette_spec,
    rgb_spec,
    srgb_spec,
)
from photochrom.color import gray, lab
from photochrom.errors import OptionError
from photochrom.evaluation.choices import alike, choice_sheet, small
from photochrom.imageio.picture import Picture
from photochrom.inference import answers, decoding
from photochrom.inference.alternatives import MOST, Alternatives
from photochrom.inference.answers import Looks
from photochrom.inference.colorizer import Colorizer
from photochrom.inference.field import Guess
from photochrom.inference.runtime import Runtime
from photochrom.palettes.palette import Palette
from pictures import photograph

Array = np.ndarray[Any, np.dtype[Any]]
VISIBLE = 2.0  # mean dE00; answers for what is uncertain differ by much more
HIDDEN = 1.0  # mean dE00; what is certain stays as it is, but for less than one sees
STORED = 0.6  # code values of the gray equivalent, as in test_colorizer

DOUBTFUL = Colorizer(model_bytes(conv_model(gain=2), palette_spec()))
SPEC = palette_spec(temperature=0.8, gain=1.3)


def constant(logits: list[float], **options: Any) -> Colorizer:
    spec = palette_spec(palette=Palette(COLORS[: len(logits)]), **options)
    return Colorizer(model_bytes(constant_model(np.array(logits)), spec))


def cat() -> Array:
    return photograph("chelsea")[::3, ::3]


def apart(one: Array, other: Array) -> float:
    """Mean dE00, by scikit-image."""
    both = [lab.from_srgb(each / 255) for each in (one, other)]
    return float(deltaE_ciede2000(*both).mean())


def smooth_guess(seed: int = 0, size: tuple[int, int] = (24, 32)) -> Guess:
    """Blobs of doubt, of which no two are mirror images."""
    rng = np.random.default_rng(seed)
    down, across = np.linspace(0, 1, size[0])[:, None], np.linspace(0, 1, size[1])
    waves = rng.normal(0, 3, (7, 4))
    planes = [a * np.sin(b * down + c) + d * np.cos(b * across - a) for a, b, c, d in waves]
    light = np.where(planes[6] > planes[6].mean(), 70, 30) + planes[0]  # no two steps equal
    return Guess(np.array(planes[:6], np.float32), light.astype(np.float32), size)


def decoded(guess: Guess, palette: Palette) -> Array:
    return decoding.to_chroma(guess.output, SPEC, "annealed-mean", None, palette)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    colorizer = Colorizer()  # that ships: the first answers, the likely ones, hardly vary
    first, again, other = (colorizer.alternatives(cat(), 4, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (np.array(first) != np.array(other)).any()


def test_each_answer_can_be_had_by_itself_whatever_their_number() -> None:
    many = DOUBTFUL.alternatives(cat(), 4, seed=5)
    np.testing.assert_array_equal(many[:2], DOUBTFUL.alternatives(cat(), 2, seed=5))
    for number, one in enumerate(many, start=1):
        alone = DOUBTFUL.colorize(cat(), alternative=number, seed=5)
        np.testing.assert_array_equal(alone, one)


def test_each_answer_says_which_it_is() -> None:
    for number, one in enumerate(DOUBTFUL.each_alternative(Picture(cat()), 2, seed=7), start=1):
        assert f'"alternative":{number}' in str(one.kept.xmp).replace("&quot;", '"')
    (bare,) = DOUBTFUL.alternatives(Picture(cat()), 1, provenance=False)
    assert bare.kept.xmp is None


def test_answers_for_what_is_uncertain_are_unlike_the_plain_one_and_each_other() -> None:
    colorizer = constant([0.0, 1, 1, 1])  # gray; or as likely red, green or blue
    picture = np.full((40, 50, 3), 120, np.uint8)
    found = [colorizer.colorize(picture), *colorizer.alternatives(picture, 3)]
    for place, one in enumerate(found):
        assert all(apart(one, other) > VISIBLE for other in found[:place])
    assert alike(found) == []


def test_what_is_certain_gets_nearly_the_plain_answer_and_that_is_told() -> None:
    colorizer = constant([0.0, 30, 0, 0])
    picture = np.full((40, 50, 3), 120, np.uint8)
    plain, found = colorizer.colorize(picture), colorizer.alternatives(picture, 3)
    assert all(apart(plain, one) < HIDDEN for one in found)
    assert alike(found) == [2, 3]


def test_the_sure_part_of_a_picture_stays_while_the_other_varies() -> None:
    output = np.zeros((6, 30, 40), np.float32)
    output[1, :, :20] = 12  # for certain
    output[2:4, :, 20:] = 6  # green or blue
    light = np.where(np.arange(40) < 20, 30, 70) * np.ones((30, 1))
    guess = Guess(output, light.astype(np.float32), (30, 40))
    palette = Palette(COLORS)
    several, plain = Alternatives.of(guess, palette, SPEC), decoded(guess, palette)
    for number in (1, 2):
        moved = np.abs(decoded(several.answer(number, 0), palette) - plain).max(axis=2)
        assert moved[:, :17].max() < HIDDEN
        assert moved[:, 23:].min() > 10
    hues = [decoded(several.answer(number, 0), palette)[0, 30] for number in (1, 2)]
    assert hues[0] @ hues[1] < 0  # one is green, one blue


def test_what_is_sure_inside_a_doubtful_region_stays_too() -> None:
    output = np.zeros((6, 30, 40), np.float32)
    output[2:4] = 6  # green or blue
    output[2:4, 12:15, 20:23] = 0
    output[1, 12:15, 20:23] = 16  # a red spot, for certain
    guess = Guess(output, np.full((30, 40), 60, np.float32), (30, 40))
    palette = Palette(COLORS)
    several, plain = Alternatives.of(guess, palette, SPEC), decoded(guess, palette)
    assert len(several.regions.sizes) == 1
    for number in (1, 2):
        moved = np.abs(decoded(several.answer(number, 0), palette) - plain).max(axis=2)
        assert moved[13, 21] < HIDDEN
        assert moved[0, 0] > 10


def test_a_region_comes_out_in_one_colour_although_the_doubt_in_it_varies() -> None:
    output = np.zeros((6, 30, 40), np.float32)
    output[2] = 3
    output[3] = np.linspace(0, 6, 40)  # blue, ever likelier from left to right
    guess = Guess(output, np.full((30, 40), 60, np.float32), (30, 40))
    palette = Palette(COLORS)
    several = Alternatives.of(guess, palette, SPEC)
    assert len(several.regions.sizes) == 1
    spread = [
        np.ptp(decoded(each, palette)[15], axis=0).max()
        for each in (guess, several.answer(1, 0), several.answer(2, 0))
    ]
    assert max(spread[1:]) < 0.1 * spread[0]  # a third of it when all are tilted alike


def test_lightness_is_kept() -> None:
    picture = cat()[..., :1]
    for one in DOUBTFUL.alternatives(Picture(picture), 2):
        back = gray.from_srgb(one.pixels / 255) * 255
        assert np.abs(back - picture[..., 0]).max() <= STORED


def test_permuting_the_palette_changes_nothing() -> None:
    guess, order = smooth_guess(), np.array([3, 0, 5, 1, 4, 2])
    shuffled = Guess(guess.output[order], guess.lightness, guess.span)
    one = Alternatives.of(guess, Palette(COLORS), SPEC)
    other = Alternatives.of(shuffled, Palette(COLORS[order]), SPEC)
    assert len(one.regions.sizes) > 1
    for number in (1, 2, 3):
        np.testing.assert_allclose(
            decoded(one.answer(number, 0), Palette(COLORS)),
            decoded(other.answer(number, 0), Palette(COLORS[order])),
            atol=1e-3,
        )


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("seed", range(3))
def test_flips_commute(axis: int, seed: int) -> None:
    guess, palette = smooth_guess(seed), Palette(COLORS)
    output, light = np.flip(guess.output, axis + 1), np.flip(guess.lightness, axis)
    mirrored = Guess(np.ascontiguousarray(output), np.ascontiguousarray(light), guess.span)
    one = Alternatives.of(guess, palette, SPEC)
    other = Alternatives.of(mirrored, palette, SPEC)
    for number in (1, 2, 3):
        expected = np.flip(decoded(one.answer(number, 0), palette), axis)
        np.testing.assert_allclose(decoded(other.answer(number, 0), palette), expected, atol=1e-2)


def test_all_answers_share_one_evaluation(monkeypatch: pytest.MonkeyPatch) -> None:
    runs: list[int] = []
    run = Runtime.run

    def counted(self: Runtime, lightness: Any) -> Any:
        runs.append(1)
        return run(self, lightness)

    monkeypatch.setattr(Runtime, "run", counted)
    assert len(DOUBTFUL.alternatives(cat(), 5)) == 5
    assert len(runs) == 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (4000, 20), (3, 700)])
@pytest.mark.parametrize("stride", [1, 4])
def test_odd_pictures_give_answers(shape: tuple[int, int], stride: int) -> None:
    spec = palette_spec(stride=stride, multiple=8)
    colorizer = Colorizer(model_bytes(conv_model(stride=stride, gain=2), spec))
    picture = np.random.default_rng(0).integers(0, 256, (*shape, 1)).astype(np.uint8)
    for one in colorizer.alternatives(Picture(picture), 2):
        assert one.pixels.shape == (*shape, 3)


def test_other_options_apply_to_each_answer() -> None:
    with_hint = DOUBTFUL.alternatives(cat(), 2, hints=["30,20=gray"])
    assert [np.ptp(one[20, 30]) for one in with_hint] == [0, 0]
    own = Palette(np.array([[30.0, 0], [-30, 0], [0, 40], [0, -40]]))
    colored = DOUBTFUL.alternatives(cat(), 2, palette=own)
    assert apart(*colored) > HIDDEN
    vivid, dull = (DOUBTFUL.alternatives(cat(), 1, vividness=v)[0] for v in (1.0, 0.0))
    assert np.ptp(vivid, axis=2).mean() > 1.5 * np.ptp(dull, axis=2).mean()
    assert DOUBTFUL.alternatives(cat(), 1, decode="argmax")[0].shape == cat().shape


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"alternative": 0}, "1 to 16"),
        ({"alternative": MOST + 1}, "got 17"),
        ({"alternative": 1, "seed": -1}, "seed must be 0 or more"),
        ({"alternative": 1, "hints": ["3,3=red"], "hints_only": True}, "leaves the model out"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        DOUBTFUL.check(**options)
    with pytest.raises(OptionError, match=words):
        DOUBTFUL.colorize(cat(), **options)


def test_models_and_decodes_without_lightness_are_refused() -> None:
    direct = Colorizer(model_bytes(conv_model(3, output="rgb"), rgb_spec()))
    with pytest.raises(OptionError, match="need a palette model"):
        direct.alternatives(cat(), 2)
    whole = Colorizer(model_bytes(constant_model(np.zeros(5)), srgb_spec()))
    with pytest.raises(OptionError, match="argmax-rgb"):
        whole.alternatives(cat(), 2, decode="argmax-rgb")
    assert len(whole.alternatives(cat(), 2)) == 2


def looks(seed: int = 0, regions: int = 4) -> Looks:
    rng = np.random.default_rng(seed)
    likely = rng.dirichlet(np.ones(19), regions)
    return Looks(
        rng.dirichlet(np.full(regions, 3.0)),
        rng.uniform(20, 90, regions),
        rng.normal(0, 5, (regions, 2)),
        rng.normal(0, 40, (regions, 19, 2)),
        likely,
    )


def test_the_first_answer_brings_all_draws_nearest() -> None:
    """Every draw is tried as the first answer, with scikit-image's dE00."""
    given = looks()
    drawn = answers._draw(given.likely, np.random.default_rng(3))
    light = np.broadcast_to(given.lightness[:, None], (4, 1))
    told = given.told[np.arange(4), drawn]  # (draws, r, 2)
    full = [np.concatenate([light, each], axis=1) for each in told]
    plain = np.concatenate([light, given.plain], axis=1)

    def between(one: Array, other: Array) -> float:
        return float(deltaE_ciede2000(one, other) @ given.sizes)

    from_plain = np.array([between(plain, each) for each in full])
    left = [np.minimum(from_plain, [between(each, other) for other in full]).sum() for each in full]
    (chosen,) = answers.choose(given, 1, 3)
    (found,) = {left[n] for n in range(len(full)) if (drawn[n] == chosen).all()}
    np.testing.assert_allclose(found, min(left), rtol=1e-3)


def test_draws_follow_the_probability_and_leave_out_what_is_unlikely() -> None:
    likely = np.array([[0.5, 0.3, 0.15, 0.05]])
    drawn = [answers._draw(likely, np.random.default_rng(seed)) for seed in range(60)]
    share = np.bincount(np.concatenate(drawn).ravel(), minlength=4) / (60 * answers.DRAWS)
    expected = np.array([0.5, 0.3, 0.15, 0]) ** (1 / 1.5)
    np.testing.assert_allclose(share, expected / expected.sum(), atol=0.02)


def test_regions_that_are_alike_mostly_get_the_same() -> None:
    likely = np.tile(np.random.default_rng(0).dirichlet(np.full(19, 5.0)), (2, 1))
    drawn = answers._draw(likely, np.random.default_rng(1))
    alone = (likely[0] ** 2).sum()  # how often two independent draws agree, about
    assert (drawn[:, 0] == drawn[:, 1]).mean() > max(0.6, 3 * alone)


def test_dull_answers_come_last() -> None:
    told = np.zeros((1, 19, 2))
    told[0, :, 0] = np.where(np.arange(19) < 15, 2.0, 40.0)  # most are near gray
    given = Looks(
        np.ones(1), np.array([60.0]), np.array([[10.0, 0]]), told, np.full((1, 19), 1 / 19)
    )
    families = answers.choose(given, 4, 0)[:, 0]
    assert families[0] >= 15
    assert (families[1:] < 15).any()  # and before one that is there already


def test_the_sheet_holds_every_answer_and_its_number() -> None:
    tones = [np.full((30, 40, 3), tone, np.uint8) for tone in range(10, 130, 20)]
    sheet = choice_sheet(tones[0], tones[1:], cell=40)
    for tone in range(10, 130, 20):
        assert (sheet == tone).all(axis=2).sum() >= 30 * 40
    assert sheet.shape[1] == 5 * (40 + 16)  # five across; the sixth begins a row
    assert sheet.shape[0] == 2 * (22 + 30 + 16)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3])
def test_cells_of_the_sheet_are_small_and_rgb(dtype: Any, channels: int) -> None:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, np.iinfo(dtype).max, (600, 900, channels)).astype(dtype)
    assert small(Picture(codes)).shape == (256, 384, 3)
    colorless = small(Picture(codes), gray=True)
    assert colorless.dtype == np.uint8
    assert np.ptp(colorless, axis=2).max() == 0

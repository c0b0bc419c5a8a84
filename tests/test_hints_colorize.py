"""Hints on pictures: exact where they are, also by the session and the command line."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from coloraide import Color
from PIL import Image
from skimage import data

from models import conv_model, model_bytes, palette_spec, rgb_spec, srgb_spec
from photochrom.cli.main import main
from photochrom.color import lab
from photochrom.errors import HintError, OptionError
from photochrom.inference.colorizer import Colorizer
from photochrom.inference.hints.anchors import anchor
from photochrom.inference.hints.hint import Hint
from photochrom.inference.hints.marks import mark
from photochrom.inference.hints.session import PREVIEW, Session
from photochrom.inference.recipe import Recipe
from photochrom.palettes.palette import Palette

MODEL = model_bytes(conv_model(), palette_spec())
COLORIZER = Colorizer(MODEL)
GRAY = data.camera()[60:360:2, 100:500:2]  # 150 x 200
HINTS = ("50,40=ab(14 -22)", "120,100,3=ab(8 25)", "160,20=ab(0 0)")


def nearest(code: int, a: float, b: float) -> list[int]:
    """The colour of this gray and chroma, by coloraide."""
    light = Color("srgb", [code / 255] * 3).convert("lab-d65")["lightness"]
    return [
        round(255 * value) for value in Color("lab-d65", [light, a, b]).convert("srgb").coords()
    ]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("only", [False, True])
def test_hinted_pixels_have_exactly_their_colour(dtype: Any, only: bool) -> None:
    gray = (
        np.full((150, 200), 140, dtype)
        if dtype == np.uint8
        else np.full((150, 200), 140 * 257, dtype)
    )
    gray[::3, ::2] += 9
    result = COLORIZER.colorize(gray, hints=HINTS, hints_only=only)
    scale = 1 if dtype == np.uint8 else 257
    for (x, y), chroma in (((50, 40), (14, -22)), ((120, 100), (8, 25)), ((160, 20), (0, 0))):
        wanted = nearest(round(int(gray[y, x]) / scale), *chroma)
        assert np.abs(result[y, x] / scale - wanted).max() <= 1.05


def test_lightness_stays() -> None:
    result = COLORIZER.colorize(GRAY, hints=HINTS)
    light = lab.from_srgb(result / 255)[..., 0]
    wanted = lab.from_srgb(np.repeat(GRAY[..., None], 3, 2) / 255)[..., 0]
    assert np.abs(light - wanted).max() < 0.6


def test_the_last_hint_on_a_pixel_counts() -> None:
    result = COLORIZER.colorize(GRAY, hints=["50,40,4=ab(30 0)", "50,40=ab(0 30)"])
    a, b = lab.from_srgb(result[40, 50] / 255)[1:]
    assert b > 20 > a


def test_no_hints_change_nothing() -> None:
    np.testing.assert_array_equal(COLORIZER.colorize(GRAY, hints=()), COLORIZER.colorize(GRAY))


def test_a_hint_changes_its_region_and_not_what_lies_beyond() -> None:
    gray = np.full((128, 192), 90, np.uint8)
    gray[:, 96:] = 200
    plain = COLORIZER.colorize(gray)
    hinted = COLORIZER.colorize(gray, hints=["40,64=ab(-40 -30)"])
    change = np.abs(hinted.astype(int) - plain).max(axis=2)
    assert change[:, :80].mean() > 5 * change[:, 112:].mean()


def test_a_layer_is_followed() -> None:
    rgba = np.zeros((*GRAY.shape, 4), np.uint8)
    rgba[30:50, 60:90] = (200, 120, 60, 255)
    layer = Image.fromarray(rgba)
    result = COLORIZER.colorize(GRAY, hints=[layer])
    chroma = lab.from_srgb(result / 255)[35:45, 65:85, 1:]
    wanted = Hint(((0, 0),), "#c8783c").chroma()
    light = GRAY[35:45, 65:85]
    roomy = (light > 110) & (light < 190)  # where sRGB holds the colour
    assert roomy.any()
    assert np.abs(chroma[roomy] - wanted).max() < 3


def test_what_cannot_be_shown_is_noted_in_the_picture() -> None:
    picture = COLORIZER.colorize(_png(np.full((20, 20), 250, np.uint8)), hints=["5,5=blue"])
    assert any("hint 5,5: its colour" in note for note in picture.kept.notes)


def _png(gray: np.ndarray[Any, Any]) -> bytes:
    from io import BytesIO

    file = BytesIO()
    Image.fromarray(gray).save(file, "png")
    return file.getvalue()


def test_hints_clash_with_what_has_no_chroma() -> None:
    with pytest.raises(OptionError, match="but there are no hints"):
        COLORIZER.colorize(GRAY, hints_only=True)
    for unheard in ({"vividness": 0.5}, {"decode": "argmax"}, {"working_size": 64}):
        with pytest.raises(OptionError, match=f"leave out {next(iter(unheard))}, too"):
            COLORIZER.check(hints=HINTS, hints_only=True, **unheard)
    origin = Colorizer(model_bytes(conv_model(5), srgb_spec()))
    with pytest.raises(OptionError, match="goes with no hints"):
        origin.colorize(GRAY, decode="argmax-rgb", hints=HINTS)
    direct = Colorizer(model_bytes(conv_model(3, output="rgb"), rgb_spec()))
    with pytest.raises(HintError, match="there is no palette"):
        direct.colorize(GRAY, hints=["1,1=3"])


def test_a_palettes_number_is_its_colour() -> None:
    by_number = COLORIZER.colorize(GRAY, hints=["50,40=1"])
    np.testing.assert_array_equal(by_number, COLORIZER.colorize(GRAY, hints=["50,40=ab(40 30)"]))


def test_a_session_gives_what_colorize_gives() -> None:
    session = Session(COLORIZER, GRAY)
    np.testing.assert_array_equal(session.result(), COLORIZER.colorize(GRAY))
    first, second = (session.add(hint) for hint in HINTS[:2])
    np.testing.assert_array_equal(session.result(), COLORIZER.colorize(GRAY, hints=HINTS[:2]))
    session.move(first, HINTS[2])
    moved = (HINTS[2], HINTS[1])
    np.testing.assert_array_equal(session.result(), COLORIZER.colorize(GRAY, hints=moved))
    session.remove(second)
    assert session.recipe == Recipe(hints=(HINTS[2],))
    np.testing.assert_array_equal(session.result(), COLORIZER.colorize(GRAY, hints=HINTS[2:]))


def test_a_preview_is_the_result_of_a_small_picture_but_for_hinted_pixels() -> None:
    session = Session(COLORIZER, GRAY, hints=HINTS)
    away = np.abs(session.preview().astype(int) - session.result())
    assert away.mean() < 0.2
    large = Session(COLORIZER, np.tile(GRAY, (10, 10)))
    height, width = large.preview().shape[:2]
    assert height * width <= PREVIEW * 1.01


def test_a_preview_keeps_to_an_exact_palette() -> None:
    two = Palette(np.array([[30.0, 10.0], [-20.0, 15.0]]))
    session = Session(COLORIZER, GRAY, palette=two, exact_palette=True, hints=HINTS[:1])
    away = np.abs(session.preview().astype(int) - session.result()).max(axis=2)
    assert np.mean(away > 2) < 0.05


def test_a_wrong_hint_leaves_a_session_as_it_was() -> None:
    session = Session(COLORIZER, GRAY, hints=HINTS[:1])
    for wrong in ("500,3=red", "1,1=77", "nonsense"):
        with pytest.raises(HintError):
            session.add(wrong)
    with pytest.raises(HintError, match="there is no hint 9 in this session; there are 1"):
        session.move(9, HINTS[0])
    assert list(session.hints) == [1]


def test_suggestions_lie_in_the_picture_and_differ() -> None:
    session = Session(COLORIZER, GRAY)
    found = session.suggest(5)
    assert len(set(found)) == 5
    height, width = GRAY.shape
    assert all(0 <= x < width and 0 <= y < height for x, y in found)
    session.add(Hint((found[0],), "gray"))
    assert found[0] not in session.suggest(5)


@pytest.fixture
def scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "m.onnx").write_bytes(MODEL)
    Image.fromarray(GRAY).save(tmp_path / "old.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def colorize(*words: str) -> int:
    return main(["colorize", "old.png", "-o", "new.png", "--model", "m.onnx", "--force", *words])


def test_the_command_line_takes_hints_and_files(scans: Path) -> None:
    assert colorize("--hint", HINTS[0], "--hint", HINTS[1]) == 0
    one = np.asarray(Image.open("new.png"))
    np.testing.assert_array_equal(one, COLORIZER.colorize(GRAY, hints=HINTS[:2]))
    listed = [Hint.parse(hint).to_dict() for hint in HINTS[:2]]
    Path("hints.json").write_text(json.dumps(listed), encoding="utf-8")
    assert colorize("--hints", "hints.json") == 0
    np.testing.assert_array_equal(np.asarray(Image.open("new.png")), one)
    assert colorize("--hint", HINTS[0], "--hints-only") == 0
    only = COLORIZER.colorize(GRAY, hints=HINTS[:1], hints_only=True)
    np.testing.assert_array_equal(np.asarray(Image.open("new.png")), only)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--hint", "500,40=red"], "lies outside the picture (200 x 150, upright)"),
        (["--hint", "50,40=reddish"], "there is no colour 'reddish'"),
        (["--hint", "50,40=99"], "which has 0 to 5"),
        (["--hint", "red"], "such as 120,80,5=#aa2211"),
        (["--hints", "no.json"], "there is no hint file"),
        (["--hints", "small.png"], "the hint layer is 4 x 5 px"),
        (["--hints-only"], "there are no hints"),
    ],
)
def test_wrong_hints_are_one_sentence(
    scans: Path, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.new("RGBA", (4, 5), "red").save("small.png")
    assert colorize(*words) in (1, 2)
    found = capsys.readouterr().err
    assert said in found
    assert len(found.strip().splitlines()) == 1
    assert not Path("new.png").exists()


def test_a_session_takes_numbers_of_the_palette_that_is_asked_for() -> None:
    asked = {"palette": Palette(np.array([[30.0, 10.0], [-20.0, 15.0]])), "hints": ["50,40,3=1"]}
    wanted = COLORIZER.colorize(GRAY, **asked)
    np.testing.assert_array_equal(Session(COLORIZER, GRAY, **asked).result(), wanted)


def test_a_session_of_hints_alone_guesses_nothing_without_them() -> None:
    session = Session(COLORIZER, GRAY, hints_only=True)
    assert np.ptp(session.preview(), axis=2).max() == 0
    with pytest.raises(OptionError, match="there are no hints"):
        session.result()


def test_a_session_refuses_clashes_at_once() -> None:
    with pytest.raises(OptionError):
        Session(COLORIZER, GRAY, hints_only=True, alternative=2)


def test_thousands_of_hints_share_anchors() -> None:
    rng = np.random.default_rng(0)
    hints = [Hint(((int(x), int(y)),), "ab(10 5)") for x, y in rng.integers(0, 150, (3000, 2))]
    marks = mark(hints, *GRAY.shape)
    assert len(anchor(marks, *GRAY.shape, GRAY.shape).rows) <= 200


@pytest.mark.parametrize("options", [{"vividness": "x"}, {"seed": 1.5}, {"alternative": True},
                                     {"hints_only": 1}, {"working_size": 64.5}])  # fmt: skip
def test_options_of_another_type_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match=f"{next(iter(options))} must be"):
        COLORIZER.colorize(GRAY, **options)


def test_none_stands_for_no_hints_and_numpy_values_for_plain_ones() -> None:
    recipe = Recipe(hints=None, exact_palette=np.True_, vividness=np.float32(0.25))  # type: ignore[arg-type]
    assert recipe.to_dict() == {"exact_palette": True, "vividness": 0.25}


@pytest.mark.parametrize(
    "words",
    [
        ["--hints", "new.png"],
        ["--hints", "layer.png", "--layer", "layer.png"],
        ["--confidence", "--layer", "new-confidence.png"],
    ],
)
def test_nothing_that_is_read_or_written_is_written_over(
    scans: Path, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    painted = np.zeros((*GRAY.shape, 4), np.uint8)
    painted[40, 50] = (200, 90, 30, 255)
    for name in ("new.png", "layer.png"):
        Image.fromarray(painted).save(name)
    before = Path("new.png").read_bytes()
    assert colorize(*words) == 2
    assert "would be overwritten" in capsys.readouterr().err
    assert Path("new.png").read_bytes() == before


def test_what_is_read_is_not_written_over_by_another_name_of_it(
    scans: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Image.fromarray(np.full((*GRAY.shape, 4), 255, np.uint8)).save("hints.png")
    words = [
        "colorize",
        "old.png",
        "-m",
        "m.onnx",
        "-o",
        Path("hints.png").absolute().as_uri(),
        "--force",
    ]
    assert main([*words, "--hints", "hints.png"]) == 2
    assert "hints.png is read and would be overwritten" in capsys.readouterr().err

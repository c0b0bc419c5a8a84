"""A palette as a control of colouring: softly and exactly."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import skimage.color
from coloraide import Color
from PIL import Image
from scipy.optimize import nnls

import models
from photochrom.cli.main import main
from photochrom.errors import OptionError, PaletteError
from photochrom.filters.guided import GuidedEnlargement
from photochrom.imageio.picture import Picture
from photochrom.inference import fullsize, parallel
from photochrom.inference.colorizer import Colorizer
from photochrom.inference.exact import Snapped
from photochrom.inference.field import Field
from photochrom.inference.finish import finish
from photochrom.inference.palettes import open_palette, palette_of
from photochrom.inference.recipe import Recipe
from photochrom.palettes.files import SUFFIXES, load_palette, save_palette
from photochrom.palettes.palette import Palette
from pictures import chelsea, encode, photograph

Array = npt.NDArray[Any]
ROUNDING = 1.1  # codes of 8 bits: red and blue are rounded, green then fits the lightness
AT_THE_EDGE = 4  # where a colour has just no room left: decision 0010, between nodes of the table
GENERAL = Colorizer()
PAINTS = Palette(
    np.array([[38.0, 70, 83], [42, 157, 143], [233, 196, 106], [231, 111, 81]]), "srgb"
)
CHROMAS = [Color("srgb", list(rgb / 255)).convert("lab-d65").coords()[1:] for rgb in PAINTS.colors]


def gray(rgb: Array) -> Array:
    return np.rint(skimage.color.rgb2gray(rgb) * 255).astype(np.uint8)


CAT = gray(chelsea())


def fitting(lightness: float, chroma: list[float]) -> Array:
    """Encoded sRGB of the largest share of chroma that has room at a lightness, by halving."""
    inside, beyond = 0.0, 2.0
    for _ in range(16):
        share = (inside + beyond) / 2
        color = Color("lab-d65", [lightness, *(share * value for value in chroma)])
        fits = share <= 1 and color.convert("srgb").in_gamut(tolerance=1e-5)
        inside, beyond = (share, beyond) if fits else (inside, share)
    color = Color("lab-d65", [lightness, *(inside * value for value in chroma)])
    return np.clip(color.convert("srgb").coords(), 0, 1)


def distance_to_palette(colored: Array, master: Array) -> Array:
    """Code values between each pixel and what the nearest of the paints would be there."""
    table = np.zeros((256, len(CHROMAS), 3))
    for level in np.unique(master):
        lightness = Color("srgb", [level / 255] * 3).convert("lab-d65")["lightness"]
        table[level] = [255 * fitting(lightness, list(chroma)) for chroma in CHROMAS]
    away = np.abs(table[master] - colored[:, :, np.newaxis]).max(axis=-1)
    return np.asarray(away.min(axis=-1))


def chroma_of(colored: Array) -> Array:
    """a* and b* of 8 or 16 bit sRGB, by scikit-image."""
    most = np.iinfo(colored.dtype).max
    return np.asarray(skimage.color.rgb2lab(colored / most)[..., 1:])


def beyond_hull(points: Array, corners: Array) -> float:
    """How far the farthest point is from the mixtures of the corners, by least squares."""
    sides = np.vstack([np.transpose(corners), 1e5 * np.ones(len(corners))])
    return max(nnls(sides, np.append(point, 1e5))[1] for point in points)


def test_exactly_every_pixel_has_a_colour_of_the_palette(tmp_path: Path) -> None:
    save_palette(PAINTS, tmp_path / "paints.ase")
    Image.fromarray(CAT).save(tmp_path / "cat.png")
    command = ["colorize", str(tmp_path / "cat.png"), "-o", str(tmp_path / "out.png")]
    assert main([*command, "--palette", str(tmp_path / "paints.ase"), "--exact-palette"]) == 0
    colored = np.asarray(Image.open(tmp_path / "out.png").convert("RGB"))
    away = distance_to_palette(colored.astype(float), CAT)
    assert away.max() <= AT_THE_EDGE
    assert (away > ROUNDING).mean() < 0.02
    hues = chroma_of(colored)[(CAT > 90) & (CAT < 160)]
    assert np.std(hues, axis=0).max() > 5  # and they are several


def test_exactly_in_sixteen_bits_too() -> None:
    master = CAT[::4, ::4].astype(np.uint16) * 257
    colored = GENERAL.colorize(Picture(master[..., None]), palette=PAINTS, exact_palette=True)
    away = distance_to_palette(colored.pixels / 257, CAT[::4, ::4])
    assert away.max() <= 0.3  # of an 8-bit code


def test_exactly_means_the_models_own_colours_where_none_are_given() -> None:
    own = models.palette_spec().palette
    assert own is not None
    colorizer = Colorizer(models.model_bytes(models.conv_model(), models.palette_spec()))
    colored = colorizer.colorize(np.full((40, 50), 120, np.uint8), exact_palette=True)
    same = colorizer.colorize(np.full((40, 50), 120, np.uint8), exact_palette=True, palette=own)
    np.testing.assert_array_equal(colored, same)
    apart = np.linalg.norm(chroma_of(colored)[:, :, None] - own.chroma, axis=-1)
    assert apart.min(axis=-1).max() < 1.5


def test_softly_everything_is_a_mixture_of_the_palette() -> None:
    # With a gray in the palette its hull reaches to gray, and gamut mapping cannot lead out of it.
    palette = Palette(np.concatenate([PAINTS.colors, [[128.0] * 3]]), "srgb")
    corners = [*CHROMAS, [0.0, 0.0]]
    master = gray(photograph("astronaut")).astype(np.uint16) * 257
    colored = GENERAL.colorize(Picture(master[..., None]), palette=palette).pixels
    chroma = chroma_of(colored).reshape(-1, 2)
    assert np.abs(chroma).max() > 8
    some = np.concatenate([chroma[::97], chroma[np.argsort(np.abs(chroma).sum(1))[-500:]]])
    assert beyond_hull(some, corners) < 0.1
    field = GENERAL.field(CAT, palette=palette)
    assert beyond_hull(field.chroma.reshape(-1, 2)[::7], corners) < 0.25 / np.sqrt(2) + 1e-3


def overshooting(dtype: Any) -> tuple[Array, Field]:
    """A picture of more contrast than its grid, and chroma that goes along with lightness there."""
    dark = np.random.default_rng(8).integers(0, 2, (20, 30)).astype(bool)
    lightness = np.where(dark, 45, 60).astype(np.float32)
    chroma = np.where(dark[..., None], CHROMAS[1], CHROMAS[3]).astype(np.float32)
    most = np.iinfo(dtype).max
    pixels = np.where(dark, 0.35 * most, 0.65 * most).repeat(9, axis=0).repeat(9, axis=1)
    return pixels.astype(dtype)[..., None], Field(chroma, lightness, (20.0, 30.0))


@pytest.mark.parametrize("large", [False, True])
def test_enlargement_cannot_lead_out_of_the_palette(
    large: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if large:  # then every distinct chroma is treated once
        monkeypatch.setattr(fullsize, "_MANY", 1)
        monkeypatch.setattr(fullsize, "_COARSE", 1)
    master, field = overshooting(np.uint8 if large else np.uint16)
    palette = Palette(np.concatenate([PAINTS.colors, [[128.0] * 3]]), "srgb")
    corners = [*CHROMAS, [0.0, 0.0]]
    colored = chroma_of(finish(master, field, Recipe(palette=palette))).reshape(-1, 2)
    free = chroma_of(finish(master, field, Recipe())).reshape(-1, 2)
    rounding = 0.8 if large else 0.1  # a*b* units
    assert beyond_hull(colored[::13], corners) < rounding < 3 < beyond_hull(free[::13], corners)


@pytest.mark.parametrize("exact", [False, True])
def test_permuting_a_palette_changes_nothing(exact: bool) -> None:
    order = [3, 0, 2, 1, 3]
    again = Palette(PAINTS.colors[order], "srgb", tuple("abcde"))
    first = GENERAL.colorize(CAT, palette=PAINTS, exact_palette=exact)
    second = GENERAL.colorize(CAT, palette=again, exact_palette=exact)
    np.testing.assert_array_equal(first, second)


def test_the_models_own_colours_change_hardly_anything() -> None:
    plain = chroma_of(GENERAL.colorize(CAT))
    same = chroma_of(GENERAL.colorize(CAT, palette=GENERAL.spec.palette))
    assert np.linalg.norm(same - plain, axis=-1).mean() < 1
    assert np.linalg.norm(plain, axis=-1).mean() > 5


def test_vividness_reaches_for_the_palettes_vivid_colours() -> None:
    palette = Palette(np.array([[0.0, 0], [60, 40], [20, 15], [-20, -40]]))
    size = [
        np.linalg.norm(GENERAL.field(CAT, palette=palette, vividness=v).chroma, axis=-1).mean()
        for v in (0, 0.5, 1)
    ]
    assert size[0] < size[1] < size[2]


@pytest.mark.parametrize("exact", [False, True])
def test_models_without_a_palette_take_one(exact: bool) -> None:
    graph = models.conv_model(3, output="rgb")
    colorizer = Colorizer(models.model_bytes(graph, models.rgb_spec()))
    two = Palette(np.array([[20.0, 20], [-20, 10]]))
    colored = colorizer.colorize(np.full((40, 50), 120, np.uint8), palette=two, exact_palette=exact)
    chroma = chroma_of(colored).reshape(-1, 2)
    assert beyond_hull(np.unique(chroma, axis=0)[:200], two.chroma) < 1.5


def test_argmax_takes_the_likeliest_of_the_palette() -> None:
    field = GENERAL.field(CAT, palette=PAINTS, decode="argmax")
    apart = np.linalg.norm(field.chroma[:, :, None] - np.array(CHROMAS), axis=-1).min(axis=-1)
    assert apart.max() < 0.2  # rounding to quarter units


def test_hints_leave_a_soft_palette_and_keep_to_an_exact_one() -> None:
    hint = "200,150,9=#ff0000"
    soft = chroma_of(GENERAL.colorize(CAT, palette=PAINTS, hints=(hint,)))[150, 200]
    wanted = Color("red").convert("lab-d65").coords()[1:]
    assert np.arctan2(*soft[::-1]) == pytest.approx(np.arctan2(*wanted[::-1]), abs=0.05)
    violet = GENERAL.colorize(CAT, palette=PAINTS, hints=("9,9=#7000ff",), hints_only=True)
    far = chroma_of(violet)[(CAT > 90) & (CAT < 130)]
    wanted = Color("#7000ff").convert("lab-d65").coords()[1:]
    assert np.abs(np.arctan2(far[:, 1], far[:, 0]) - np.arctan2(*wanted[::-1])).max() < 0.1
    exact = GENERAL.colorize(CAT, palette=PAINTS, hints=(hint,), exact_palette=True)
    assert distance_to_palette(exact.astype(float), CAT).max() <= AT_THE_EDGE


def test_a_recipe_with_a_palette_travels_as_plain_values() -> None:
    recipe = Recipe(palette=PAINTS, exact_palette=True)
    assert Recipe.from_dict(recipe.to_dict()) == recipe


FIELD = Field.of(
    np.random.default_rng(1).normal(0, 25, (13, 17, 2)).astype(np.float32),
    np.random.default_rng(2).uniform(0, 100, (13, 17)).astype(np.float32),
    (11.2, 17.0),
)


def snapped(field: Field, flip: slice = slice(None)) -> Array:
    lightness = np.random.default_rng(3).uniform(0, 100, (90, 120)).astype(np.float32)[:, flip]
    snap = Snapped.of(field, PAINTS, 90, 120)
    enlarged = GuidedEnlargement.of(
        snap.field.chroma, snap.field.lightness, 90, 120, span=snap.field.span
    )
    all_of_it = slice(0, 90), slice(0, 120)
    return snap.retouch(enlarged.block(*all_of_it, lightness), lightness, *all_of_it)


def test_a_pixel_takes_the_nearest_colour_of_the_cells_round_it() -> None:
    lightness = np.random.default_rng(3).uniform(0, 100, (90, 120)).astype(np.float32)
    snap = Snapped.of(FIELD, PAINTS, 90, 120)
    enlarged = GuidedEnlargement.of(
        snap.field.chroma, snap.field.lightness, 90, 120, span=snap.field.span
    ).block(slice(0, 90), slice(0, 120), lightness)
    found = snapped(FIELD)
    for row, column in np.random.default_rng(4).integers(0, 90, (300, 2)):
        y, x = (row + 0.5) * 11.2 / 90 - 0.5, (column + 0.5) * 17 / 120 - 0.5
        cells = {
            (min(max(int(np.floor(y)) + i, 0), 12), min(max(int(np.floor(x)) + j, 0), 16))
            for i in (0, 1)
            for j in (0, 1)
        }
        colors = snap.colors[[snap.cells[cell] for cell in cells]]
        nearest = min(colors, key=lambda c: np.linalg.norm(c - enlarged[:, row, column]))
        np.testing.assert_array_equal(found[:, row, column], nearest)


def test_exact_colours_do_not_depend_on_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = GENERAL.colorize(CAT, palette=PAINTS, exact_palette=True)
    monkeypatch.setattr(parallel, "_ROWS", 31)
    monkeypatch.setattr(parallel, "_COLUMNS", 57)
    blocks = GENERAL.colorize(CAT, palette=PAINTS, exact_palette=True)
    np.testing.assert_array_equal(whole, blocks)


def test_flips_commute_with_exact_colours() -> None:
    back = slice(None, None, -1)
    flipped = Field(FIELD.chroma[:, back], FIELD.lightness[:, back], FIELD.span)
    np.testing.assert_array_equal(snapped(flipped, back), snapped(FIELD)[..., back])


def test_single_cells_are_outvoted() -> None:
    chroma = np.zeros((9, 9, 2), np.float32)
    chroma[4, 4] = 50
    two = Palette(np.array([[0.0, 0], [50, 50]]))
    field = Field.of(chroma, np.full((9, 9), 50, np.float32), (9.0, 9.0))
    assert not Snapped.of(field, two, 90, 90).field.chroma.any()
    chroma[:, 5:] = 50
    halves = Field.of(chroma, field.lightness, field.span)
    cells = Snapped.of(halves, two, 90, 90).cells
    assert not cells[:, :4].any()
    assert cells[:, 5:].all()


def test_slanting_borders_have_no_stairs() -> None:
    down, across = np.mgrid[:16, :16]
    right = across > 0.5 * down + 4
    chroma = np.where(right[..., None], [40.0, 20.0], [-20.0, 10.0]).astype(np.float32)
    field = Field.of(chroma, np.full((16, 16), 50, np.float32), (16.0, 16.0))
    recipe = Recipe(palette=Palette(chroma[0, [0, -1]].astype(float)), exact_palette=True)
    colored = finish(np.full((320, 320, 1), 120, np.uint8), field, recipe)
    border = (chroma_of(colored)[..., 0] < 0).sum(axis=1)[40:280]  # px from the left, 20 a cell
    line = np.poly1d(np.polyfit(np.arange(240), border, 1))(np.arange(240))
    assert np.abs(border - line).max() < 3  # the stairs are 20 px


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (3, 2), (400, 3)])
def test_tiny_and_narrow_pictures_are_coloured_exactly(shape: tuple[int, int]) -> None:
    master = np.full(shape, 120, np.uint8)
    colored = GENERAL.colorize(master, palette=PAINTS, exact_palette=True)
    assert distance_to_palette(colored.astype(float), master).max() <= ROUNDING


# By name, by picture, by mistake.


def test_a_palette_is_had_from_files_and_models(tmp_path: Path) -> None:
    for suffix in SUFFIXES:
        save_palette(PAINTS, tmp_path / f"some{suffix}")
        found = open_palette(tmp_path / f"some{suffix}")
        assert found.colors.tolist() == PAINTS.colors.tolist()
    assert open_palette("general") == GENERAL.spec.palette


def test_a_palette_is_had_from_a_picture(tmp_path: Path) -> None:
    stripes = np.array([[200, 40, 40], [40, 160, 60], [50, 70, 200]], np.uint8)
    picture = stripes.repeat(40, axis=0)[:, None].repeat(60, axis=1)
    (tmp_path / "three.png").write_bytes(encode(picture, "png"))
    found = palette_of(tmp_path / "three.png")
    wanted = sorted(chroma_of(stripes[None])[0].tolist())
    np.testing.assert_allclose(found.colors, wanted, atol=0.1)
    assert palette_of(encode(picture, "png"), 2).space == "chroma"


def test_a_gray_picture_gives_no_palette(tmp_path: Path) -> None:
    (tmp_path / "gray.jpg").write_bytes(encode(CAT[..., None].repeat(3, axis=2), "jpeg"))
    with pytest.raises(PaletteError, match=r"gray\.jpg is gray"):
        palette_of(tmp_path / "gray.jpg")


def test_the_command_line_takes_a_palette_from_a_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.fromarray(CAT).save("cat.png")
    Image.fromarray(photograph("coffee")).save("coffee.png")
    assert main(["colorize", "cat.png", "-o", "1.png", "--palette-from", "coffee.png"]) == 0
    told = capsys.readouterr().err
    assert "colours from coffee.png, by the elbow" in told
    save_palette(palette_of("coffee.png"), "coffee.json")
    assert f" {len(load_palette('coffee.json'))} colours" in told
    assert main(["colorize", "cat.png", "-o", "2.png", "--palette", "coffee.json"]) == 0
    first, second = (np.asarray(Image.open(name)) for name in ("1.png", "2.png"))
    np.testing.assert_array_equal(first, second)


MISTAKES = {
    "both": (["--palette", "two.txt", "--palette-from", "cat.png"], 2, "take one of them"),
    "one colour": (["--palette", "one.txt"], 1, "one.txt: expected 2 to 4096 colours, found 1"),
    "no file": (["--palette", "none.txt"], 1, "there is no palette file none.txt"),
    "no palette": (["--palette", "cat.png"], 1, "cat.png: expected 2 to 4096 colours, found 1"),
    "a photograph": (["--palette", "photo.png"], 1, "a swatch has at most 256"),
    "a gray picture": (["--palette-from", "cat.png"], 1, "cat.png is gray"),
    "whole colours": (["--palette", "two.txt", "-m", "s.onnx", "--decode", "argmax-rgb"], 2,
                      "takes no palette"),
    "raw colours": (["--palette", "two.txt", "-m", "r.onnx", "--decode", "rgb"], 2,
                    "takes no palette"),
    "none to keep to": (["--exact-palette", "-m", "r.onnx"], 2, "exact_palette needs a palette"),
    "a model without": (["--palette", "r.onnx"], 1, "it has no palette"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_sentence(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Image.new("L", (20, 20), 90).save("cat.png")
    Image.fromarray(chelsea()).save("photo.png")
    Path("one.txt").write_text("#fff\n")
    Path("two.txt").write_text("red\nblue\n")
    Path("s.onnx").write_bytes(models.model_bytes(models.conv_model(5), models.srgb_spec()))
    raw = models.model_bytes(models.conv_model(3, output="rgb"), models.rgb_spec())
    Path("r.onnx").write_bytes(raw)
    options, status, words = MISTAKES[name]
    assert main(["colorize", "cat.png", "-o", "out.png", *options]) == status
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert not Path("out.png").exists()


def test_only_a_palette_is_a_palette() -> None:
    with pytest.raises(OptionError, match="open_palette reads files"):
        Recipe(palette="brand.ase")  # type: ignore[arg-type]

"""Chroma taken over from a coloured version: aligned, enlarged, and refused where it is another."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from models import conv_model, model_bytes, palette_spec
from photochrom.color import gray, lab
from photochrom.errors import InputMissingError, OptionError, RecipeError, ShapeError
from photochrom.filters.align import align, laid
from photochrom.imageio import encode_image, load_image
from photochrom.imageio.picture import Picture
from photochrom.inference.colorizer import Colorizer
from photochrom.inference.fingerprint import Recorded
from photochrom.inference.layer import apply
from photochrom.inference.references import version
from photochrom.inference.repeat import recolor
from pictures import encode, photograph

Array = np.ndarray[Any, np.dtype[Any]]
COLORIZER = Colorizer(model_bytes(conv_model(), palette_spec()))


def to_gray(rgb: Array, most: int = 255) -> Array:
    return np.rint(gray.from_srgb(rgb / 255.0) * most).astype(np.uint8 if most < 256 else np.uint16)


def moved(rgb: Array, across: float, down: float, scale: float) -> Array:
    """The picture shifted and scaled about its centre, by Pillow; its edges are mirrored."""
    edge = 60
    height, width = rgb.shape[:2]
    inverse = (
        *(1 / scale, 0, edge + width / 2 - (width / 2 + across) / scale),
        *(0, 1 / scale, edge + height / 2 - (height / 2 + down) / scale),
    )
    big = Image.fromarray(np.pad(rgb, ((edge, edge), (edge, edge), (0, 0)), mode="reflect"))
    how = Image.Transform.AFFINE, inverse, Image.Resampling.BICUBIC
    return np.array(big.transform((width, height), *how))


def toned(rgb: Array, reduced: int) -> Array:
    """Another tool's version: lighter, and smaller."""
    lighter = np.rint(255 * (rgb / 255.0) ** 0.8).astype(np.uint8)
    return np.array(Image.fromarray(lighter).reduce(reduced))


def error(result: Array, truth: Array) -> float:
    off = lab.from_srgb(result / 255.0)[..., 1:] - lab.from_srgb(truth / 255.0)[..., 1:]
    return float(np.hypot(off[..., 0], off[..., 1]).mean())


def lightness(rgb: Array) -> Any:
    return lab.lightness_from_srgb(rgb / np.float32(255)).astype(np.float32)


@pytest.mark.parametrize("name", ["chelsea", "coffee", "china"])
def test_the_picture_itself_gives_its_colours_back(name: str) -> None:
    truth = photograph(name)
    result = COLORIZER.colorize(to_gray(truth), chroma_from=truth)
    assert error(result, truth) < 2
    assert np.abs(gray.from_srgb(result / 255.0) * 255 - to_gray(truth)).max() <= 0.6


@pytest.mark.parametrize("shift", [(9, -6, 1.0), (-5, 4, 1.03), (0, 0, 0.97)])
@pytest.mark.parametrize("reduced", [1, 2])
def test_a_shifted_scaled_smaller_toned_version_is_laid_on_the_picture(
    shift: tuple[float, float, float], reduced: int
) -> None:
    truth, inside = photograph("coffee"), np.s_[40:-40, 40:-40]
    one, other = toned(truth, reduced), toned(moved(truth, *shift), reduced)
    right, laid_on = (
        COLORIZER.colorize(to_gray(truth), chroma_from=each)[inside] for each in (one, other)
    )
    left_alone = toned(moved(truth, *shift), 1)[inside]
    assert error(laid_on, right) < 0.3 * error(left_alone, toned(truth, 1)[inside])


@pytest.mark.parametrize(
    "matrix",
    [
        [[1, 0, 11.5], [0, 1, -7.25]],
        [[1, 0, 44.0], [0, 1, 26.0]],
        [[1.02, 0.01, 3], [-0.01, 0.98, -2]],
    ],
)
def test_a_known_map_is_found(matrix: Any) -> None:
    fixed = lightness(photograph("chelsea"))
    there = np.linalg.inv(np.vstack([matrix, [0, 0, 1]]))[:2]
    moving = cv2.warpAffine(
        fixed, there, fixed.shape[::-1], flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REFLECT,
    )  # fmt: skip
    found = align(moving, fixed)
    corners = np.array([[30, 30, 1], [400, 30, 1], [30, 270, 1], [400, 270, 1]]).T
    assert np.abs(found.matrix @ corners - np.array(matrix) @ corners).max() < 0.5
    assert found.correlation > 0.9


def test_what_lies_right_is_not_moved_at_all() -> None:
    fixed = lightness(photograph("chelsea"))
    found = align(fixed, fixed)
    np.testing.assert_array_equal(found.matrix, np.eye(2, 3))
    np.testing.assert_array_equal(laid(fixed, found.matrix), fixed)
    assert found.correlation == pytest.approx(1)


def test_alignment_needs_planes_of_one_size() -> None:
    with pytest.raises(ShapeError, match="of one size"):
        align(np.zeros((4, 5), np.float32), np.zeros((5, 4), np.float32))


@pytest.mark.parametrize("other", ["coffee", "rocket", "flower", "china"])
def test_another_picture_is_refused(other: str) -> None:
    with pytest.raises(OptionError, match=r"chroma_from is another picture: .* at least 0\.38"):
        COLORIZER.colorize(to_gray(photograph("chelsea")), chroma_from=photograph(other))


@pytest.mark.parametrize("flat", [np.full((80, 90), 120, np.uint8), np.zeros((5, 3), np.uint8)])
def test_a_picture_with_nothing_in_it_is_refused_without_a_crash(flat: Array) -> None:
    with pytest.raises(OptionError, match="another picture"):
        COLORIZER.colorize(flat, chroma_from=photograph("chelsea"))


def test_no_model_is_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("the network was asked")

    truth = photograph("chelsea")
    monkeypatch.setattr(COLORIZER._runtime, "run", never)
    COLORIZER.colorize(to_gray(truth), chroma_from=truth)
    COLORIZER.layer(to_gray(truth), chroma_from=truth)


def test_hints_vividness_and_palettes_work_on_it() -> None:
    truth = photograph("chelsea")
    whole = COLORIZER.field(to_gray(truth), chroma_from=truth).chroma
    half = COLORIZER.field(to_gray(truth), chroma_from=truth, vividness=0.0).chroma
    assert np.abs(half - whole / 2).max() <= 0.25
    hinted = COLORIZER.colorize(to_gray(truth), chroma_from=truth, hints=["300,200=#3355ff"])
    assert lab.from_srgb(hinted[200, 300] / 255.0)[2] < -20


def test_sixteen_bits_stay_sixteen() -> None:
    truth = photograph("chelsea")
    result = COLORIZER.colorize(to_gray(truth, 65_535), chroma_from=truth)
    assert result.dtype == np.uint16
    assert error(result / 257.0, truth) < 2


def test_what_is_no_version_is_refused(tmp_path: Path) -> None:
    truth = photograph("chelsea")
    for given, error_, words in (
        (to_gray(truth), OptionError, "chroma_from is black-and-white or toned"),
        (tmp_path / "none.png", InputMissingError, "none.png"),
    ):
        with pytest.raises(error_, match=words):
            COLORIZER.check(chroma_from=given)
    for name, value in (("decode", "argmax"), ("working_size", 64), ("alternative", 1)):
        with pytest.raises(OptionError, match=f"without the model; leave out {name}"):
            COLORIZER.check(chroma_from=truth, **{name: value})
    with pytest.raises(OptionError, match="cannot say how sure"):
        COLORIZER.confidence(to_gray(truth), chroma_from=truth)
    with pytest.raises(RecipeError, match="only by its pixels"):
        COLORIZER.colorize(to_gray(truth), chroma_from=Recorded("ab" * 32))


def test_it_is_kept_by_the_layer_and_repeated_by_recolor() -> None:
    truth = photograph("chelsea")
    master = Picture(to_gray(truth)[..., None])
    source = encode(truth[::2, ::2], "jpeg", quality=90)
    direct = COLORIZER.colorize(master, chroma_from=source)
    layer = COLORIZER.layer(master, chroma_from=source)
    assert list(layer.planes) == ["chroma"]  # the master gives the rest
    np.testing.assert_array_equal(apply(layer, master).pixels, direct.pixels)
    model = model_bytes(conv_model(), palette_spec())
    again = recolor(
        load_image(encode_image(direct, "png")), master, model=model, references=[source]
    )
    np.testing.assert_array_equal(again.pixels, direct.pixels)


def test_the_grid_is_no_finer_than_either_picture() -> None:
    truth = photograph("chelsea")
    for reduced, side in ((1, 300), (2, 150)):
        field = COLORIZER.field(to_gray(truth), chroma_from=truth[::reduced, ::reduced])
        assert min(field.chroma.shape[:2]) == side <= version.SIDE

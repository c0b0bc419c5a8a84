"""What counts as black-and-white: toned, faded, noisy prints do, photographs in colour do not."""

import io
import os
import tarfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import photochrom
from photochrom.imageio.picture import Picture
from photochrom.inference.colored import is_colored
from photochrom.metrics import tint
from pictures import encode, opened, photograph

NAMES = ("chelsea", "astronaut", "coffee", "rocket", "china", "flower")
GRAYS = {name: np.asarray(Image.fromarray(photograph(name)).convert("L")) for name in NAMES}
RNG = np.random.default_rng(0)


def sepia_filter(gray: np.ndarray) -> np.ndarray:
    """The matrix that most programs call sepia; it cuts off the lights."""
    return np.clip(gray[..., None] * [1.351, 1.203, 0.937], 0, 255).astype(np.uint8)


def between(*stops: tuple[int, int, int]) -> Callable[[np.ndarray], np.ndarray]:
    """A tone from the first colour in the darks to the last in the lights."""
    levels = np.linspace(0, 255, len(stops))
    tables = [np.interp(np.arange(256), levels, [stop[c] for stop in stops]) for c in range(3)]
    table = np.rint(np.stack(tables, axis=1)).astype(np.uint8)
    return lambda gray: table[gray]


def yellowed(gray: np.ndarray) -> np.ndarray:
    """Faded, on paper that is yellower towards the edges."""
    height, width = gray.shape
    down, across = np.mgrid[0:height, 0:width]
    edge = np.hypot(down / height - 0.5, across / width - 0.5)[..., None]
    paper = np.array([246, 236, 208]) - edge * [4, 8, 26]
    return np.rint(paper * (0.25 + 0.75 * gray[..., None] / 255)).astype(np.uint8)


def grainy(rgb: np.ndarray) -> np.ndarray:
    return np.clip(rgb + RNG.normal(0, 8, rgb.shape), 0, 255).astype(np.uint8)


def stamped(gray: np.ndarray) -> np.ndarray:
    """A sepia print with a blue stamp on 1.4 % of it."""
    rgb = between((20, 12, 5), (250, 235, 205))(gray).copy()
    height, width = gray.shape
    rgb[: height * 12 // 100, : width * 12 // 100] = (40, 60, 160)
    return rgb


TONES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "gray as RGB": between((0, 0, 0), (255, 255, 255)),
    "sepia filter": sepia_filter,
    "sepia": between((35, 20, 8), (150, 110, 70), (252, 240, 215)),
    "cyanotype": between((0, 22, 50), (60, 115, 160), (235, 245, 250)),
    "selenium": between((25, 15, 28), (130, 118, 128), (250, 248, 246)),
    "split toning": between((5, 18, 45), (128, 122, 118), (255, 240, 200)),
    "yellowed": yellowed,
    "grainy sepia": lambda gray: grainy(sepia_filter(gray)),
    "stamped": stamped,
}


@pytest.mark.parametrize("quality", [None, 75], ids=["plain", "JPEG"])
@pytest.mark.parametrize("tone", TONES.values(), ids=TONES.keys())
def test_one_colour_for_each_lightness_is_black_and_white(
    tone: Callable[[np.ndarray], np.ndarray], quality: int | None
) -> None:
    for name, gray in GRAYS.items():
        rgb = tone(gray)
        if quality is not None:
            rgb = np.asarray(opened(encode(rgb, "jpeg", quality=quality, subsampling=2)))
        assert not is_colored(rgb), name


@pytest.mark.parametrize("name", NAMES)
def test_photographs_in_colour_are_coloured(name: str) -> None:
    rgb = photograph(name)
    assert is_colored(rgb)
    assert is_colored(np.asarray(opened(encode(rgb, "jpeg", quality=30))))
    assert is_colored(rgb.astype(np.uint16) * 257)
    assert is_colored(rgb[::4, ::4])


def test_one_strong_colour_is_no_toning() -> None:
    sunset = between((0, 0, 0), (255, 90, 0), (255, 200, 40))(GRAYS["rocket"] // 2 + 100)
    assert is_colored(sunset)


def test_a_hand_coloured_print_is_coloured() -> None:
    gray = GRAYS["astronaut"]
    painted = between((0, 0, 0), (255, 255, 255))(gray).astype(float)
    height, width = gray.shape
    painted[: height // 2, : width // 3] *= [1.0, 0.75, 0.7]  # rose
    painted[height // 2 :, width // 3 :] *= [0.75, 0.9, 1.0]  # pale blue
    assert is_colored(painted.astype(np.uint8))


@pytest.mark.parametrize("kind", ["path", "bytes", "picture", "image", "gray"])
def test_every_kind_of_picture_is_taken(kind: str, tmp_path: Path) -> None:
    rgb = photograph("chelsea")
    (tmp_path / "cat.png").write_bytes(encode(rgb, "png"))
    given = {
        "path": tmp_path / "cat.png",
        "bytes": encode(rgb, "png"),
        "picture": Picture(rgb),
        "image": Image.fromarray(rgb),
        "gray": GRAYS["chelsea"],
    }[kind]
    assert is_colored(given) == (kind != "gray")


@pytest.mark.parametrize("shape", [(1, 1), (1, 4000), (3, 2), (2000, 1500)], ids=str)
@pytest.mark.parametrize("color", [(0, 0, 0), (255, 255, 255), (120, 100, 70)], ids=str)
def test_one_flat_colour_of_any_size_is_black_and_white(
    shape: tuple[int, int], color: tuple[int, int, int]
) -> None:
    assert not is_colored(np.full((*shape, 3), color, np.uint8))


def test_the_picture_is_not_written_to() -> None:
    rgb = photograph("coffee")
    rgb.flags.writeable = False
    is_colored(rgb)


def test_the_tint_itself_does_not_count() -> None:
    """What is left of a*b* = curve(L*) + offset is the offset, whatever the smooth curve."""
    rng = np.random.default_rng(1)
    lightness = rng.uniform(5, 95, (96, 96)).astype(np.float32)
    offset = np.zeros((96, 96), np.float32)
    offset[:, :24] = 20  # a quarter of the picture; the median does not see it
    for curve in (0, 1):
        a = 10 * np.sin(lightness / 30) * curve + offset
        b = 0.2 * lightness * curve
        picture = np.stack([lightness, a, b], axis=-1).astype(np.float32)
        assert tint.residual(picture, np.ones((96, 96), bool)) == pytest.approx(20, abs=1)


@pytest.mark.parametrize("tone", ["sepia filter", "cyanotype", "yellowed"])
def test_tinted_input_gives_the_colours_of_its_luminance(tone: str) -> None:
    """Neutralised first: the picture made gray by another library gives the same colours."""
    from skimage.color import rgb2gray

    tinted = TONES[tone](GRAYS["chelsea"])
    linear = np.where(tinted <= 10, tinted / 255 / 12.92, ((tinted / 255 + 0.055) / 1.055) ** 2.4)
    luminance = rgb2gray(linear)  # skimage weighs as Rec. 709 does
    encoded = np.where(
        luminance <= 0.0031308, luminance * 12.92, 1.055 * luminance ** (1 / 2.4) - 0.055
    )
    neutral = np.rint(encoded * 255).astype(np.uint8)
    result = photochrom.colorize(tinted).astype(int)
    expected = photochrom.colorize(neutral).astype(int)
    assert np.abs(result - expected).max() <= 3  # the neutral copy is rounded to 8 bits
    assert np.abs(result - expected).mean() < 0.6


DATA = os.environ.get("PHOTOCHROM_DATA")


@pytest.mark.skipif(not DATA, reason="PHOTOCHROM_DATA names no folder of photographs")
def test_real_scans_are_black_and_white_and_their_tinted_copies_too() -> None:
    scans = sorted((Path(DATA or "") / "legacy").glob("*.jpg"))
    assert scans
    for path in scans:
        assert not is_colored(path), path.name
        gray = np.asarray(Image.open(path).convert("L"))
        for name, tone in TONES.items():
            assert not is_colored(tone(gray)), (path.name, name)


@pytest.mark.skipif(not DATA, reason="PHOTOCHROM_DATA names no folder of photographs")
def test_nineteen_of_twenty_real_photographs_in_colour_are_seen_as_such() -> None:
    found = []
    with tarfile.open(next((Path(DATA or "") / "general-val").glob("*.tar"))) as shard:
        for member in shard.getmembers()[::5]:
            file = shard.extractfile(member)
            assert file is not None
            found.append(is_colored(np.asarray(Image.open(io.BytesIO(file.read())).convert("RGB"))))
    assert np.mean(found) >= 0.95

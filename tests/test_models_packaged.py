"""The models inside the package: names, hashes, cards, and what the wheel holds."""

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

import photochrom
from photochrom.errors import InputMissingError, ModelFileError
from photochrom.imageio.picture import Picture
from photochrom.inference.colorizer import Colorizer
from photochrom.modelfile.file import verify_model
from photochrom.models import packaged
from pictures import chelsea

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "src" / "photochrom" / "models"
MOST_BYTES = 14_000_000  # of the wheel: what one download may cost
SHIPPED = packaged.packaged()
ARRAY = chelsea(step=3)


def test_the_list_holds_general_first_and_every_model_that_lies_there() -> None:
    assert SHIPPED[0].name == packaged.DEFAULT == "general"
    assert sorted(one.file for one in SHIPPED) == sorted(p.name for p in FOLDER.glob("*.onnx"))
    plain = json.loads((FOLDER / "index.json").read_text(encoding="utf-8"))["models"]
    assert [dataclasses.asdict(one) for one in SHIPPED] == plain


@pytest.mark.parametrize("one", SHIPPED, ids=lambda one: one.name)
def test_each_model_is_what_the_list_says(one: packaged.Packaged) -> None:
    content = (FOLDER / one.file).read_bytes()
    assert packaged.read(one) == content
    assert one.sha256 == hashlib.sha256(content).hexdigest()
    assert one.bytes == len(content)
    assert verify_model(content).spec.kind == "palette"


def test_the_card_in_the_package_and_on_the_site_are_one() -> None:
    text = packaged.card(packaged.find("general"))
    assert text == (ROOT / "docs" / "model-card.md").read_text(encoding="utf-8")
    for part in ("## Trained on", "licences", "## Figures", "## Limits", "## Skin tones", "rely"):
        assert part in text
    for word in ("research only", "unclear", "clear, open", "ImageNet", "CelebA", "COCO"):
        assert word in text


def test_no_model_said_is_the_packaged_one() -> None:
    expected = Colorizer(FOLDER / "general.onnx").colorize(ARRAY)
    for colorizer in (Colorizer(), Colorizer("general")):
        assert colorizer.hash == packaged.find("general").sha256
        np.testing.assert_array_equal(colorizer.colorize(ARRAY), expected)
    np.testing.assert_array_equal(photochrom.colorize(ARRAY), expected)
    np.testing.assert_array_equal(photochrom.colorize(ARRAY, "general"), expected)


def test_a_path_is_a_file_even_where_it_is_called_like_a_packaged_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("general").write_bytes(b"my own")
    assert packaged.resolve("general") == (FOLDER / "general.onnx").read_bytes()
    for own in ("./general", Path("general"), b"my own", "mine.onnx"):
        assert packaged.resolve(own) == own


def test_a_word_that_is_neither_model_nor_file_is_told_with_the_names_there_are() -> None:
    with pytest.raises(InputMissingError, match=r"generel.*there is: general"):
        Colorizer("generel")
    with pytest.raises(InputMissingError, match=r"'generel'; there is: general"):
        packaged.find("generel")


@pytest.mark.parametrize("damage", ["changed", "cut", "missing"])
def test_a_damaged_installation_says_so_and_what_to_do(
    damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = (FOLDER / "general.onnx").read_bytes()
    if damage != "missing":
        broken = content[:-9] if damage == "cut" else content[:-9] + b"X" + content[-8:]
        (tmp_path / "general.onnx").write_bytes(broken)
    monkeypatch.setattr(packaged, "files", lambda _: tmp_path)
    with pytest.raises(ModelFileError, match=r"pip install --force-reinstall photochrom"):
        Colorizer()


def test_an_installation_without_list_or_card_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packaged, "files", lambda _: tmp_path)
    with pytest.raises(ModelFileError, match="card of 'general' is missing"):
        packaged.card(SHIPPED[0])
    packaged.packaged.cache_clear()
    try:
        with pytest.raises(ModelFileError, match="list of models is missing"):
            Colorizer()
    finally:
        packaged.packaged.cache_clear()


LISTS = {
    "missing": None,
    "cut": '{"models": [',
    "no text": "\x00",
    "a list": "[]",
    "without hash": '{"models": [{"name": "general"}]}',
}


@pytest.mark.parametrize("text", LISTS.values(), ids=LISTS.keys())
def test_without_the_list_of_models_own_models_still_work(
    text: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if text is not None:
        (tmp_path / "index.json").write_text(text, encoding="utf-8")
    monkeypatch.setattr(packaged, "files", lambda _: tmp_path)
    packaged.packaged.cache_clear()
    try:
        for own in ("mine.onnx", "./general", "models/mine"):
            assert packaged.resolve(own) == own
            assert not packaged.is_packaged(own)
        with pytest.raises(ModelFileError, match=r"list of models is (missing|damaged); reinstall"):
            packaged.resolve("general")
    finally:
        packaged.packaged.cache_clear()


ODD = {
    "10,000 x 20": np.tile(np.arange(20, dtype=np.uint8) * 12, (10_000, 1)),
    "20 x 10,000": np.tile(np.arange(20, dtype=np.uint8)[:, None] * 12, (1, 10_000)),
    "1 x 1": np.full((1, 1), 99, np.uint8),
    "all black": np.zeros((240, 320), np.uint8),
    "all white": np.full((240, 320), 255, np.uint8),
}


@pytest.mark.parametrize("pixels", ODD.values(), ids=ODD.keys())
def test_odd_pictures_give_a_result_with_the_model_that_ships(pixels: np.ndarray) -> None:
    result = Colorizer().colorize(Picture(pixels[..., None])).pixels
    assert result.shape == (*pixels.shape, 3)
    luminance = (result / 255.0) ** 2.2 @ [0.2126, 0.7152, 0.0722]  # by a plain power, not ours
    assert np.abs(luminance ** (1 / 2.2) * 255 - pixels).max() <= 2
    if pixels.max() == pixels.min() and pixels.max() in (0, 255):
        assert (result == pixels[..., None]).all()  # black and white have no room for colour


CORE_ONLY = """
import sys
for name in ("torch", "onnx", "onnxscript", "safetensors", "sklearn", "skimage", "scipy", "PIL"):
    sys.modules[name] = None  # importing it fails, as where it is not installed
import socket
def refuse(*_, **__): raise OSError("no network here")
socket.socket.connect = socket.getaddrinfo = refuse
from photochrom.cli.main import main
assert main(["colorize", "gray.png"]) == 0
assert main(["model", "list"]) == 0
"""


def test_the_core_installation_colours_without_torch_and_without_network(tmp_path: Path) -> None:
    photochrom.save_image(Picture(ARRAY[..., :1].copy()), tmp_path / "gray.png")
    here = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", CORE_ONLY]
    found = subprocess.run(
        command, cwd=tmp_path, env=here, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    colored = photochrom.load_image(tmp_path / "gray-color.png").pixels
    assert colored.shape == ARRAY.shape


def test_the_wheel_holds_every_model_and_is_small(tmp_path: Path) -> None:
    build = pytest.importorskip("hatchling.build")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        wheel = tmp_path / build.build_wheel(str(tmp_path))
    assert wheel.stat().st_size <= MOST_BYTES
    with zipfile.ZipFile(wheel) as content:
        names = content.namelist()
        for one in SHIPPED:
            inside = content.read(f"photochrom/models/{one.file}")
            assert hashlib.sha256(inside).hexdigest() == one.sha256
            assert f"photochrom/models/{one.card}" in names
    assert "photochrom/models/index.json" in names
    assert not [name for name in names if name.startswith(("tests", "benchmarks", "docs"))]

"""Every training with a palette leaves a curve of confidence, found on pictures it held out."""

import importlib.util
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

pytest.importorskip("torch")

from general import config as general_config
from general import crops, put_pictures
from photochrom.datasets.locations import open_source
from photochrom.errors import ModelFileError
from photochrom.evaluation.sureness import of_cells
from photochrom.inference.colorizer import Colorizer
from photochrom.metrics import ciede2000
from photochrom.modelfile.file import read_model, write_model
from photochrom.modelfile.reliability import Reliability
from photochrom.palettes import decode
from photochrom.palettes.palette import Palette
from photochrom.training.config import TrainConfig
from photochrom.training.general.pictures import gather
from photochrom.training.judge import HeldOut, judge_confidence
from photochrom.training.train import train
from photochrom.training.transfer.candidates import Cells, logits
from photochrom.training.transfer.describe import held_out_confidence
from photochrom.training.transfer.mixture import mix
from pictures import encode
from transfer import quick_fit, working

ROOT = Path(__file__).parent.parent
HALVED = 0.02  # what weights of 16 bits and another order of pictures' pixels may change


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return put_pictures(tmp_path_factory.mktemp("sure") / "photos")


@pytest.fixture(scope="module")
def model(photos: Path) -> Path:
    train(photos, photos.parent / "g.onnx", general_config(steps=2))
    return photos.parent / "g.onnx"


def load_tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def same(one: Reliability, other: Reliability) -> None:
    assert one.pictures == other.pictures
    np.testing.assert_allclose(one.raw, other.raw, atol=HALVED)
    np.testing.assert_allclose(one.right, other.right, atol=HALVED)
    np.testing.assert_allclose(one.strength, other.strength, rtol=HALVED)


def test_the_general_training_finds_what_running_its_file_finds(model: Path, photos: Path) -> None:
    """torch on one side, onnxruntime on the other."""
    _, spec = read_model(model)
    held = gather(open_source(photos), general_config(steps=2)).held
    wanted = Reliability.fit([of_cells(Colorizer(model), picture) for picture in held])
    assert spec.confidence is not None
    assert wanted is not None
    same(spec.confidence, wanted)


def test_the_tool_gives_a_file_its_curve_and_leaves_the_graph(
    model: Path, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, spec = read_model(model)
    assert spec.confidence is not None
    without, target = tmp_path / "without.onnx", tmp_path / "with.onnx"
    write_model(data, replace(spec, confidence=None), without)
    tool = load_tool("fit_confidence")
    monkeypatch.setattr("sys.argv", ["fit", str(without), str(photos), str(target)])
    tool.main()
    _, found = read_model(target)
    assert found.confidence is not None
    same(found.confidence, spec.confidence)
    picture = np.ascontiguousarray(crops()[0][..., 0])
    results = [Colorizer(each).colorize(picture) for each in (model, target)]
    np.testing.assert_array_equal(*results)


def test_the_tool_needs_to_know_what_was_held_out(model: Path, tmp_path: Path) -> None:
    data, spec = read_model(model)
    target = tmp_path / "unknown.onnx"
    write_model(data, replace(spec, training=None), target)
    tool = load_tool("fit_confidence")
    with pytest.raises(ModelFileError, match="which pictures its training held out"):
        next(tool.held_out_seen(target, read_model(target)[1], tmp_path))


def test_a_transfer_is_judged_on_each_picture_by_what_the_others_taught() -> None:
    pictures = working(3)
    fitted = quick_fit(pictures)
    found = held_out_confidence(fitted, pictures)
    assert found is not None
    assert found.pictures == 3
    shares = []
    for fold in fitted.folds:  # the slow way, for the mean: every cell by itself
        for index in fold.held:
            cells = Cells.of(pictures[index])
            said = logits(fold.network(fitted.way), cells)
            guess = fold.table.probabilities(cells.lab[..., 0])
            said = mix(said, guess, fitted.way.table) if fitted.way.table else said
            chroma = fitted.reading.gain * decode.annealed_mean(
                said, fold.start.palette, fitted.reading.temperature
            )
            ours = np.concatenate([cells.lab[..., :1], chroma], axis=-1)
            errors = ciede2000.difference(ours.astype(np.float32), cells.lab)
            shares.append(float((errors < 10).mean()))
    weights = np.full(len(found.right), 1 / len(found.right))
    believed = np.array(found.right)  # of 3 pictures and 10 that agree with what is said
    said_mean = float(np.dot(weights, found.raw))
    wanted = (3 * np.mean(shares) + 10 * said_mean) / 13
    assert float(np.dot(weights, believed)) == pytest.approx(wanted, abs=0.02)


def test_a_transfer_from_one_picture_has_no_curve() -> None:
    pictures = working(1)
    assert held_out_confidence(quick_fit(pictures), pictures) is None


def test_only_pixels_that_were_not_learned_count() -> None:
    """Right in the half that counts, wrong in the other."""
    (picture,) = working(1)
    chroma = picture.lab[..., 1:].reshape(-1, 2)
    palette = Palette(np.stack([chroma.mean(axis=0), [100.0, -100.0]]))
    half = np.zeros(picture.lab.shape[:2], dtype=bool)
    half[:, :20] = True
    outputs = np.where(half[..., None], [40.0, 0.0], [0.0, 40.0]).astype(np.float32)
    right, wrong = (
        judge_confidence(lambda _: outputs, HeldOut([picture], [mask]), palette, 1.0)
        for mask in (half, ~half)
    )
    assert right is not None
    assert wrong is not None
    assert np.mean(right.right) > np.mean(wrong.right)


@pytest.mark.parametrize(("preset", "has_curve"), [("window", True), ("origin-regression", False)])
def test_small_networks_have_a_curve_if_they_have_a_palette(
    preset: str, has_curve: bool, tmp_path: Path
) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in (0, 4, 7, 10):
        (folder / f"{number}.png").write_bytes(encode(crops()[number], "png"))
    quick = TrainConfig(preset=preset, window=5, short_side=32, steps=4,
                        **({"colors": 8} if has_curve else {}))  # fmt: skip
    train(folder, tmp_path / "m.onnx", quick)
    _, spec = read_model(tmp_path / "m.onnx")
    assert (spec.confidence is not None) == has_curve
    if spec.confidence is not None:
        assert 1 <= spec.confidence.pictures < 4

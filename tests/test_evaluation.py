"""Judging model files on folders of pictures."""

import json
import math
import os
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

import models as tiny
from photochrom.color import lab
from photochrom.errors import (
    DatasetError,
    OptionError,
    OutputExistsError,
    ShapeError,
)
from photochrom.evaluation import methods, table, verdict
from photochrom.evaluation.evaluate import evaluate
from photochrom.evaluation.gather import gather, unique_names
from photochrom.evaluation.result import Evaluation, Row
from photochrom.imageio import Picture, save_image
from photochrom.metrics import baselines, crossentropy, psnr
from photochrom.metrics.scores import METRICS, Scores, compare
from photochrom.modelfile.spec import TrainingSummary

PHOTOGRAPHS = ("chelsea", "astronaut", "coffee", "rocket")


def photograph(name: str, side: int = 48) -> np.ndarray:
    whole = getattr(data, name)()
    size = (side, side * whole.shape[0] // whole.shape[1])
    return cv2.resize(whole, size, interpolation=cv2.INTER_AREA)


def save(folder: Path, name: str, rgb: np.ndarray) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    save_image(Picture(rgb), folder / name)


def summary_of(pictures: list[np.ndarray]) -> TrainingSummary:
    known = baselines.fit_baselines(lab.from_srgb(p.astype(np.float32) / 255) for p in pictures)
    table_ = tuple((float(a), float(b)) for a, b in known.lightness_table)
    mean = (float(known.mean_chroma[0]), float(known.mean_chroma[1]))
    return TrainingSummary(len(pictures), "0" * 64, "pictures", mean, table_, {})


def write_model(path: Path, training: TrainingSummary | None, seed: int = 0) -> Path:
    spec = tiny.palette_spec(training=training)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(tiny.model_bytes(tiny.conv_model(seed=seed), spec))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in PHOTOGRAPHS[:2]:
        save(tmp_path / "set" / "train", f"{name}.png", photograph(name))
    for name in PHOTOGRAPHS[2:]:
        save(tmp_path / "set" / "test", f"{name}.png", photograph(name))
    return tmp_path / "set"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    training = summary_of([photograph(name) for name in PHOTOGRAPHS[:2]])
    return write_model(tmp_path / "mine.onnx", training)


def scores(de00: float, cross_entropy: float | None = None) -> Scores:
    return Scores(de00, 20.0, 21.0, 0.9, 30.0, 5.0, cross_entropy)


def evaluation(ours: list[float], reference: list[float], gray: list[float]) -> Evaluation:
    rows = (
        Row("gray", "baseline", tuple(map(scores, gray)), against="lightness table"),
        Row("lightness table", "baseline", tuple(map(scores, reference))),
        Row("mine", "model", tuple(scores(v, 1.5) for v in ours), against="lightness table"),
    )
    names = tuple(f"{number}.jpg" for number in range(len(ours)))
    return Evaluation("cats", names, True, rows, (25.0,) * len(ours))


def test_the_truth_itself_has_the_best_scores():
    truth = photograph("chelsea")
    found = compare(truth, truth)
    assert found.de00 == 0
    assert found.psnr == found.psnr_chroma == psnr.CEILING
    assert found.ssim == pytest.approx(1, abs=1e-6)
    assert found.colorfulness > 0
    assert found.colorfulness_gap == 0
    assert found.cross_entropy is None


def test_scores_of_strips_equal_scores_of_the_whole():
    truth = np.tile(photograph("coffee"), (12, 1, 1))
    wrong = np.tile(photograph("coffee")[:, ::-1], (12, 1, 1))
    whole, part = (
        compare(wrong, truth),
        compare(wrong[: len(wrong) // 12], truth[: len(truth) // 12]),
    )
    assert len(truth) > 256
    assert whole.de00 == pytest.approx(part.de00, rel=1e-5)
    assert whole.psnr_chroma == pytest.approx(part.psnr_chroma, rel=1e-5)


def test_scores_refuse_to_resize():
    with pytest.raises(ShapeError, match="sizes must agree"):
        compare(photograph("coffee"), photograph("coffee", 40))


def test_gray_masters_have_the_luminance_of_the_picture():
    rgb = np.tile(photograph("rocket"), (10, 1, 1))
    codes = methods.to_gray(rgb)
    back = np.repeat(codes[..., None], 3, axis=2)
    wanted, got = (lab.lightness_from_srgb(p / 255.0) for p in (rgb, back))
    assert np.abs(wanted - got).max() < 0.7  # half a code value near black


def test_test_pictures_alone_are_judged_where_there_is_a_split(folder, model):
    found = evaluate(folder, [model])
    assert found.folder == "set"
    assert found.held_out
    assert found.pictures == ("coffee.png", "rocket.png")
    assert [row.name for row in found.rows] == ["gray", "mean chroma", "lightness table", "mine"]
    assert found.warnings == (
        "2 pictures are few: with fewer than 10 the intervals are too narrow",
    )


def test_a_folder_without_split_is_judged_whole_and_says_so(folder, model):
    found = evaluate(folder / "train", [model])
    assert found.pictures == ("astronaut.png", "chelsea.png")
    assert not found.held_out
    assert "all its pictures are judged" in found.warnings[0]


def test_baselines_are_what_the_training_summary_says(folder, model):
    found = evaluate(folder, [model])
    truth = photograph("coffee")
    lightness = lab.lightness_from_srgb(methods.to_gray(truth)[..., None].repeat(3, -1) / 255.0)
    known = baselines.fit_baselines(
        lab.from_srgb(photograph(name) / 255.0) for name in PHOTOGRAPHS[:2]
    )
    coloured = np.dstack([lightness, known.from_lightness(lightness)])
    result = np.rint(np.clip(lab.to_srgb(coloured), 0, 1) * 255).astype(np.uint8)
    wanted = compare(result, truth)  # clipped where the baseline reduces chroma: nearly the same
    assert found.row("lightness table").scores[0].de00 == pytest.approx(wanted.de00, abs=0.05)
    assert found.row("gray").scores[0].colorfulness == 0
    assert found.row("mean chroma").scores[0].de00 != found.row("gray").scores[0].de00


def test_cross_entropy_is_that_of_the_palette_on_the_network_grid(tmp_path):
    save(tmp_path / "large", "coffee.png", photograph("coffee", 200))
    logits = np.array([2.0, 0, 0, 0, 0, 1.0])
    path = tmp_path / "constant.onnx"
    path.write_bytes(tiny.model_bytes(tiny.constant_model(logits), tiny.palette_spec()))
    found = evaluate(tmp_path / "large", [path]).row("constant").scores[0].cross_entropy
    truth = photograph("coffee", 200)
    small = cv2.resize(truth, (48, 32), interpolation=cv2.INTER_AREA) / 255.0
    chroma = lab.from_srgb(small)[..., 1:]
    nearest = np.linalg.norm(chroma[:, :, None] - tiny.COLORS, axis=-1).argmin(axis=-1)
    wanted = crossentropy.mean(np.broadcast_to(logits, (*nearest.shape, 6)), nearest)
    assert found == pytest.approx(wanted, abs=1e-4)


def test_a_palette_of_full_colours_has_its_cross_entropy_in_rgb(tmp_path, folder):
    path = tmp_path / "origin.onnx"
    logits = np.array([0.0, 3, 0, 0, 0])
    spec = tiny.srgb_spec()
    path.write_bytes(tiny.model_bytes(tiny.constant_model(logits), spec))
    found = evaluate(folder, [path]).row("origin").scores[0].cross_entropy
    small = cv2.resize(photograph("coffee"), (48, 32), interpolation=cv2.INTER_AREA) * 1.0
    nearest = np.linalg.norm(small[:, :, None] - spec.palette.colors, axis=-1).argmin(axis=-1)
    wanted = crossentropy.mean(np.broadcast_to(logits, (*nearest.shape, 5)), nearest)
    assert found == pytest.approx(wanted, abs=1e-4)


def test_a_model_of_colours_has_no_cross_entropy_and_no_baselines_without_summary(tmp_path, folder):
    path = tmp_path / "rgb.onnx"
    graph = tiny.conv_model(3, output="rgb")
    path.write_bytes(tiny.model_bytes(graph, tiny.rgb_spec()))
    found = evaluate(folder, [path])
    assert [row.name for row in found.rows] == ["gray", "rgb"]
    assert found.row("rgb").mean("cross_entropy") is None
    assert found.difference(found.row("rgb"), "de00") is None
    assert "no baselines" in found.warnings[-1]
    assert "no table to beat" in found.table()


def test_vividness_reaches_the_models(folder, model):
    dull, vivid = (evaluate(folder, [model], vividness=v).row("mine") for v in (0.0, 1.0))
    assert vivid.mean("colorfulness").mean > dull.mean("colorfulness").mean


def test_models_of_one_training_set_share_its_baselines(tmp_path, model):
    other = write_model(tmp_path / "other.onnx", summary_of([photograph("chelsea")]), seed=1)
    same = write_model(tmp_path / "same.onnx", summary_of([photograph("chelsea")]), seed=2)
    found = {method.name: method.against for method in gather([model, other, same])}
    assert found == {
        "gray": "lightness table (mine)",
        "mean chroma (mine)": "lightness table (mine)",
        "lightness table (mine)": None,
        "mean chroma (other)": "lightness table (other)",
        "lightness table (other)": None,
        "mine": "lightness table (mine)",
        "other": "lightness table (other)",
        "same": "lightness table (other)",
    }


def test_sizes_of_training_pictures_do_not_part_a_training_set(tmp_path):
    one, other = (summary_of([photograph("coffee", side)]) for side in (200, 120))
    assert one.lightness_table != other.lightness_table
    paths = [write_model(tmp_path / f"{n}.onnx", s, n) for n, s in enumerate([one, other])]
    assert [method.name for method in gather(paths)][1:3] == ["mean chroma", "lightness table"]
    more = replace(one, pictures=2)
    paths.append(write_model(tmp_path / "more.onnx", more))
    assert len(gather(paths)) == 1 + 2 * 2 + 3


def test_models_of_one_name_are_told_apart():
    assert unique_names(["a/m.onnx", "b.onnx"]) == ["m", "b"]
    assert unique_names(["a/m.onnx", "b/m.onnx"]) == ["a/m", "b/m"]
    assert unique_names(["x/a/m.onnx", "y/a/m.onnx"]) == ["a/m (1)", "a/m (2)"]


def test_unlike_palettes_are_warned_of(tmp_path, folder, model):
    other = tmp_path / "four.onnx"
    other.write_bytes(tiny.model_bytes(tiny.conv_model(4), tiny.palette_spec(4)))
    same = write_model(tmp_path / "same.onnx", None)
    assert "different palettes" in " ".join(evaluate(folder, [model, other]).warnings)
    assert "different palettes" not in " ".join(evaluate(folder, [model, same]).warnings)


def test_no_model_is_refused(folder):
    with pytest.raises(OptionError, match="at least one model"):
        evaluate(folder, [])


def test_gray_and_unreadable_pictures_are_named_and_left_out(folder, model):
    gray = np.repeat(photograph("coffee")[..., :1], 3, axis=2)
    save(folder / "test", "old.png", gray)
    save(folder / "test" / "deep", "one-channel.png", gray[..., :1])
    (folder / "test" / "text.jpg").write_text("not a picture", encoding="utf-8")
    found = evaluate(folder, [model])
    assert found.pictures == ("coffee.png", "rocket.png")
    reasons = {one.name: one.reason.split(" (")[0].split(":")[0] for one in found.left_out}
    assert reasons == {
        "deep/one-channel.png": "near-gray",
        "old.png": "near-gray",
        "text.jpg": "unreadable",
    }
    assert "Left out: old.png: near-gray" in found.table()


def test_a_folder_of_gray_pictures_alone_is_refused(tmp_path, model):
    save(tmp_path / "gray", "a.png", np.full((8, 8, 3), 90, np.uint8))
    with pytest.raises(DatasetError, match=r"none is left \(a\.png: near-gray"):
        evaluate(tmp_path / "gray", [model])


def test_deep_pictures_are_judged_as_eight_bits(tmp_path, folder, model):
    shallow = photograph("coffee")
    save(tmp_path / "deep", "coffee.png", shallow.astype(np.uint16) * 257)
    deep = evaluate(tmp_path / "deep", [model]).row("mine").scores[0]
    assert deep == evaluate(folder, [model]).row("mine").scores[0]


def test_progress_tells_what_comes_next(folder, model):
    seen = []
    evaluate(folder, [model], progress=lambda *state: seen.append(state))
    assert seen == [(0, 2, "coffee.png"), (1, 2, "rocket.png")]


def test_json_holds_every_figure_and_no_nan(tmp_path, model):
    save(tmp_path / "one", "coffee.png", photograph("coffee"))
    plain = json.loads(evaluate(tmp_path / "one", [model]).to_json())
    mine = plain["methods"][-1]
    assert mine["name"] == "mine"
    assert mine["means"]["de00"]["low"] is None  # one picture has no interval
    assert mine["scores"][0].keys() == {metric.key for metric in METRICS}
    assert mine["palette"]["space"] == "chroma"
    assert plain["methods"][0]["means"]["cross_entropy"] is None
    assert plain["pictures"] == ["coffee.png"]


def test_the_table_is_narrow_and_names_every_method(folder, model):
    text = evaluate(folder, [model]).table()
    figures = text.split("\n\n")[1].splitlines()
    assert max(map(len, figures)) <= 80
    assert [line.split("  ")[0] for line in figures[1:]] == [
        "gray",
        "mean chroma",
        "lightness table",
        "mine",
        "truth",
    ]


def test_a_clear_win_is_called_one():
    found = evaluation([5.0, 6.0, 7.0, 8.0], [7.0, 8.1, 9.0, 10.0], [9.0] * 4)
    sentence = verdict.write(found, found.row("mine"))
    assert sentence.startswith("mine beats the lightness table: on 4 pictures it comes 2.02 dE00")
    assert "nearer to the truth" in sentence
    assert verdict.outcome(found.difference(found.row("mine"), "de00")) == "better"
    assert "nearer to the truth" in found.table()


def test_a_clear_loss_is_called_one_and_gray_is_named():
    found = evaluation([9.0, 10.0, 11.0], [7.0, 8.1, 9.0], [8.0, 9.0, 10.0])
    sentence = verdict.write(found, found.row("mine"))
    assert "does not beat the lightness table" in sentence
    assert sentence.endswith("Leaving the pictures gray would have been nearer still, by 1.00.")
    assert "farther from it" in table.write(found)


def test_an_open_outcome_is_called_open():
    found = evaluation([5.0, 9.0, 7.0], [7.0, 7.0, 7.2], [19.0] * 3)
    sentence = verdict.write(found, found.row("mine"))
    assert "cannot be told from the lightness table on 3 pictures" in sentence
    assert "nearer to" in sentence
    assert sentence.count("farther") == 1


def test_one_picture_proves_nothing():
    found = evaluation([5.0], [7.0], [9.0])
    assert "one picture proves nothing" in verdict.write(found, found.row("mine"))
    assert math.isnan(found.difference(found.row("mine"), "de00").low)
    assert "(unknown)" in found.table()


def test_one_picture_is_warned_of_without_speaking_of_intervals(tmp_path, model):
    save(tmp_path / "set" / "train", "a.png", photograph("chelsea"))
    save(tmp_path / "set" / "test", "b.png", photograph("coffee"))
    assert evaluate(tmp_path / "set", [model]).warnings == (
        "one picture alone is judged, so there are no intervals",
    )


def test_the_loss_curve_beside_a_model_stands_in_its_report(tmp_path, folder, model):
    other = write_model(tmp_path / "other.onnx", None)
    (tmp_path / "mine.run").mkdir()
    (tmp_path / "mine.run" / "loss.svg").write_bytes(b"<svg/>")
    evaluate(folder, [model, other], report=tmp_path / "report")
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert 'alt="loss curve of mine"' in page
    assert "loss curve of other" not in page


@pytest.mark.parametrize("place", ["report", "."])
def test_a_report_within_the_folder_is_no_picture_of_it(folder, model, place):
    judged = folder / "train"
    first = evaluate(judged, [model], report=judged / place)
    assert (judged / place / "sheet.png").exists()
    second = evaluate(judged, [model], report=judged / place, overwrite=True)
    assert second.pictures == first.pictures == ("astronaut.png", "chelsea.png")
    assert second.left_out == ()


@pytest.mark.skipif(sys.platform != "linux", reason="such names exist on Linux alone")
def test_names_outside_unicode_do_not_break_the_report(tmp_path, folder, model):
    (folder / "test" / "coffee.png").rename(folder / "test" / os.fsdecode(b"\xff.png"))
    odd = model.rename(tmp_path / os.fsdecode(b"\xfe.onnx"))
    evaluate(folder, [odd], report=tmp_path / "report")
    page = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert '<th scope="row">?</th>' in page
    assert "<b>truth</b> \\udcff.png" in page
    plain = json.loads((tmp_path / "report" / "evaluation.json").read_text(encoding="utf-8"))
    assert plain["pictures"] == ["rocket.png", "\\udcff.png"]


def test_an_earlier_report_is_not_overwritten_unasked(tmp_path, folder, model):
    report = tmp_path / "report"
    evaluate(folder, [model], report=report)
    before = (report / "index.html").read_bytes()
    with pytest.raises(OutputExistsError, match="exists already"):
        evaluate(folder, [model], report=report)
    evaluate(folder, [model], report=report, overwrite=True)
    assert (report / "index.html").read_bytes() == before
    assert sorted(path.name for path in report.iterdir()) == [
        "evaluation.json",
        "index.html",
        "sheet.png",
    ]


def test_chroma_psnr_of_scores_is_that_of_the_whole_picture():
    truth, wrong = photograph("coffee"), photograph("coffee")[:, ::-1]
    whole = psnr.chroma(*(lab.from_srgb(p / 255.0) for p in (wrong, truth)))
    assert compare(wrong, truth).psnr_chroma == pytest.approx(whole, abs=1e-4)

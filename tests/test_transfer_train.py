"""A whole transfer: folds, choice, figures, run folder, and what can go wrong."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")

from general import CPU, PALETTE, state_bytes
from photochrom.errors import DatasetError, OptionError, OutOfMemoryError, PhotochromError
from photochrom.inference.colorizer import Colorizer
from photochrom.inference.runtime import Runtime
from photochrom.modelfile.file import model_hash, read_model, write_model
from photochrom.palettes import decode
from photochrom.training.made import Made
from photochrom.training.phases import Progress
from photochrom.training.pictures import WorkingPicture
from photochrom.training.runfolder import RunFolder
from photochrom.training.transfer import fit as fitting
from photochrom.training.transfer import train as training
from photochrom.training.transfer.candidates import READINGS, Cells, Reading, Tried, Way, logits
from photochrom.training.transfer.config import TransferConfig
from photochrom.training.transfer.describe import paint_general
from photochrom.training.transfer.fit import Fitted, Fold, find_looks, split
from photochrom.training.transfer.mixture import mix
from photochrom.training.transfer.train import train_transfer
from transfer import (
    config,
    general_model,
    mild_network,
    painted,
    put_odd_pictures,
    put_pictures,
    quick_fit,
    start,
    working,
)

WAY = Way(steps=2, share=0.5, table=0.25)
READING = Reading(0.65, 1.15)


@pytest.mark.parametrize(("count", "folds"), [(2, 2), (3, 3), (9, 3), (10, 2), (49, 2), (200, 2)])
def test_every_picture_is_held_out_once(count: int, folds: int) -> None:
    parts = split(count, seed=0)
    assert len(parts) == folds
    assert sorted(index for part in parts for index in part) == list(range(count))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_one_picture_gives_no_folds() -> None:
    assert split(1, seed=0) == []


@pytest.fixture(scope="module")
def three() -> Fitted:
    return quick_fit(working(3))


def held_by(fitted: Fitted, index: int) -> Fold:
    return next(fold for fold in fitted.folds if index in fold.held)


def test_no_picture_is_learned_where_it_is_held(three: Fitted) -> None:
    assert sorted(index for fold in three.folds for index in fold.held) == [0, 1, 2]
    for fold in three.folds:
        assert sorted(fold.learned + fold.held) == [0, 1, 2]
    assert (three.fold.learned, three.fold.held) == ([0, 1, 2], [])
    assert three.tried is not None
    assert {each.shape for each in three.tried.errors.values()} == {(3, len(READINGS))}


def fold_bytes(fold: Fold) -> list[bytes]:
    """Palette, table, weights."""
    networks = [fold.start.network, *fold.tuned.values()]
    arrays = [fold.start.palette.colors.tobytes(), fold.table.shares.tobytes()]
    return arrays + [state_bytes(network) for network in networks]


def test_nothing_of_a_held_out_picture_reaches_what_it_is_judged_by(three: Fitted) -> None:
    pictures = working(3)
    other = working(9)[8]
    changed = quick_fit([other, *pictures[1:]])
    assert fold_bytes(held_by(changed, 0)) == fold_bytes(held_by(three, 0))
    for index in (1, 2):  # the test would see it
        assert held_by(changed, index).held == held_by(three, index).held
        assert fold_bytes(held_by(changed, index))[1] != fold_bytes(held_by(three, index))[1]


def test_equal_seeds_give_equal_weights_and_choices_and_the_start_stays(three: Fitted) -> None:
    begin, pictures = start(), working(3)
    before = state_bytes(begin.network), [p.lab.tobytes() + p.rgb.tobytes() for p in pictures]
    again = quick_fit(pictures, begin=begin)
    assert (again.way, again.reading) == (three.way, three.reading)
    for one, two in zip([*again.folds, again.fold], [*three.folds, three.fold], strict=True):
        assert fold_bytes(one) == fold_bytes(two)
    assert state_bytes(begin.network) == before[0]
    assert [p.lab.tobytes() + p.rgb.tobytes() for p in pictures] == before[1]


def test_many_pictures_are_judged_by_a_few_of_each_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fitting, "MOST_HELD", 3)
    monkeypatch.setattr(fitting, "_FEW", 5)
    fitted = quick_fit(working(5), config(steps=4, batch=1))
    assert [len(fold.held) for fold in fitted.folds] == [2, 2]
    for fold in fitted.folds:  # those that are not judged are not learned from either
        assert len(fold.learned) in (2, 3)
        assert not set(fold.held) & set(fold.learned)
    assert fitted.tried is not None
    assert {len(each) for each in fitted.tried.errors.values()} == {4}


def test_one_picture_is_fitted_by_the_fixed_way() -> None:
    fitted = quick_fit(working(1))
    assert (fitted.tried, fitted.folds) == (None, [])
    assert fitted.way == Way(4, fitting.ALONE.share, fitting.ALONE.table)
    assert fitted.reading == fitting.ALONE_READING
    assert list(fitted.fold.tuned) == [4]


def noise(seed: int) -> np.ndarray:
    """Lightness with something to see at every size, 30..80."""
    rng = np.random.default_rng(seed)
    whole = sum(np.kron(rng.uniform(-1, 1, (40 // n, 40 // n)), np.ones((n, n))) for n in (4, 8))
    return np.clip(55 + 12 * whole, 30, 80).astype(np.float32)


def by_lightness(seed: int) -> WorkingPicture:
    """Greenish where it is dark, reddish where it is light."""
    lightness = noise(seed)
    chosen = np.where(lightness[..., None] < 55, PALETTE.colors[2], PALETTE.colors[1])
    return painted(lightness, chosen, str(seed))


def by_network(seed: int) -> WorkingPicture:
    """As the network says."""
    lightness = noise(seed)
    said = logits(mild_network(), Cells.of(painted(lightness, np.zeros((40, 40, 2)))))
    chroma = decode.annealed_mean(said, PALETTE, 0.8).repeat(4, axis=0).repeat(4, axis=1)
    return painted(lightness, chroma, str(seed))


def test_where_lightness_tells_the_colour_the_table_is_chosen() -> None:
    fitted = quick_fit([by_lightness(seed) for seed in range(3)], config(added_colors=0))
    assert fitted.way == Way(0, 0.0, 1.0)


def test_where_the_network_knows_the_colour_it_is_chosen() -> None:
    fitted = quick_fit([by_network(seed) for seed in range(3)], config(added_colors=0))
    assert fitted.way.table == 0
    assert fitted.way.share <= 0.5


def test_seconds_are_turned_into_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = working(3)
    measured = find_looks(start(), pictures, config(steps=None, seconds=1.0), CPU)
    assert len(measured) == 3
    assert 1 <= measured[0] < measured[1] < measured[2]
    monkeypatch.setattr(fitting, "_seconds_a_step", lambda *_: 0.25)
    wanted = config(steps=None, seconds=80.0)
    assert find_looks(start(), pictures, wanted, CPU) == [20, 40, 80]  # three folds and all
    assert find_looks(start(), working(1), wanted, CPU) == [80, 160, 320]
    assert find_looks(start(), pictures, replace(wanted, seconds=1.0), CPU) == [1, 2, 4]
    assert find_looks(start(), pictures, config(steps=None), CPU) == [20, 40, 80]
    assert find_looks(start(), working(10), config(steps=None), CPU) == [40, 80, 160]


def test_general_as_it_is_has_its_own_vividness() -> None:
    picture = working(1)[0]
    dull, vivid = (paint_general(start(gain=gain), picture) for gain in (0.5, 1.5))
    spread = [float(np.ptp(codes.astype(int), axis=2).mean()) for codes in (dull, vivid)]
    assert 1.5 < spread[1] / spread[0] < 3.5


def run(
    folder: Path, out: Path, tell: Callable[[Progress], None] = lambda _: None, **options: Any
) -> Made:
    """A transfer whose graph is not exported, which takes seconds."""

    def plain(network: Any, *_: object, **__: object) -> bytes:
        return state_bytes(network)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(training, "export", plain)
        patch.setattr(training, "halve", lambda graph: graph)
        wanted = config(start=put_start(folder.parent), **options)
        return train_transfer(folder, RunFolder(out), wanted, resume=False, progress=tell)


def put_start(folder: Path) -> Path:
    path = folder / "start.onnx"
    path.write_bytes(general_model())
    return path


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return put_odd_pictures(put_pictures(tmp_path_factory.mktemp("photos") / "mine"))


@pytest.fixture(scope="module")
def made(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, Path, Path]:
    """Made, model file and run folder of a transfer whose choice was made for it."""
    folder = tmp_path_factory.mktemp("model")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tried, "choose", lambda _: (WAY, READING))
        wanted = config(start=put_start(photos.parent))
        done = train_transfer(
            photos, RunFolder(folder / "m.run"), wanted, resume=False, progress=lambda _: None
        )
    assert done.graph is not None
    write_model(done.graph, done.spec, folder / "m.onnx")
    return done, folder / "m.onnx", folder / "m.run"


def test_the_model_file_says_what_fitted_network_and_table_say(
    made: tuple[Made, Path, Path], photos: Path
) -> None:
    model = made[1]
    begin, general, _ = training.load_start(put_start(photos.parent))
    pictures, _ = training.load_folder(photos, general.working, without=model)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tried, "choose", lambda _: (WAY, READING))
        fitted = quick_fit(pictures, begin=begin)
    data, spec = read_model(model)
    assert spec.palette == fitted.fold.start.palette
    cells = Cells.of(pictures[0])
    said = logits(fitted.fold.network(WAY), cells)
    wanted = mix(said, fitted.fold.table.probabilities(cells.lab[..., 0]), WAY.table)
    found = Runtime(data, spec).run(pictures[0].lab[..., 0]).transpose(1, 2, 0)
    assert found.shape == wanted.shape
    np.testing.assert_allclose(np.exp(found), np.exp(wanted), atol=2e-2)  # 16 bits a weight
    assert np.abs(np.exp(found) - np.exp(wanted)).mean() < 2e-3


def test_the_model_says_what_it_is(made: tuple[Made, Path, Path], photos: Path) -> None:
    spec = read_model(made[1])[1]
    assert (spec.preset, spec.stride, spec.multiple, spec.reach) == ("transfer", 4, 32, None)
    assert (spec.temperature, spec.gain, spec.licence) == (0.65, 1.15, "CC0")
    assert spec.training is not None
    assert (spec.training.pictures, spec.training.held_out) == (6, "pictures")
    methods = {"gray", "mean chroma", "lightness table", "general", "transfer"}
    assert set(spec.training.metrics) == methods
    assert spec.training.metrics["gray"]["colorfulness"] == 0
    chosen = spec.training.options["chosen"]
    assert chosen == {"steps": 2, "share": 0.5, "table": 0.25, "temperature": 0.65, "gain": 1.15,
                      "words": "2 steps, 50% of the way, 25% lightness table"}  # fmt: skip
    start_hash = model_hash(put_start(photos.parent).read_bytes())
    assert spec.training.options["start"] == {"sha256": start_hash}
    assert str(photos.parent) not in spec.to_json()


def test_the_gray_picture_is_left_out_and_named(made: tuple[Made, Path, Path]) -> None:
    assert [each.name for each in made[0].dropped] == ["gray.png"]
    assert made[0].warnings == []


@pytest.mark.parametrize("shape", [(41, 37), (16, 300), (1, 1)])
def test_the_model_colours_pictures_of_any_size(
    made: tuple[Made, Path, Path], shape: tuple[int, int]
) -> None:
    gray = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    assert np.asarray(Colorizer(made[1]).colorize(gray)).shape == (*shape, 3)


def test_the_run_folder_says_what_was_tried(made: tuple[Made, Path, Path]) -> None:
    folder = made[2]
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert names == {"config.json", "palette.json", "swatch.png", "metrics.jsonl", "loss.svg",
                     "samples/held-out.png"}  # fmt: skip
    assert json.loads((folder / "config.json").read_text(encoding="utf-8"))["chosen"]["steps"] == 2
    rows = [json.loads(line) for line in
            (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]  # fmt: skip
    assert len(rows) == 5 + 3 * 4  # few pictures: half of the way alone
    assert {row["share"] for row in rows} == {0, 0.5}
    best = [min(row["de00"].values()) for row in rows]
    assert best == sorted(best)
    assert (folder / "loss.svg").read_text(encoding="utf-8").count("<polyline") == 4


def test_held_out_pictures_can_be_seen_on_the_way(photos: Path, tmp_path: Path) -> None:
    seen = []

    def see(at: Progress) -> None:
        if at.samples is not None:
            seen.append((at.phase, at.samples()))

    watched = run(photos, tmp_path / "m.run", see, steps=8)
    assert watched.graph == run(photos, tmp_path / "plain.run", steps=8).graph
    phases = [phase for phase, _ in seen]
    # The general network, three looks a fold and, if all are learned from, what was chosen.
    assert phases[:10] == ["choosing"] * 10
    assert phases[10:] in ([], ["learning from all"])
    first, quarter = (rows for _, rows in seen[:2])
    assert len(first) == 2  # of six pictures in three folds
    for (before, truth), (after, same) in zip(first, quarter, strict=True):
        assert before.shape == truth.shape
        np.testing.assert_array_equal(truth, same)
        assert (before != after).any()


@pytest.mark.parametrize(("count", "words"), [(1, "one picture nothing could be held out"),
                                              (2, "come from 2 pictures")])  # fmt: skip
def test_few_pictures_work_and_say_how_little_that_tells(
    count: int, words: str, tmp_path: Path
) -> None:
    folder = put_pictures(tmp_path / "mine", count)
    done = run(folder, tmp_path / "m.run")
    assert done.spec.training is not None
    assert done.spec.training.held_out == ("nothing" if count == 1 else "pictures")
    assert bool(done.spec.training.metrics) == (count > 1)
    (warning,) = done.warnings
    assert words in warning
    assert (tmp_path / "m.run" / "samples" / "held-out.png").exists() == (count > 1)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    folder = put_pictures(tmp_path / "mine", 1)
    one, two, other = (run(folder, tmp_path / f"{n}.run", seed=n // 2) for n in range(3))
    assert one.graph == two.graph
    assert one.spec.to_json() == two.spec.to_json()
    assert other.graph != one.graph


def test_progress_goes_from_nothing_to_all(tmp_path: Path) -> None:
    told: list[Progress] = []
    run(put_pictures(tmp_path / "mine", 1), tmp_path / "m.run", told.append)
    shares = [state.share for state in told]
    assert shares == sorted(shares)
    assert shares[0] > 0
    assert shares[-1] == 1
    assert told[-1].phase == "learning from all"
    assert all(state.seconds_left >= 0 for state in told)


@pytest.mark.parametrize(
    ("error", "seen"),
    [(KeyboardInterrupt(), KeyboardInterrupt),
     (RuntimeError("failed to allocate 9 bytes"), OutOfMemoryError)],
)  # fmt: skip
def test_a_transfer_that_does_not_end_leaves_no_model_and_the_older_run(
    error: BaseException, seen: type[BaseException], tmp_path: Path
) -> None:
    def stop(_: Progress) -> None:
        raise error

    runs = tmp_path / "m.run"
    (runs / "samples").mkdir(parents=True)
    for name in ("metrics.jsonl", "samples/held-out.png", "notes.txt"):
        (runs / name).write_text("old", encoding="utf-8")
    folder = put_pictures(tmp_path / "mine", 2)
    with pytest.raises(seen):
        run(folder, runs, stop)
    assert [path for path in tmp_path.rglob("*.onnx") if path.name != "start.onnx"] == []
    kept = {path.name: path.read_text() for path in runs.rglob("*") if path.is_file()}
    assert kept == dict.fromkeys(("metrics.jsonl", "held-out.png", "notes.txt"), "old")


def test_a_transfer_that_ends_replaces_the_older_run(tmp_path: Path) -> None:
    runs = tmp_path / "m.run"
    (runs / "samples").mkdir(parents=True)
    for name in ("metrics.jsonl", "samples/held-out.png", "notes.txt"):
        (runs / name).write_text("old", encoding="utf-8")
    run(put_pictures(tmp_path / "mine", 1), runs)
    names = {path.name for path in runs.rglob("*") if path.is_file()}
    assert names == {"config.json", "palette.json", "swatch.png", "notes.txt"}


def test_a_run_cannot_be_resumed(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"no checkpoint to resume; run it again.*--force"):
        train_transfer(tmp_path / "none", RunFolder(tmp_path / "m.run"), config(), resume=True,
                       progress=lambda _: None)  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def text(folder: Path) -> None:
    (folder / "0.png").write_text("no picture", encoding="utf-8")


def gray(folder: Path) -> None:
    (folder / "0.png").write_bytes((put_odd_pictures(folder) / "gray.png").read_bytes())
    for name in ("least.png", "strip.png", "three.png"):
        (folder / name).unlink()


@pytest.mark.parametrize(("spoil", "words"), [(text, "unreadable"), (gray, "near-gray")])
def test_pictures_that_cannot_teach_are_one_sentence_and_leave_nothing(
    spoil: Callable[[Path], None], words: str, tmp_path: Path
) -> None:
    folder = put_pictures(tmp_path / "mine", 1)
    spoil(folder)
    with pytest.raises(DatasetError, match=words):
        run(folder, tmp_path / "m.run")
    assert not (tmp_path / "m.run").exists()


def test_a_start_that_is_not_there_is_one_clear_error(tmp_path: Path) -> None:
    folder = put_pictures(tmp_path / "mine", 1)
    wanted = TransferConfig(start=tmp_path / "none.onnx")
    with pytest.raises(PhotochromError, match=r"there is no model file .*none\.onnx"):
        train_transfer(folder, RunFolder(tmp_path / "m.run"), wanted, resume=False,
                       progress=lambda _: None)  # fmt: skip
    assert not (tmp_path / "m.run").exists()

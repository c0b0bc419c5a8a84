"""Batches on a Ray cluster of two nodes, of which one is lost; both are processes of this machine.

Pictures named "crash" end the process that decodes them, as native code can; those named "kill" end
the one that has asked for it; "slow" ones take half a second.
"""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import models
from photochrom.batch.item import Item, Outcome
from photochrom.batch.local import LocalEngine, Means
from photochrom.batch.order import Model, Order
from photochrom.batch.plan import plan
from photochrom.batch.run import OpenEngine, Report, run_batch
from photochrom.cli.main import main
from photochrom.cluster import crew as crews
from photochrom.cluster.batches import RayEngine
from photochrom.cluster.crew import Crew
from photochrom.cluster.places import for_all
from photochrom.errors import ClusterError, OptionError

ray = pytest.importorskip("ray")

GB = 1 << 30
CRASHES = """
import os, signal, sys, time
if "photochrom.batch.child" in sys.orig_argv:
    from photochrom.imageio import reading
    load = reading.load_image

    def load_image(source, **options):
        name = os.path.basename(source)
        parent = open(f"/proc/{os.getppid()}/cmdline", "rb").read()
        if name.startswith("kill") and parent.startswith(b"ray::"):
            os.kill(os.getppid(), signal.SIGKILL)
        if name.startswith("slow"):
            time.sleep(0.5)
        if name.startswith("crash"):
            os.kill(os.getpid(), signal.SIGSEGV)
        return load(source, **options)

    reading.load_image = load_image
"""
NODE = {"num_cpus": 1, "memory": 2 * GB, "object_store_memory": 80 << 20}


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One node that stays, connected, and room for another."""
    from ray.cluster_utils import Cluster

    folder = tmp_path_factory.mktemp("crashes")
    (folder / "sitecustomize.py").write_text(CRASHES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)
        made = Cluster(initialize_head=True, head_node_args=NODE | {"include_dashboard": False})
        ray.init(made.address, logging_level="ERROR", log_to_driver=False)
        yield made
        ray.shutdown()
        made.shutdown()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("model") / "some.onnx"
    path.write_bytes(models.model_bytes(models.conv_model(), models.palette_spec()))
    return str(path)


@pytest.fixture
def order(model: str) -> Order:
    return Order(Model.of(model))


@pytest.fixture
def scans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twelve pictures, all different, and the folder above them as the current one."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "scans"
    (folder / "deep/er").mkdir(parents=True)
    ramp = np.linspace(0, 255, 40 * 48).reshape(40, 48)
    for number in range(12):
        name = f"deep/er/{number}.png" if number % 2 else f"{number}.jpg"
        Image.fromarray((ramp * (1 - number / 24)).astype(np.uint8)).save(folder / name)
    return folder


class Silent:
    def begin(self, todo: int, ended: int) -> None:
        pass

    def tell(self, outcome: Outcome) -> None:
        pass


def batch(engine: OpenEngine, order: Order, out: str) -> Report:
    return run_batch(plan(["scans"], out, None), order, engine, Silent())


def on_ray(order: Order, means: Means = Means(2)) -> OpenEngine:  # noqa: B008 - frozen
    return lambda pictures, staging: RayEngine(order, means, pictures, staging=staging)


def here(order: Order) -> OpenEngine:
    return lambda pictures, staging: LocalEngine(order, Means(2).spread(pictures), staging=staging)


def told(report: Report) -> dict[str, str]:
    return {each.item.key: each.error or each.status for each in report.outcomes}


def places(report: Report) -> set[str]:
    return {written.place for outcome in report.outcomes for written in outcome.files}


def results(folder: str) -> dict[str, bytes]:
    found = (p for p in Path(folder).rglob("*") if p.is_file() and ".photochrom" not in p.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_a_cluster_makes_the_same_files_and_says_the_same_as_one_machine(
    cluster: Any, scans: Path, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crews, "LOSSES", 1)
    one = (scans / "deep/er/1.png").read_bytes()
    (scans / "broken.jpg").write_bytes((scans / "0.jpg").read_bytes()[:400])
    for name in ("crash.png", "kill.png", os.fsdecode(b"not utf-8 \xff.png")):
        (scans / name).write_bytes(one)
    far = batch(on_ray(order, Means(1)), order, "far")
    assert "1 workers were lost over it" in told(far)["kill.png"]
    assert "makes its decoder crash (SIGSEGV)" in told(far)["crash.png"]
    assert "scans/broken.jpg is damaged" in told(far)["broken.jpg"]
    assert len(results("far")) == 13

    (scans / "kill.png").unlink()
    near = batch(here(order), order, "near")
    both = told(far).items() & told(near).items()
    assert dict(both) == told(near)
    assert results("far") == results("near")
    assert places(far) == {place.replace("near", "far", 1) for place in places(near)}

    again = batch(here(order), order, "far")
    assert sorted(told(again)) == ["broken.jpg", "crash.png"]
    assert len(again.ended) == 13


def test_a_stop_finishes_what_is_at_hand(cluster: Any, scans: Path, order: Order) -> None:
    planned = plan(["scans"], "far", None)
    with RayEngine(order, Means(1), len(planned.items)) as engine:
        engine.start()
        outcomes = []
        for outcome in engine.run(planned.items):
            outcomes.append(outcome.status)
            engine.stop()
    assert outcomes == ["done"]
    assert len(results("far")) == 1


def test_a_wrong_option_is_told_before_any_work(
    cluster: Any, scans: Path, model: str, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["colorize", "scans", "-o", "far", "--model", model, "--engine", "ray"]
    assert main([*command, "--decode", "rgb"]) == 2
    assert "decode must be" in capsys.readouterr().err
    assert results("far") == {}
    assert "planned" not in Path("far/.photochrom/manifest.jsonl").read_text()


def test_a_machine_that_does_not_see_the_folder_of_results_ends_the_run(
    cluster: Any, scans: Path, order: Order
) -> None:
    items = [for_all(item) for item in plan(["scans"], "far", None).items]
    with RayEngine(order, Means(1), len(items)) as engine:
        engine.start()
        crew = engine._crew
        assert crew is not None
        with pytest.raises(ClusterError, match="does not see /elsewhere of this machine"):
            list(crew.paint(items, None, Path("/elsewhere/mark")))


def test_results_in_the_memory_of_this_process_are_refused(
    cluster: Any, scans: Path, order: Order
) -> None:
    planned = plan(["scans/0.jpg"], "memory://far/0.jpg", None)
    with RayEngine(order, Means(1), 1) as engine, pytest.raises(OptionError, match="memory of"):
        list(engine.run(planned.items))


def test_a_cluster_that_is_not_there_ends_the_run_with_1(scans: Path, model: str) -> None:
    command = ["colorize", "scans", "-o", "far", "--model", model, "--engine", "ray"]
    ran = subprocess.run(  # here Ray is connected
        [sys.executable, "-m", "photochrom", *command, "--address", "127.0.0.1:9"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 1
    assert "the cluster at 127.0.0.1:9 does not answer" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


def test_ray_that_is_not_installed_is_told_by_the_name_of_its_extra(
    scans: Path, model: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    assert main(["colorize", "scans", "-o", "far", "--model", model, "--engine", "ray"]) == 1
    assert "pip install 'photochrom[cluster]'" in capsys.readouterr().err


def test_every_picture_is_done_once_when_a_node_is_lost(
    cluster: Any, scans: Path, order: Order, caplog: pytest.LogCaptureFixture
) -> None:
    for path in scans.glob("*.jpg"):
        path.rename(scans / f"slow{path.name}")
    second = cluster.add_node(**NODE)

    class Losing(RayEngine):
        def run(self, items: Sequence[Item]) -> Iterator[Outcome]:
            _await(self._crew, 2)
            for number, outcome in enumerate(super().run(items)):
                if number == 3:
                    cluster.remove_node(second, allow_graceful=False)
                yield outcome

    report = batch(
        lambda pictures, staging: Losing(order, Means(), pictures, staging=staging), order, "far"
    )
    assert set(told(report).values()) == {"done"}
    lines = Path("far/.photochrom/manifest.jsonl").read_text().splitlines()
    ended = [line for line in map(json.loads, lines) if "status" in line]
    assert Counter(line["status"] for line in ended) == {"done": 12}
    assert len({line["input"] for line in ended}) == 12
    assert "was lost; another one takes over" in caplog.text
    batch(here(order), order, "near")
    assert results("far") == results("near")


def _await(crew: Crew | None, painters: int) -> None:
    """Wait until so many are ready: one on each node."""
    assert crew is not None
    crew._fill(painters)
    while len(crew._idle) < painters:
        for reference in crew._ready():
            crew._arrive(reference)

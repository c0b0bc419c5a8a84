"""Training on a Ray cluster: workers that learn together, and what happens when one is lost."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("ray")

import photochrom
from general import CPU, config, put_pictures
from photochrom.cli.main import main
from photochrom.cluster import connect
from photochrom.cluster.board import Board
from photochrom.cluster.connect import connected
from photochrom.cluster.domains import RayEngine
from photochrom.cluster.share import equal_share
from photochrom.cluster.training import ClusterLearner
from photochrom.datasets.locations import open_source
from photochrom.domains.job import train_many
from photochrom.errors import (
    ClusterError,
    DatasetError,
    MissingExtraError,
    OptionError,
)
from photochrom.training.config import TrainConfig
from photochrom.training.general.config import GeneralConfig
from photochrom.training.general.pictures import gather
from photochrom.training.general.processes import Processes
from photochrom.training.general.run import GeneralRun
from photochrom.training.phases import Progress
from photochrom.training.runfolder import RunFolder
from photochrom.training.train import train

pytestmark = [
    pytest.mark.skipif(os.name == "nt", reason="Ray on Windows is not supported here"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # Ray's own, when it is imported
]
SHORT = ["--preset", "general", "--batch", "4", "--crop", "32", "--colors", "6", "--precision",
         "fp32", "--held-out", "2", "--engine", "ray", "--workers", "1"]  # fmt: skip


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    """One cluster of two cores on this machine, for all tests here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_TRAIN_HEALTH_CHECK_INTERVAL_S", "0.2")
        patch.setenv("OMP_NUM_THREADS", "1")
        # Its workers find what the tests find.
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        with connected(None, cpus=2):
            yield


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return put_pictures(tmp_path_factory.mktemp("cluster") / "photos")


def workers() -> list[int]:
    """Process ids of the workers that train in this cluster."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            name = path.read_bytes()
        except OSError:
            continue
        if b"RayTrainWorker" in name and os.getpid() in ancestors(int(path.parent.name)):
            found.append(int(path.parent.name))
    return found


def ancestors(process: int) -> Iterator[int]:
    while process > 1:
        try:
            words = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return
        process = int(words[1])
        yield process


def in_one_process(photos: Path, folder: Path, options: GeneralConfig) -> list[Progress]:
    """What the same training tells without a cluster; nothing is calibrated or written."""
    told: list[Progress] = []
    run = GeneralRun(
        gather(open_source(photos), options), RunFolder(folder), options, device=CPU,
        processes=Processes(), tell=told.append,
    )  # fmt: skip
    run.finish(resume=False)
    return told


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks for the workers in /proc")
def test_a_lost_worker_is_made_good_and_two_learn_what_one_learns(
    cluster: None, photos: Path, tmp_path: Path
) -> None:
    """The loss of two halves of each batch is that of the whole, but for crops and dropout."""
    told: list[Progress] = []
    later: list[int] = []

    def watch(progress: Progress) -> None:
        if later or any(one.step >= 20 for one in told):
            later.append(progress.step)
        elif progress.step >= 20:
            os.kill(workers()[-1], signal.SIGKILL)
        told.append(progress)

    options = config(steps=40, batch=4)
    alone = in_one_process(photos, tmp_path / "alone.run", options)
    result = train(
        photos,
        tmp_path / "g.onnx",
        options,
        progress=watch,
        general=ClusterLearner(2, save_every=0),
    )
    assert result.spec.training is not None
    assert result.spec.training.options["steps_done"] == 40
    assert any("workers were lost once" in one for one in result.warnings)
    assert min(later) > 10, "it began anew: every ten steps there was a checkpoint"
    assert told[-1].step == alone[-1].step == 40
    assert told[-1].loss == pytest.approx(alone[-1].loss, rel=0.1)
    assert alone[-1].loss < 0.9 * alone[0].loss
    assert (tmp_path / "g.onnx").exists()
    assert not list((tmp_path / "g.run").glob(".*"))


@pytest.mark.slow
def test_ctrl_c_ends_in_a_checkpoint_that_resume_goes_on_from(
    cluster: None, photos: Path, tmp_path: Path
) -> None:
    told: list[Progress] = []

    def watch(progress: Progress) -> None:
        told.append(progress)
        if len(told) == 1:
            signal.raise_signal(signal.SIGINT)

    learner = ClusterLearner(1)  # one starts sooner than two
    out, options = tmp_path / "g.onnx", config(steps=100_000, batch=4)
    with pytest.raises(KeyboardInterrupt):
        train(photos, out, options, progress=watch, general=learner)
    assert (tmp_path / "g.run" / "checkpoint.safetensors").exists()
    assert not out.exists()
    again: list[Progress] = []

    def stop(progress: Progress) -> None:
        again.append(progress)
        raise RuntimeError("seen enough")

    with pytest.raises(RuntimeError, match="seen enough"):  # in one process: the same checkpoint
        train(photos, out, options, progress=stop, resume=True)
    assert again[0].step > told[-1].step


@pytest.mark.slow
def test_an_error_of_a_worker_arrives_in_its_own_words(
    cluster: None, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    wanted = tmp_path / "nowhere"
    assert main(["train", str(wanted), "-o", str(tmp_path / "g.onnx"), *SHORT]) == 1
    told = capfd.readouterr()
    assert told.err == f"photochrom: there is no {wanted}; check the name\n"
    assert told.out == ""


@pytest.mark.slow
def test_kinds_of_picture_are_trained_by_tasks(cluster: None, photos: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    (gone / "train").mkdir(parents=True)
    small = TrainConfig(steps=2)
    found = train_many([photos, gone], tmp_path / "out", small, RayEngine(2))
    assert [one.name for one in found.entries] == ["photos"]
    assert [one.name for one in found.failures] == ["gone"]
    assert (tmp_path / "out" / "photos.onnx").exists()
    assert (tmp_path / "out" / "photos.run" / "loss.svg").exists()
    assert not (tmp_path / "out" / "photos.run" / "checkpoint.safetensors").exists()
    assert not (tmp_path / "out" / ".photochrom" / "training").exists()


@pytest.mark.parametrize(
    ("options", "workers", "said"),
    [
        ({"batch": 4}, 3, "a batch of 4 does not divide over 3 processes"),
        ({"device": "cuda:1"}, 2, "cuda for a GPU that Ray chooses"),
        ({}, 0, "expected 1 worker or more"),
    ],
)
def test_wrong_options_are_refused_before_ray_is_asked(
    photos: Path, tmp_path: Path, options: dict[str, Any], workers: int, said: str
) -> None:
    learner = ClusterLearner(workers, "10.255.255.1:1")
    with pytest.raises(OptionError, match=said):
        train(photos, tmp_path / "g.onnx", config(**options), general=learner)
    assert not (tmp_path / "g.run").exists()


@pytest.mark.parametrize(
    "options", [["--engine", "ray"], ["--workers", "2"], ["--address", "10.0.0.5:6379"]]
)
def test_options_of_a_cluster_come_together(
    photos: Path, tmp_path: Path, options: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    common = ["train", str(photos), "-o", str(tmp_path / "g.onnx"), "--preset", "general"]
    assert main([*common, *options]) == 2
    assert capfd.readouterr().err.count("\n") == 1


def test_a_worker_that_does_not_see_the_run_folder_says_so(tmp_path: Path) -> None:
    from photochrom.cluster.workers import Job, _check_shared

    job = Job(("x",), tmp_path, ".mark", config())
    with pytest.raises(ClusterError, match=r"does not see the run folder .*--run-folder"):
        _check_shared(job)
    (tmp_path / ".mark").touch()
    _check_shared(job)


def test_workers_go_on_from_a_checkpoint_of_their_own_alone(tmp_path: Path) -> None:
    checkpoint = tmp_path / "checkpoint"
    checkpoint.touch()  # of an earlier run, which --force replaces
    board = Board(checkpoint, resume=False)
    assert board.begin(0, photochrom.__version__) is False
    assert board.begin(0, photochrom.__version__) is False  # lost before the first step
    assert board.tell({"step": 1}) is False
    assert board.begin(1, photochrom.__version__) is True
    checkpoint.unlink()
    assert board.begin(1, photochrom.__version__) is False
    assert board.look().starts == 2
    assert Board(checkpoint, resume=True).begin(0, photochrom.__version__) is True


def test_the_board_keeps_the_first_end_and_then_sends_all_home(tmp_path: Path) -> None:
    board = Board(tmp_path / "checkpoint", resume=False)
    board.stop()
    assert board.tell({"step": 1}) is True
    board.end(DatasetError("first"))
    board.end(DatasetError("second"))
    assert str(board.look().ended) == "first"
    assert board.begin(0, photochrom.__version__) is None


def test_another_version_on_the_cluster_is_refused(tmp_path: Path) -> None:
    board = Board(tmp_path / "checkpoint", resume=False)
    assert board.begin(0, "0.0.9") is None
    assert isinstance(board.look().ended, ClusterError)
    assert "the cluster has photochrom 0.0.9" in str(board.look().ended)


@pytest.mark.parametrize(
    ("cores", "workers", "wanted"),
    [([8], 2, 4), ([8], 3, 2), ([8, 8], 2, 8), ([2, 8], 2, 4), ([4, 4, 4], 2, 4), ([2], 4, 1),
     ([], 1, 1), ([0, 6], 1, 6)],
)  # fmt: skip
def test_workers_share_the_cores_evenly(cores: list[int], workers: int, wanted: int) -> None:
    machines = [{"CPU": float(own)} if own else {} for own in cores]
    assert equal_share(machines, workers) == wanted


@pytest.mark.parametrize(
    "address", ["ray://10.0.0.5:10001", "10.0.0.5", "10.0.0.5:0", "10.0.0.5:x", ":6379", "a:70000"]
)
def test_what_is_no_address_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_unconnected(monkeypatch)
    with pytest.raises(OptionError, match="an address is host:port"), connected(address):
        pass


def test_a_cluster_that_is_not_there_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_unconnected(monkeypatch)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with (
        pytest.raises(ClusterError, match=r"does not answer \(Connection refused\)"),
        connected(f"127.0.0.1:{port}"),
    ):
        pass


def test_one_that_listens_but_does_not_answer_is_waited_for_no_longer_than_promised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def noted(*command: Any, **options: Any) -> Any:
        waited.append(options["timeout"])
        return real(*command, **options)

    waited: list[float] = []
    real = subprocess.run
    assert connect.PATIENCE <= 30
    pretend_unconnected(monkeypatch)
    monkeypatch.setattr(connect, "PATIENCE", 1.0)
    monkeypatch.setattr(connect.subprocess, "run", noted)
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        pytest.raises(ClusterError, match="does not answer within 1 s"),
        connected(f"127.0.0.1:{server.getsockname()[1]}"),
    ):
        pass
    assert waited == [1.0]


def test_an_address_is_taken_from_where_ray_leaves_it(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend_unconnected(monkeypatch)
    monkeypatch.setenv("RAY_ADDRESS", "no address")
    with pytest.raises(OptionError, match="got 'no address'"), connected(None):
        pass


def pretend_unconnected(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cluster of the tests above is still there, and would be used."""
    import ray

    monkeypatch.setattr(ray, "is_initialized", lambda: False)


def test_without_ray_it_says_what_to_install(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'photochrom\[cluster\]'"):
        train(photos, tmp_path / "g.onnx", config(), general=ClusterLearner(2))

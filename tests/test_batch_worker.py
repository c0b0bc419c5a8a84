"""Workers: whatever becomes of the child, the parent says it in one error and goes on."""

import contextlib
import io
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import models
from photochrom.batch import child, service
from photochrom.batch import process as handle
from photochrom.batch.child import Ask
from photochrom.batch.messages import answer, complaint, heard, receive, send
from photochrom.batch.order import Model, Order
from photochrom.batch.worker import Worker
from photochrom.errors import (
    InputMissingError,
    ModelFileError,
    OptionError,
    OutOfMemoryError,
    PhotochromError,
    PictureError,
    PictureTooLargeError,
    TimeLimitError,
)
from photochrom.imageio import Limits
from photochrom.inference.colorizer import Colorizer
from photochrom.inference.recipe import Recipe
from pictures import chelsea, encode, opened

MODEL = models.model_bytes(models.conv_model(), models.palette_spec())
ORDER = Order(Model.of(MODEL))
FAULTS = Path(__file__).parent / "faults"
RAMP = np.linspace(0, 255, 40 * 48).reshape(40, 48).astype(np.uint8)
GRAY = encode(RAMP, "png")
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux alone limits memory")
posix = pytest.mark.skipif(os.name != "posix", reason="signals are those of Unix")


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Iterator[pytest.MonkeyPatch]:
    """Children that misbehave at pictures of certain names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(FAULTS), prepend=os.pathsep)
        patch.setenv("PHOTOCHROM_TEST_DESK", str(tmp_path_factory.mktemp("desk")))
        yield patch


@pytest.fixture(scope="module")
def faulty(faults: pytest.MonkeyPatch) -> Iterator[Worker]:
    """A worker whose child misbehaves; each test leaves it as fit for a picture as before."""
    with Worker(ORDER, threads=1, memory=512 << 20) as one:
        yield one


@pytest.fixture
def named(tmp_path: Path) -> Callable[[str], Path]:
    """A good picture of a name."""

    def write(name: str) -> Path:
        path = tmp_path / f"{name}.png"
        path.write_bytes(GRAY)
        return path

    return write


def test_a_worker_gives_what_the_colorizer_gives(tmp_path: Path) -> None:
    (tmp_path / "cat.jpg").write_bytes(encode(chelsea(4), "jpeg"))
    (tmp_path / "a.png").write_bytes(GRAY)
    colorizer = Colorizer(MODEL)
    expected = colorizer.colorize(GRAY).pixels
    with Worker(ORDER) as one:
        for source in (tmp_path / "a.png", GRAY):
            result = one.color(source)
            assert (result.colored, len(result.files)) == (False, 1)
            np.testing.assert_array_equal(np.asarray(opened(result.files[0])), expected)
        assert opened(one.color(GRAY, format="webp").files[0]).format == "WEBP"
        assert one.color(tmp_path / "cat.jpg").files == ()
        kept = one.color((tmp_path / "cat.jpg").read_bytes(), keep=True)
        assert (kept.colored, kept.files) == (True, ((tmp_path / "cat.jpg").read_bytes(),))
        other = one.color(tmp_path / "cat.jpg", format="png", keep=True)
        assert opened(other.files[0]).format == "PNG"
        first = one._process
        for wrong, kind in ((b"text", PictureError), (tmp_path / "no.png", InputMissingError)):
            with pytest.raises(kind):
                one.color(wrong)
        assert one.color(GRAY).files
        assert one._process is first  # a picture that is refused costs no child


def test_the_limits_and_the_notes_of_a_picture_come_through() -> None:
    pages = io.BytesIO()
    page = Image.fromarray(RAMP)
    page.save(pages, "tiff", save_all=True, append_images=[page])
    with Worker(replace(ORDER, limits=Limits(max_pixels=40 * 48))) as one:
        assert "first" in " ".join(one.color(pages.getvalue()).notes)
        with pytest.raises(PictureTooLargeError, match="1,920"):
            one.color(encode(np.pad(RAMP, 1), "png"))


GONE = {
    "segfault": (PictureError, "crash (SIGSEGV)"),
    "abort": (PictureError, "crash (SIGABRT)"),
    "leave": (PictureError, "crash (exit code 0)"),
    "killed": (OutOfMemoryError, "more memory than the 512 MB"),
    "starve": (OutOfMemoryError, "not enough memory to read"),
    "short": (OutOfMemoryError, "not enough memory to read"),
}


@posix
@pytest.mark.parametrize("name", GONE)
def test_a_child_that_goes_away_is_told_and_the_next_picture_is_coloured(
    name: str, faulty: Worker, named: Callable[[str], Path]
) -> None:
    if name == "starve" and not sys.platform.startswith("linux"):
        pytest.skip("there is no limit to starve at")
    kind, words = GONE[name]
    with pytest.raises(kind) as told:
        faulty.color(named(name))
    assert words in str(told.value)
    assert faulty._process is None
    assert opened(faulty.color(named("good")).files[0]).size == (48, 40)


def test_a_picture_that_takes_for_ever_is_ended_at_its_time(
    faulty: Worker, named: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faulty, "_seconds", 0.5)
    with pytest.raises(TimeLimitError, match=r"more than 0\.5 seconds; reduce the picture"):
        faulty.color(named("hang"))
    monkeypatch.setattr(faulty, "_seconds", 60.0)
    assert faulty.color(named("good")).files


def test_a_mistake_of_ours_is_told_with_its_words_and_costs_nothing_else(
    faulty: Worker, named: Callable[[str], Path]
) -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError: a mistake of ours"):
        faulty.color(named("fail"))
    assert faulty.color(named("good")).files


def test_what_libraries_print_does_not_get_into_the_answers(
    faulty: Worker, named: Callable[[str], Path], capfd: pytest.CaptureFixture[str]
) -> None:
    assert faulty.color(named("cry")).files == faulty.color(named("good")).files
    captured = capfd.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_a_child_that_was_taken_over_cannot_make_the_parent_run_anything(
    faulty: Worker, named: Callable[[str], Path]
) -> None:
    bomb = Path(os.environ["PHOTOCHROM_TEST_DESK"], "went-off")
    with pytest.raises(ValueError, match="utf-8"):  # as JSON it is nonsense
        faulty.color(named("lie"))
    assert not bomb.exists()
    good = faulty.color(encode(RAMP.T, "png"))
    assert opened(good.files[0]).size == (40, 48)  # and not the answer that came after the lie


def test_no_pickle_is_loaded_upward(tmp_path: Path) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[Path]]:
            return Path.touch, (tmp_path / "went-off",)

    pipe = io.BytesIO()
    send(pipe, pickle.dumps(Bomb()))
    with pytest.raises(ValueError, match="utf-8"):
        heard(io.BytesIO(pipe.getvalue()))
    assert not (tmp_path / "went-off").exists()
    pickle.loads(receive(io.BytesIO(pipe.getvalue())))
    assert (tmp_path / "went-off").exists()  # it would have


@posix
def test_a_child_that_is_killed_from_outside_in_the_middle_is_replaced(
    faulty: Worker, named: Callable[[str], Path]
) -> None:
    faulty.start()
    process = faulty._process
    assert process is not None
    killer = threading.Timer(0.2, faulty.kill)
    killer.start()
    with pytest.raises(OutOfMemoryError):  # the system kills so, and nobody else would
        faulty.color(named("hang"))
    killer.join()
    assert process.returncode == -signal.SIGKILL
    assert faulty.color(named("good")).files


@posix
def test_a_child_that_ended_while_idle_is_not_blamed_on_the_next_picture(
    faulty: Worker, named: Callable[[str], Path]
) -> None:
    faulty.start()
    first = faulty.id
    assert first is not None
    os.kill(first, signal.SIGKILL)
    while faulty.id is not None:
        time.sleep(0.01)
    assert faulty.color(named("good")).files
    assert faulty.id not in (None, first)


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_to_the_whole_group_do_not_end_a_child(
    number: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    spawn = handle._spawn

    def signalled(*arguments: object) -> "subprocess.Popen[bytes]":
        process = spawn(*arguments)  # type: ignore[arg-type]
        process.send_signal(number)  # before it can have said anything to that
        return process

    monkeypatch.setattr(handle, "_spawn", signalled)
    with Worker(ORDER, threads=1) as one:
        one.start()
        assert one._process is not None
        one._process.send_signal(number)
        assert one.color(GRAY).files


@posix
def test_a_child_ends_with_its_parent_in_the_middle_of_a_picture(
    faults: pytest.MonkeyPatch, tmp_path: Path, named: Callable[[str], Path]
) -> None:
    (tmp_path / "m.onnx").write_bytes(MODEL)
    script = (
        "import sys, threading\n"
        "from photochrom.batch.order import Model, Order\n"
        "from photochrom.batch.worker import Worker\n"
        "one = Worker(Order(Model.of(sys.argv[1])))\n"
        "one.start()\n"
        "threading.Timer(0.2, print, [one._process.pid], {'flush': True}).start()\n"
        "one.color(sys.argv[2])\n"
    )
    here = {**os.environ, "PYTHONPATH": os.pathsep.join([str(handle._ROOT), str(FAULTS)])}
    command = [sys.executable, "-c", script, str(tmp_path / "m.onnx"), str(named("hang"))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=here) as parent:
        assert parent.stdout is not None
        orphan = int(parent.stdout.readline())
        assert lives(orphan)
        parent.kill()
    end = time.monotonic() + 30
    while lives(orphan):
        assert time.monotonic() < end
        time.sleep(0.01)


def lives(process: int) -> bool:
    """Whether a process runs; one that ended and that nobody asked about does not."""
    with contextlib.suppress(OSError):
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2]
        return state.split()[0] != "Z"
    return False


def test_a_closed_worker_starts_again(faulty: Worker, named: Callable[[str], Path]) -> None:
    faulty.start()
    process = faulty._process
    assert process is not None
    faulty.close()
    assert process.returncode is not None
    faulty.close()
    faulty.kill()
    assert faulty.color(named("good")).files


def test_a_worker_that_is_ended_forever_starts_no_other(
    faults: pytest.MonkeyPatch, named: Callable[[str], Path]
) -> None:
    with Worker(ORDER, threads=1, memory=512 << 20) as worker:
        worker.start()
        process = worker._process
        assert process is not None
        worker.kill(forever=True)
        process.wait()
        with pytest.raises(PhotochromError, match="has ended"):
            worker.color(named("good"))
        assert worker.id is None


NOT_STARTED = {
    "an option that the model does not have": (
        replace(ORDER, recipe=Recipe(decode="rgb")), OptionError, "decode",
    ),
    "an option out of its range": (
        replace(ORDER, recipe=Recipe(vividness=2)), OptionError, "vividness",
    ),
    "confidence without a palette": (
        replace(
            ORDER,
            model=Model.of(models.model_bytes(
                models.conv_model(3, output="rgb"), models.rgb_spec()
            )),
            confidence=True,
        ), OptionError, "predicts colours directly",
    ),
    "a model whose weights do not fit": (
        replace(ORDER, model=replace(ORDER.model, data=MODEL[:-40])), ModelFileError, "model",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NOT_STARTED.values(), ids=NOT_STARTED.keys())
def test_what_cannot_work_is_told_at_the_start(
    case: tuple[Order, type[PhotochromError], str],
) -> None:
    order, kind, words = case
    one = Worker(order, threads=1)
    with pytest.raises(kind, match=words):
        one.start()
    assert one._process is None


@linux
def test_too_little_memory_for_the_model_is_told_as_that() -> None:
    with pytest.raises(OutOfMemoryError, match="to load the model; allow more"):
        Worker(ORDER, memory=64 << 20).start()


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ("segfault", ModelFileError, "the model cannot be run"),
        ("leave", ModelFileError, "the model cannot be run"),
        ("hang", TimeLimitError, "the model is not ready after 0.5 seconds"),
    ],
)
@posix
def test_a_child_that_does_not_come_up_is_told(
    fault: str,
    kind: type[PhotochromError],
    words: str,
    faults: pytest.MonkeyPatch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PHOTOCHROM_TEST_FAULT", fault)
    if fault == "hang":
        monkeypatch.setattr(handle, "_TO_START", 0.5)
    with pytest.raises(kind, match=words):
        Worker(ORDER).start()


@linux
def test_a_picture_is_coloured_within_its_memory_or_refused() -> None:
    big = encode(np.full((4000, 5000), 9000, np.uint16), "png", compress_level=1)
    with Worker(ORDER, threads=1, memory=300 << 20) as one:
        with pytest.raises(OutOfMemoryError, match="5000 x 4000"):
            one.color(big)
        assert one.color(GRAY).files


@linux
def test_threads_are_told_to_all_libraries(faulty: Worker) -> None:
    faulty.start()
    assert faulty._process is not None
    told = Path(f"/proc/{faulty._process.pid}/environ").read_bytes().split(b"\0")
    names = {b"VIPS_CONCURRENCY", b"OPENCV_FOR_THREADS_NUM", b"OMP_NUM_THREADS"}
    assert {name + b"=1" for name in names} <= set(told)
    assert handle._counts(None) == {}


class Timed:
    """What of a process is ended when its time is over."""

    killed = False

    def kill(self) -> None:
        self.killed = True


def test_a_process_is_killed_when_its_time_is_over_and_not_after_its_end() -> None:
    late, ended = Timed(), Timed()
    with handle._deadline(ended, 0.05) as over:  # type: ignore[arg-type]
        pass
    with handle._deadline(late, 0.05) as passed:  # type: ignore[arg-type]
        assert passed.wait(30)
    time.sleep(0.05)
    assert (late.killed, ended.killed, over.is_set()) == (True, False, False)


@pytest.mark.parametrize("where", ["imageio.reading.load_image", "batch.results.make"])
def test_memory_that_ends_where_nobody_looked_is_told_as_that(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def short(*_: object, **__: object) -> None:
        raise RuntimeError("std::bad_alloc")

    monkeypatch.setattr(f"photochrom.{where}", short)
    pipe = io.BytesIO()
    ask = Ask(GRAY, None, keep=False, cast=None, look=False)
    service._serve(pipe, partial(child._said, Colorizer(MODEL), ORDER), ask)
    with pytest.raises(OutOfMemoryError, match="not enough memory to read or write it"):
        heard(io.BytesIO(pipe.getvalue()))


def test_errors_come_up_as_what_they_were() -> None:
    for error in (OptionError("a"), PictureTooLargeError("b"), OutOfMemoryError("c")):
        pipe = io.BytesIO()
        answer(pipe, complaint(error))
        with pytest.raises(type(error), match=str(error)) as found:
            heard(io.BytesIO(pipe.getvalue()))
        assert type(found.value) is type(error)
    for name in ("SystemExit", "TRAIN_EXTRA", "__builtins__", "Nowhere"):  # no name of ours
        pipe = io.BytesIO()
        answer(pipe, {"error": name, "message": "x"})
        with pytest.raises(RuntimeError, match=f"{name}: x"):
            heard(io.BytesIO(pipe.getvalue()))


def test_a_message_that_is_cut_off_is_the_end() -> None:
    pipe = io.BytesIO()
    answer(pipe, {"notes": []}, (b"first", b"second"))
    whole = pipe.getvalue()
    said, files = heard(io.BytesIO(whole))
    assert (said["notes"], files) == ([], (b"first", b"second"))
    for cut in range(len(whole)):
        with pytest.raises(EOFError):
            heard(io.BytesIO(whole[:cut]))


def test_an_order_travels_and_its_hash_is_that_of_what_shows() -> None:
    order = replace(ORDER, recipe=Recipe(vividness=0.3, hints=("3,4=#aa2211",)), quality=80)
    again = pickle.loads(pickle.dumps(order))
    assert (again, again.hash) == (order, order.hash)
    assert replace(order, quality=81).hash != order.hash
    assert replace(order, device="cuda").hash == order.hash
    assert json.loads(json.dumps(order.hash)) == order.hash

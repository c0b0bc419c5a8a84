"""The notebook, run as a reader would run it, with a folder in place of Google Drive."""

import os
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from photochrom.imageio import from_array, save_image
from pictures import photograph

nbclient = pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")
pytest.importorskip("ipykernel")
pytest.importorskip("torch")

NOTEBOOK = Path(__file__).resolve().parent.parent / "examples" / "colab.ipynb"
SECONDS = 6  # long enough for a checkpoint, which is saved every two


def notebook(home: Path) -> "nbformat.NotebookNode":
    """The notebook with its settings filled in, as a reader would."""
    book = nbformat.read(NOTEBOOK, as_version=4)
    (settings,) = (cell for cell in book.cells if cell.id == "settings")
    for name, value in (("HOME", str(home)), ("PRESET", "window"), ("SECONDS", SECONDS)):
        settings.source, count = re.subn(
            rf"^{name} = .*?(?=  # @param)", f"{name} = {value!r}", settings.source, flags=re.M
        )
        assert count == 1, name
    return book


def run(home: Path) -> dict[str, str]:
    """Run every cell; return what each printed, by its name."""
    book = notebook(home)
    nbclient.NotebookClient(book, timeout=300).execute()
    return {
        cell.id: "".join(output.get("text", "") for output in cell.outputs)
        for cell in book.cells
        if cell.cell_type == "code"
    } | {"shown": str([list(output.get("data", {})) for output in book.cells[-2].outputs])}


def run_until_it_dies(home: Path) -> None:
    """Run it, and kill the kernel with all that it started when a first checkpoint is there."""
    client = nbclient.NotebookClient(notebook(home), timeout=300)

    def kill() -> None:
        while not (home / "mine.run" / "checkpoint.safetensors").exists():
            time.sleep(0.02)
        os.killpg(client.km.provisioner.pid, signal.SIGKILL)

    threading.Thread(target=kill, daemon=True).start()
    with pytest.raises(nbclient.exceptions.DeadKernelError):
        client.execute()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with pictures to learn from, and one to colour."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    folder = tmp_path / "Drive" / "photochrom"
    (folder / "in-colour").mkdir(parents=True)
    for name in ("chelsea", "coffee"):
        save_image(from_array(photograph(name)[::4, ::4]), folder / "in-colour" / f"{name}.png")
    add(folder, "rocket")
    yield folder


def add(folder: Path, name: str) -> None:
    """Put one more picture with the others that are to be coloured."""
    gray = photograph(name)[::4, ::4].mean(axis=2).astype(np.uint8)
    (folder / "black-and-white").mkdir(exist_ok=True)
    save_image(from_array(gray), folder / "black-and-white" / f"{name}.png")


def stamp(path: Path) -> tuple[bytes, int]:
    return path.read_bytes(), path.stat().st_mtime_ns


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL for a group there")
def test_the_notebook_goes_on_wherever_its_runtime_died(home: Path) -> None:
    run_until_it_dies(home)
    assert not (home / "mine.onnx").exists()

    said = run(home)  # in the middle of learning
    assert "--resume" in said["learning"]
    assert "beats" in said["learning"] or "beat" in said["learning"]
    model, first = stamp(home / "mine.onnx"), stamp(home / "coloured" / "rocket.png")
    assert said["shown"] == "[['image/png', 'text/plain']]"

    add(home, "astronaut")
    said = run(home)  # when all was done, with one picture more
    assert "There is a model already" in said["learning"]
    assert stamp(home / "mine.onnx") == model
    assert stamp(home / "coloured" / "rocket.png") == first
    assert (home / "coloured" / "astronaut.png").is_file()


CHECKPOINT = "mine.run/checkpoint.safetensors"


@pytest.mark.parametrize(
    ("there", "again", "refuses", "ways"),
    [
        ([], False, "", ["--force"]),
        (["mine.onnx"], False, "", []),
        (["mine.onnx", CHECKPOINT], True, "", ["--force"]),
        ([CHECKPOINT], False, "", ["--resume"]),
        ([CHECKPOINT], True, "", ["--force"]),
        ([CHECKPOINT], False, "at once", ["--resume", "--force"]),  # other options or pictures
        ([CHECKPOINT], False, "later", ["--resume"]),
    ],
)
def test_learning_goes_on_or_begins_anew(  # noqa: PLR0917
    tmp_path: Path,
    there: list[str],
    again: bool,
    refuses: str,
    ways: list[str],
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "mine.run").mkdir()
    for name in there:
        (tmp_path / name).write_bytes(b"")
    asked = []

    def photochrom(*words: object) -> None:
        asked.append(words[-1])
        if words[-1] == "--resume" and refuses:
            if refuses == "later":
                os.utime(tmp_path / CHECKPOINT, (1, 1))
            raise RuntimeError

    cells = nbformat.read(NOTEBOOK, as_version=4).cells
    (cell,) = (cell for cell in cells if cell.id == "learning")
    known = {"home": tmp_path, "in_colour": tmp_path, "photochrom": photochrom, "SECONDS": 9}
    known |= {"PRESET": "window", "TRAIN_AGAIN": again}
    with pytest.raises(RuntimeError) if refuses == "later" else nullcontext():
        exec(cell.source, known)
    assert asked == ways
    assert ("It begins anew" in capsys.readouterr().out) == (len(ways) == 2)


def test_the_notebook_keeps_no_outputs_and_no_counts() -> None:
    book = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(book)
    for cell in book.cells:
        assert cell.metadata == {}, cell.id
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None), cell.id


def test_the_notebook_explains_every_step_before_it_takes_it() -> None:
    kinds = [cell.cell_type for cell in nbformat.read(NOTEBOOK, as_version=4).cells]
    assert kinds[0] == kinds[-1] == "markdown"
    assert "code code code" not in " ".join(kinds)

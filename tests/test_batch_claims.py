"""What a run that was cut off leaves behind: its own results are known again, nobody else's."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from painter import ORDER, Painter, paint, told
from photochrom.batch import claims, perform
from photochrom.batch.item import Item, Outcome
from photochrom.batch.noted import Noted
from photochrom.batch.order import Order
from photochrom.batch.shard import Shard
from photochrom.errors import DiskFullError

DONE = dict.fromkeys(("a.png", "b.png"), "done")
OTHER = replace(ORDER, quality=50)
Killed = Callable[..., None]


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    folder.mkdir()
    for name in DONE:
        (folder / name).write_bytes(name.encode())
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


@pytest.fixture
def killed(scans: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> Killed:
    """A run that ends when its first result is there, and its line is not."""

    def kill(order: Order = ORDER, *, before: bool = False, force: bool = False) -> None:
        def end(self: Noted, outcome: Outcome) -> bool:
            raise KeyboardInterrupt

        def begin(source: Path | bytes) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(Noted, "end", end)
            paint(scans, out, order, before=begin if before else None, force=force)

    return kill


def held(out: Path) -> list[str]:
    return sorted(path.name for path in (out / ".photochrom").glob("claims*/*"))


def test_a_result_whose_line_is_missing_is_known_again(
    scans: Path, out: Path, killed: Killed
) -> None:
    killed()
    assert (out / "a.png").read_bytes() == b"0: a.png"
    assert held(out) == [claims.name_of(hashlib.sha256(b"0: a.png").hexdigest())]
    assert told(paint(scans, out)) == DONE
    assert held(out) == []


def test_it_is_known_again_though_something_else_is_asked_for(
    scans: Path, out: Path, killed: Killed
) -> None:
    killed()
    assert told(paint(scans, out, OTHER)) == DONE


def test_it_is_known_again_where_another_result_was_before(
    scans: Path, out: Path, killed: Killed
) -> None:
    paint(scans, out)
    (scans / "a.png").write_bytes(b"A")
    killed()
    assert (out / "a.png").read_bytes() == b"0: A"
    assert told(paint(scans, out)) == {"a.png": "done"}


def test_it_is_known_again_after_runs_that_left_something(
    scans: Path, out: Path, killed: Killed
) -> None:
    killed()
    killed(before=True)

    def full(source: Path | bytes) -> None:
        raise DiskFullError("no space")

    assert paint(scans, out, before=full).full
    assert told(paint(scans, out)) == DONE


@pytest.mark.parametrize("options", [{}, {"before": True}, {"before": True, "force": True}])
def test_what_somebody_put_there_meanwhile_stays(
    scans: Path, out: Path, killed: Killed, options: dict[str, bool]
) -> None:
    killed(**options)
    (out / "b.png").write_bytes(b"mine")
    found = told(paint(scans, out))
    assert found["a.png"] == "done"
    assert "out/b.png exists already; --force overwrites it" in found["b.png"]
    assert (out / "b.png").read_bytes() == b"mine"


def test_a_result_that_was_retouched_stays_after_a_run_that_began_it_anew(
    scans: Path, out: Path, killed: Killed
) -> None:
    paint(scans, out)
    killed(OTHER, before=True)
    (out / "b.png").write_bytes(b"retouched")
    assert "changed after it was made" in told(paint(scans, out, OTHER))["b.png"]
    assert (out / "b.png").read_bytes() == b"retouched"


def test_a_result_of_another_picture_stays_after_a_run_that_began_one(
    scans: Path, out: Path, tmp_path: Path, killed: Killed
) -> None:
    paint(scans, out)
    killed(OTHER, before=True)
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.png").write_bytes(b"another")
    assert "was made from another picture" in told(paint(tmp_path / "more", out))["a.png"]


def test_what_appears_in_the_middle_of_a_run_stays(scans: Path, out: Path) -> None:
    def appear(source: Path | bytes) -> None:
        (out / "b.png").write_bytes(b"mine")

    found = told(paint(scans, out, before=appear))
    assert found["a.png"] == "done"
    assert "out/b.png exists already" in found["b.png"]
    assert (out / "b.png").read_bytes() == b"mine"


def test_a_result_that_is_retouched_in_the_middle_of_a_run_stays(scans: Path, out: Path) -> None:
    paint(scans, out)

    def retouch(source: Path | bytes) -> None:
        (out / "b.png").write_bytes(b"retouched")

    assert "exists already" in told(paint(scans, out, OTHER, before=retouch))["b.png"]
    assert (out / "b.png").read_bytes() == b"retouched"


def test_a_link_that_leads_nowhere_is_somebody_else_s(scans: Path, out: Path) -> None:
    out.mkdir()
    (out / "a.png").symlink_to("nowhere")
    assert "exists already" in told(paint(scans, out))["a.png"]
    assert (out / "a.png").is_symlink()


def test_a_worker_that_takes_over_finds_what_the_lost_one_wrote(out: Path, scans: Path) -> None:
    with claims.claims(str(out), Shard()) as own:
        item = Item("a.png", str(scans / "a.png"), str(out / "a.png"), claims=own.place)
        for _ in range(2):
            assert perform.perform(Painter(), item).status == "done"  # type: ignore[arg-type]
        (out / "a.png").write_bytes(b"mine")
        assert perform.perform(Painter(), item).kind == "OutputExistsError"  # type: ignore[arg-type]


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_disk_that_is_full_leaves_the_earlier_result_whole(
    scans: Path, out: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    order = replace(ORDER, confidence=True)
    paint(scans, out, order)
    before = {path: path.read_bytes() for path in out.glob("*") if path.is_file()}
    (scans / "a.png").write_bytes(b"another")
    real, counted = perform.staged, iter(range(99))

    def full(*given: object, **options: object) -> object:
        if next(counted) == number:
            raise DiskFullError("no space")
        return real(*given, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(perform, "staged", full)
    assert told(paint(scans, out, order)) == {"a.png": "no space"}
    assert {path: path.read_bytes() for path in out.glob("*") if path.is_file()} == before

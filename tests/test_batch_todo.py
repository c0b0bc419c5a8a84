"""What a second run does: what is missing, failed or changed, and never what is not ours."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from painter import ORDER, Silent, paint, told
from photochrom.batch.manifest import Manifest
from photochrom.batch.order import Model
from photochrom.batch.plan import plan
from photochrom.batch.shard import Shard
from photochrom.batch.todo import find_todo
from photochrom.batch.verify import verify
from photochrom.errors import ManifestError

DONE = dict.fromkeys(("a.png", "b.png", "deep/c.png"), "done")


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    for name in DONE:
        path = tmp_path / "scans" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return tmp_path / "scans"


@pytest.fixture
def out(scans: Path, tmp_path: Path) -> Path:
    """Results of all three."""
    assert told(paint(scans, tmp_path / "out")) == DONE
    return tmp_path / "out"


def test_what_is_done_is_not_done_again(scans: Path, out: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.png")}
    report = paint(scans, out)
    assert told(report) == {}
    assert {entry.key: entry.status for entry in report.ended} == DONE
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.png")} == before


def test_a_missing_result_is_made_again(scans: Path, out: Path) -> None:
    (out / "deep/c.png").unlink()
    assert told(paint(scans, out)) == {"deep/c.png": "done"}
    assert (out / "deep/c.png").read_bytes() == b"0: deep/c.png"


def test_a_missing_file_beside_a_result_is_made_again(scans: Path, tmp_path: Path) -> None:
    order, out = replace(ORDER, confidence=True), tmp_path / "sure"
    paint(scans, out, order)
    (out / "a-confidence.json").unlink()
    assert told(paint(scans, out, order)) == {"a.png": "done"}
    assert (out / "a-confidence.json").read_bytes() == b"2: a.png"


def test_new_pictures_are_coloured_and_those_that_went_keep_their_results(
    scans: Path, out: Path
) -> None:
    (scans / "a.png").unlink()
    (scans / "new.png").write_bytes(b"new")
    report = paint(scans, out)
    assert told(report) == {"new.png": "done"}
    assert [entry.key for entry in report.ended] == ["b.png", "deep/c.png"]
    assert (out / "a.png").read_bytes() == b"0: a.png"


def test_a_changed_input_is_coloured_anew(scans: Path, out: Path) -> None:
    times = (scans / "a.png").stat().st_atime_ns, (scans / "a.png").stat().st_mtime_ns
    (scans / "a.png").write_bytes(b"A.PNG")  # the same size
    os.utime(scans / "a.png", ns=(times[0], times[1] + 1))
    (scans / "b.png").write_bytes(b"longer than before")
    os.utime(scans / "b.png", ns=times)
    assert told(paint(scans, out)) == {"a.png": "done", "b.png": "done"}
    assert (out / "a.png").read_bytes() == b"0: A.PNG"


def test_an_input_that_was_only_touched_or_copied_back_is_left(scans: Path, out: Path) -> None:
    os.utime(scans / "a.png", (1, 1))
    (scans / "b.png").unlink()
    (scans / "b.png").write_bytes(b"b.png")
    assert told(paint(scans, out)) == {}


def test_what_failed_is_tried_again_and_what_is_in_colour_is_not(
    scans: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    (scans / "a.png").write_bytes(b"broken")
    (scans / "b.png").write_bytes(b"colour")
    first = {"a.png": "it is broken", "b.png": "skipped", "deep/c.png": "done"}
    assert told(paint(scans, out)) == first
    again = paint(scans, out)
    assert told(again) == {"a.png": "it is broken"}
    assert [entry.status for entry in again.ended] == ["skipped", "done"]
    assert not (out / "b.png").exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"quality": 90},
        {"provenance": False},
        {"even_if_colored": True},
        {"recipe": replace(ORDER.recipe, vividness=0.7)},
        {"model": Model(b"", "stand-in", "1" * 64)},
    ],
    ids=str,
)
def test_other_options_or_another_model_make_all_anew(
    scans: Path, out: Path, changed: dict[str, object]
) -> None:
    assert told(paint(scans, out, replace(ORDER, **changed))) == DONE  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changed",
    [{"device": "cuda"}, {"model": replace(ORDER.model, name="other")}],
    ids=str,
)
def test_options_that_change_no_pixel_make_nothing_anew(
    scans: Path, out: Path, changed: dict[str, object]
) -> None:
    assert told(paint(scans, out, replace(ORDER, **changed))) == {}  # type: ignore[arg-type]


def test_a_retouched_result_stays(scans: Path, out: Path) -> None:
    (out / "a.png").write_bytes(b"retouched by hand")
    assert told(paint(scans, out)) == {}
    with_others = told(paint(scans, out, replace(ORDER, quality=50)))
    assert "out/a.png was changed after it was made; --force" in with_others.pop("a.png")
    assert with_others == {"b.png": "done", "deep/c.png": "done"}
    assert (out / "a.png").read_bytes() == b"retouched by hand"
    assert told(paint(scans, out, force=True)) == DONE
    assert (out / "a.png").read_bytes() == b"0: a.png"


def test_a_result_that_was_only_touched_is_ours_to_replace(scans: Path, out: Path) -> None:
    os.utime(out / "a.png", (1, 1))
    assert told(paint(scans, out, replace(ORDER, quality=50))) == DONE


def test_a_file_of_somebody_else_is_not_overwritten(scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a.png").write_bytes(b"mine")
    for _ in range(2):
        found = told(paint(scans, out))
        assert "out/a.png exists already; --force overwrites it" in found["a.png"]
    assert (out / "a.png").read_bytes() == b"mine"
    assert told(paint(scans, out)) == {"a.png": found["a.png"]}  # the others are done
    assert told(paint(scans, out, force=True)) == DONE


def test_a_result_of_another_picture_is_not_overwritten(
    scans: Path, out: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.png").write_bytes(b"another picture of the same name")
    assert "out/a.png was made from another picture; --force" in told(paint(other, out))["a.png"]
    assert (out / "a.png").read_bytes() == b"0: a.png"


def test_alternatives_do_not_overwrite_what_lies_under_their_names(
    scans: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "a-sheet.png").write_bytes(b"mine")
    found = told(paint(scans, out, replace(ORDER, alternatives=2)))
    assert "out/a-sheet.png exists already" in found["a.png"]
    assert not (out / "a-1.png").exists()


def test_what_looks_like_ours_is_replaced_though_it_rotted(scans: Path, out: Path) -> None:
    rot(out / "a.png")
    assert told(paint(scans, out, replace(ORDER, quality=50))) == DONE


def test_force_makes_all_anew(scans: Path, out: Path) -> None:
    assert told(paint(scans, out, force=True)) == DONE
    assert told(paint(scans, out)) == {}


def test_a_damaged_record_ends_the_run_and_force_sets_it_aside(scans: Path, out: Path) -> None:
    record = out / ".photochrom/manifest.jsonl"
    damaged = record.read_bytes().replace(b'"status"', b'"statue"', 1)
    record.write_bytes(damaged)
    with pytest.raises(ManifestError, match=r"manifest\.jsonl is damaged at line 3"):
        paint(scans, out)
    assert record.read_bytes() == damaged
    assert told(paint(scans, out, force=True)) == DONE
    (kept,) = record.parent.glob("*.old")
    assert kept.read_bytes() == damaged
    assert told(paint(scans, out)) == {}


def test_a_damaged_result_is_made_anew_once_verify_found_it(scans: Path, out: Path) -> None:
    rot(out / "a.png")
    rot(out / "b.png")
    assert told(paint(scans, out)) == {}  # nothing is read of what looks unchanged
    planned = plan([str(scans)], str(out), None)
    damaged = verify(planned, ORDER, Silent())
    assert "is damaged" in told(damaged)["a.png"]
    (out / "b.png").write_bytes(b"mended by hand")
    again = told(paint(scans, out))
    assert "was changed after it was made" in again.pop("b.png")
    assert again == {"a.png": "done"}
    assert (out / "a.png").read_bytes() == b"0: a.png"
    (out / "b.png").unlink()
    assert told(paint(scans, out)) == {"b.png": "done"}
    assert told(verify(planned, ORDER, Silent())) == {}


def rot(path: Path) -> None:
    """Change a byte as a failing disk does: neither size nor time tell."""
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(path, ns=times)


def test_shards_add_up_and_a_run_without_them_finds_all_done(scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    parts = [told(paint(scans, out, shard=Shard(number, 2))) for number in (1, 2)]
    assert [len(part) for part in parts] == [2, 1]
    assert parts[0] | parts[1] == DONE
    assert told(paint(scans, out)) == {}


def test_a_folder_of_results_that_was_moved_goes_on(scans: Path, out: Path, tmp_path: Path) -> None:
    out.rename(tmp_path / "moved")
    assert told(paint(scans, tmp_path / "moved")) == {}


def test_results_in_a_store_of_objects_are_known_without_a_question_each(
    scans: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("fsspec")
    from photochrom.storage.remote import RemoteFiles

    assert told(paint(scans, "memory://todo")) == DONE
    asked: list[str] = []
    for name in ("state", "read"):
        monkeypatch.setattr(RemoteFiles, name, _noted(getattr(RemoteFiles, name), asked))
    assert told(paint(scans, "memory://todo")) == {}
    assert [place for place in asked if place.endswith(".png")] == []


def _noted(method: Callable[..., Any], asked: list[str]) -> Callable[..., Any]:
    def noted(self: object, place: str, **options: object) -> Any:
        asked.append(place)
        return method(self, place, **options)

    return noted


def test_without_a_record_what_is_there_is_somebody_else_s(scans: Path, out: Path) -> None:
    planned = plan([str(scans)], str(out), None)
    todo = find_todo(planned, Manifest(), frozenset(), ORDER, force=False)
    assert (todo.items, todo.ended) == ([], [])
    assert [each.kind for each in todo.refused] == ["OutputExistsError"] * 3
    every = find_todo(planned, Manifest(), frozenset(), ORDER, force=True)
    assert [item.replace for item in every.items] == [True] * 3

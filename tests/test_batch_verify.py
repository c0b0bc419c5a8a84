"""`--verify`: everything that is not as it was written is found, nothing is coloured."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from painter import ORDER, Silent, paint, told
from photochrom.batch import record
from photochrom.batch.lock import locked
from photochrom.batch.order import Order
from photochrom.batch.plan import plan
from photochrom.batch.run import Report
from photochrom.batch.shard import Shard
from photochrom.batch.verify import verify
from photochrom.errors import InputMissingError, LockedError, ManifestError

NAMES = ("a.png", "b.png", "c.png", "d.png")


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    (tmp_path / "scans").mkdir()
    for name in NAMES:
        (tmp_path / "scans" / name).write_bytes(name.encode())
    return tmp_path / "scans"


@pytest.fixture
def out(scans: Path, tmp_path: Path) -> Path:
    paint(scans, tmp_path / "out")
    return tmp_path / "out"


def check(scans: Path, out: Path, order: Order = ORDER, shard: Shard = Shard()) -> Report:  # noqa: B008
    return verify(plan([str(scans)], str(out), None), order, Silent(), shard=shard)


def rot(path: Path) -> None:
    """Change a byte as a failing disk does: neither size nor time tell."""
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    os.utime(path, ns=times)


def test_what_is_sound_is_told_as_done(scans: Path, out: Path) -> None:
    report = check(scans, out)
    assert told(report) == {}
    assert [entry.key for entry in report.ended] == list(NAMES)


def test_every_kind_of_harm_is_told_by_name_and_nothing_is_touched(scans: Path, out: Path) -> None:
    rot(out / "a.png")
    (out / "b.png").write_bytes(b"retouched")
    (out / "c.png").unlink()
    before = {path.name: path.read_bytes() for path in out.glob("*.png")}
    report = told(check(scans, out))
    assert report == {
        "a.png": f"the result {out}/a.png is damaged; the next run makes it anew",
        "b.png": f"the result {out}/b.png was changed after it was made",
        "c.png": f"the result {out}/c.png is missing",
    }
    assert {path.name: path.read_bytes() for path in out.glob("*.png")} == before
    assert told(check(scans, out)) == report
    assert told(paint(scans, out)) == {"a.png": "done", "c.png": "done"}
    assert told(check(scans, out)) == {"b.png": report["b.png"]}


def test_inputs_that_are_new_changed_or_failed_are_told(scans: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    (scans / "a.png").write_bytes(b"broken")
    (scans / "b.png").write_bytes(b"colour")
    paint(scans, out)
    assert told(check(scans, out)) == {"a.png": "it is broken"}
    rot(scans / "c.png")
    (scans / "e.png").write_bytes(b"new")
    assert told(check(scans, out)) == {
        "a.png": "it is broken",
        "c.png": f"{scans}/c.png was changed after it was coloured",
        "e.png": f"{scans}/e.png is not done yet",
    }


def test_an_input_that_went_is_told(scans: Path, out: Path) -> None:
    inputs = [str(scans / name) for name in NAMES]
    (scans / "a.png").unlink()
    report = verify(plan(inputs, str(out), None), ORDER, Silent())
    assert told(report) == {"a.png": f"{scans}/a.png is missing"}


def test_a_file_beside_the_result_counts_too(scans: Path, tmp_path: Path) -> None:
    order, out = replace(ORDER, confidence=True), tmp_path / "out"
    paint(scans, out, order)
    rot(out / "d-confidence.json")
    damaged = told(check(scans, out, order))
    assert list(damaged) == ["d.png"]
    assert "d-confidence.json is damaged" in damaged["d.png"]
    assert told(paint(scans, out, order)) == {"d.png": "done"}


def test_results_of_other_options_are_told(scans: Path, out: Path) -> None:
    found = told(check(scans, out, replace(ORDER, quality=50)))
    assert set(found) == set(NAMES)
    assert "with other options, or by another model" in found["a.png"]


def test_a_picture_that_was_begun_and_not_ended_is_not_done(scans: Path, out: Path) -> None:
    def stop(source: Path | bytes) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        paint(scans, out, before=stop, force=True)
    assert set(told(check(scans, out))) == set(NAMES)


def test_a_shard_looks_at_its_own(scans: Path, out: Path) -> None:
    for name in NAMES:
        rot(out / name)
    assert set(told(check(scans, out, shard=Shard(2, 2)))) == {"b.png", "d.png"}
    assert set(told(paint(scans, out))) == {"b.png", "d.png"}


def test_a_folder_without_a_record_is_refused_and_stays_as_it_is(
    scans: Path, tmp_path: Path
) -> None:
    with pytest.raises(InputMissingError, match=r"no record of a batch in .*/typo; -o names"):
        check(scans, tmp_path / "typo")
    assert not (tmp_path / "typo").exists()


def test_a_damaged_record_or_one_in_use_ends_it(scans: Path, out: Path) -> None:
    with locked(str(out), Shard()), pytest.raises(LockedError, match="another run"):
        check(scans, out)
    (out / record.FOLDER / "manifest.jsonl").write_bytes(b"{}\n")
    with pytest.raises(ManifestError, match="no record"):
        check(scans, out)

"""The record of a batch: what is read is what was written, or an error that says what to do."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.batch import fields, record
from photochrom.batch.item import Item, Outcome, Written
from photochrom.batch.manifest import (
    Clock,
    Entry,
    Manifest,
    entry_of,
    head,
    line_of,
    planned,
    read_manifest,
)
from photochrom.batch.order import Model, Order
from photochrom.batch.shard import Shard
from photochrom.errors import ManifestError
from photochrom.storage.files import State

# Any text, and names that are no UTF-8, which Python keeps as lone surrogates.
TEXT = st.text(st.characters(exclude_categories=()), max_size=12)
NAMES = TEXT.filter(lambda text: not text.startswith("/") and ".." not in text)
STATES = st.builds(State, st.integers(-1, 2**70), TEXT)
SECONDS = st.floats(0, 1e12)
ENTRIES = st.builds(
    Entry,
    key=TEXT,
    status=st.sampled_from(["done", "skipped", "failed", "damaged"]),
    source=TEXT,
    state=st.none() | STATES,
    sha256=TEXT,
    options=TEXT,
    model=TEXT,
    files=st.lists(st.builds(Written, NAMES, STATES, TEXT), max_size=3).map(tuple),
    error=st.none() | TEXT.filter(bool),
    kind=st.none() | TEXT.filter(bool),
    seconds=SECONDS,
    notes=st.lists(TEXT, max_size=2).map(tuple),
    at=SECONDS,
)


def entry(key: str = "a.png", status: str = "done", at: float = 1.0) -> Entry:
    written = Written(key, State(5, "1"), "f" * 64)
    return Entry(key, status, f"/in/{key}", State(3, "2"), "e" * 64, "o", "m", (written,), at=at)


def lines(*parts: bytes) -> bytes:
    return b"".join([head(), *parts])


@given(ENTRIES)
def test_an_entry_is_read_as_it_was_written(written: Entry) -> None:
    line = line_of(written)
    assert line.isascii()
    assert line.count(b"\n") == 1
    assert read_manifest(lines(line)).entries == {written.key: written}


@given(st.lists(NAMES, unique=True, max_size=8), SECONDS)
def test_what_was_planned_and_did_not_end_is_known(keys: list[str], at: float) -> None:
    ended = [line_of(entry(key, at=at)) for key in keys[::2]]
    found = read_manifest(lines(*planned(keys, at), *ended))
    assert found.unended == frozenset(keys[1::2])


def test_many_planned_names_are_some_lines() -> None:
    keys = [f"{number}.png" for number in range(2500)]
    written = list(planned(keys, 1.0))
    assert len(written) == 3
    assert read_manifest(lines(*written)).unended == set(keys)


def test_the_latest_entry_counts_whichever_file_it_is_in() -> None:
    old, new = (entry(status=status, at=at) for status, at in (("failed", 5.0), ("done", 9.0)))
    for files in ((lines(line_of(old)), lines(line_of(new))), (lines(line_of(old), line_of(new)),)):
        for order in (files, files[::-1]):
            found = read_manifest(*order)
            assert (found.entries, found.latest) == ({"a.png": new}, 9.0)
    later = read_manifest(lines(*planned(["a.png"], 10.0)), lines(line_of(new)))
    assert (later.unended, later.latest) == ({"a.png"}, 10.0)
    assert read_manifest(lines(*planned(["a.png"], 8.0)), lines(line_of(new))).unended == set()


def test_who_wrote_a_file_is_known_though_a_later_attempt_failed() -> None:
    done = entry(at=1.0)
    failed = Entry("a.png", "failed", "/in/a.png", None, "", "o", "m", error="oh", at=2.0)
    found = read_manifest(lines(line_of(done), line_of(failed)))
    assert found.entries["a.png"] == failed
    assert found.makers == {"a.png": done}


@given(st.data())
def test_a_line_that_was_cut_off_is_left_out_and_all_before_it_stay(data: st.DataObject) -> None:
    content = lines(*planned(["a.png", "b.png"], 0.5), *(line_of(entry(k)) for k in ("a.png",)))
    left = content[: data.draw(st.integers(0, len(content)))]
    whole = left[: left.rfind(b"\n") + 1]
    assert read_manifest(left) == read_manifest(whole)
    assert not read_manifest(left).entries or left == content


def test_nothing_is_an_empty_record() -> None:
    assert read_manifest() == read_manifest(b"") == read_manifest(head()) == Manifest()


def changed(**values: object) -> bytes:
    plain = json.loads(line_of(entry())) | values
    return json.dumps({key: each for key, each in plain.items() if each is not ...}).encode()


DAMAGED = {
    "zeros": b"\0" * 40,
    "half a line": line_of(entry())[20:-1],
    "two lines in one": line_of(entry())[:-1] * 2,
    "no UTF-8": b'{"planned":["\xff"],"at":1}',
    "a list": b"[1]",
    "a number": b"7",
    "nothing": b"null",
    "an empty line": b"",
    "endless brackets": b"[" * 100_000,
    "an endless number": b'{"planned":[],"at":' + b"9" * 5000 + b"}",
    "a number beyond all floats": b'{"planned":[],"at":' + b"9" * 400 + b"}",
    "planned numbers": b'{"planned":[1],"at":1}',
    "planned without a time": b'{"planned":["a"]}',
    "a time that is none": b'{"planned":["a"],"at":NaN}',
    "a time without end": b'{"planned":["a"],"at":1e999}',
    "a truth for a time": b'{"planned":["a"],"at":true}',
    "another status": changed(status="finished"),
    "a status that is a list": changed(status=[]),
    "no status": changed(status=...),
    "no input": changed(input=...),
    "an input that is no text": changed(input=3),
    "a state of one": changed(state=[1]),
    "a size that is a text": changed(state=["1", "2"]),
    "files without states": changed(files=[["a.png"]]),
    "files that are none": changed(files=7),
    "a file elsewhere": changed(files=[["/etc/passwd", 1, "1", ""]]),
    "a file elsewhere by a detour": changed(files=[["a/../../b.png", 1, "1", ""]]),
    "a hash that is no text": changed(sha256=None),
    "notes that are numbers": changed(notes=[1]),
    "seconds that are none": changed(seconds=float("nan")),
}


@pytest.mark.parametrize("line", DAMAGED.values(), ids=DAMAGED.keys())
def test_damage_is_told_with_its_line_and_what_to_do(line: bytes) -> None:
    content = lines(line_of(entry()), line + b"\n", line_of(entry("b.png")))
    with pytest.raises(ManifestError, match=r"out/manifest is damaged at line 3 .*--force"):
        read_manifest(lines(), content, names=("out/other", "out/manifest"))


@pytest.mark.parametrize("first", [b'{"some": "log"}\n', b"{}\n", b"[]\n", line_of(entry())])
def test_what_is_no_record_is_not_taken_for_one(first: bytes) -> None:
    with pytest.raises(ManifestError, match="is no record of a batch of photochrom"):
        read_manifest(first)


@pytest.mark.parametrize("version", [0, 2, "1", None, [1]])
def test_another_version_is_refused_with_what_to_do(version: object) -> None:
    first = json.dumps({"photochrom manifest": version}).encode() + b"\n"
    with pytest.raises(ManifestError, match=r"of version .*, this photochrom reads 1; .*upgrade"):
        read_manifest(first)


@pytest.mark.parametrize("length", range(len(head())))
def test_a_first_line_that_was_cut_off_is_an_empty_record(length: int) -> None:
    assert read_manifest(head()[:length]) == Manifest()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (bytes(100), "out/manifest is damaged at line 1 .*--force"),
        (b'{"photochrom manifest":1,', "out/manifest is damaged at line 1 "),
        (b'{"photochrom manifest":99}', r"is of version 99, this photochrom reads 1; .*upgrade"),
        (b"[1]", "is no record of a batch of photochrom"),
        (line_of(entry())[:-1], "is no record of a batch of photochrom"),
    ],
    ids=["zeros", "a line begun otherwise", "another version", "a list", "an entry"],
)
def test_a_record_of_one_line_without_an_end_is_not_taken_for_an_empty_one(
    content: bytes, says: str
) -> None:
    with pytest.raises(ManifestError, match=says):
        read_manifest(lines(), content, names=("out/other", "out/manifest"))


def test_a_clock_never_goes_back_and_never_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(latest=2e9)
    monkeypatch.setattr("photochrom.batch.manifest.time.time", lambda: 1e9)
    times = [clock() for _ in range(50)]
    assert times[0] > 2e9
    assert all(one < other for one, other in pairwise(times))


def test_an_outcome_goes_on_record_with_what_was_asked(tmp_path: Path) -> None:
    order = Order(Model(b"", "stand-in", "a" * 64))
    item = Item("x/a.png", "in/x/a.png", str(tmp_path / "x/a.png"))
    written = Written(str(tmp_path / "x/a.png"), State(1, "2"), "b" * 64)
    outcome = Outcome(item, "done", 1.5, State(3, "4"), "c" * 64, (written,), notes=("dusty",))
    noted = entry_of(outcome, order, str(tmp_path), 7.0)
    assert noted.source == str(Path("in/x/a.png").absolute())
    assert (noted.options, noted.model) == (order.hash, "a" * 64)
    assert noted.files == (Written("x/a.png", State(1, "2"), "b" * 64),)
    assert (noted.at, noted.notes) == (7.0, ("dusty",))


def test_passwords_and_signatures_do_not_go_on_record() -> None:
    order = Order(Model(b"", "stand-in", ""))
    for place in ("https://me:secret@host/a.png", "https://host/a.png?signature=secret"):
        outcome = Outcome(Item("a.png", place, "memory://out/a.png"), "failed", 0.0, error="no")
        noted = entry_of(outcome, order, "memory://out", 1.0)
        assert b"secret" not in line_of(noted)
        assert noted.source == "https://host/a.png"


def test_a_file_url_goes_on_record_as_the_path_that_it_names(tmp_path: Path) -> None:
    for place in (f"file://{tmp_path}/a.png", f"local://{tmp_path}/a.png", f"{tmp_path}/a.png"):
        assert fields.source_of(place) == str(tmp_path / "a.png")


def test_lines_are_added_after_a_line_that_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / ".photochrom/manifest.jsonl"
    path.parent.mkdir()
    path.write_bytes(lines(line_of(entry("a.png"))) + line_of(entry("b.png"))[:30])
    log = record.open_log(str(tmp_path), Shard())
    log.add([line_of(entry("c.png"))])
    assert set(record.read(str(tmp_path)).entries) == {"a.png", "c.png"}  # before it is closed
    log.close()
    assert path.read_bytes() == lines(line_of(entry("a.png")), line_of(entry("c.png")))


@pytest.mark.parametrize("left", [b"", b'{"photochr'])
def test_a_record_whose_first_line_was_cut_off_begins_anew(tmp_path: Path, left: bytes) -> None:
    path = tmp_path / ".photochrom/manifest.jsonl"
    path.parent.mkdir()
    path.write_bytes(left)
    record.open_log(str(tmp_path), Shard()).close()
    assert path.read_bytes() == head()


def test_the_records_of_all_shards_are_read_together(tmp_path: Path) -> None:
    for number in (1, 2):
        log = record.open_log(str(tmp_path), Shard(number, 2))
        log.add([line_of(entry(f"{number}.png"))])
        log.close()
    (tmp_path / ".photochrom/other.jsonl").write_bytes(b"not ours\n")
    names = sorted(path.name for path in (tmp_path / ".photochrom").iterdir())
    assert names == ["manifest-1-of-2.jsonl", "manifest-2-of-2.jsonl", "other.jsonl"]
    assert set(record.read(str(tmp_path)).entries) == {"1.png", "2.png"}


def test_a_record_that_is_set_aside_is_kept_and_not_read(tmp_path: Path) -> None:
    path = tmp_path / ".photochrom/manifest.jsonl"
    path.parent.mkdir()
    path.write_bytes(b"damaged\n")
    record.set_aside(str(tmp_path))
    assert record.read(str(tmp_path)) == Manifest()
    (kept,) = path.parent.iterdir()
    assert kept.read_bytes() == b"damaged\n"


def test_a_store_of_whole_objects_gets_parts_that_are_read_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("fsspec")
    monkeypatch.setattr(record, "_MOST", 1000)
    monkeypatch.setattr(record, "_EVERY", 0.0)
    folder, keys = "memory://manifest", [f"{number}.png" for number in range(20)]
    log = record.open_log(folder, Shard())
    for key in keys:
        log.add([line_of(entry(key))])
    assert set(record.read(folder).entries) == set(keys)
    names = record.files_of(folder).names(f"{folder}/.photochrom")
    assert 3 <= len(names) <= 10
    log.close()
    assert record.files_of(folder).names(f"{folder}/.photochrom") == names


def test_a_run_that_has_nothing_to_say_writes_no_object() -> None:
    pytest.importorskip("fsspec")
    log = record.open_log("memory://silent", Shard())
    log.add([], now=True)
    log.close()
    assert record.files_of("memory://silent").names("memory://silent/.photochrom") == []

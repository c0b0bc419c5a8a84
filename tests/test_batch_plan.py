"""Which pictures a command means, what each result is called, and what is refused beforehand."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from photochrom.batch.plan import Plan, plan, refuse_collisions
from photochrom.batch.shard import Shard
from photochrom.errors import DatasetError, InputMissingError, OptionError, StorageError
from photochrom.storage.place import files_of, join, key_of
from photochrom.storage.urls import is_inside


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def make(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(b"content does not matter")


def pairs(planned: Plan) -> list[tuple[str, str, str]]:
    return [(item.key, item.source, item.target) for item in planned.items]


def test_a_folder_is_mirrored_under_the_names_of_its_files(here: Path) -> None:
    make("in/b.jpg", "in/a/2.png", "in/a/10.TIF", "in/.hidden/x.png", "in/note.txt", "in/.y.png")
    planned = plan(["in"], "out", None)
    assert pairs(planned) == [
        ("a/10.TIF", "in/a/10.TIF", "out/a/10.TIF"),
        ("a/2.png", "in/a/2.png", "out/a/2.png"),
        ("b.jpg", "in/b.jpg", "out/b.jpg"),
    ]
    assert (planned.folder, planned.sources) == ("out", ("in",))
    assert not any(item.replace for item in planned.items)


@pytest.mark.parametrize(
    ("wanted", "suffix"),
    [("jpeg", ".jpg"), ("png", ".png"), ("tiff", ".tif"), ("webp", ".webp")],
)
def test_a_format_changes_the_suffix_alone(here: Path, wanted: str, suffix: str) -> None:
    make("in/a.b.jpeg")
    assert pairs(plan(["in"], "out", wanted)) == [("a.b.jpeg", "in/a.b.jpeg", f"out/a.b{suffix}")]


def test_single_pictures_are_no_batch(here: Path) -> None:
    make("a.png", "b.jpg")
    beside = plan(["a.png", "b.jpg"], None, None)
    assert [item.target for item in beside.items] == ["a-color.png", "b-color.jpg"]
    assert beside.folder is None
    for output, target in (("x.webp", "x.webp"), ("out", "out/a.png"), ("out.d/", "out.d/a.png")):
        one = plan(["a.png"], output, None)
        assert (one.items[0].target, one.folder) == (target, None)


def test_several_pictures_with_a_place_are_a_batch_even_if_it_looks_like_a_file(here: Path) -> None:
    make("a.png", "b.jpg")
    planned = plan(["a.png", "b.jpg"], "album.2024", None)
    assert planned.folder == "album.2024"
    assert [item.target for item in planned.items] == ["album.2024/a.png", "album.2024/b.jpg"]


def test_a_pattern_is_a_batch_though_it_fits_one_file(here: Path) -> None:
    make("in/a.png", "in/deep/b.png", "in/c.jpg")
    assert pairs(plan(["in/*.png"], "out", None)) == [("a.png", "in/a.png", "out/a.png")]
    assert plan(["in/*.png"], "out", None).folder == "out"
    assert [item.key for item in plan(["in/**/*.png"], "out", None).items] == ["a.png", "b.png"]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(here: Path) -> None:
    make("scan[1].png", "scan1.png")
    assert pairs(plan(["scan[1].png"], None, None)) == [
        ("scan[1].png", "scan[1].png", "scan[1]-color.png")
    ]


def test_a_missing_file_is_planned_so_that_the_others_go_on(here: Path) -> None:
    make("a.png")
    assert [item.source for item in plan(["a.png", "no.png"], "out", None).items] == [
        "a.png",
        "no.png",
    ]


@pytest.mark.parametrize("name", ["scnas", "scnas/", "in/scnas.2024"])
def test_a_folder_that_is_not_there_is_told_as_missing(here: Path, name: str) -> None:
    make("in/a.png", "out/b.png")
    for inputs in ([name], [name, "in"], ["in", f"file://{here}/{name}x"]):
        for output in ("out", "out.png", "nowhere"):
            with pytest.raises(
                InputMissingError, match=r"there is no file or folder .*; check the"
            ):
                plan(inputs, output, "png")
    with pytest.raises(InputMissingError, match=f"no file or folder {name};"):
        plan([name], None, None)


def test_a_file_without_a_suffix_is_planned_if_it_is_there(here: Path) -> None:
    make("scan")
    (here / "broken").symlink_to(here / "elsewhere")
    assert pairs(plan(["scan"], "x.png", None)) == [("scan", "scan", "x.png")]
    assert plan(["broken"], "x.png", None).items[0].source == "broken"  # its reader has the words


def test_results_inside_the_input_are_not_coloured_again(here: Path) -> None:
    make("in/a.png", "in/done/a.png", "in/done-too/b.png")
    assert [item.key for item in plan(["in"], "in/done", None).items] == [
        "a.png",
        "done-too/b.png",
    ]


def test_results_inside_the_input_are_known_behind_a_link(here: Path) -> None:
    make("in/a.png", "in/done/a.png")
    (here / "link").symlink_to(here / "in/done")
    assert [item.key for item in plan(["in"], "link", None).items] == ["a.png"]


REFUSED = {
    "one result for two": (["a/x.png", "b/x.png"], "out", None, "would both be written to out/x"),
    "one suffix for two": (["a/x.png", "a/x.jpg"], "out", "webp", "would both be written"),
    "the same file twice": (["a/x.png", "a/x.png"], None, None, "would both be written"),
    "a folder and a file of it": (["a", "a/x.png"], "out", None, "would both be written"),
    "an input as result": (["a/x.png", "a/x-color.png"], None, None, "would be overwritten"),
    "itself": (["a/x.png"], "a/x.png", None, "would be overwritten"),
    "itself by a detour": (["a/x.png"], "b/../a/x.png", None, "would be overwritten"),
    "itself behind a link": (["link/x.png"], "a/x.png", None, "would be overwritten"),
    "a folder onto itself": (["a"], "a", None, "holds the pictures"),
    "a folder onto itself by a detour": (["a"], "b/../a/", None, "holds the pictures"),
    "a folder onto itself behind a link": (["a"], "link", None, "holds the pictures"),
    "a folder without a place": (["a"], None, None, "name a folder for the results"),
    "a folder into a file": (["a"], "b/x.png", None, "is a file"),
    "several into a file": (["a/x.png", "a/x.jpg"], "b/x.png", None, "is a file"),
    "a pattern without match": (["a/*.gif"], "out", None, "no file matches 'a/*.gif'"),
    "a suffix of no picture": (["a/x.png"], "out.txt", None, "txt"),
}


@pytest.mark.parametrize("asked", REFUSED.values(), ids=REFUSED.keys())
def test_what_would_lose_a_file_is_refused(
    here: Path, asked: tuple[list[str], str | None, str | None, str]
) -> None:
    make("a/x.png", "a/x.jpg", "a/x-color.png", "b/x.png")
    (here / "link").symlink_to(here / "a")
    inputs, output, file_format, words = asked
    with pytest.raises(OptionError, match=words.replace("*", r"\*")):
        plan(inputs, output, file_format)


def test_a_folder_without_pictures_is_refused(here: Path) -> None:
    make("in/note.txt")
    with pytest.raises(DatasetError, match="found none"):
        plan(["in"], "out", None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("PHOTO.png", "photo.png"),
        ("ALBUM/a.png", "album/a.png"),
        ("Strasse.png", "stra\u00dfe.png"),
        (
            unicodedata.normalize("NFC", "M\u00e4r.png"),
            unicodedata.normalize("NFD", "M\u00e4r.png"),
        ),
    ],
)
def test_names_that_are_one_on_other_machines_are_refused(here: Path, one: str, other: str) -> None:
    make(f"in/{one}", f"in/{other}")
    if len(list(Path("in").rglob("*.png"))) < 2:
        pytest.skip("they are one on this machine, too")
    with pytest.raises(OptionError, match="would both be written"):
        plan(["in"], "out", None)


def test_urls_are_planned_as_paths_are() -> None:
    pytest.importorskip("fsspec")
    files = files_of("memory://plan")
    for name in ("a.png", "deep/b.jpg", "done/a.png", "deep/note.txt"):
        files.write(f"memory://plan/{name}", b"content")
    planned = plan(["memory://plan"], "memory://plan/done", "png")
    assert pairs(planned) == [
        ("a.png", "memory://plan/a.png", "memory://plan/done/a.png"),
        ("deep/b.jpg", "memory://plan/deep/b.jpg", "memory://plan/done/deep/b.png"),
    ]
    for output in ("memory://plan", "memory://plan/"):
        with pytest.raises(OptionError, match="holds the pictures"):
            plan(["memory://plan"], output, None)
    one = plan(["memory://plan/deep/b.jpg"], None, None)
    assert one.items[0].target == "memory://plan/deep/b-color.jpg"
    with pytest.raises(OptionError, match="no file matches"):
        plan(["memory://plan/*.gif"], "out", None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("s3://b/orig", "s3a://b/orig"),
        ("s3://b/orig", "s3:///b/orig/"),
        ("gs://b/orig", "gcs://b/orig"),
        ("az://c/orig", "abfs://c/orig"),
        ("abfss://c@account/orig", "az://c@account/orig"),
        ("sftp://host/orig", "ssh://me:word@host/orig"),
        ("/b/orig", "file:///b/orig"),
        ("/b/orig", "local:///b/x/../orig/"),
    ],
)
def test_a_place_with_two_names_is_one(one: str, other: str) -> None:
    assert key_of(one) == key_of(other)
    assert key_of(join(one, "a.png")) == key_of(join(other, "a.png")) != key_of(one)
    with pytest.raises(OptionError, match="is an input and would be overwritten"):
        refuse_collisions([(join(one, "a.png"), join(other, "a.png"))])


def test_places_that_differ_are_two() -> None:
    places = ["s3://b/a", "gs://b/a", "az://c@one/a", "az://c@two/a", "sftp://h/a", "s3://b/x//a"]
    assert len({key_of(place) for place in [*places, "s3://b/x/a", "/b/a"]}) == len(places) + 2


def test_results_in_the_input_are_known_by_a_file_url(here: Path) -> None:
    make("in/a.png", "in/out/a.png")
    url = f"file://{here}/in"
    for source, output in (("in", f"{url}/out"), (url, "in/out"), (url, f"{url}/out/")):
        assert [item.key for item in plan([source], output, None).items] == ["a.png"]
    for source, output in (("in", url), (url, "in"), (url, f"{url}/")):
        with pytest.raises(OptionError, match="holds the pictures"):
            plan([source], output, None)
    with pytest.raises(OptionError, match="would both be written"):
        plan([f"{url}/a.png", "in/a.png"], None, None)


def test_a_result_named_as_a_folder_of_others_is_refused(here: Path) -> None:
    make("in/x.jpg", "in/X.png/deep/a.png", "in/x.png.d/a.png")
    with pytest.raises(OptionError, match=r"in/x\.jpg would have the name of the folder .* in/X"):
        plan(["in"], "out", "png")
    assert len(plan(["in"], "out", None).items) == 3
    url = f"memory://file-and-folder-{here.name}"
    assert len(plan(["in"], url, "png").items) == 3  # to a store they are two names


LEAVING = ["/b.png", "//tmp/x.png", "a//b.png", "./x.png", "a/./x.png"]


@pytest.mark.parametrize("name", LEAVING)
@pytest.mark.parametrize("output", ["out", "memory://elsewhere"])
def test_an_object_whose_name_leads_elsewhere_is_refused(name: str, output: str) -> None:
    fsspec = pytest.importorskip("fsspec")
    bucket = f"memory://leaving-{LEAVING.index(name)}"
    files_of(bucket).write(f"{bucket}/ds/fine.png", b"content")
    fsspec.filesystem("memory").pipe_file(f"{bucket}/ds/{name}", b"content")
    with pytest.raises(OptionError, match=f"{bucket}/ds/{re.escape(name)} cannot .*rename it"):
        plan([f"{bucket}/ds"], output, None)


def test_no_name_of_an_object_is_joined_to_a_path_outside_the_folder(tmp_path: Path) -> None:
    for name in (str(tmp_path / "x.png"), "../x.png", "a/../../x.png"):
        with pytest.raises(StorageError, match="leads out of"):
            join(str(tmp_path / "out"), name)


@pytest.mark.parametrize("name", ["a\\..\\x.png", "C:x.png", "C:/x.png", "a/b:c.png"])
def test_names_that_windows_reads_as_other_places_are_refused_there(name: str) -> None:
    assert is_inside(name, windows=False)
    assert not is_inside(name, windows=True)
    assert is_inside("a b/c.png", windows=True)


@given(total=st.integers(1, 60), data=st.data())
def test_shards_have_every_picture_once(total: int, data: st.DataObject) -> None:
    count = data.draw(st.integers(1, total))
    parts = [Shard(number, count).of(range(total)) for number in range(1, count + 1)]
    assert sorted(number for part in parts for number in part) == list(range(total))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_more_shards_than_pictures_are_refused() -> None:
    with pytest.raises(OptionError, match=r"fewer pictures \(2\) than shards \(3\)"):
        Shard(1, 3).of(["a", "b"])


@pytest.mark.parametrize(
    "text", ["", "1", "0/2", "3/2", "1/0", "-1/2", "1/2/3", "1 / 2", "a/b", "1/\u0662"]
)
def test_a_shard_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(OptionError, match="expected a shard such as 2/8"):
        Shard.parse(text)


def test_a_shard_is_read_and_named() -> None:
    assert Shard.parse("2/8") == Shard(2, 8)
    assert (Shard.parse("1/1").name("lock"), Shard(2, 8).name("lock")) == ("lock", "lock-2-of-8")
    assert Shard.in_name("lock-2-of-8", "lock") == Shard(2, 8)
    assert Shard.in_name("lock", "lock") == Shard()
    assert Shard.in_name("locking", "lock") is None

"""Shards behind URLs: fsspec's memory:// stands for any store, and a mock of S3 for that one."""

import sys
import threading
from pathlib import Path

import pytest

from photochrom.datasets import Stream, open_source
from photochrom.datasets.shelf import Shelf
from photochrom.datasets.storage import Storage
from photochrom.errors import DatasetError, MissingExtraError
from s3 import bucket, s3_server  # noqa: F401
from shards import number_of, numbered, numbers, put_shards, tar_of, tiny

fsspec = pytest.importorskip("fsspec")
from fsspec.registry import _registry  # noqa: E402


def contents(source):
    return {source.name(number): source.read(number) for number in range(len(source))}


@pytest.fixture
def near(tmp_path):
    return put_shards(tmp_path / "few", 4, 3, 2)


@pytest.fixture
def far(near):
    """The same shards in memory://few, and pictures in memory://own."""
    files = fsspec.filesystem("memory")
    for path in near.iterdir():
        files.pipe(f"/few/{path.name}", path.read_bytes())
    files.pipe("/few/labels.tsv.gz", b"other")
    pictures = {"b.png": tiny(1), "a/c.PNG": tiny(2), ".h.png": b"", "x.run/d.png": b""}
    for name, data in pictures.items():
        files.pipe(f"/own/{name}", data)
    yield files
    files.rm("/few", recursive=True)
    files.rm("/own", recursive=True)


@pytest.mark.parametrize(
    "place",
    [
        "memory://few",
        "memory://few/",
        "memory://few/*.tar",
        "memory://few/few-{00000..00002}.tar",
        "memory://few/few-0000?.tar",
    ],
)
def test_far_shards_give_the_same_batches_as_near_ones(near, far, place):
    with Stream(open_source(near), batch=4) as here, Stream(open_source(place), batch=4) as there:
        assert numbers(here, range(6)) == numbers(there, range(6))
    assert contents(open_source(place)) == contents(open_source(near))


def test_a_far_folder_of_pictures_comes_through_the_same_door(far):
    found = contents(open_source("memory://own"))
    assert found == {"own/a/c.PNG": tiny(2), "own/b.png": tiny(1)}


def test_near_and_far_go_together(near, far):
    source = open_source([near / "few-00000.tar", "memory://few/few-00001.tar", "memory://own"])
    assert source.sizes == (4, 3, 2)


def test_shards_are_fetched_once_where_the_disk_holds_them_and_again_where_not(far, monkeypatch):
    fetched = []
    get_file = type(far).get_file
    monkeypatch.setattr(
        type(far),
        "get_file",
        lambda self, path, *rest, **more: (
            fetched.append(path),
            get_file(self, path, *rest, **more),
        )[1],
    )
    with Stream(open_source("memory://few"), batch=9, cache_bytes=0) as stream:
        assert sorted(numbers(stream, range(1))) == list(range(9))
        assert len(fetched) == len(set(fetched)) == 3
    fetched.clear()
    with Stream(open_source("memory://few", disk_bytes=1), batch=9, cache_bytes=0) as stream:
        assert sorted(numbers(stream, range(1))) == list(range(9))
        assert len(fetched) > 3


def test_copies_keep_to_the_limit_and_leave_with_the_shelf():
    shelf = Shelf(limit=250)
    fetched = []

    def fetch(name):
        def write(place):
            fetched.append(name)
            Path(place).write_bytes(name.encode() * 100)

        return write

    for name in "abacbac":
        with shelf.open(name, 100, fetch(name)) as copy:
            assert copy.read() == name.encode() * 100
        assert shelf.bytes <= 250
    assert fetched == ["a", "b", "c", "b", "a", "c"]  # by hand: two fit, the oldest goes
    folder = Path(copy.name).parent
    assert len(list(folder.iterdir())) == 2
    with shelf.open("large", 1000, lambda place: Path(place).write_bytes(bytes(1000))) as copy:
        assert len(copy.read()) == 1000
    assert len(list(folder.iterdir())) == 1
    del shelf
    assert not folder.exists()


def test_a_copy_that_is_cut_short_or_fails_leaves_nothing_and_is_fetched_anew():
    shelf = Shelf(limit=1000)

    def fails(place):
        Path(place).write_bytes(b"half")
        raise OSError("the line is dead")

    with pytest.raises(OSError, match="4 of 9 bytes came"):
        shelf.open("a", 9, lambda place: Path(place).write_bytes(b"half"))
    with pytest.raises(OSError, match="dead"):
        shelf.open("a", 9, fails)
    assert shelf.bytes == 0
    with shelf.open("a", 4, lambda place: Path(place).write_bytes(b"well")) as copy:
        assert copy.read() == b"well"
        assert len(list(Path(copy.name).parent.iterdir())) == 1


def test_many_threads_get_what_they_ask_for_from_a_small_shelf():
    shelf = Shelf(limit=250)
    wrong = []

    def ask(seed):
        for turn in range(60):
            name = "abcde"[(seed * 7 + turn * 3) % 5]
            data = name.encode() * 100
            with shelf.open(name, 100, lambda place, d=data: Path(place).write_bytes(d)) as copy:
                if copy.read() != data:
                    wrong.append(name)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("memory://none", "there is no memory://none"),
        ("memory://few/few-{00000..00003}.tar", r"there is no memory://few/few-00003\.tar"),
        ("memory://few/*.zip", "no shard and no folder fits"),
        ("memory://few/labels.tsv.gz", "expected a folder or a shard"),
        ("memory://empty", r"expected pictures .* in memory://empty, found none"),
        ("nosuch://bucket/few", "nosuch:// cannot be reached"),
    ],
)
def test_a_far_place_without_pictures_is_refused_by_name(far, place, says):
    far.mkdirs("/empty", exist_ok=True)
    with pytest.raises(DatasetError, match=says):
        open_source(place)


def test_a_far_shard_that_is_damaged_or_lost_is_an_error_that_names_it(far):
    far.pipe("/few/few-00001.tar", tar_of(numbered(4, 7))[:700])
    with pytest.raises(DatasetError, match=r"memory://few/few-00001\.tar is no tar file, damaged"):
        open_source("memory://few")
    far.pipe("/few/few-00001.tar", tar_of(numbered(4, 7)))
    source = open_source("memory://few", disk_bytes=1)
    far.rm("/few/few-00000.tar")
    with pytest.raises(DatasetError, match=r"memory://few/few-00000\.tar cannot be read"):
        source.read(0)
    far.pipe("/few/few-00000.tar", b"")  # to be removed by the fixture


def test_a_far_picture_that_is_lost_is_a_bad_member(far):
    source = open_source("memory://own")
    far.rm("/own/b.png")
    with Stream(source, batch=3) as stream:
        assert [number_of(picture) for picture in stream.batch(0)] == [2, 2, 2]
        assert [one.name for one in stream.bad] == ["own/b.png"]
        assert "no such file any more" in stream.bad[0].reason


def test_a_store_that_fails_is_one_sentence(far, monkeypatch):
    def denied(*_, **__):
        raise RuntimeError("no credentials")

    source = open_source("memory://own")
    monkeypatch.setattr(type(far), "cat_file", denied)
    with pytest.raises(DatasetError, match=r"memory://own/a/c\.PNG cannot be read: no credentials"):
        source.read(0)
    monkeypatch.setattr(type(far), "info", denied)
    with pytest.raises(DatasetError, match="memory://few cannot be read: no credentials"):
        open_source("memory://few")


def test_without_fsspec_a_url_says_what_to_install_and_folders_still_work(near, monkeypatch):
    for name in list(sys.modules):
        if name.split(".")[0] == "fsspec":
            monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(MissingExtraError, match=r"s3:// needs fsspec.*photochrom\[s3\]"):
        open_source("s3://bucket/few")
    assert len(open_source(near)) == len(open_source(f"file://{near}")) == 9


def test_a_url_whose_package_is_missing_says_which(monkeypatch):
    monkeypatch.delitem(_registry, "s3", raising=False)  # remembered there
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(MissingExtraError, match=r"s3:// needs .*s3fs.*photochrom\[s3\]"):
        open_source("s3://bucket/few")


def test_a_password_in_a_web_address_is_not_shown():
    pytest.importorskip("aiohttp")  # the extra `s3` brings it; fsspec needs it for https://
    path = "https://example.org/a/few-00000.tar?token=secret"
    storage = Storage(path, Shelf(0))
    assert storage.base(path) == "few-00000.tar"
    assert storage.full(path) == "https://example.org/a/few-00000.tar"


def test_shards_in_a_bucket_are_as_those_on_disk(near, bucket):  # noqa: F811
    for path in near.iterdir():
        bucket.put(f"set/{path.name}", path.read_bytes())
    for place in (f"{bucket.url}/set", f"{bucket.url}/set/few-{{00000..00002}}.tar"):
        assert contents(open_source(place)) == contents(open_source(near))
    with pytest.raises(DatasetError, match=r"there is no s3://.*/none\.tar"):
        open_source(f"{bucket.url}/none.tar")
    with pytest.raises(DatasetError, match="s3://no-such-bucket"):
        open_source("s3://no-such-bucket/*.tar")


def test_a_folder_of_folders_in_a_bucket_is_named_by_a_pattern(near, bucket):  # noqa: F811
    for path in near.iterdir():
        bucket.put(f"sets/one/{path.name}", path.read_bytes())
    bucket.put("sets/two/a.png", tiny(1))
    assert open_source(f"{bucket.url}/sets/*").sizes == (4, 3, 2, 1)

"""Places that hold files: one set of promises, kept on this machine and behind URLs."""

import glob
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from photochrom.datasets import find_pictures
from photochrom.errors import DatasetError, InputMissingError, StorageError
from photochrom.storage.place import files_of, join, relative
from s3 import bucket, s3_server  # noqa: F401

fsspec = pytest.importorskip("fsspec")
from fsspec.implementations.local import LocalFileSystem  # noqa: E402

ODD = ["a b.png", "50%.png", "#1.png", "ä/ö.png", "[1].png", "x+y&z=1.png", "a'b\".png"]
TREE = ["b.JPG", "a/z.png", "a.txt", ".hidden.jpg", ".git/c.jpg", "a/B.webp", "c.tiff", "a.b/d.png",
        "old.run/e.png", "a/q/r/f.jpeg"]  # fmt: skip
PATTERNS = ["*", "*.png", "a/*", "*/*.png", "**/*.png", "**", "?.txt", "a/[A-C]*", "none*", "a"]


class Disk(LocalFileSystem):
    """A file system that shows a file while it is written, as sftp does, and remembers listings."""

    protocol = "disk"

    def __init__(self, **options):
        super().__init__(**options)
        self.remembered = {}

    def ls(self, path, detail=False, **more):
        return self._once("ls", path, detail, lambda: super(Disk, self).ls(path, detail, **more))

    def info(self, path, **more):
        return self._once("info", path, True, lambda: super(Disk, self).info(path, **more))

    def invalidate_cache(self, path=None):
        self.remembered.clear()

    def _once(self, *key_and_call):
        *key, call = key_and_call
        if tuple(key) not in self.remembered:
            self.remembered[tuple(key)] = call()
        return self.remembered[tuple(key)]

    @classmethod
    def _strip_protocol(cls, path):
        return path.removeprefix("disk://").rstrip("/")


fsspec.register_implementation("disk", Disk, clobber=True)


@pytest.fixture(params=["path", "file", "disk", "memory", "s3"])
def root(request, tmp_path):
    """An empty folder of each kind of place."""
    kind = request.param
    if kind == "s3":
        yield request.getfixturevalue("bucket").url + "/root"
    elif kind == "memory":
        yield "memory://root"
        system = fsspec.filesystem("memory")
        if system.exists("/root"):
            system.rm("/root", recursive=True)
    else:
        yield str(tmp_path) if kind == "path" else f"{kind}://{tmp_path}"


def put(root, *names):
    files = files_of(root)
    for name in names:
        files.write(join(root, name), name.encode())
    return files


def test_a_file_is_written_read_replaced_and_removed(root):
    files, place = files_of(root), join(root, "new/deep/a.bin")
    assert files.state(place) is None
    files.write(place, b"first")
    first = files.state(place)
    assert (files.read(place), first.size) == (b"first", 5)
    if (near := files.near(place)) is not None:
        os.utime(near, ns=(0, 0))
        first = files.state(place)
    files.write(place, b"other")
    assert files.read(place) == b"other"
    assert files.state(place) != first
    assert files.state(place) == files.state(place)
    files.remove(place)
    assert files.state(place) is None
    files.remove(place)


def test_nothing_but_the_file_is_left_by_writing(root):
    files = put(root, "a.bin", "deep/b.bin")
    files.write(join(root, "a.bin"), b"again")
    assert sorted(files.states(root)) == ["a.bin", "deep/b.bin"]
    assert files.names(root) == ["a.bin", "deep"]


def test_one_listing_gives_the_states_that_asking_for_each_gives(root):
    files = put(root, *ODD, *TREE, "empty")
    files.write(join(root, "empty"), b"")
    listed = files.states(root)
    assert sorted(listed) == sorted([*ODD, *TREE, "empty"])
    assert listed == {name: files.state(join(root, name)) for name in listed}


def test_a_changed_file_is_seen_though_it_was_listed_before(root):
    files = put(root, "a.bin", "b.bin")
    before = files.states(root), files.names(root)
    put(root, "c.bin").write(join(root, "a.bin"), b"longer than before")  # another's connection
    files_of(root).remove(join(root, "b.bin"))
    after = files.states(root), files.names(root)
    assert after[1] == ["a.bin", "c.bin"] != before[1]
    assert after[0]["a.bin"] != before[0]["a.bin"]


def test_pictures_are_those_of_a_folder_on_disk(root, tmp_path_factory):
    disk = tmp_path_factory.mktemp("same")
    for name in TREE:
        (disk / name).parent.mkdir(parents=True, exist_ok=True)
        (disk / name).touch()
    expected = [path.relative_to(disk).as_posix() for path in find_pictures(disk)]
    files = put(root, *TREE)
    assert files.pictures(root) == files.pictures(root + "/") == expected
    assert len(expected) == 6


def test_a_folder_without_pictures_is_refused_by_name(root):
    files = put(root, "notes.txt")
    with pytest.raises(DatasetError, match=r"expected pictures .* found none"):
        files.pictures(root)


@pytest.mark.parametrize("folders", [False, True])
def test_patterns_match_what_glob_matches_on_disk(root, tmp_path_factory, folders, monkeypatch):
    disk = tmp_path_factory.mktemp("same")
    for name in [*TREE, "[1].png"]:
        (disk / name).parent.mkdir(parents=True, exist_ok=True)
        (disk / name).touch()
    monkeypatch.chdir(disk)

    def expected(pattern):
        found = {name.rstrip("/") for name in glob.glob(pattern, recursive=True)}  # noqa: PTH207
        return sorted(name for name in found - {""} if folders or Path(name).is_file())

    def matched(pattern):
        matches = files.matches(join(root, pattern), folders=folders)
        assert matches == sorted(matches)
        return sorted({relative(root, match) for match in matches} - {"."})

    files = put(root, *TREE, "[1].png")
    assert {one: matched(one) for one in PATTERNS} == {one: expected(one) for one in PATTERNS}


def test_odd_names_are_kept(root):
    files = put(root, *ODD)
    assert sorted(files.states(root)) == sorted(ODD)
    for name in ODD:
        place = join(root, name)
        assert (files.read(place), relative(root, place)) == (name.encode(), name)
        assert files.state(place).size == len(name.encode())


def test_what_is_not_there_is_said_to_be_missing(root, tmp_path):
    files, place = files_of(root), join(root, "none")
    with pytest.raises(InputMissingError, match=r"there is no file .*none"):
        files.read(place)
    with pytest.raises(InputMissingError, match=r"there is no file .*none"):
        files.read(place, most=10)
    with pytest.raises(InputMissingError, match=r"there is no file .*none"):
        files.copy(place, str(tmp_path / "copy"))
    assert files.state(place) is None
    assert files.states(place) == {}
    assert files.names(place) == []
    assert not files.is_folder(place)


def test_a_folder_is_no_file_and_a_file_no_folder(root):
    files = put(root, "deep/a.bin")
    assert files.is_folder(root)
    assert files.is_folder(join(root, "deep"))
    assert not files.is_folder(join(root, "deep/a.bin"))
    assert files.state(join(root, "deep")) is None


def test_a_file_larger_than_allowed_is_not_read(root):
    files = put(root, "a.bin")
    assert files.read(join(root, "a.bin"), most=5) == b"a.bin"
    with pytest.raises(StorageError, match=r"a\.bin is larger than the 4 bytes"):
        files.read(join(root, "a.bin"), most=4)


def test_a_file_is_copied_whole_to_this_machine(root, tmp_path):
    files = put(root, "deep/a.bin")
    files.copy(join(root, "deep/a.bin"), str(tmp_path / "copy"))
    assert (tmp_path / "copy").read_bytes() == b"deep/a.bin"


def test_threads_share_a_place(root):
    files = files_of(root)

    def turn(number):
        place = join(root, f"{number % 7}/{number}.bin")
        files.write(place, bytes([number]) * 1000)
        return files.read(place) == bytes([number]) * 1000 and files.state(place).size == 1000

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(turn, range(40)))
    assert len(files.states(root)) == 40


def test_a_write_that_fails_leaves_what_was_there_and_nothing_else(root, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    files = put(root, "a.bin")
    with monkeypatch.context() as broken:
        broken.setattr("photochrom._files.FilePath.replace", full)
        broken.setattr(Disk, "mv", full)
        broken.setattr("fsspec.implementations.memory.MemoryFileSystem.pipe_file", full)
        broken.setattr("s3fs.S3FileSystem._call_s3", full, raising=False)
        with pytest.raises(StorageError, match=r"a\.bin.*No space left on device"):
            files.write(join(root, "a.bin"), b"new")
    assert list(files.states(root)) == ["a.bin"]
    assert files.read(join(root, "a.bin")) == b"a.bin"

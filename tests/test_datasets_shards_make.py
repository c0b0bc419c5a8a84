"""Folders become shards: what is kept, in which order, and that they appear whole or not at all."""

import errno
import gc
import hashlib
import io
import json
import tarfile

import numpy as np
import pytest

from photochrom.datasets import Dropped, ShardOptions, make_shards, open_source
from photochrom.datasets import shards as shards_module
from photochrom.datasets.similarity import SAME, Seen, find_duplicate, signature
from photochrom.datasets.whole import whole_folder
from photochrom.errors import DatasetError, OptionError, OutputExistsError, WriteError
from photochrom.imageio import load_small
from pictures import encode, photograph
from shards import gray, number_of, tiny

EXACT = ShardOptions(format="png", short_side=48, per_shard=3)


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """Seven different photographs in a tree, and six files that teach nothing or twice."""
    folder = tmp_path_factory.mktemp("made") / "photos"
    for name in ("chelsea", "coffee", "rocket", "astronaut", "china", "flower"):
        put(folder / f"{name[0]}" / f"{name}.png", encode(photograph(name)[::3, ::3], "png"))
    put(folder / "strip.png", encode(photograph("china")[100:140, ::2], "png"))
    put(folder / "z" / "again.jpg", encode(photograph("coffee")[::4, ::4], "jpeg", quality=80))
    put(folder / "z" / "flipped.png", encode(photograph("rocket")[::3, ::-3], "png"))
    put(folder / "z" / "gray.png", gray())
    put(folder / "z" / "small.png", encode(photograph("flower")[:12, :50], "png"))
    put(folder / "z" / "text.jpg", b"words")
    put(folder / "z" / "cut.png", tiny(4)[:-30])
    return folder


def put(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def everything(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def members(folder):
    """Every member of every shard by the standard library, in order."""
    found = []
    for path in sorted(folder.glob("*.tar")):
        with tarfile.open(path) as tar:
            found += [(info, tar.extractfile(info).read()) for info in tar]
    return found


def test_pictures_come_out_as_they_went_in_reduced(photos, tmp_path):
    made = make_shards(open_source(photos), tmp_path / "out", EXACT)
    kept = sorted(path for path in photos.rglob("*.png") if path.parent.name != "z")
    expected = {load_small(path, short_side=48).tobytes() for path in kept}
    source = open_source(tmp_path / "out")
    found = [load_small(source.read(number), short_side=None) for number in range(len(source))]
    assert {picture.tobytes() for picture in found} == expected
    assert made.pictures == len(found) == 7
    assert sorted(min(picture.shape[:2]) for picture in found) == [40] + [48] * 6


def test_what_teaches_nothing_or_twice_is_left_out_and_named(photos, tmp_path):
    made = make_shards(open_source(photos), tmp_path / "out", EXACT)
    reasons = {one.name.removeprefix("photos/z/"): one.reason for one in made.dropped}
    assert reasons.pop("text.jpg").startswith("unreadable: expected a JPEG")
    assert reasons.pop("cut.png").startswith("unreadable: ")
    assert reasons == {
        "again.jpg": "duplicate of photos/c/coffee.png",
        "flipped.png": "duplicate of photos/r/rocket.png",
        "gray.png": "near-gray (mean chroma 0.0)",
        "small.png": "too small (50 x 12)",
    }


def test_the_index_counts_and_hashes_every_shard(photos, tmp_path):
    made = make_shards(open_source(photos), tmp_path / "out", EXACT)
    index = json.loads((tmp_path / "out" / "index.json").read_text(encoding="utf-8"))
    assert index["format"] == "photochrom shards"
    assert index["options"]["short_side"] == 48
    assert index["pictures"] == 7
    assert [one["pictures"] for one in index["shards"]] == [3, 3, 1]
    assert [Dropped(**one) for one in index["dropped"]] == list(made.dropped)
    for one in index["shards"]:
        data = (tmp_path / "out" / one["name"]).read_bytes()
        assert one["bytes"] == len(data)
        assert one["sha256"] == hashlib.sha256(data).hexdigest()
    assert str(tmp_path) not in json.dumps(index)


def test_keys_run_through_all_shards_and_headers_tell_nothing_of_the_machine(photos, tmp_path):
    make_shards(open_source(photos), tmp_path / "out", ShardOptions(per_shard=3))
    found = [info for info, _ in members(tmp_path / "out")]
    assert [info.name for info in found] == [f"{key:06d}.webp" for key in range(7)]
    assert {(i.mtime, i.uid, i.gid, i.uname, i.gname) for i in found} == {(0, 0, 0, "", "")}


def test_the_same_pictures_give_the_same_bytes_and_another_seed_another_order(photos, tmp_path):
    for name, seed in (("a", 0), ("b", 0), ("c", 1)):
        make_shards(open_source(photos), tmp_path / name, ShardOptions(per_shard=4, seed=seed))
    assert everything(tmp_path / "a") == everything(tmp_path / "b")
    first, other = [[data for _, data in members(tmp_path / name)] for name in "ac"]
    assert first != other
    assert sorted(first) == sorted(other)


def test_every_shard_is_mixed(tmp_path):
    for number in range(60):
        put(tmp_path / "in" / f"{number:03d}.png", tiny(4 * number))
    random = np.random.default_rng(3).integers(0, 256, (60, 16, 16, 3), dtype=np.uint8)
    for number, picture in enumerate(random):  # all different, for one colour is one picture
        picture[0, 0] = (200, number, 30)
        put(tmp_path / "in" / f"{number:03d}.png", encode(picture, "png"))
    options = ShardOptions(format="png", per_shard=20)
    make_shards(open_source(tmp_path / "in"), tmp_path / "out", options)
    source = open_source(tmp_path / "out")
    order = [number_of(load_small(source.read(at), short_side=None)) for at in range(60)]
    assert sorted(order) == list(range(60))
    for shard in range(3):
        thirds = {number // 20 for number in order[20 * shard : 20 * shard + 20]}
        assert thirds == {0, 1, 2}


def test_shards_can_be_packed_anew(photos, tmp_path):
    make_shards(open_source(photos), tmp_path / "a", EXACT)
    again = ShardOptions(format="png", short_side=48, per_shard=2)
    made = make_shards(open_source(tmp_path / "a"), tmp_path / "b", again)
    assert made.dropped == ()
    before, after = [{data for _, data in members(tmp_path / name)} for name in "ab"]
    assert before == after


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # it leaves files open
def test_webdataset_reads_what_we_write(photos, tmp_path):
    webdataset = pytest.importorskip("webdataset")
    made = make_shards(open_source(photos), tmp_path / "out", ShardOptions(per_shard=3))
    names = [str(tmp_path / "out" / one.name) for one in made.shards]
    read = list(webdataset.WebDataset(names, shardshuffle=False))
    gc.collect()
    assert [sample["__key__"] for sample in read] == [f"{key:06d}" for key in range(7)]
    assert [sample["webp"] for sample in read] == [data for _, data in members(tmp_path / "out")]


@pytest.mark.parametrize(
    ("file_format", "magic", "suffix"),
    [("webp", b"RIFF", "webp"), ("jpeg", b"\xff\xd8\xff", "jpg"), ("png", b"\x89PNG", "png")],
)
def test_the_format_is_the_one_asked_for(photos, tmp_path, file_format, magic, suffix):
    make_shards(open_source(photos / "c"), tmp_path / "out", ShardOptions(format=file_format))
    for info, data in members(tmp_path / "out"):
        assert info.name.endswith(f".{suffix}")
        assert data.startswith(magic)


def test_a_picture_too_long_for_its_format_is_left_out(photos, tmp_path):
    strip = np.repeat(photograph("coffee")[:20, :100], 170, axis=1)  # 17,000 px
    put(tmp_path / "in" / "strip.png", encode(strip, "png"))
    put(tmp_path / "in" / "good.png", tiny(3))
    made = make_shards(open_source(tmp_path / "in"), tmp_path / "out")
    assert [one.name for one in made.dropped] == ["in/strip.png"]
    assert made.dropped[0].reason.startswith("too long: WEBP holds at most 16383 pixels")


def test_nothing_is_left_where_no_picture_is(tmp_path):
    put(tmp_path / "in" / "gray.png", gray())
    with pytest.raises(DatasetError, match="no picture to learn from is left of 1: 1 near-gray"):
        make_shards(open_source(tmp_path / "in"), tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_an_existing_folder_is_replaced_only_if_told_so(photos, tmp_path):
    source, out = open_source(photos / "c"), tmp_path / "deep" / "out"
    make_shards(source, out, ShardOptions(per_shard=1))
    before = everything(out)
    with pytest.raises(OutputExistsError, match="--force"):
        make_shards(source, out)
    assert everything(out) == before
    make_shards(source, out, overwrite=True)
    assert sorted(everything(out)) == ["index.json", "shard-00000.tar"]
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_an_empty_folder_is_filled(photos, tmp_path):
    (tmp_path / "out").mkdir()
    make_shards(open_source(photos / "c"), tmp_path / "out")
    assert len(open_source(tmp_path / "out")) == 3


def test_a_folder_with_other_files_is_never_replaced(photos, tmp_path):
    source = open_source(photos / "c")
    make_shards(source, tmp_path)
    put(tmp_path / "diary.txt", b"dear")
    before = everything(tmp_path)
    with pytest.raises(OutputExistsError, match=r"diary\.txt.*never replaced"):
        make_shards(source, tmp_path, overwrite=True)
    with pytest.raises(OutputExistsError, match="is a file"):
        make_shards(source, tmp_path / "diary.txt", overwrite=True)
    assert everything(tmp_path) == before


@pytest.mark.parametrize("when", ["reading", "writing"])
def test_an_interrupted_run_leaves_nothing_and_what_was_there(photos, tmp_path, monkeypatch, when):
    source, out = open_source(photos), tmp_path / "out"
    make_shards(source, out, ShardOptions(per_shard=4))
    before = everything(out)

    def progress(done, total, name):
        if when == "reading" and done == 5:
            raise KeyboardInterrupt

    def write(path, these, spool):
        if path.name == "shard-00002.tar":
            raise KeyboardInterrupt
        return wrote(path, these, spool)

    wrote = shards_module.write_shard
    monkeypatch.setattr(shards_module, "write_shard", write)
    for target, overwrite in ((out, True), (tmp_path / "new", False)):
        with pytest.raises(KeyboardInterrupt):
            make_shards(source, target, EXACT, overwrite=overwrite, progress=progress)
    assert everything(out) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_full_disk_is_an_error_and_leaves_nothing(photos, tmp_path, monkeypatch):
    def full(path, these, spool):
        path.write_bytes(b"half")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shards_module, "write_shard", full)
    with pytest.raises(WriteError, match=r"cannot write .*out: No space left"):
        make_shards(open_source(photos / "c"), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_an_error(photos, tmp_path):
    put(tmp_path / "file", b"")
    with pytest.raises(WriteError, match="cannot write"):
        make_shards(open_source(photos / "c"), tmp_path / "file" / "out")


def test_a_folder_that_fails_to_move_leaves_the_old_one(tmp_path, monkeypatch):
    put(tmp_path / "out" / "index.json", b"old")
    moves = []
    rename = type(tmp_path).rename

    def refuse(self, target):
        moves.append(self.name)
        if len(moves) == 2:
            raise OSError(errno.EBUSY, "Device or resource busy")
        return rename(self, target)

    monkeypatch.setattr(type(tmp_path), "rename", refuse)
    with (
        pytest.raises(WriteError, match="busy"),
        whole_folder(tmp_path / "out", holds=shards_module.NAMES, overwrite=True) as folder,
    ):
        put(folder / "index.json", b"new")
    assert everything(tmp_path / "out") == {"index.json": b"old"}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"short_side": 15}, "short side of at least 16"),
        ({"per_shard": 0}, "1 picture a shard"),
        ({"seed": -1}, "seed from 0"),
        ({"quality": 0}, "quality from 1 to 100"),
        ({"format": "tiff"}, "webp, jpeg, png, got 'tiff'"),
    ],
)
def test_options_out_of_range_are_refused(options, says):
    with pytest.raises(OptionError, match=says):
        ShardOptions(**options)


def test_the_fast_search_for_duplicates_finds_what_the_slow_one_finds():
    rng = np.random.default_rng(0)
    thumbs = [rng.normal(0, 30, (16, 16, 3)).astype(np.float32) for _ in range(40)]
    for strength in (1, 3, 5, 5.3, 5.6, 6, 8, 20):  # about where two count as one
        thumbs += [t + rng.normal(0, strength, t.shape).astype(np.float32) for t in thumbs[:20]]
    for shift in (6, 7.5, 8.2, 8.8, 10):  # alike in every block
        thumbs += [t + np.array([0, shift, 0], np.float32) for t in thumbs[:20]]
    thumbs += [t[:, ::-1] + 1 for t in thumbs[:20]]
    rng.shuffle(thumbs)
    seen, signatures, found = Seen(), [], 0
    for thumb in thumbs:
        twin = find_duplicate(thumb, signatures)
        assert seen.find(thumb) == twin
        found += twin is not None
        seen.add(thumb)
        signatures.append(signature(thumb))
    products = np.stack(signatures) @ np.stack(signatures).T
    assert np.any((products > SAME - 0.01) & (products < SAME))
    assert np.any((products > SAME) & (products < SAME + 0.01))
    assert 50 < found < len(thumbs)


def test_more_than_a_thousand_are_remembered():
    rng = np.random.default_rng(1)
    thumbs = rng.normal(0, 30, (2100, 16, 16, 3)).astype(np.float32)
    seen = Seen()
    for thumb in thumbs:
        seen.add(thumb)
    assert [seen.find(thumbs[at]) for at in (0, 1023, 1024, 2047, 2048, 2099)] == [
        0, 1023, 1024, 2047, 2048, 2099,
    ]  # fmt: skip


def test_a_shard_is_a_tar_file_of_whole_blocks(photos, tmp_path):
    make_shards(open_source(photos / "c"), tmp_path / "out")
    data = (tmp_path / "out" / "shard-00000.tar").read_bytes()
    assert len(data) % 512 == 0
    assert data.endswith(bytes(1024))
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        assert tar.getnames() == [f"{key:06d}.webp" for key in range(3)]

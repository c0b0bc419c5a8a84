"""Where streamed pictures come from: what is found in shards and folders, and what is refused."""

import gzip
import io
import json
import os
import random
import tarfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photochrom.datasets import Stream, open_source
from photochrom.datasets.locations import expand_braces
from photochrom.datasets.tars import Entry, index_tar
from photochrom.errors import DatasetError, OptionError
from shards import gray, number_of, numbered, numbers, put_shards, tar_of, tiny


def contents(source):
    return {source.name(number): source.read(number) for number in range(len(source))}


@pytest.fixture(scope="module")
def few(tmp_path_factory):
    """Three shards of 4, 3 and 2 pictures."""
    return put_shards(tmp_path_factory.mktemp("few"), 4, 3, 2)


EXPECTED = {
    f"few-{shard:05d}.tar/{number:06d}.png": tiny(number)
    for shard, these in enumerate((range(4), range(4, 7), range(7, 9)))
    for number in these
}


@pytest.mark.parametrize(
    "place",
    [
        "{few}",
        "{few}/",
        "file://{few}",
        "{few}/*.tar",
        "{few}/few-0000?.tar",
        "{few}/few-{{00000..00002}}.tar",
        "{few}/few-{{00000,00001,00002}}.tar",
        "{few}/few-0000[0-2].tar",
    ],
)
def test_shards_are_found_by_folder_pattern_and_braces(few, place):
    source = open_source(place.format(few=few))
    assert contents(source) == EXPECTED
    assert source.sizes == (4, 3, 2)
    assert source.names == ("few-00000.tar", "few-00001.tar", "few-00002.tar")
    assert len(source) == 9


def test_one_shard_and_several_places_come_through_the_same_door(few, tmp_path):
    one, two = few / "few-00001.tar", few / "few-00000.tar"
    assert len(open_source(one)) == 3
    assert open_source([one, str(two)]).names == ("few-00001.tar", "few-00000.tar")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "a.png").write_bytes(tiny(50))
    mixed = open_source([few, tmp_path / "more"])
    assert contents(mixed) == EXPECTED | {"more/a.png": tiny(50)}


def test_a_folder_of_pictures_with_subfolders_comes_through_the_same_door(tmp_path):
    pictures = {"b.png": tiny(1), "a/deep/c.PNG": tiny(2), "a/d.png": tiny(3), "b/e.jpg": b"bad"}
    ignored = {".hidden.png": b"", "old.run/f.png": b"", "notes.txt": b"", "a/.g/h.png": b""}
    for name, data in (pictures | ignored).items():
        path = tmp_path / "own" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    found = contents(open_source(tmp_path / "own"))
    assert found == {f"own/{name}": data for name, data in pictures.items()}


def test_of_a_folder_that_is_split_already_only_the_part_to_learn_from_is_taken(tmp_path):
    for part, number in (("train/deep", 1), ("test", 2), ("extra", 3)):
        (tmp_path / part).mkdir(parents=True)
        (tmp_path / part / "a.png").write_bytes(tiny(number))
    assert contents(open_source(tmp_path)) == {"train/deep/a.png": tiny(1)}
    assert contents(open_source(tmp_path / "test")) == {"test/a.png": tiny(2)}
    put_shards(tmp_path / "packed" / "train", 2)
    put_shards(tmp_path / "packed" / "test", 1)
    assert len(open_source(tmp_path / "packed")) == 2


def test_shards_of_one_name_in_two_folders_are_told_apart(tmp_path):
    put_shards(tmp_path / "a", 1)
    put_shards(tmp_path / "b", 1)
    names = open_source([tmp_path / "a", tmp_path / "b"]).names
    assert names == tuple(str(tmp_path / folder / "few-00000.tar") for folder in "ab")


def test_what_only_goes_with_a_picture_is_no_picture(tmp_path):
    members = {
        "1.jpg": b"first",
        "1.seg.png": b"mask",
        "1.json": b"{}",
        "sub/1.JPEG": b"second",
        "sub/1.txt": b"a cat",
        "._1.jpg": b"of another system",
        "holiday.2019.webp": b"third",
        "2.left.png": b"fourth",
        "2.right.png": b"fifth",
        "other/1.left.png": b"sixth",
        "3.cls": b"5",
    }
    (tmp_path / "s.tar").write_bytes(tar_of(members))
    taken = ["1.jpg", "sub/1.JPEG", "holiday.2019.webp", "2.left.png", "2.right.png"]
    taken.append("other/1.left.png")
    found = contents(open_source(tmp_path / "s.tar"))
    assert found == {f"s.tar/{name}": members[name] for name in taken}


@pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_every_kind_of_tar_with_links_folders_and_long_names_is_read(tmp_path, kind):
    long = f"{'f' * 90}/{'ü' if kind != tarfile.USTAR_FORMAT else 'u'}{'n' * 80}.png"
    buffer = io.BytesIO(tar_of({"a.png": tiny(1), long: tiny(2), "e.png": b""}, kind))
    with tarfile.open(fileobj=buffer, mode="a", format=kind) as tar:
        for name, what in (("l.png", tarfile.SYMTYPE), ("d.png", tarfile.DIRTYPE)):
            header = tarfile.TarInfo(name)
            header.type, header.linkname = what, "a.png"
            tar.addfile(header)
    (tmp_path / "s.tar").write_bytes(buffer.getvalue())
    found = contents(open_source(tmp_path / "s.tar"))
    assert found == {"s.tar/a.png": tiny(1), f"s.tar/{long}": tiny(2), "s.tar/e.png": b""}


def test_the_order_in_which_a_disk_lists_files_changes_nothing(few, monkeypatch):
    with Stream(open_source(few), batch=4) as stream:
        expected = numbers(stream, range(5))
    listed = os.listdir
    monkeypatch.setattr(os, "listdir", lambda path: listed(path)[::-1])
    scanned = []

    class Backwards:
        def __init__(self, path):
            with real(path) as entries:
                self.entries = list(entries)[::-1]
            scanned.append(path)

        def __enter__(self):
            return iter(self.entries)

        def __exit__(self, *_):
            return None

    real = os.scandir
    monkeypatch.setattr(os, "scandir", Backwards)
    for place in (few, f"{few}/*.tar"):
        with Stream(open_source(place), batch=4) as stream:
            assert numbers(stream, range(5)) == expected
    assert scanned


def shard(*, without=0, broken=None):
    data = bytearray(tar_of(numbered(0, 3)))
    if broken is not None:
        data[broken] ^= 0xFF
    return bytes(data[: len(data) - without])


WHOLE = len(tar_of(numbered(0, 3)))
with tarfile.open(fileobj=io.BytesIO(tar_of(numbered(0, 3)))) as _tar:
    HEADERS = [_info.offset for _info in _tar]
    END = _tar.offset


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "no tar file, damaged or cut short"),
        (b"no tar file at all, only words", "no tar file"),
        (tiny(3) * 9, "no tar file"),
        (shard()[: END - 300], "cut short"),
        (shard()[: HEADERS[4]], "cut short"),
        (shard()[: HEADERS[4] + 100], "cut short"),
        (shard(broken=HEADERS[2] + 3), "damaged"),
        (shard(broken=5), "no tar file"),
        (gzip.compress(shard()), "compressed; unpack it first"),
        (tar_of({"a.txt": b"words", "b.json": b"{}"}), "holds no picture"),
        (tar_of({}), "holds no picture"),
    ],
    ids=["empty", "words", "picture", "data", "border", "header", "middle", "first", "gz", "text",
         "nothing"],
)  # fmt: skip
def test_a_bad_shard_is_an_error_that_names_it(tmp_path, data, says):
    put_shards(tmp_path, 2)
    (tmp_path / "bad.tar").write_bytes(data)
    with pytest.raises(DatasetError, match=rf"bad\.tar.*{says}"):
        open_source(tmp_path)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, WHOLE))
def test_a_shard_cut_anywhere_is_whole_or_an_error(length):
    data = shard()
    whole = index_tar(io.BytesIO(data), "s.tar")
    try:
        found = index_tar(io.BytesIO(data[:length]), "s.tar")
    except DatasetError:
        assert length < END + 512
    else:
        assert length >= END + 512
        assert found == whole


def test_hostile_headers_give_entries_within_the_file_or_an_error():
    rng = random.Random(1)
    data = tar_of(numbered(0, 3), tarfile.PAX_FORMAT)
    for _ in range(1500):
        hostile = bytearray(data)
        at = rng.choice(HEADERS)
        kind = rng.choice(b"0LKxgS15\0V")
        hostile[at + 156] = kind
        start, end = rng.choice([(124, 136), (0, 100), (345, 500), (386, 483)])
        for place in rng.sample(range(start, end), 3):
            hostile[at + place] = rng.choice(b"\x80\xff0179 \0")
        hostile[at + 148 : at + 156] = b" " * 8
        checksum = sum(hostile[at : at + 512])
        hostile[at + 148 : at + 156] = b"%06o\0 " % checksum
        try:
            entries = index_tar(io.BytesIO(hostile), "s.tar")
        except DatasetError:
            continue
        assert all(e.offset >= 512 and 0 <= e.size <= len(data) - e.offset for e in entries)


def test_a_header_that_points_backwards_ends_in_an_error():
    data = bytearray(tar_of({"a.png": tiny(1), "b.png": tiny(2)}))
    at = 1024 if len(tiny(1)) <= 512 else 512 + -(-len(tiny(1)) // 512) * 512
    size = -512  # back to this header, for ever
    data[at + 124 : at + 136] = size.to_bytes(12, "big", signed=True)
    data[at + 148 : at + 156] = b" " * 8
    data[at + 148 : at + 156] = b"%06o\0 " % sum(data[at : at + 512])
    with pytest.raises(DatasetError, match="damaged or cut short"):
        index_tar(io.BytesIO(data), "s.tar")


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("{}/none", r"there is no .*none; check"),
        ("{}/few-{{00000..00003}}.tar", r"there is no .*few-00003\.tar"),
        ("{}/*.zip", r"no shard and no folder fits .*\*\.zip"),
        ("{}/few-{{7..3}}.tar", "no shard and no folder fits"),
        ("{}/notes.txt", r"expected a folder or a shard \(\.tar\), got .*notes\.txt"),
        ("{}/sub", "found none"),
        ("{}/both", "both shards .* and pictures"),
    ],
)
def test_a_place_without_pictures_is_refused_by_name(tmp_path, place, says):
    put_shards(tmp_path, 1, 1, 1)
    (tmp_path / "notes.txt").touch()
    (tmp_path / "sub").mkdir()
    put_shards(tmp_path / "both", 1)
    (tmp_path / "both" / "a.jpg").touch()
    with pytest.raises(DatasetError, match=says):
        open_source(place.format(tmp_path))


def test_no_place_at_all_is_refused():
    with pytest.raises(OptionError, match="got none"):
        open_source([])


def test_a_shard_named_twice_is_refused(few):
    with pytest.raises(DatasetError, match=r"few-00001\.tar is named twice"):
        open_source([few, f"{few}/../{few.name}/few-00001.tar"])


def test_a_shard_that_the_index_lists_and_the_folder_lacks_is_named(tmp_path):
    put_shards(tmp_path, 1, 1)
    names = ["few-00000.tar", "few-00001.tar", "few-00002.tar"]
    index = {"format": "photochrom shards", "shards": [{"name": name} for name in names]}
    (tmp_path / "index.json").write_text(json.dumps(index), encoding="utf-8")
    with pytest.raises(DatasetError, match=r"few-00002\.tar is missing .*\(1 of 3 are\)"):
        open_source(tmp_path)


@pytest.mark.parametrize("shards", [None, 3, [3], [{}], {"name": "x"}])
def test_a_damaged_index_of_our_own_is_named(tmp_path, shards):
    put_shards(tmp_path, 1)
    index = {"format": "photochrom shards"} | ({} if shards is None else {"shards": shards})
    (tmp_path / "index.json").write_text(json.dumps(index), encoding="utf-8")
    with pytest.raises(DatasetError, match=r"index\.json is damaged"):
        open_source(tmp_path)


OTHERS = ["", "[]", "{}", '{"format": "mine", "shards": 3}', "\udcff", "[" * 99_999]


@pytest.mark.parametrize("other", OTHERS)
def test_an_index_of_another_program_is_left_alone(tmp_path, other):
    put_shards(tmp_path, 1)
    (tmp_path / "index.json").write_text(other, encoding="utf-8", errors="surrogateescape")
    assert len(open_source(tmp_path)) == 1


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("plain", ["plain"]),
        ("a{1..3}", ["a1", "a2", "a3"]),
        ("a{08..11}b", ["a08b", "a09b", "a10b", "a11b"]),
        ("{a,b}{1,2}", ["a1", "a2", "b1", "b2"]),
        ("x{a,b{1..2}}", ["xa", "xb1", "xb2"]),
        ("{one}", ["{one}"]),
        ("a{,b}", ["a", "ab"]),
    ],
)
def test_braces_are_spelled_out_as_by_a_shell(pattern, expected):
    assert expand_braces(pattern) == expected


def test_braces_that_name_too_much_are_refused():
    with pytest.raises(OptionError, match="more than 100,000"):
        expand_braces("a{0..99999999999}")


def test_a_shard_lost_or_cut_after_opening_is_an_error_and_a_lost_picture_is_a_bad_one(tmp_path):
    put_shards(tmp_path / "shards", 2)
    (tmp_path / "own").mkdir()
    for name in ("a", "b"):
        (tmp_path / "own" / f"{name}.png").write_bytes(tiny(ord(name)))
    shards, own = open_source(tmp_path / "shards"), open_source(tmp_path / "own")
    place = tmp_path / "shards" / "few-00000.tar"
    place.write_bytes(place.read_bytes()[:600])
    with pytest.raises(DatasetError, match=r"few-00000\.tar became shorter"):
        contents(shards)
    place.unlink()
    with pytest.raises(DatasetError, match=r"few-00000\.tar cannot be read: No such file"):
        contents(shards)
    (tmp_path / "own" / "a.png").unlink()
    with Stream(own, batch=4) as stream:
        assert [number_of(picture) for picture in stream.batch(0)] == [ord("b")] * 4
        assert [one.name for one in stream.bad] == ["own/a.png"]
        assert "No such file" in stream.bad[0].reason


def test_numbers_outside_a_source_are_refused(few):
    source = open_source(few)
    for number in (-1, 9):
        with pytest.raises(IndexError, match="0 to 8"):
            source.name(number)


def test_webdataset_writes_what_we_read(tmp_path):
    webdataset = pytest.importorskip("webdataset")
    with webdataset.ShardWriter(f"{tmp_path}/w-%05d.tar", maxcount=3, verbose=0) as writer:
        for number in range(7):
            sample = {"__key__": f"{number:06d}", "png": tiny(number), "json": {"class": 1}}
            writer.write(sample)
    found = contents(open_source(tmp_path))
    assert [name.split("/")[1] for name in found] == [f"{number:06d}.png" for number in range(7)]
    assert list(found.values()) == [tiny(number) for number in range(7)]


def test_entries_say_where_the_bytes_are():
    data = tar_of({"a.png": gray(), "b.txt": b"x", "c.png": tiny(4)})
    entries = index_tar(io.BytesIO(data), "s.tar")
    assert entries[0] == Entry("a.png", 512, len(gray()))
    assert [data[e.offset : e.offset + e.size] for e in entries] == [gray(), tiny(4)]


@pytest.mark.skipif("PHOTOCHROM_DATA" not in os.environ, reason="needs PHOTOCHROM_DATA")
def test_the_photographs_to_judge_by_are_found_and_good():
    source = open_source(Path(os.environ["PHOTOCHROM_DATA"]) / "general-val")
    assert len(source) == 500
    with Stream(source, batch=100) as stream:
        batch = stream.batch(0)
    assert {min(picture.shape[:2]) for picture in batch} == {144}

"""Folders: what is found, what is dropped and why."""

import numpy as np
import pytest

from photochrom.datasets import (
    Dropped,
    Photograph,
    find_pictures,
    find_split,
    load_photographs,
)
from photochrom.errors import DatasetError
from pictures import chelsea, encode, photograph


@pytest.fixture(scope="module")
def photographs():
    return {name: photograph(name) for name in ("chelsea", "coffee", "rocket", "astronaut")}


def put(folder, **pictures):
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in pictures.items():
        (folder / f"{name}.jpg").write_bytes(encode(array, "jpeg", quality=90))
    return folder


def names_of(items):
    return [item.name for item in items]


def test_pictures_are_found_below_in_order_and_hidden_ones_are_not(tmp_path):
    for name in ("b.JPG", "a/z.png", "a.txt", ".hidden.jpg", ".git/c.jpg", "a/B.webp", "c.tiff"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    found = [path.relative_to(tmp_path).as_posix() for path in find_pictures(tmp_path)]
    assert found == ["a/B.webp", "a/z.png", "b.JPG", "c.tiff"]


@pytest.mark.parametrize(("name", "says"), [("none", "does not exist"), ("file", "is a file")])
def test_what_is_no_folder_is_refused(tmp_path, name, says):
    (tmp_path / "file").touch()
    with pytest.raises(DatasetError, match=says):
        find_pictures(tmp_path / name)


def test_a_folder_without_pictures_is_refused(tmp_path):
    (tmp_path / "notes.txt").touch()
    with pytest.raises(DatasetError, match="found none"):
        find_split(tmp_path)


def test_train_and_test_folders_are_a_split(tmp_path):
    for name in ("train/a.jpg", "train/deep/b.jpg", "test/c.jpg", "extra/d.jpg"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    split = find_split(tmp_path)
    assert names_of(split.train) == ["a.jpg", "b.jpg"]
    assert names_of(split.test) == ["c.jpg"]
    assert names_of(find_split(tmp_path / "train").train) == ["a.jpg", "b.jpg"]
    assert find_split(tmp_path / "train").test == []


def test_an_empty_test_folder_is_refused(tmp_path):
    (tmp_path / "train").mkdir()
    (tmp_path / "test").mkdir()
    (tmp_path / "train" / "a.jpg").touch()
    with pytest.raises(DatasetError, match="test, found none"):
        find_split(tmp_path)


def test_photographs_are_small_rgb_in_the_order_given(tmp_path, photographs):
    put(tmp_path, **photographs)
    loaded, dropped = load_photographs(find_pictures(tmp_path), short_side=100)
    assert names_of(loaded) == ["astronaut.jpg", "chelsea.jpg", "coffee.jpg", "rocket.jpg"]
    assert dropped == []
    assert [p.rgb.shape for p in loaded] == [
        (100, 100, 3), (100, 150, 3), (100, 150, 3), (100, 150, 3)
    ]  # fmt: skip
    assert all(isinstance(p, Photograph) and p.rgb.dtype == np.uint8 for p in loaded)


def test_names_tell_equal_file_names_apart(tmp_path, photographs):
    put(tmp_path / "one", a=photographs["coffee"])
    put(tmp_path / "two", a=photographs["rocket"])
    loaded, _ = load_photographs(find_pictures(tmp_path), short_side=50)
    assert names_of(loaded) == ["one/a.jpg", "two/a.jpg"]


def test_unreadable_files_are_dropped_and_named(tmp_path, photographs):
    put(tmp_path, good=photographs["coffee"])
    (tmp_path / "letter.jpg").write_text("Dear aunt")
    whole = encode(chelsea(), "jpeg")
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    loaded, dropped = load_photographs(find_pictures(tmp_path), short_side=50)
    assert names_of(loaded) == ["good.jpg"]
    assert names_of(dropped) == ["cut.jpg", "letter.jpg"]
    assert all(one.reason.startswith("unreadable: ") for one in dropped)


def test_gray_and_toned_scans_are_dropped_but_a_spot_of_colour_is_not(tmp_path):
    gray = np.repeat(chelsea()[..., 1:2], 3, axis=2)
    toned = np.clip(gray.astype(int) + np.array([2, 0, -2]), 0, 255).astype(np.uint8)
    spot = gray.copy()
    spot[100:150, 100:150] = [200, 30, 30]
    put(tmp_path, gray=gray, toned=toned, spot=spot)
    loaded, dropped = load_photographs(find_pictures(tmp_path), short_side=100)
    assert names_of(loaded) == ["spot.jpg"]
    assert dropped[0] == Dropped("gray.jpg", "near-gray (mean chroma 0.0)")
    assert dropped[1].name == "toned.jpg"


def test_copies_are_dropped_whatever_was_done_to_them(tmp_path, photographs):
    cat = photographs["chelsea"]
    put(
        tmp_path,
        a=cat,
        b_copy=cat,
        c_mirrored=cat[:, ::-1],
        d_smaller=cat[::2, ::2],
        e_brighter=np.clip(cat * 1.15, 0, 255).astype(np.uint8),
        f_other=photographs["coffee"],
    )
    loaded, dropped = load_photographs(find_pictures(tmp_path), short_side=100)
    assert names_of(loaded) == ["a.jpg", "f_other.jpg"]
    assert {one.reason for one in dropped} == {"duplicate of a.jpg"}
    assert len(dropped) == 4


def test_the_same_picture_in_another_colour_is_no_copy(tmp_path):
    cat = chelsea()
    put(tmp_path, a=cat, b=cat[..., ::-1])
    loaded, _ = load_photographs(find_pictures(tmp_path), short_side=100)
    assert len(loaded) == 2


def test_dull_pictures_of_one_tint_are_no_copies(tmp_path):
    rng = np.random.default_rng(0)
    tint = np.array([25, 0, -25])
    first, second = (
        (150 + tint + np.kron(rng.normal(0, 20, (8, 8, 1)), np.ones((20, 20, 1)))).astype(np.uint8)
        for _ in range(2)
    )
    put(tmp_path, a=first, b=second)
    assert len(load_photographs(find_pictures(tmp_path), short_side=100)[0]) == 2


def test_nothing_left_says_why(tmp_path):
    gray = np.repeat(chelsea()[..., :1], 3, axis=2)
    put(tmp_path, a=gray, b=gray[::-1])
    (tmp_path / "c.png").touch()
    with pytest.raises(DatasetError, match=r"left of 3: 2 near-gray and 1 unreadable \(c\.png"):
        load_photographs(find_pictures(tmp_path), short_side=50)
    with pytest.raises(DatasetError, match="got none"):
        load_photographs([], short_side=50)


def test_a_picture_of_one_pixel_is_left_out_and_named(tmp_path):
    put(tmp_path, a=np.array([[[200, 20, 20]]], np.uint8), b=chelsea(8))
    loaded, dropped = load_photographs(find_pictures(tmp_path), short_side=50)
    assert [photograph.name for photograph in loaded] == ["b.jpg"]
    assert dropped[0].reason == "too small (1 x 1)"


def test_a_folder_that_cannot_be_read_is_said(tmp_path, monkeypatch):
    def walk(root, onerror):
        onerror(PermissionError(13, "Permission denied", str(root)))

    monkeypatch.setattr("photochrom.storage.pictures.os.walk", walk)
    with pytest.raises(DatasetError, match="cannot be read: Permission denied"):
        find_pictures(tmp_path)

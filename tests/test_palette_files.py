"""Palette files."""

import contextlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL.GimpPaletteFile import GimpPaletteFile

from photochrom.errors import (
    InputMissingError,
    OptionError,
    OutputExistsError,
    PaletteError,
    WriteError,
)
from photochrom.palettes.files import load_palette, save_palette
from photochrom.palettes.palette import Palette

CHROMA = Palette(np.array([[0.0, 0.1], [20.123456789, -10], [5, 40]]), names=("a", "b c", "d"))
SRGB = Palette(np.array([[0.0, 7, 255], [255, 0, 0], [51, 102, 204]]), "srgb")
codes = st.tuples(*[st.integers(0, 255)] * 3)


def test_json_keeps_every_bit(tmp_path: Path) -> None:
    for number, palette in enumerate((CHROMA, SRGB)):
        save_palette(palette, tmp_path / f"{number}.json")
        assert load_palette(tmp_path / f"{number}.json") == palette


@given(colors=st.lists(codes, min_size=2, max_size=70))
def test_gpl_keeps_srgb_palettes_exactly(
    tmp_path_factory: pytest.TempPathFactory, colors: list[tuple[int, int, int]]
) -> None:
    path = tmp_path_factory.mktemp("gpl") / "some.GPL"
    palette = Palette(np.array(colors, dtype=float), "srgb")
    save_palette(palette, path)
    assert load_palette(path) == palette


def test_pillow_reads_the_gpl_alike(tmp_path: Path) -> None:
    save_palette(SRGB, tmp_path / "some.gpl")
    with (tmp_path / "some.gpl").open("rb") as file:
        data, _ = GimpPaletteFile(file).getpalette()
    assert np.frombuffer(data, np.uint8)[:9].tolist() == SRGB.colors.ravel().tolist()


def test_gpl_says_at_what_lightness_colors_without_one_are_shown(tmp_path: Path) -> None:
    save_palette(CHROMA, tmp_path / "some.gpl", lightness=50)
    assert "# a*b* colours, shown at L* 50" in (tmp_path / "some.gpl").read_text("utf-8")
    back = load_palette(tmp_path / "some.gpl")
    assert back.space == "srgb"
    assert back.names == ("a", "b c", "d")
    assert np.array_equal(back.colors, CHROMA.to_srgb(50))


def test_a_gpl_of_another_program_is_read(tmp_path: Path) -> None:
    text = (
        "\ufeffGIMP Palette\r\nName: x\r\nColumns: 3\r\n#\r\n  0   0 0 black one\r\n\r\n9 8 7\r\n"
    )
    (tmp_path / "other.gpl").write_bytes(text.encode())
    back = load_palette(tmp_path / "other.gpl")
    assert back.colors.tolist() == [[0, 0, 0], [9, 8, 7]]
    assert back.names == ("black one", "")


WRONG = {
    "empty.json": b"",
    "empty.gpl": b"",
    "binary.gpl": b"\xff\xfe\x00\x00",
    "list.json": b"[1, 2]",
    "headless.gpl": b"1 2 3\n4 5 6\n",
    "one.gpl": b"GIMP Palette\n1 2 3\n",
    "words.gpl": b"GIMP Palette\nred green blue\n1 2 3\n",
    "two-numbers.gpl": b"GIMP Palette\n1 2\n3 4\n",
    "above.gpl": b"GIMP Palette\n1 2 3\n1 2 256\n",
    "palette.pal": b"GIMP Palette\n1 2 3\n1 2 6\n",
    "huge.gpl": b"GIMP Palette\n" + b"1 2 3\n" * 200_000,
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_palette_file_is_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(WRONG[name])
    with pytest.raises(PaletteError, match=name):
        load_palette(tmp_path / name)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_palette_or_a_palette_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("bytes") / "some.gpl"
    path.write_bytes(b"GIMP Palette\n" + content)
    with contextlib.suppress(PaletteError):
        load_palette(path)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputMissingError, match="nowhere"):
        load_palette(tmp_path / "nowhere.json")
    (tmp_path / "folder.json").mkdir()
    with pytest.raises(PaletteError, match="folder"):
        load_palette(tmp_path / "folder.json")


def test_nothing_is_overwritten_unless_asked(tmp_path: Path) -> None:
    path = tmp_path / "some.json"
    save_palette(CHROMA, path)
    with pytest.raises(OutputExistsError, match="exists already"):
        save_palette(SRGB, path)
    assert load_palette(path) == CHROMA
    save_palette(SRGB, path, overwrite=True)
    assert load_palette(path) == SRGB


def test_a_failed_write_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(WriteError, match="No space left"):
        save_palette(CHROMA, tmp_path / "some.json")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(WriteError, match="No such file"):
        save_palette(CHROMA, tmp_path / "no" / "some.json")


@pytest.mark.parametrize("lightness", [-1, 101, float("nan")])
def test_a_lightness_outside_0_to_100_is_refused(tmp_path: Path, lightness: float) -> None:
    with pytest.raises(OptionError, match="between 0 and 100"):
        save_palette(CHROMA, tmp_path / "some.gpl", lightness=lightness)

"""Palettes to look at."""

import numpy as np
import pytest

from photochrom.errors import OptionError
from photochrom.palettes import swatch
from photochrom.palettes.palette import Palette


def palette(k: int) -> Palette:
    return Palette(np.random.default_rng(k).integers(0, 255, (k, 3)).astype(float), "srgb")


@pytest.mark.parametrize(
    ("k", "rows", "columns"), [(2, 1, 2), (12, 3, 4), (16, 4, 4), (32, 4, 8), (64, 8, 8), (9, 3, 4)]
)
def test_a_swatch_has_no_more_rows_than_columns(k: int, rows: int, columns: int) -> None:
    assert swatch.draw(palette(k), cell=5).shape == (rows * 5, columns * 5, 3)


def test_the_middle_of_each_cell_has_its_color_in_order() -> None:
    drawn = swatch.draw(palette(12), cell=6, columns=5)
    centres = drawn[3::6, 3::6].reshape(-1, 3)
    assert centres[:12].tolist() == palette(12).colors.tolist()
    assert centres[12:].tolist() == [[255, 255, 255]] * 3


def test_colors_without_lightness_are_drawn_at_the_one_asked_for() -> None:
    chroma = Palette(np.array([[0.0, 0.0], [10, 10]]))
    assert swatch.draw(chroma, cell=1, lightness=0)[0, 0].tolist() == [0, 0, 0]
    assert swatch.draw(chroma, cell=1, lightness=100)[0, 0].tolist() == [255, 255, 255]


@pytest.mark.parametrize("wrong", [{"cell": 0}, {"columns": 0}])
def test_a_grid_without_size_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(OptionError, match="at least 1"):
        swatch.draw(palette(3), **wrong)


def test_a_terminal_shows_the_same_grid() -> None:
    two = Palette(np.array([[1.0, 2, 3], [4, 5, 6]]), "srgb")
    assert swatch.terminal(two) == "\x1b[48;2;1;2;3m    \x1b[0m\x1b[48;2;4;5;6m    \x1b[0m"
    assert len(swatch.terminal(palette(12)).splitlines()) == 3

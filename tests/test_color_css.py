"""Colours as people write them, against coloraide."""

import pytest
from coloraide import Color

from photochrom.color import css
from photochrom.errors import OptionError


@pytest.mark.parametrize("name", sorted(css.names()))
def test_names_mean_what_css_says(name: str) -> None:
    wanted = [round(255 * value) for value in Color(name).convert("srgb").coords()]
    assert list(css.parse(name)) == wanted


@pytest.mark.parametrize("text", ["#a1b", "#AA11bb", " aa11BB ", "#aa11bb"])
def test_hex_is_read_with_three_or_six_digits(text: str) -> None:
    assert css.parse(text) == (0xAA, 0x11, 0xBB)


@pytest.mark.parametrize("text", ["", "#", "#12345", "#ggg", "rot", "transparent", "rgb(1,2,3)"])
def test_anything_else_is_refused_with_advice(text: str) -> None:
    with pytest.raises(OptionError, match="write #rrggbb"):
        css.parse(text)


def test_there_are_148_names() -> None:
    assert len(css.names()) == 148

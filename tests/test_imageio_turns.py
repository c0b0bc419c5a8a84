"""Pictures read by several threads: each has its own complaints, and no others'."""

import logging
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from photochrom.errors import PictureError
from photochrom.imageio import codec, load_small
from photochrom.imageio.turns import Turns
from pictures import chelsea, encode


def test_complaints_about_pictures_read_at_the_same_time_do_not_mix():
    png, jpeg = encode(chelsea(4), "png"), encode(chelsea(4), "jpeg")
    odd = jpeg.replace(b"JFIF\0\x01", b"JFIF\0\x02", 1)  # a warning that is known to be harmless
    assert odd != jpeg
    files = [png[:-3000], odd, jpeg[:-900], png, odd[:-900], jpeg] * 30

    def read(data: bytes) -> str:
        try:
            return str(load_small(data, short_side=None).shape)
        except PictureError as error:
            return str(error)

    one_by_one = [read(data) for data in files[:6]]
    assert [said.startswith("(75, 113") for said in one_by_one] == [
        False, True, False, True, False, True,
    ]  # fmt: skip
    with ThreadPoolExecutor(4) as pool:
        at_once = list(pool.map(read, files))
    assert at_once == one_by_one * 30


def test_many_go_together_and_one_goes_alone():
    turns, inside, wrong = Turns(), [], []
    both = threading.Barrier(2, timeout=10)

    def together() -> None:
        for _ in range(20):
            with turns.together():
                inside.append("together")
                time.sleep(0.0005)  # lets others in, if they may
                if "alone" in inside:
                    wrong.append(list(inside))
                inside.remove("together")

    def alone() -> None:
        for _ in range(20):
            with turns.alone():
                inside.append("alone")
                time.sleep(0.0005)
                if len(inside) > 1:
                    wrong.append(list(inside))
                inside.remove("alone")

    def meet() -> None:
        with turns.together():
            both.wait()  # passes only if two are inside at once

    for group in ([together, together, alone, alone], [meet, meet]):
        threads = [threading.Thread(target=one) for one in group]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert not any(thread.is_alive() for thread in threads)
    assert wrong == []


def test_an_error_inside_lets_go():
    turns = Turns()
    for hold in (turns.together, turns.alone):
        with pytest.raises(KeyError), hold():
            raise KeyError
    with turns.alone():
        pass


def test_a_decoder_that_is_let_go_meanwhile_without_a_complaint_says_nothing() -> None:
    with codec.heard() as said:
        for words in ("not enough data", "", "error in tile 0 x 16", "unknown tag\n"):
            logging.getLogger("pyvips").warning("VIPS: %s", words)
    assert said == ["not enough data"]

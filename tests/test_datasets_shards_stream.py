"""Batches of a stream: complete, apart, resumable, bounded, and what bad members do."""

import threading
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photochrom.datasets import Bad, Source, Stream
from photochrom.datasets.cache import PictureCache
from photochrom.datasets.order import WINDOW, epoch_order
from photochrom.errors import DatasetError, OptionError
from pictures import encode
from shards import Group, gray, memory, number_of, numbers, speck, tiny

SIZES = st.lists(st.integers(1, 5), min_size=1, max_size=4)
BYTES = 16 * 16 * 3  # of one decoded picture
few = settings(max_examples=25, deadline=None)


@few
@given(SIZES, st.integers(0, 9), st.integers(1, 4), st.integers(1, 3))
def test_together_the_ranks_visit_every_picture_once_an_epoch(sizes, seed, batch, world):
    source, total = memory(*sizes), sum(sizes)
    steps = -(-2 * total // (batch * world))
    streams = [Stream(source, seed=seed, batch=batch, rank=r, world=world) for r in range(world)]
    drawn = [numbers(stream, range(step, step + 1)) for step in range(steps) for stream in streams]
    flat = [number for one in drawn for number in one]
    assert sorted(flat[:total]) == list(range(total))
    assert sorted(flat[total : 2 * total]) == list(range(total))
    orders = [epoch_order(sizes, seed, epoch) for epoch in (0, 1)]
    assert flat[: 2 * total] == [*orders[0], *orders[1]]


@few
@given(SIZES, st.integers(1, 4), st.integers(2, 3))
def test_several_processes_learn_from_the_pictures_of_one(sizes, batch, world):
    source = memory(*sizes)
    alone = Stream(source, batch=batch * world)
    ranks = [Stream(source, batch=batch, rank=rank, world=world) for rank in range(world)]
    for step in range(3):
        steps = range(step, step + 1)
        together = [number for one in ranks for number in numbers(one, steps)]
        assert together == numbers(alone, steps)


@few
@given(SIZES, st.lists(st.integers(0, 12), min_size=1, max_size=6))
def test_resumed_is_never_stopped(sizes, asked):
    source = memory(*sizes)
    whole = Stream(source, batch=3, seed=4)
    expected = [numbers(whole, range(step, step + 1)) for step in range(13)]
    jumping = Stream(source, batch=3, seed=4, cache_bytes=0, ahead=1)
    for step in asked:
        assert numbers(jumping, range(step, step + 1)) == expected[step]
        fresh = Stream(source, batch=3, seed=4)
        assert numbers(fresh, range(step, step + 1)) == expected[step]


def test_threads_and_what_is_prepared_change_nothing():
    source = Source([Group([*map(tiny, range(20)), b"", gray()])])
    streams = [Stream(source, batch=4, threads=t, ahead=a) for t, a in ((1, 0), (3, 2), (2, 5))]
    one, *others = [(numbers(stream, range(12)), stream.bad) for stream in streams]
    assert len(one[1]) == 2
    assert all(other == one for other in others)


def test_another_epoch_and_another_seed_is_another_order():
    first, second = epoch_order([50, 50], 0, 0), epoch_order([50, 50], 0, 1)
    other = epoch_order([50, 50], 1, 0)
    orders = [tuple(order) for order in (range(100), first, second, other)]
    assert len(set(orders)) == 4
    assert all(sorted(order) == list(range(100)) for order in orders)


@few
@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.integers(1, 4))
def test_an_order_holds_every_picture_once_also_where_shards_are_empty(sizes, window):
    order = epoch_order(sizes, 3, 1, window=window)
    assert sorted(order) == list(range(sum(sizes)))


def test_an_epoch_stays_within_a_few_shards_for_a_while_and_mixes_those():
    sizes = [10] * (2 * WINDOW) + [3]
    shards = np.repeat(np.arange(len(sizes)), sizes)[epoch_order(sizes, 5, 0)]
    start, seen = 0, set()
    while start < len(shards):
        now = list(dict.fromkeys(shards[start:]))[:WINDOW]  # the shards met first from here
        length = sum(sizes[shard] for shard in now)
        window = shards[start : start + length]
        assert set(window) == set(now)
        assert not seen & set(now)
        if len(now) > 1:
            assert sum(a != b for a, b in pairwise(window)) > len(now)  # mixed, not in turn
        seen |= set(now)
        start += length
    assert len(seen) == len(sizes)


def test_what_fits_the_cache_is_decoded_once():
    group = Group([tiny(number) for number in range(10)])
    with Stream(Source([group]), batch=5, ahead=0) as stream:
        numbers(stream, range(8))
    assert sorted(group.reads) == list(range(10))


def test_what_does_not_fit_is_decoded_again_on_its_turn():
    group = Group([tiny(number) for number in range(10)])
    with Stream(Source([group]), batch=5, ahead=0, cache_bytes=4 * BYTES) as stream:
        seen = numbers(stream, range(8))
    assert sorted(seen) == sorted(list(range(10)) * 4)
    assert len(group.reads) == 4 + 6 * 4


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 40))), st.integers(0, 200))
def test_the_cache_never_holds_more_than_its_limit(pictures, limit):
    cache = PictureCache(limit)
    kept: dict[int, int] = {}  # a slow second opinion
    for number, size in pictures:
        cache.put(number, np.zeros(size, np.uint8))
        if number not in kept and sum(kept.values()) + size <= limit:
            kept[number] = size
        assert cache.bytes == sum(kept.values()) <= limit
    assert {number for number in range(10) if cache.get(number) is not None} == set(kept)
    assert len(cache) == len(kept)


def test_only_the_next_batches_are_prepared():
    group = Group([tiny(number) for number in range(100)])
    with Stream(Source([group]), batch=4, ahead=2) as stream:
        numbers(stream, range(1))
    assert 4 <= len(group.reads) <= 12


def test_batches_are_prepared_while_one_is_used():
    third = threading.Event()
    group = Group([tiny(number) for number in range(100)])
    group.before = lambda place: third.set() if len(group.reads) >= 8 else None
    with Stream(Source([group]), batch=4, ahead=2) as stream:
        stream.batch(0)
        assert third.wait(10)  # nobody asked for batch 2 yet


def test_larger_pictures_are_reduced_and_smaller_ones_stay():
    wide = np.zeros((100, 200, 3), np.uint8) + np.array([200, 7, 30], np.uint8)
    with Stream(Source([Group([encode(wide, "png"), tiny(3)])]), batch=2, short_side=20) as stream:
        shapes = {number_of(picture): picture.shape for picture in stream.batch(0)}
    assert shapes == {7: (20, 40, 3), 3: (16, 16, 3)}


def test_pictures_cannot_be_written_to_for_the_cache_has_them_too():
    wide = np.zeros((50, 90, 3), np.uint8) + np.array([200, 7, 30], np.uint8)
    source = Source([Group([encode(wide, "png")])])
    with Stream(source, batch=1, short_side=16, ahead=0) as stream:
        picture = stream.batch(0)[0]
        assert stream.batch(1)[0] is picture
    assert picture.dtype == np.uint8
    with pytest.raises(ValueError, match="read-only"):
        picture[0, 0, 0] = 1


def test_bad_members_are_named_once_and_in_order_and_replaced_by_the_next_good_one():
    pictures = [tiny(0), gray(), b"no picture", tiny(3), speck(), tiny(5)[:-20], tiny(6), b""]
    with Stream(Source([Group(pictures)]), batch=8, seed=2) as stream:
        first = numbers(stream, range(1))
        assert numbers(stream, range(3))[:8] == first
        bad = stream.bad
    order = epoch_order([8], 2, 0)
    good = {0, 3, 6}
    following = [next(n for n in np.roll(order, -at) if n in good) for at in range(8)]
    assert first == following
    assert [one.name for one in bad] == [f"memory/{place}" for place in (1, 2, 4, 5, 7)]
    reasons = ["near-gray", "unreadable: expected a JPEG", "too small (40 x 15)", "unreadable", ""]
    assert all(one.reason.startswith(reason) for one, reason in zip(bad, reasons, strict=True))
    assert bad[0] == Bad("memory/1", "near-gray (mean chroma 0.0)")


def test_only_bad_members_of_batches_handed_out_count():
    pictures = [tiny(number) for number in range(30)]
    order = epoch_order([30], 0, 0)
    pictures[order[7]] = b""  # in the second batch of four
    with Stream(Source([Group(pictures)]), batch=4, ahead=3) as stream:
        stream.batch(0)
        assert stream.bad == []
        stream.batch(1)
        assert [one.name for one in stream.bad] == [f"memory/{order[7]}"]


def test_without_a_good_picture_the_error_names_one_and_why():
    source = Source([Group([gray(), b""], "empty.tar")])
    with Stream(source, batch=2) as stream:
        for _ in range(2):  # and again, not for ever
            with pytest.raises(DatasetError, match=r"2 of empty\.tar \(empty\.tar/0: near-gray"):
                stream.batch(0)


def test_a_shard_that_is_lost_on_the_way_is_an_error_and_no_bad_member():
    group = Group([tiny(0), tiny(1)])
    with Stream(Source([group]), batch=1, ahead=0, cache_bytes=0) as stream:
        stream.batch(0)

        def lost(place):
            raise DatasetError("the shard few.tar cannot be read: gone")

        group.before = lost
        with pytest.raises(DatasetError, match=r"few\.tar"):
            stream.batch(1)
        group.before = lambda place: None
        assert len(stream.batch(1)) == 1
    assert stream.bad == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"batch": 0}, "batch of 1"),
        ({"world": 0}, "world of 1"),
        ({"threads": 0}, "threads of 1"),
        ({"seed": -1}, "seed of 0"),
        ({"cache_bytes": -1}, "cache_bytes of 0"),
        ({"ahead": -1}, "ahead of 0"),
        ({"short_side": 15}, "short_side of 16"),
        ({"rank": 2, "world": 2}, "rank from 0 to 1"),
        ({"rank": -1}, "rank from 0 to 0"),
    ],
)
def test_options_out_of_range_are_refused(options, says):
    with pytest.raises(OptionError, match=says):
        Stream(memory(2), **options)


def test_a_step_below_0_is_refused():
    with Stream(memory(2)) as stream, pytest.raises(OptionError, match="-1"):
        stream.batch(-1)

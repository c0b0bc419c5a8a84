"""How hints spread: they are met, they respect edges, and order changes nothing."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import dijkstra
from skimage import data

from photochrom.errors import ShapeError
from photochrom.filters.geodesic import Geodesic
from photochrom.inference.hints.anchors import Anchors, anchor
from photochrom.inference.hints.hint import Hint
from photochrom.inference.hints.marks import mark
from photochrom.inference.hints.spread import Spread
from photochrom.inference.hints.suggest import Suggestions

Array = npt.NDArray[np.float32]
HALVES = np.full((40, 60), 30, np.float32)
HALVES[:, 30:] = 80


def photograph() -> Array:
    return data.camera()[::8, ::8].astype(np.float32) / 2.55


def exact_distance(lightness: Array, edge: float, row: int, column: int) -> Array:
    """Dijkstra's, over the same steps."""
    height, width = lightness.shape
    place = np.arange(height * width).reshape(height, width)
    pairs = [(place[:, :-1], place[:, 1:]), (place[:-1], place[1:])]
    start, end = (np.concatenate([pair[i].ravel() for pair in pairs]) for i in range(2))
    flat = lightness.ravel().astype(np.float64)
    cost = 1 + ((flat[start] - flat[end]) / edge) ** 2
    graph = coo_matrix((cost, (start, end)), shape=(place.size, place.size))
    found = dijkstra(graph, directed=False, indices=int(place[row, column]))
    return found.reshape(height, width).astype(np.float32)


def test_without_edges_the_way_goes_across_and_down() -> None:
    found = Geodesic(photograph(), float("inf")).to(10, 20)
    rows, columns = np.indices(found.shape)
    np.testing.assert_allclose(found, abs(rows - 10) + abs(columns - 20), atol=1e-3)


def test_an_edge_is_gone_round_where_that_is_shorter() -> None:
    wall = np.full((21, 21), 50, np.float32)
    wall[:15, 10] = 90
    found = Geodesic(wall, 2.0).to(5, 5)
    np.testing.assert_allclose(found, exact_distance(wall, 2.0, 5, 5), rtol=1e-5)


def test_on_a_photograph_ways_are_nearly_the_shortest() -> None:
    found = Geodesic(photograph(), 5.0).to(30, 30)
    exact = exact_distance(photograph(), 5.0, 30, 30)
    assert (found >= exact * 0.999 - 1e-3).all()
    assert np.median(found / np.maximum(exact, 1)) < 1.03


def test_a_distance_needs_a_picture() -> None:
    with pytest.raises(ShapeError, match="lightness must be"):
        Geodesic(np.zeros((0, 4), np.float32), 1.0)


def anchors(*places: tuple[int, int, float, float]) -> Anchors:
    rows, columns, a, b = (np.array(each) for each in zip(*places, strict=True))
    return Anchors(rows, columns, np.stack([a, b], axis=1).astype(np.float32), len(rows))


places = st.lists(
    st.tuples(st.sampled_from([0, 13, 26, 39]), st.sampled_from([0, 13, 26, 33, 46, 59]),
              st.floats(-60, 60), st.floats(-60, 60)),
    min_size=1, max_size=8, unique_by=lambda place: place[:2],
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(places, st.booleans())
def test_anchors_that_lie_apart_are_met(
    said: list[tuple[int, int, float, float]], with_prior: bool
) -> None:
    prior = np.full((40, 60, 2), 7, np.float32) if with_prior else None
    given_anchors = anchors(*said)
    found = Spread(HALVES, prior).chroma(given_anchors)[given_anchors.rows, given_anchors.columns]
    assert np.abs(found - given_anchors.chroma).max() < 1


def test_hints_that_agree_with_the_model_change_nothing() -> None:
    prior = np.random.default_rng(0).uniform(-20, 20, (40, 60, 2)).astype(np.float32)
    agreeing = anchors(*((y, x, *prior[y, x]) for y, x in [(3, 3), (20, 50)]))
    np.testing.assert_allclose(Spread(HALVES, prior).chroma(agreeing), prior, atol=1e-4)


def test_a_stroke_counts_as_one_hint() -> None:
    prior = np.zeros((40, 60, 2), np.float32)
    stroke = anchors(*((row, 10, 60, 30) for row in range(4, 36, 4)))
    far = [
        np.hypot(*Spread(HALVES, prior).chroma(replace(stroke, said=said))[20, 50])
        for said in (1, 8)
    ]
    assert far[0] < 20 < far[1]  # one red dress does not make the whole picture red


def test_one_hint_alone_colours_the_whole_picture() -> None:
    found = Spread(photograph(), None).chroma(anchors((5, 5, 12, -30)))
    np.testing.assert_allclose(found, np.broadcast_to([12, -30], found.shape), atol=1e-3)


def test_a_hint_stays_on_its_side_of_an_edge() -> None:
    prior = np.zeros((40, 60, 2), np.float32)
    found = Spread(HALVES, prior).chroma(anchors((20, 10, 60, 0)))[..., 0]
    assert found[:, :30].mean() > 30
    assert found[:, 30:].mean() < 5


def test_an_unusual_colour_says_little_of_look_alikes_and_a_usual_one_its_share() -> None:
    stripes = HALVES.copy()
    stripes[:, 40:] = 30
    prior = np.zeros((40, 60, 2), np.float32)
    usual, unusual = (
        Spread(stripes, prior).chroma(anchors((20, 10, a, 0)))[20, 50, 0] for a in (10, 60)
    )
    assert 2 < usual < 5
    assert unusual < 2 * usual  # where its share of 60 would be six times as much


def test_the_order_of_hints_changes_nothing() -> None:
    said = [(3, 3, 10, 0), (30, 50, -20, 5), (20, 31, 0, 40)]
    one = Spread(HALVES, None).chroma(anchors(*said))
    np.testing.assert_allclose(Spread(HALVES, None).chroma(anchors(*said[::-1])), one, atol=1e-3)


@pytest.mark.parametrize("axis", [0, 1])
def test_flips_commute(axis: int) -> None:
    lightness = photograph()
    plain = Spread(lightness, None).chroma(anchors((3, 3, 10, 0), (40, 50, -20, 5)))
    height, width = lightness.shape
    flip = [(height - 1 - y, x) if axis == 0 else (y, width - 1 - x) for y, x in [(3, 3), (40, 50)]]
    flipped = Spread(np.ascontiguousarray(np.flip(lightness, axis)), None).chroma(
        anchors((*flip[0], 10, 0), (*flip[1], -20, 5))
    )
    np.testing.assert_allclose(np.flip(flipped, axis), plain, atol=0.02)


def test_told_is_most_at_a_hint_and_little_beyond_an_edge() -> None:
    told = Spread(HALVES, np.zeros((40, 60, 2), np.float32)).told(anchors((20, 10, 60, 0)))
    assert told[20, 10] > 0.9
    assert told[20, 15] > 0.7
    assert told[20, 50] < 0.1


def test_a_stroke_is_thinned_out_but_stays_on_itself() -> None:
    stroke = Hint(((10, 10), (990, 10), (990, 790)), "red", 3)
    marks = mark([stroke], 800, 1000)
    found = anchor(marks, 800, 1000, (800, 1000))
    assert 20 < len(found.rows) <= 200
    said = set(zip(marks.rows.tolist(), marks.columns.tolist(), strict=True))
    assert set(found.places) <= said
    np.testing.assert_allclose(found.chroma, np.broadcast_to(stroke.chroma(), (len(found.rows), 2)),
                               rtol=1e-5)  # fmt: skip


def test_two_hints_in_one_cell_are_averaged() -> None:
    marks = mark([Hint(((10, 10),), "ab(20 0)"), Hint(((12, 10),), "ab(0 10)")], 400, 400)
    found = anchor(marks, 400, 400, (10, 10))
    assert list(found.places) == [(0, 0)]
    np.testing.assert_allclose(found.chroma, [[10, 5]])


def test_the_first_question_is_where_the_model_doubts_most() -> None:
    doubt = np.full((40, 60), 5, np.float32)
    doubt[:, 30:] = 30
    suggestions = Suggestions(HALVES, np.zeros((40, 60, 2), np.float32), doubt)
    first, second = suggestions.next([], 2)
    assert first[1] >= 30
    assert second != first


def test_what_was_answered_is_not_asked_again() -> None:
    doubt = np.full((40, 60), 20, np.float32)
    suggestions = Suggestions(HALVES, np.zeros((40, 60, 2), np.float32), doubt)
    (asked,) = suggestions.next([], 1)
    (after,) = suggestions.next([asked], 1)
    assert (asked[1] < 30) != (after[1] < 30)  # the other half


def test_a_model_that_does_not_foretell_hints_loses_its_say() -> None:
    rng = np.random.default_rng(1)
    wrong = rng.normal(0, 25, (40, 60, 2)).astype(np.float32)
    said = anchors(*((y, x, 10.0, 10.0) for y in range(2, 40, 6) for x in range(2, 60, 8)))
    found = Spread(HALVES, wrong).chroma(said)
    assert np.abs(found - 10).mean() < 0.6 * np.abs(wrong - 10).mean()

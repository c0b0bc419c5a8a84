"""Work shared out over threads."""

import threading

import pytest

from photochrom.inference.parallel import for_each


@pytest.mark.parametrize(("parts", "threads"), [(5, 1), (1, 4), (0, 4)])
def test_one_at_a_time_needs_no_other_thread(parts: int, threads: int) -> None:
    """Each thread costs OpenCV memory that it never gives back."""
    seen: list[threading.Thread] = []
    for_each(lambda _: seen.append(threading.current_thread()), range(parts), threads)
    assert seen == [threading.current_thread()] * parts


@pytest.mark.parametrize("threads", [1, 2])
def test_every_part_is_worked_on_and_an_error_is_told(threads: int) -> None:
    done: list[int] = []
    for_each(done.append, range(9), threads)
    assert sorted(done) == list(range(9))
    with pytest.raises(ZeroDivisionError):
        for_each(lambda part: 1 // part, [1, 0, 1], threads)


def test_two_threads_work_side_by_side() -> None:
    both = threading.Barrier(2)
    met: list[int] = []
    for_each(lambda _: met.append(both.wait(30)), range(2), 2)
    assert sorted(met) == [0, 1]

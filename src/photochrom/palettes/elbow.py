"""How many colours a palette needs, where nobody says."""

from collections.abc import Callable

LADDER = (2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64)
"""Numbers that are tried: steps of a fifth to a half, as finer ones are told apart by no one."""


def choose(error_of: Callable[[int], float], most: int, *, enough: float = 0.0) -> int:
    """Choose the number of colours at the elbow of the error's curve.

    The error falls with every colour, steeply at first. The elbow is the point furthest below the
    straight line from one colour to 64, both axes stretched to 0..1 (Kneedle, on all points at
    once). It needs no threshold, so it holds for vivid and for pale pictures, and where the error
    is nought from some number on, that number is the elbow. Errors too small to be seen bend
    curves too: so the first number with an error of `enough` is never passed.

    A share of the error that each step should take off would need a threshold, and photographs
    have none to offer: their errors fall about as 1 / sqrt(k) all along.

    Parameters
    ----------
    error_of : number of colours -> r.m.s. distance from a pixel to its colour
    most : distinct colours there are, 2 or more
    enough : error that need not be bettered

    Returns
    -------
    k : of `LADDER`, or `most` where that is below

    References
    ----------
    Satopaa et al., "Finding a 'Kneedle' in a Haystack: Detecting Knee Points in System Behavior",
    ICDCS Workshops 2011.
    """
    numbers = sorted({1, *LADDER, min(most, LADDER[-1])})
    errors = [error_of(k) if k < most else 0.0 for k in numbers]
    knee = max(range(1, len(numbers)), key=lambda at: _below_line(numbers, errors, at))
    fine = (at for at, error in enumerate(errors) if at and error <= enough)
    return numbers[min(knee, next(fine, knee))]


def _below_line(numbers: list[int], errors: list[float], at: int) -> float:
    across = (numbers[at] - 1) / (numbers[-1] - 1)
    return (errors[0] - errors[at]) / max(errors[0] - errors[-1], 1e-12) - across

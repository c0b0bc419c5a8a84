"""One sentence a model: whether it beats the lightness table."""

import math

from photochrom.evaluation.result import Evaluation, Row
from photochrom.metrics.bootstrap import Interval


def write(evaluation: Evaluation, row: Row) -> str:
    """Say in plain words how a model did beside its lightness table and beside plain gray."""
    found = evaluation.difference(row, "de00")
    if found is None:
        return f"{row.name} holds no summary of its training set, so there is no table to beat."
    sentence = f"{row.name} {_against_table(found, len(evaluation.pictures))}"
    return sentence + _against_gray(evaluation, row)


def outcome(found: Interval | None) -> str:
    """Sort a difference of dE00 into "better", "worse" or "open"."""
    if found is not None and found.is_below_zero:
        return "better"
    if found is not None and found.is_above_zero:
        return "worse"
    return "open"


def _against_table(found: Interval, pictures: int) -> str:
    mean = (
        f"{abs(found.mean):.2f} dE00 {'nearer to' if found.mean < 0 else 'farther from'} the truth"
    )
    if math.isnan(found.low):
        return f"comes {mean} than the lightness table, but one picture proves nothing."
    on = f"on {pictures} pictures"
    if outcome(found) == "open":
        return (
            f"cannot be told from the lightness table {on}: on average it comes {mean}, "
            f"with a 95 % interval from {_side(found.low)} to {_side(found.high)}."
        )
    beats = "beats" if outcome(found) == "better" else "does not beat"
    near, far = sorted((abs(found.low), abs(found.high)))
    return (
        f"{beats} the lightness table: {on} it comes {mean} on average "
        f"(95 % interval {near:.2f} to {far:.2f})."
    )


def _side(difference: float) -> str:
    return f"{abs(difference):.2f} {'nearer' if difference < 0 else 'farther'}"


def _against_gray(evaluation: Evaluation, row: Row) -> str:
    ours, gray = row.mean("de00"), evaluation.rows[0].mean("de00")
    if ours is None or gray is None or ours.mean < gray.mean:
        return ""
    return (
        f" Leaving the pictures gray would have been nearer still, by {ours.mean - gray.mean:.2f}."
    )

"""The outcome of an evaluation: plain values that a table, JSON or a page can show."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from photochrom.datasets.photographs import Dropped
from photochrom.metrics import bootstrap, reliability
from photochrom.metrics.bootstrap import Interval
from photochrom.metrics.reliability import Bin
from photochrom.metrics.scores import METRICS, Scores
from photochrom.palettes.palette import Palette

FORMAT = 1
FEW = 10  # pictures; below, a percentile interval is plainly too narrow


@dataclass(frozen=True, eq=False)
class Row:
    """One method and its figures.

    Attributes
    ----------
    name : as shown; unique in its evaluation
    kind : "baseline" looks at lightness at most, "model" is a model file
    scores : one a picture, in the order of the evaluation's pictures
    against : name of the row that it is compared with, its own lightness table; None if there is
        none, or for the table itself
    palette : of the model, None if it has none
    details : plain facts about a model, in words, for people
    sure : how often pixels that a model called so sure were within dE00 < 10, by rising confidence;
        empty where it cannot tell
    """

    name: str
    kind: Literal["baseline", "model"]
    scores: tuple[Scores, ...]
    against: str | None = None
    palette: Palette | None = None
    details: tuple[tuple[str, str], ...] = ()
    sure: Sequence[Bin] = ()

    @property
    def calibration_error(self) -> float | None:
        """The expected calibration error of a model's confidence, as `metrics.reliability` has it.

        Of pixels at native size, in 15 bins of equal weight, against dE00 < 10.
        """
        return reliability.gap(self.sure) if self.sure else None

    def values(self, key: str) -> list[float]:
        """Return one figure a picture; empty where the method has no such figure."""
        found = [getattr(score, key) for score in self.scores]
        return [] if None in found else found

    def mean(self, key: str) -> Interval | None:
        """Return the mean over the pictures with its 95 % interval."""
        values = self.values(key)
        return bootstrap.mean(values) if values else None


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How several methods coloured the same pictures.

    Attributes
    ----------
    folder : its name, without the path
    pictures : names of the judged pictures
    held_out : whether they are a `test/` folder beside `train/`; else all pictures of the folder
    rows : gray first, then the other baselines, then the models
    truth_colorfulness : one a picture
    left_out : what could not be judged
    warnings : sentences that belong beside the figures
    """

    folder: str
    pictures: tuple[str, ...]
    held_out: bool
    rows: tuple[Row, ...]
    truth_colorfulness: tuple[float, ...]
    left_out: tuple[Dropped, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def models(self) -> tuple[Row, ...]:
        """The rows that are model files."""
        return tuple(row for row in self.rows if row.kind == "model")

    def row(self, name: str) -> Row:
        """Return the row of that name."""
        return next(row for row in self.rows if row.name == name)

    def difference(self, row: Row, key: str) -> Interval | None:
        """Return how much more `row` has of a figure than its reference, picture by picture."""
        if row.against is None:
            return None
        ours, theirs = row.values(key), self.row(row.against).values(key)
        return bootstrap.paired_difference(ours, theirs) if ours and theirs else None

    def table(self) -> str:
        """Return the outcome as plain text, 80 columns wide for names up to 20 letters."""
        from photochrom.evaluation.table import write  # noqa: PLC0415 - table.py reads this module

        return write(self)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values; what is unknown is None."""
        return {
            "format": FORMAT,
            "folder": self.folder,
            "held_out": self.held_out,
            "pictures": list(self.pictures),
            "truth_colorfulness": list(self.truth_colorfulness),
            "methods": [self._plain(row) for row in self.rows],
            "left_out": [asdict(one) for one in self.left_out],
            "warnings": list(self.warnings),
        }

    def to_json(self) -> str:
        """Return the outcome as JSON, every picture's figures included."""
        return json.dumps(self.to_dict(), indent=1, allow_nan=False)

    def _plain(self, row: Row) -> dict[str, Any]:
        keys = [metric.key for metric in METRICS]
        return {
            "name": row.name,
            "kind": row.kind,
            "against": row.against,
            "details": dict(row.details),
            "palette": None if row.palette is None else row.palette.to_dict(),
            "means": {key: _interval(row.mean(key)) for key in keys},
            "differences": {key: _interval(self.difference(row, key)) for key in keys},
            "scores": [score.to_dict() for score in row.scores],
            "calibration": None
            if row.calibration_error is None
            else {"error": row.calibration_error, "bins": [asdict(each) for each in row.sure]},
        }


def _interval(interval: Interval | None) -> dict[str, float | None] | None:
    if interval is None:
        return None
    return {k: None if math.isnan(v) else v for k, v in asdict(interval).items()}

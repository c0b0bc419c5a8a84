"""What the catalogue says of one kind of picture: plain values, kept beside its model."""

import json
import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

from photochrom.metrics.bootstrap import Interval

OWN = "own model"
GENERAL = "general"
PRIMARY = "de00"
Judged = Literal["test", "pictures", "blocks", "nothing"]
Standing = Literal["better", "worse", "open"]


@dataclass(frozen=True)
class Cell:
    """A small copy of a picture, as one method coloured it.

    Attributes
    ----------
    method : that coloured it
    file : its name in the run folder
    width, height : px
    de00 : how far from the truth; None for the truth itself, or where it is not known
    """

    method: str
    file: str
    width: int
    height: int
    de00: float | None = None


@dataclass(frozen=True)
class Entry:
    """One model and how good it is.

    Attributes
    ----------
    name : of the kind of picture
    folder : of its pictures
    preset : of the network
    pictures : learned from
    judged : by "test", a folder that nothing was chosen by; by "pictures" or "blocks" held out
        while it was trained; or by "nothing"
    judged_by : pictures of the test folder; 0 where there is none
    figures : method -> metric -> mean; methods are the baselines, "general" and "own model"
    differences : method -> mean and ends of the interval by which the own model's dE00 is above
        it, picture by picture; ends are None where they are not known
    palette : as JSON; None where the model has none
    added : how many of its colours, the last ones, a transfer added for this kind
    tones : code values of the colours that its pictures have on average, from dark to light
    chosen : what a transfer chose, in words
    seconds : of training, by the clock
    size : of the model file, bytes
    sha256 : of the model file
    samples : pictures, each a row of small copies
    left_out : names and reasons of pictures that were not learned from
    warnings : sentences that belong beside the figures
    """

    name: str
    folder: str
    preset: str
    pictures: int
    judged: Judged
    judged_by: int
    figures: dict[str, dict[str, float]]
    differences: dict[str, tuple[float, float | None, float | None]]
    palette: str | None
    added: int
    tones: tuple[tuple[int, int, int], ...]
    chosen: str | None
    seconds: float
    size: int
    sha256: str
    samples: tuple[tuple[Cell, ...], ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def rival(self) -> str | None:
        """The method nearest to the truth beside the own model; None where nothing was judged."""
        others = [method for method in self.figures if method != OWN]
        return min(others, key=lambda method: self.figures[method][PRIMARY], default=None)

    @property
    def gain(self) -> float:
        """How much nearer to the truth the own model is than its rival, dE00; 0 if not known."""
        return 0.0 if self.rival is None else -self.differences[self.rival][0]

    @property
    def standing(self) -> Standing:
        """Whether it beats its rival.

        Where an interval is known it must not hold 0. Of held-out pictures none is, and the sign
        decides; one test picture alone decides nothing.
        """
        if self.rival is None:
            return "open"
        mean, low, high = self.differences[self.rival]
        if low is None or high is None:
            if self.judged == "test":
                return "open"
            low = high = mean
        if high < 0:
            return "better"
        return "worse" if low > 0 else "open"

    def interval(self, method: str) -> Interval:
        """Return the difference from a method; ends that are not known are not a number."""
        mean, low, high = self.differences[method]
        return Interval(mean, *(math.nan if end is None else end for end in (low, high)))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    def to_json(self, fingerprint: str) -> str:
        """Return the entry under the fingerprint of all that led to it."""
        return json.dumps({"fingerprint": fingerprint, **self.to_dict()}, indent=1, sort_keys=True)


@dataclass(frozen=True)
class Failure:
    """A kind of picture without a model, and why.

    Attributes
    ----------
    name : of the kind of picture
    folder : of its pictures
    reason : a sentence
    """

    name: str
    folder: str
    reason: str


def read_entry(text: str) -> tuple[Entry, str] | None:
    """Read what `to_json` wrote: entry and fingerprint; None for anything else."""
    try:
        plain = json.loads(text)
        fingerprint = plain.pop("fingerprint")
        plain["samples"] = tuple(tuple(Cell(**cell) for cell in row) for row in plain["samples"])
        plain["left_out"] = tuple((name, reason) for name, reason in plain["left_out"])
        plain["tones"] = tuple((red, green, blue) for red, green, blue in plain["tones"])
        plain["warnings"] = tuple(plain["warnings"])
        plain["differences"] = {k: (a, b, c) for k, (a, b, c) in plain["differences"].items()}
        entry = Entry(**plain)
        _ = entry.standing, entry.gain
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None  # it is trained again, which mends it
    return (entry, fingerprint) if isinstance(fingerprint, str) else None

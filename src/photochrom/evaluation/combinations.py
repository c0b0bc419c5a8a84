"""The settings of a sweep, and what came of each."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path as FilePath
from typing import Any, Self

PRIMARY = "de00"  # the figure that choices are made by


@dataclass(frozen=True)
class Combination:
    """One network with its window and palette.

    Attributes
    ----------
    preset : name of the network
    window : px, odd
    colors : of the palette; None for networks without one
    """

    preset: str
    window: int
    colors: int | None

    @property
    def name(self) -> str:
        """The name of its folder and model file."""
        palette = "" if self.colors is None else f"-k{self.colors}"
        return f"{self.preset}-w{self.window}{palette}"


@dataclass(frozen=True)
class Outcome:
    """What came of one combination, measured on the pictures held out inside the training set.

    Attributes
    ----------
    combination : the settings
    seconds : of training, by the clock
    figures : method -> metric -> value; the methods are the baselines and the preset
    held_out : how the inner split was made, by "pictures" or "blocks"
    problem : why there is no model; None if there is one
    """

    combination: Combination
    seconds: float
    figures: dict[str, dict[str, float]]
    held_out: str = "pictures"
    problem: str | None = None

    def figure(self, key: str) -> float | None:
        """Return a figure of the model, or "seconds"; None where there is none."""
        if self.problem is not None:
            return None
        if key == "seconds":
            return self.seconds
        return self.figures.get(self.combination.preset, {}).get(key)

    def to_json(self, fingerprint: str) -> str:
        """Return the outcome as JSON, under the fingerprint of all that led to it."""
        return json.dumps({"fingerprint": fingerprint, **asdict(self)}, indent=1, sort_keys=True)

    @classmethod
    def from_json(cls, text: str, fingerprint: str) -> Self | None:
        """Read what `to_json` wrote; None if it is damaged or of another fingerprint."""
        try:
            plain = json.loads(text)
            if plain.pop("fingerprint") != fingerprint:
                return None
            return cls(**{**plain, "combination": Combination(**plain["combination"])})
        except (ValueError, KeyError, TypeError, AttributeError):
            return None  # it is trained again, which mends it


def combine(
    presets: Iterable[str],
    windows: Iterable[int],
    colors: Iterable[int],
    *,
    rounded: Callable[[int], int],
    has_palette: Callable[[str], bool],
) -> list[Combination]:
    """Return every distinct combination, in the order given.

    Parameters
    ----------
    rounded : window -> the window that is trained; even ones are rounded down
    has_palette : preset -> whether it has colours to choose the number of
    """
    windows, colors = list(windows), list(colors)
    found = [
        Combination(preset, rounded(window), count if has_palette(preset) else None)
        for preset in presets
        for window in windows
        for count in colors
    ]
    return list(dict.fromkeys(found))


def best(outcomes: Sequence[Outcome], key: str = PRIMARY) -> Outcome | None:
    """Return the outcome with the lowest figure; of equal ones the first."""
    known = [(value, one) for one in outcomes if (value := one.figure(key)) is not None]
    return min(known, key=lambda pair: pair[0])[1] if known else None


def chosen(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the best of each preset, the best of all first."""
    presets = dict.fromkeys(one.combination.preset for one in outcomes)
    each = [best([o for o in outcomes if o.combination.preset == preset]) for preset in presets]
    found = [one for one in each if one is not None]
    return sorted(found, key=lambda one: one.figure(PRIMARY) or 0.0)


def fingerprint(config: dict[str, Any], pictures: str, version: str) -> str:
    """Return a hash of all that a model depends on."""
    plain = {"config": config, "pictures": pictures, "version": version}
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()


def hash_files(paths: Iterable[FilePath]) -> str:
    """Return a hash of the files' names and bytes; training leaves out what cannot be read."""
    whole = hashlib.sha256()
    for path in paths:
        whole.update(os.fsencode(path.name) + f"\0{_digest(path)}\n".encode())
    return whole.hexdigest()


def _digest(path: FilePath) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return "unreadable"

"""What the catalogue says in words, on its page and in a terminal."""

import math
from collections import Counter
from collections.abc import Sequence

from photochrom.domains.entry import GENERAL, OWN, PRIMARY, Entry, Failure
from photochrom.evaluation.methods import GRAY, MEAN, TABLE

_COLUMNS = (OWN, GENERAL, TABLE, MEAN, GRAY)
_MEGABYTE = 1e6


def summary(entries: Sequence[Entry]) -> str:
    """Say how many models are worth their name."""
    if not entries:
        return "No model was trained."
    counts = Counter(entry.standing for entry in entries)
    kinds = "1 kind" if len(entries) == 1 else f"{len(entries)} kinds"
    verb = "has a model of its own" if counts["better"] == 1 else "have a model of their own"
    return (
        f"Of {kinds} of picture, {counts['better']} {verb} that comes nearer to the truth than the "
        f"general one and all trivial guesses; {counts['open']} cannot be told from the best of "
        f"these, {counts['worse']} fall behind."
    )


def verdict(entry: Entry) -> str:
    """Say plainly whether a model beats the best of the others, and how sure that is."""
    if entry.rival is None:
        return "Nothing was kept aside to judge by, so nothing is known of this model."
    rival = "general" if entry.rival == GENERAL else f"the {entry.rival}"
    others = (
        "general and all trivial guesses" if GENERAL in entry.figures else "all trivial guesses"
    )
    far = (
        f"{abs(entry.gain):.2f} dE00 {'nearer to' if entry.gain > 0 else 'farther from'} the truth"
    )
    where = f"{judged(entry)}{_interval(entry)}"
    if entry.standing == "better":
        return f"It beats {others}: {far} than {rival} ({where})."
    if entry.standing == "worse":
        return f"It does not beat {rival}: it comes {far} ({where})."
    return f"It cannot be told from {rival}: it comes {far} ({where})."


def judged(entry: Entry) -> str:
    """Say by what a model was judged."""
    if entry.judged == "test":
        return f"{entry.judged_by} test picture{'s' if entry.judged_by > 1 else ''}"
    return {"pictures": "held-out pictures", "blocks": "held-out blocks"}.get(
        entry.judged, "nothing"
    )


def facts(entry: Entry) -> str:
    """Say what a model is."""
    parts = [
        f"learned from {entry.pictures:,} picture{'s' if entry.pictures != 1 else ''}",
        f"{len(entry.left_out):,} left out" if entry.left_out else None,
        f"preset {entry.preset}",
        None if entry.chosen is None else f"chose {entry.chosen}",
        f"{entry.added} colours of its own added" if entry.added else None,
        f"{entry.size / _MEGABYTE:.1f} MB",
        f"{entry.seconds:.0f} s of training",
    ]
    return "; ".join(part for part in parts if part) + "."


def table(entries: Sequence[Entry], failures: Sequence[Failure]) -> str:
    """Return the catalogue as plain text."""
    name = max((len(entry.name) for entry in entries), default=0)
    heads = ["".ljust(name), "pictures".rjust(9), *(column.rjust(16) for column in _COLUMNS)]
    lines = [summary(entries), "", "".join(heads) + "  dE00, lower is better"]
    for entry in entries:
        values = [entry.figures.get(method, {}).get(PRIMARY) for method in _COLUMNS]
        cells = ["-".rjust(16) if v is None else f"{v:.2f}".rjust(16) for v in values]
        mark = {"better": "  beats all", "worse": "  beaten", "open": "  open"}[entry.standing]
        lines.append(f"{entry.name.ljust(name)}{entry.pictures:9,}{''.join(cells)}{mark}")
    lines += [f"{one.name}: not trained: {one.reason}" for one in failures]
    return "\n".join(lines)


def _interval(entry: Entry) -> str:
    found = entry.interval(entry.rival or OWN)
    if math.isnan(found.low):
        return ""
    return f", 95 % interval of the difference {found.low:+.2f} to {found.high:+.2f}"

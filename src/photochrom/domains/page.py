"""The catalogue page: every model, how good it is, and how to use it."""

import shlex
from collections.abc import Callable, Sequence
from html import escape
from urllib.parse import quote

from photochrom.domains import words
from photochrom.domains.entry import GENERAL, OWN, PRIMARY, Cell, Entry, Failure
from photochrom.evaluation import figures, markup
from photochrom.evaluation.methods import GRAY, MEAN, TABLE
from photochrom.metrics.scores import METRICS
from photochrom.palettes.palette import Palette

Sample = Callable[[Entry, str], bytes | None]
"""Entry and name of a file in its run folder -> its bytes, or None where it is gone."""

_SHOWN = (OWN, GENERAL, TABLE, MEAN, GRAY)
_METRICS = [metric for metric in METRICS if metric.key != "cross_entropy"]
_NOTES = (
    "dE00 is the colour difference that the eye sees (CIEDE2000), averaged over a picture and then "
    "over the pictures; lower is better, and about 1 is just noticed side by side.",
    "The general model is the one that ships. Trivial guesses are gray, the mean chroma of the "
    "pictures learned from, and the mean chroma that those have at each lightness (lightness "
    "table).",
    "Test pictures lie in test/ and had no part in any choice; the interval holds the mean of all "
    "such pictures with 95 % confidence, and is too narrow where they are fewer than ten. Held-out "
    "pictures chose the settings, so figures by them are a little flattered, and have no interval.",
    "A model beats its rival, the best of all others, where the whole interval says so.",
)


def page(entries: Sequence[Entry], failures: Sequence[Failure], sample: Sample) -> str:
    """Return the page as HTML.

    Parameters
    ----------
    entries : in the order in which they are shown
    failures : kinds of picture that have no model
    sample : reads small copies of pictures
    """
    body = [
        markup.element("h1", "photochrom · catalogue"),
        markup.element("p", words.summary(entries), "lead"),
        *_table(entries),
        *_failures(failures),
        *(_section(entry, sample) for entry in entries),
        markup.element("h2", "How it was measured"),
        markup.items(_NOTES),
    ]
    return markup.page("photochrom catalogue", ["<main>", *body, "</main>"])


def _table(entries: Sequence[Entry]) -> list[str]:
    if not entries:
        return []
    furthest = figures.reach([entry.interval(entry.rival) for entry in entries if entry.rival])
    heads = ["kind of picture", "its tones", "pictures", "judged by", *_SHOWN,
             "nearer ← → farther"]  # fmt: skip
    rows = [_table_row(entry, furthest) for entry in entries]
    caption = (
        "dE00, lower is better; the best of a row is marked. The bar shows the difference from the "
        "best of the others."
    )
    return [markup.table(caption, heads, rows)]


def _table_row(entry: Entry, furthest: float) -> str:
    best = min((entry.figures[m][PRIMARY] for m in _SHOWN if m in entry.figures), default=None)
    cells = [f"<td>{_tones(entry)}</td>", f"<td>{entry.pictures:,}</td>"]
    cells.append(f"<td>{escape(words.judged(entry))}</td>")
    for method in _SHOWN:
        value = entry.figures.get(method, {}).get(PRIMARY)
        css = ' class="best"' if value is not None and value == best else ""
        cells.append(f"<td{css}>{'–' if value is None else f'{value:.2f}'}</td>")
    cells.append(f"<td>{_bar(entry, furthest)}</td>")
    head = f'<a href="#{_anchor(entry)}">{escape(entry.name)}</a>'
    return f'<tr class="model"><th scope="row">{head}</th>{"".join(cells)}</tr>'


def _bar(entry: Entry, furthest: float) -> str:
    if entry.rival is None:
        return "–"
    found = entry.interval(entry.rival)
    drawn = figures.interval(found, furthest, entry.standing)
    drawn = drawn.replace("<svg ", '<svg style="width:9rem" ')  # beside many columns
    note = f"{found.mean:+.2f} beside {entry.rival}"
    return f'{drawn}<small class="{entry.standing}">{escape(note)}</small>'


def _section(entry: Entry, sample: Sample) -> str:
    parts = [
        f'<h2 id="{_anchor(entry)}">{escape(entry.name)}</h2>',
        markup.element("p", words.verdict(entry).replace(" %", "\u00a0%"), entry.standing),
        *(_cells(entry, row, sample) for row in entry.samples),
        _swatch(entry),
        markup.element("p", words.facts(entry), "soft"),
        f"<pre><code>photochrom colorize old.jpg --model {escape(shlex.quote(_file(entry)))}"
        f'</code></pre><p><a href="{quote(_file(entry))}">{escape(_file(entry))}</a></p>',
        *(
            markup.element("p", f"Its training noted: {warning}.", "open")
            for warning in entry.warnings
        ),
        _folded(entry),
    ]
    return "<section>" + "\n".join(parts) + "</section>"


def _cells(entry: Entry, row: Sequence[Cell], sample: Sample) -> str:
    shown = "".join(_cell(entry, cell, sample) for cell in row)
    widest = max(cell.width for cell in row)
    columns = f"grid-template-columns:repeat({len(row)},minmax(8rem,{widest}px))"
    return f'<div class="sheet" style="{columns}">{shown}</div>'


def _cell(entry: Entry, cell: Cell, sample: Sample) -> str:
    data = sample(entry, cell.file)
    size = (cell.width, cell.height)
    alt = f"{entry.name}, {cell.method}"
    drawn = (
        escape("(the picture is gone)") if data is None else markup.image(data, "jpeg", alt, size)
    )
    note = "" if cell.de00 is None else f" dE00 {cell.de00:.2f}"
    caption = f"<figcaption><b>{escape(cell.method)}</b>{note}</figcaption>"
    return f"<figure>{drawn}{caption}</figure>"


def _folded(entry: Entry) -> str:
    """All figures, and what was left out, for those who ask."""
    heads = ["method", *(escape(metric.title) for metric in _METRICS)]
    rows = []
    for method, values in entry.figures.items():
        cells = [
            f"<td>{values[m.key]:.{m.digits}f}</td>" if m.key in values else "<td>–</td>"
            for m in _METRICS
        ]
        rows.append(markup.row(method, cells, "model" if method == OWN else "baseline"))
    parts = [markup.table(f"Means, {words.judged(entry)}.", heads, rows)] if rows else []
    if entry.left_out:
        parts.append(markup.element("p", "Not learned from:"))
        parts.append(markup.items([f"{name}: {reason}" for name, reason in entry.left_out]))
    return f"<details><summary>All figures</summary>{''.join(parts)}</details>" if parts else ""


def _failures(failures: Sequence[Failure]) -> list[str]:
    if not failures:
        return []
    named = [f"{one.name}: {one.reason}" for one in failures]
    return [markup.element("h2", "Not trained"), markup.items(named)]


def _tones(entry: Entry) -> str:
    """Draw the mean colours of the pictures, from dark to light."""
    cells = "".join(
        f'<i style="background:rgb({r},{g},{b});flex:1 0 0;height:1.2rem"></i>'
        for r, g, b in entry.tones
    )
    label = "mean colours from dark to light"
    style = "flex-wrap:nowrap;width:7rem;margin:0"
    return f'<div class="swatch" role="img" aria-label="{label}" style="{style}">{cells}</div>'


def _swatch(entry: Entry) -> str:
    return "" if entry.palette is None else figures.swatch(Palette.from_json(entry.palette))


def _file(entry: Entry) -> str:
    return f"{entry.name}.onnx"


def _anchor(entry: Entry) -> str:
    return quote(entry.name, safe="")

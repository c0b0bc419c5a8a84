"""The sections of a report page, in the order in which they stand."""

import math
from collections.abc import Sequence
from html import escape

from photochrom.evaluation import figures, markup
from photochrom.evaluation import verdict as words
from photochrom.evaluation.album import Album
from photochrom.evaluation.result import Evaluation, Row
from photochrom.evaluation.table import heading, number
from photochrom.metrics.psnr import CEILING, PEAK_CHROMA
from photochrom.metrics.scores import METRICS, Metric

_ENDS = 3  # best, and as many worst
_MORE = 12  # pictures between them; each adds about 20 KB a column to the page

_NOTES = (
    "Each picture is turned to gray by its luminance, coloured again at its own size, and compared "
    "with itself as 8-bit sRGB. A figure is measured on each picture and then averaged, so a large "
    "picture counts no more than a small one.",
    "dE00 is the colour difference that the eye sees (CIEDE2000): about 1 is just noticed side by "
    "side.",
    "PSNR rewards dullness: a gray picture is never far off. Colour (Hasler and Suesstrunk's "
    "colourfulness) rewards guessing: any strong colour counts, right or wrong. Read them "
    "together; “off by” is how far a result's colourfulness is from the truth's.",
    f"PSNR of a*b* takes {PEAK_CHROMA:.0f} as its peak; other papers take other peaks. Equal "
    f"pictures count {CEILING:.0f} dB.",
    "x-entropy says how well the model's probabilities foresee the nearest palette colours of the "
    "truth. It can be compared between models of one palette only.",
    "The baselines know nothing of what a picture shows: gray; the mean chroma of the training "
    "pictures; and, for each lightness, the mean chroma that the training pictures have there.",
    "Intervals hold the mean of all such pictures with 95 % confidence, by drawing the judged "
    "pictures 2,000 times with replacement.",
)


def leading(evaluation: Evaluation) -> Row:
    """Return the model with the lowest mean dE00, the one that a page is about."""
    return min(evaluation.models, key=_mean_de00)


def verdict(evaluation: Evaluation) -> str:
    """Say in one sentence how the best model did, then what was judged."""
    lead = leading(evaluation)
    css = words.outcome(evaluation.difference(lead, "de00"))
    others = [row for row in evaluation.models if row is not lead]
    parts = [
        markup.element("p", _unbroken(words.write(evaluation, lead)), f"lead {css}"),
        markup.element("p", heading(evaluation) + ".", "soft"),
    ]
    if others:
        parts.append(markup.items([words.write(evaluation, row) for row in others]))
    parts += [markup.element("p", f"Note: {warning}.", "open") for warning in evaluation.warnings]
    return "<div>" + "\n".join(parts) + "</div>"


def title(evaluation: Evaluation) -> str:
    """Return the small title above the verdict."""
    return markup.element("h1", f"photochrom · {evaluation.folder}")


def typical(evaluation: Evaluation, album: Album) -> str:
    """Show the picture in the middle, not the best one."""
    order = _order(evaluation, album)
    middle = order[len(order) // 2]
    note = f"A typical picture: by dE00 of {leading(evaluation).name} the one in the middle."
    if len(order) < len(evaluation.pictures):
        note += (
            f" All pictures on this page are chosen from {len(order):,} of the "
            f"{len(evaluation.pictures):,} judged, evenly spread; the figures are of all."
        )
    return _section("", [figures.strip(evaluation, album, middle, _shown(evaluation)), _soft(note)])


def figures_table(evaluation: Evaluation) -> str:
    """Show all mean figures, the best of each column marked."""
    heads = ["method", *(_head(metric) for metric in METRICS)]
    best = {metric.key: _best(evaluation, metric) for metric in METRICS}
    rows = [
        markup.row(row.name, [_figure(row, m, best[m.key]) for m in METRICS], row.kind)
        for row in evaluation.rows
    ]
    mean = sum(evaluation.truth_colorfulness) / len(evaluation.pictures)
    cells = [f"<td>{mean:.1f}</td>" if m.key == "colorfulness" else "<td></td>" for m in METRICS]
    rows.append(markup.row("truth", cells, "baseline"))
    caption = "Means over the pictures, with 95 % intervals. The best of a column is marked."
    return _section("The figures", [markup.table(caption, heads, rows)])


def differences(evaluation: Evaluation) -> str:
    """Show how far each method is from its lightness table, picture by picture."""
    found = [(row, evaluation.difference(row, "de00")) for row in evaluation.rows]
    known = [(row, one) for row, one in found if one is not None]
    if not known:
        return ""
    furthest = figures.reach([one for _, one in known])
    rows = []
    for row, one in known:
        css = words.outcome(one)
        drawn = f"<td>{figures.interval(one, furthest, css)}</td>"
        span = "unknown" if math.isnan(one.low) else f"{one.low:+.2f} to {one.high:+.2f}"
        cells = [drawn, f'<td class="{css}">{one.mean:+.2f}</td>', f"<td>{span}</td>"]
        rows.append(markup.row(row.name, cells, row.kind))
    heads = ["method", "← nearer to the truth · farther →", "dE00", "95 % interval"]
    caption = "Difference in dE00 on the same picture, averaged. Below zero beats the table."
    return _section("Against the lightness table", [markup.table(caption, heads, rows)])


def best_and_worst(evaluation: Evaluation, album: Album) -> str:
    """Show the pictures that went best and worst, and some between."""
    order = _order(evaluation, album)
    middle = order[len(order) // 2]
    ends = min(_ENDS, (len(order) - 1) // 2)
    best, worst = order[:ends], order[len(order) - ends :]
    between = [name for name in order[ends : len(order) - ends] if name != middle]
    parts = []
    for head, names in (("Best", best), ("Worst", worst), ("Between", _spread(between, _MORE))):
        if names:
            parts.append(markup.element("h3", head))
            parts += [figures.strip(evaluation, album, name, _shown(evaluation)) for name in names]
    return _section(f"Best and worst pictures of {leading(evaluation).name}", parts)


def palettes(evaluation: Evaluation) -> str:
    """Show each model's colours and facts."""
    parts = []
    for row in evaluation.models:
        facts = "; ".join(f"{key}: {value}" for key, value in row.details)
        parts.append(markup.element("h3", row.name))
        parts.append(_soft(facts))
        if row.palette is not None:
            parts.append(figures.swatch(row.palette))
    return _section("The models", parts)


def curves(found: Sequence[tuple[str, bytes]]) -> str:
    """Show the loss curves of models, each under the model's name."""
    parts = []
    for name, data in found:
        drawn = markup.image(data, "svg+xml", f"loss curve of {name}")
        parts += [markup.element("h3", name), drawn.replace("<img", '<img class="curve"')]
    return _section("How the training went", parts)


def by_picture(evaluation: Evaluation) -> str:
    """List dE00 of every picture and method, folded away."""
    heads = ["picture", *(escape(row.name) for row in evaluation.rows)]
    rows = []
    for number_, name in enumerate(evaluation.pictures):
        cells = [f"<td>{row.scores[number_].de00:.2f}</td>" for row in evaluation.rows]
        rows.append(markup.row(name, cells))
    listed = markup.table("dE00 of every picture; lower is better.", heads, rows)
    folded = f"<details><summary>dE00 of every picture</summary>{listed}</details>"
    return _section("Picture by picture", [folded])


def method(evaluation: Evaluation) -> str:
    """Say how it was measured and what was left out."""
    parts = [markup.items(_NOTES)]
    if evaluation.left_out:
        parts.append(markup.element("h3", "Left out"))
        parts.append(markup.items([f"{one.name}: {one.reason}" for one in evaluation.left_out]))
    return _section("How it was measured", parts)


def _section(title: str, parts: Sequence[str]) -> str:
    if not parts:
        return ""
    head = [markup.element("h2", title)] if title else []
    return "<section>" + "\n".join([*head, *parts]) + "</section>"


def _unbroken(sentence: str) -> str:
    return sentence.replace(" %", "\u00a0%")


def _soft(text: str) -> str:
    return markup.element("p", text, "soft")


def _mean_de00(row: Row) -> float:
    values = row.values("de00")
    return sum(values) / len(values)


def _order(evaluation: Evaluation, album: Album) -> list[str]:
    """Return the pictures of the album from the leading model's best to its worst."""
    values = leading(evaluation).values("de00")
    ranked = sorted(range(len(values)), key=lambda number_: values[number_])
    return album.among(evaluation.pictures[number_] for number_ in ranked)


def _shown(evaluation: Evaluation) -> list[Row]:
    """Gray, the table of the leading model, and the models."""
    against = leading(evaluation).against
    table = [] if against is None else [evaluation.row(against)]
    return [evaluation.rows[0], *table, *evaluation.models]


def _spread(names: Sequence[str], most: int) -> list[str]:
    if len(names) <= most:
        return list(names)
    return [names[round(place * (len(names) - 1) / (most - 1))] for place in range(most)]


def _head(metric: Metric) -> str:
    better = {"lower": "lower is better", "higher": "higher is better", "neither": ""}
    note = " · ".join(part for part in (metric.unit, better[metric.better]) if part)
    return f"{escape(metric.title)}<small>{escape(note)}</small>"


def _best(evaluation: Evaluation, metric: Metric) -> float | None:
    """Return the best mean of a column, or None where there is nothing to compare."""
    shown = [row for row in evaluation.rows if row.values(metric.key)]
    one_palette = len({row.palette for row in shown}) == 1
    if metric.better == "neither" or len(shown) < 2:
        return None
    if metric.key == "cross_entropy" and not one_palette:
        return None
    means = [sum(row.values(metric.key)) / len(row.scores) for row in shown]
    return min(means) if metric.better == "lower" else max(means)


def _figure(row: Row, metric: Metric, best: float | None) -> str:
    found = row.mean(metric.key)
    if found is None:
        return "<td>–</td>"
    css = ' class="best"' if best is not None and math.isclose(found.mean, best) else ""
    span = ""
    if not math.isnan(found.low):
        span = f"<small>{found.low:.{metric.digits}f} to {found.high:.{metric.digits}f}</small>"
    return f"<td{css}>{number(row, metric)}{span}</td>"


def judged(evaluation: Evaluation, album: Album) -> list[str]:
    """Return what every page says of an evaluation, from the verdict to the palettes."""
    return [
        verdict(evaluation),
        typical(evaluation, album),
        figures_table(evaluation),
        differences(evaluation),
        best_and_worst(evaluation, album),
        palettes(evaluation),
    ]

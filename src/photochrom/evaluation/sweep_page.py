"""The page of a sweep: which settings won on held-out pictures, then how they do on test ones."""

from collections.abc import Sequence
from html import escape

from photochrom.evaluation import combinations, markup, sections
from photochrom.evaluation.album import Album
from photochrom.evaluation.combinations import PRIMARY, Outcome
from photochrom.evaluation.result import Evaluation
from photochrom.metrics.scores import METRICS

_TABLE = "lightness table"
_SECONDS = ("seconds", "seconds of training", 1, "")
_KEYS = ("de00", "psnr", "cross_entropy")
_SHOWN = [(m.key, m.title, m.digits, m.better) for m in METRICS if m.key in _KEYS] + [_SECONDS]
_CAUTION = (
    "The best of many is flattered by the choice: its figure on the held-out pictures is a little "
    "better than it will be elsewhere. x-entropy is ranked within a column only, as palettes of "
    "different sizes cannot be compared."
)


def page(
    outcomes: Sequence[Outcome],
    evaluation: Evaluation | None,
    album: Album | None,
    sample: bytes | None,
) -> str:
    """Return the page as HTML; `sample` is a PNG sheet of the best training, if there is one."""
    body = [
        "<header>" + markup.element("h1", "photochrom · sweep"),
        markup.element("p", _winner(outcomes), "lead"),
        markup.element("p", _CAUTION, "soft") + "</header>",
    ]
    for preset in dict.fromkeys(one.combination.preset for one in outcomes):
        body += _grids(preset, [one for one in outcomes if one.combination.preset == preset])
    body += _failures(outcomes)
    if evaluation is not None and album is not None:
        body += _on_test(evaluation, album)
    elif sample is not None:
        body.append(markup.element("h2", "Held-out pictures by the best combination"))
        alt = "sample sheet of the best combination"
        body.append(f'<div class="scroll">{markup.image(sample, "png", alt)}</div>')
    return markup.page("photochrom sweep", ["<main>", *body, "</main>"])


def text(
    outcomes: Sequence[Outcome], chosen: Sequence[Outcome], evaluation: Evaluation | None
) -> str:
    """Return the outcome as plain text."""
    name = max(len(one.combination.name) for one in outcomes)
    lines = [
        " " * name + "".join(title.rjust(12) for _, title, _, _ in _SHOWN[:-1]) + "     seconds"
    ]
    for one in outcomes:
        cells = "".join(_number(one, key, digits).rjust(12) for key, _, digits, _ in _SHOWN)
        mark = "  best of its preset" if one in chosen else ""
        lines.append(one.combination.name.ljust(name) + cells + mark)
    parts = [_winner(outcomes), "\n".join(lines)]
    parts += [f"{one.combination.name}: {one.problem}" for one in outcomes if one.problem]
    if evaluation is not None:
        parts.append("The best of each preset on pictures that no choice has seen:")
        parts.append(evaluation.table())
    return "\n\n".join(parts)


def _winner(outcomes: Sequence[Outcome]) -> str:
    leading = combinations.best(outcomes)
    if leading is None:
        return "No combination could be trained."
    settings = leading.combination
    palette = "" if settings.colors is None else f", {settings.colors} colours"
    table = leading.figures.get(_TABLE, {}).get(PRIMARY)
    beside = "" if table is None else f" (lightness table: {table:.2f})"
    return (
        f"Of {len(outcomes)} combinations, {settings.preset} with a window of {settings.window}"
        f"{palette} comes nearest to the truth on held-out {leading.held_out}: "
        f"dE00 {leading.figure(PRIMARY):.2f}{beside}."
    )


def _grids(preset: str, outcomes: Sequence[Outcome]) -> list[str]:
    tables = [_grid(outcomes, *shown) for shown in _SHOWN]
    joined = '<div class="grids">' + "".join(tables) + "</div>"
    return [markup.element("h2", preset), joined]


def _grid(outcomes: Sequence[Outcome], key: str, title: str, digits: int, better: str) -> str:
    """Return a table of one figure, windows down and colours across."""
    windows = list(dict.fromkeys(one.combination.window for one in outcomes))
    colors = list(dict.fromkeys(one.combination.colors for one in outcomes))
    at = {(one.combination.window, one.combination.colors): one for one in outcomes}
    marked = _marked(outcomes, key, better)
    rows = []
    for window in windows:
        found = [at.get((window, count)) for count in colors]
        cells = [_cell(one, key, digits, one in marked) for one in found]
        rows.append(markup.row(f"window {window}", cells))
    heads = ["", *(escape("no palette" if k is None else f"{k} colours") for k in colors)]
    note = f"{title}, {better} is better" if better else title
    return markup.table(note, heads, rows)


def _marked(outcomes: Sequence[Outcome], key: str, better: str) -> list[Outcome]:
    if not better:
        return []
    groups: dict[int | None, list[Outcome]] = {}
    for one in outcomes:
        if one.figure(key) is not None:
            column = one.combination.colors if key == "cross_entropy" else None
            groups.setdefault(column, []).append(one)
    pick = min if better == "lower" else max
    return [pick(group, key=lambda one: one.figure(key) or 0.0) for group in groups.values()]


def _cell(one: Outcome | None, key: str, digits: int, is_best: bool) -> str:
    css = ' class="best"' if is_best else ""
    return f"<td{css}>{'' if one is None else _number(one, key, digits)}</td>"


def _number(one: Outcome, key: str, digits: int) -> str:
    value = one.figure(key)
    return "–" if value is None else f"{value:.{digits}f}"


def _failures(outcomes: Sequence[Outcome]) -> list[str]:
    failed = [f"{one.combination.name}: {one.problem}" for one in outcomes if one.problem]
    if not failed:
        return []
    return [markup.element("h2", "Not trained"), markup.items(failed)]


def _on_test(evaluation: Evaluation, album: Album) -> list[str]:
    head = "On pictures that no choice has seen"
    note = f"The best of each preset, judged once on the test pictures of {evaluation.folder}."
    parts = [
        "<hr>",
        markup.element("h2", head),
        markup.element("p", note, "soft"),
        *sections.judged(evaluation, album),
        sections.method(evaluation),
    ]
    return [part for part in parts if part]

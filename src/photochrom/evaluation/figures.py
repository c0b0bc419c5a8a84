"""The parts of a report that show rather than tell: intervals, swatches, rows of pictures."""

import math
from collections.abc import Sequence
from html import escape

from photochrom.evaluation import markup
from photochrom.evaluation.album import TRUTH, Album
from photochrom.evaluation.result import Evaluation, Row
from photochrom.metrics.bootstrap import Interval
from photochrom.palettes.palette import Palette

_WIDTH = 200.0  # units of the interval's drawing
_MARGIN = 8.0


def reach(intervals: Sequence[Interval]) -> float:
    """Return the largest distance from zero that a common scale must show, at least 0.1."""
    ends = [abs(v) for one in intervals for v in (one.mean, one.low, one.high)]
    return max([v for v in ends if not math.isnan(v)] + [0.1])


def interval(found: Interval, furthest: float, css: str) -> str:
    """Draw a mean and its interval on a scale from -furthest to furthest, zero in the middle.

    It repeats what stands in words beside it, so readers of the page aloud are spared it.
    """
    mean, low, high = (_place(v, furthest) for v in (found.mean, found.low, found.high))
    line = ""
    if not math.isnan(low):
        line = f'<line x1="{low:.1f}" x2="{high:.1f}" y1="12" y2="12" stroke-width="3"/>'
    middle = _WIDTH / 2
    return (
        f'<svg class="interval {css}" viewBox="0 0 {_WIDTH:.0f} 24" aria-hidden="true" '
        'preserveAspectRatio="none" stroke="currentColor" fill="currentColor">'
        f'<line x1="{middle}" x2="{middle}" y1="0" y2="24" stroke="var(--line)"/>'
        f'{line}<rect x="{mean - 2:.1f}" y="5" width="4" height="14" stroke="none"/></svg>'
    )


def _place(value: float, furthest: float) -> float:
    return _WIDTH / 2 + value / furthest * (_WIDTH / 2 - _MARGIN)


def swatch(palette: Palette) -> str:
    """Draw a palette as a strip; each colour says its numbers when pointed at."""
    shown = palette.to_srgb().tolist()
    names = palette.names or tuple(_numbers(color) for color in palette.colors.tolist())
    cells = [
        f'<i style="background:rgb({r},{g},{b})" title="{escape(name)}"></i>'
        for (r, g, b), name in zip(shown, names, strict=True)
    ]
    label = f"{len(palette)} colours of the palette"
    return f'<div class="swatch" role="img" aria-label="{label}">{"".join(cells)}</div>'


def _numbers(color: Sequence[float]) -> str:
    return ", ".join(f"{value:.0f}" for value in color)


def strip(
    evaluation: Evaluation, album: Album, picture: str, shown: Sequence[Row], *, css: str = "sheet"
) -> str:
    """Show one picture by several methods and, last, as it truly is."""
    number = evaluation.pictures.index(picture)
    cells = [
        _cell(album, picture, row.name, f"dE00 {row.scores[number].de00:.2f}") for row in shown
    ]
    cells.append(_cell(album, picture, TRUTH, picture))
    columns = f"grid-template-columns:repeat({len(cells)},minmax(8rem,{album.side}px))"
    return f'<div class="{css}" style="{columns}">{"".join(cells)}</div>'


def _cell(album: Album, picture: str, method: str, note: str) -> str:
    drawn = markup.image(
        album.jpeg(picture, method), "jpeg", f"{picture}, {method}", album.size(picture, method)
    )
    text = f"<b>{escape(method)}</b> {escape(note)}"
    return f"<figure>{drawn}<figcaption>{text}</figcaption></figure>"

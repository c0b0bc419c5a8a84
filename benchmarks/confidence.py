"""Whether the confidence of the model that ships can be trusted: reliability, sorting, other kinds.

    PHOTOCHROM_DATA=... python -m benchmarks.confidence [--model NAME_OR_FILE] [--diagram FILE.svg]

All 500 pictures of `general-val`, off which the curve was fitted, are turned to gray and coloured;
of each, some 4,000 pixels at native size are compared with the truth. Printed: how often a colour
that is called so sure is within dE00 < 10, before and after the curve of the model file; the
expected calibration error of both; the mean dE00 of the surest half of the pixels, beside what
could be had by knowing each picture's mean error or each pixel's. Then the same for `test/` of the
domains, whose kinds of picture differ more from the training's, and with real colours as hints.
"""

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks import _data as data
from photochrom.color import lab
from photochrom.datasets.stream import open_source
from photochrom.evaluation.methods import to_gray
from photochrom.evaluation.sureness import of_pixels
from photochrom.imageio import load_image
from photochrom.inference.colorizer import Colorizer
from photochrom.metrics import ciede2000
from photochrom.metrics.nearness import Seen, some_of
from photochrom.metrics.reliability import Bin, bins, expected_error

HINTS = (1, 5, 20)
HINTED = 100  # pictures
SIDE, MARGIN = 300, 46  # px of the diagram


@dataclass(frozen=True, eq=False)
class Judged:
    """One picture: what was said before and after the curve, and the error of the same pixels."""

    before: Seen
    after: Seen
    errors: np.ndarray
    novelty: float | None


def main() -> None:
    """Print the tables, draw the diagram."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="general", help="packaged name, or a model file")
    parser.add_argument("--diagram", type=Path, help="SVG file to draw the reliability into")
    parser.add_argument("--domains", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--hints", action=argparse.BooleanOptionalAction, default=True)
    arguments = parser.parse_args()
    both = open_both(arguments.model)
    source = open_source(data.folder("general-val"))
    truths = [load_image(source.read(number)).pixels for number in range(len(source))]
    judged = [judge(both, truth) for truth in truths]
    print_reliability(judged)
    print_sorting(judged)
    if arguments.diagram is not None:
        arguments.diagram.write_text(diagram(judged), encoding="utf-8")
    if arguments.domains:
        print_domains(both)
    if arguments.hints:
        print_hints(both, truths[:HINTED])


def open_both(model: str) -> tuple[Colorizer, Colorizer]:
    """Return the model without its curve, and with it."""
    without, given = Colorizer(model), Colorizer(model)
    without.spec = replace(without.spec, confidence=None)
    return without, given


def judge(both: tuple[Colorizer, Colorizer], truth: np.ndarray, **options: object) -> Judged:
    """Colour a picture and compare."""
    gray = to_gray(truth)
    result = both[1].colorize(gray, **options)
    before, after = (each.confidence(gray, **options) for each in both)
    picked = np.divmod(some_of(gray.size), gray.shape[1])
    ours, true = (lab.from_srgb(p[picked].astype(np.float32) / 255) for p in (result, truth))
    errors = ciede2000.difference(ours, true)
    seen = [of_pixels(each, result, truth) for each in (before, after)]
    return Judged(*seen, errors, after.novelty)


def print_reliability(judged: list[Judged]) -> None:
    """Print both curves and their errors."""
    print(f"{len(judged)} pictures of general-val: how often right (dE00 < 10) when called so sure")
    print(f"{'before: said':>13} {'right':>7}   {'after: said':>12} {'right':>7}")
    pairs = zip(bins([j.before for j in judged]), bins([j.after for j in judged]), strict=False)
    for one, other in pairs:
        print(f"{one.said:13.3f} {one.right:7.3f}   {other.said:12.3f} {other.right:7.3f}")
    for name in ("before", "after"):
        seen = [getattr(each, name) for each in judged]
        low, high = interval(seen)
        print(
            f"expected calibration error {name}: {expected_error(seen):.3f} "
            f"(95 % interval over pictures {low:.3f} to {high:.3f})",
            flush=True,
        )


def interval(seen: list[Seen], draws: int = 100) -> tuple[float, float]:
    """Return the interval of the error by drawing pictures anew."""
    rng = np.random.default_rng(0)
    thin = [Seen(each.said[::16], each.right[::16]) for each in seen]
    found = [
        expected_error([thin[number] for number in rng.integers(0, len(thin), len(thin))])
        for _ in range(draws)
    ]
    return float(np.percentile(found, 2.5)), float(np.percentile(found, 97.5))


def print_sorting(judged: list[Judged]) -> None:
    """Print the mean error of the surest half, and of what no confidence could know."""
    errors = np.concatenate([each.errors for each in judged])
    pictures = np.concatenate([np.full(len(e.errors), e.errors.mean()) for e in judged])
    said = np.concatenate([each.after.said for each in judged])
    rows = {
        "by confidence": -said,
        "by a coin": np.random.default_rng(0).random(len(errors)),
        "by each picture's true mean error": pictures,
        "by each pixel's true error": errors,
    }
    print(f"mean dE00 {errors.mean():.2f}; of the surest half, as a share of it:")
    for name, doubt in rows.items():
        half = np.argsort(doubt, kind="stable")[: len(errors) // 2]
        print(f"  {name:35} {errors[half].mean():6.2f} {errors[half].mean() / errors.mean():6.1%}")


def print_domains(both: tuple[Colorizer, Colorizer]) -> None:
    """Print said and right for every domain's test pictures."""
    print(f"{'domain':10} {'pictures':>8} {'said':>6} {'right':>6} {'gap':>6} {'novelty':>8}")
    everything: list[Judged] = []
    for folder in sorted(data.folder("domains").iterdir()):
        paths = sorted((folder / "test").glob("*.jpg"))
        found = [judge(both, load_image(path).pixels) for path in paths]
        everything += found
        print(row(folder.name, found), flush=True)
    print(row("all", everything))
    before, after = ([getattr(e, name) for e in everything] for name in ("before", "after"))
    print(
        f"expected calibration error before {expected_error(before):.3f}, "
        f"after {expected_error(after):.3f}"
    )


def row(name: str, judged: list[Judged]) -> str:
    """Return a line of the table; every picture counts alike."""
    said = float(np.mean([each.after.said.mean() for each in judged]))
    right = float(np.mean([each.after.right.mean() for each in judged]))
    novelty = np.mean([each.novelty if each.novelty is not None else np.nan for each in judged])
    return (
        f"{name:10} {len(judged):8d} {said:6.2f} {right:6.2f} {said - right:+6.2f} {novelty:8.2f}"
    )


def print_hints(both: tuple[Colorizer, Colorizer], truths: list[np.ndarray]) -> None:
    """Print the same with true colours told at drawn places."""
    print(f"{'hints':>5} {'said':>6} {'right':>6} {'error':>6}")
    for count in HINTS:
        rng = np.random.default_rng(0)
        found = [judge(both, truth, hints=drawn(truth, count, rng)) for truth in truths]
        said, right = (
            float(np.mean([getattr(each.after, key).mean() for each in found]))
            for key in ("said", "right")
        )
        wrong = expected_error([each.after for each in found])
        print(f"{count:5d} {said:6.2f} {right:6.2f} {wrong:6.3f}", flush=True)


def drawn(truth: np.ndarray, count: int, rng: np.random.Generator) -> list[str]:
    """Return hints of the true colour at places drawn by chance."""
    rows, columns = (rng.integers(0, length, count) for length in truth.shape[:2])
    return [
        "{},{}=#{:02x}{:02x}{:02x}".format(column, row, *truth[row, column])
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
    ]


def diagram(judged: list[Judged]) -> str:
    """Draw the reliability before and after, side by side, as SVG."""
    parts = [
        panel("before the curve", [each.before for each in judged], 0),
        panel("after it", [each.after for each in judged], SIDE + 2 * MARGIN),
    ]
    width, height = 2 * (SIDE + 2 * MARGIN), SIDE + 2 * MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="sans-serif" font-size="12" fill="#333">'
        f'<rect width="{width}" height="{height}" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def panel(title: str, seen: list[Seen], left: int) -> str:
    """Draw one diagram: a dot a bin, on the diagonal where what is said holds."""
    error = expected_error(seen)
    axes = (
        f'<g transform="translate({left + MARGIN},{MARGIN})">'
        f'<rect width="{SIDE}" height="{SIDE}" fill="none" stroke="#999"/>'
        f'<path d="M0 {SIDE}L{SIDE} 0" stroke="#999" stroke-dasharray="4 4"/>'
        f'<text x="0" y="-12">{title}: expected calibration error {error:.3f}</text>'
        f'<text x="{SIDE / 2}" y="{SIDE + 36}" text-anchor="middle">said</text>'
        f'<text transform="translate(-34,{SIDE / 2}) rotate(-90)" text-anchor="middle">'
        "right (dE00 &lt; 10)</text>"
    )
    return axes + "".join(ticks()) + "".join(marks(bins(seen))) + "</g>"


def ticks() -> Iterator[str]:
    """Yield the numbers along both axes."""
    for tenth in range(0, 11, 2):
        at = SIDE * tenth / 10
        yield f'<text x="{at}" y="{SIDE + 16}" text-anchor="middle">{tenth / 10:g}</text>'
        yield f'<text x="-6" y="{SIDE - at + 4}" text-anchor="end">{tenth / 10:g}</text>'


def marks(found: Iterable[Bin]) -> Iterator[str]:
    """Yield a dot a bin and the gap to the diagonal."""
    for each in found:
        x, y, even = SIDE * each.said, SIDE * (1 - each.right), SIDE * (1 - each.said)
        yield f'<path d="M{x:.1f} {even:.1f}V{y:.1f}" stroke="#c40" stroke-width="2"/>'
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="#036"/>'


if __name__ == "__main__":
    main()

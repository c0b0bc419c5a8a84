"""The table of an evaluation as plain text."""

from photochrom.evaluation import verdict
from photochrom.evaluation.result import Evaluation, Row
from photochrom.metrics.scores import METRICS, Metric

_NAME = 20  # columns
_NOTE = (
    "Lower is better for dE00, off by and x-entropy; higher for PSNR and SSIM. PSNR rewards\n"
    "dullness, colour rewards guessing. x-entropy compares models of one palette only."
)


def write(evaluation: Evaluation) -> str:
    """Return the table, the differences to the lightness table, and the verdicts."""
    parts = [heading(evaluation), _figures(evaluation), _NOTE]
    width = _name_width(evaluation)
    differences = [_difference(evaluation, row, width) for row in evaluation.rows if row.against]
    if differences:
        head = "dE00 against the lightness table, picture by picture (95 % interval):"
        parts.append("\n".join([head, *differences]))
    parts.append("\n".join(verdict.write(evaluation, row) for row in evaluation.models))
    parts.append("\n".join(_sure(row) for row in evaluation.models if row.sure))
    parts += [f"Left out: {one.name}: {one.reason}" for one in evaluation.left_out]
    parts += [f"Note: {warning}" for warning in evaluation.warnings]
    return "\n\n".join(part for part in parts if part)


def _sure(row: Row) -> str:
    """Say whether a model's confidence holds."""
    said, right = (
        sum(each.weight * getattr(each, key) for each in row.sure) for key in ("said", "right")
    )
    return (
        f"Confidence of {row.name}: it calls {said:.0%} of the pixels about right (dE00 < 10) and "
        f"{right:.0%} are;\n  expected calibration error {row.calibration_error:.3f}"
    )


def heading(evaluation: Evaluation) -> str:
    """Say which pictures were judged."""
    count = len(evaluation.pictures)
    noun = "picture" if count == 1 else "pictures"
    where = f"{evaluation.folder}/test" if evaluation.held_out else evaluation.folder
    return f"{count} {noun} of {where}, each judged at its own size, then averaged"


def number(row: Row, metric: Metric) -> str:
    """Return a mean as it stands in tables; a dash where there is none."""
    mean = row.mean(metric.key)
    return "-" if mean is None else f"{mean.mean:.{metric.digits}f}"


def _figures(evaluation: Evaluation) -> str:
    name = _name_width(evaluation)
    widths = [max(7, len(metric.title) + 1) for metric in METRICS]
    lines = [_line("", [metric.title for metric in METRICS], name, widths)]
    for row in evaluation.rows:
        lines.append(_line(row.name, [number(row, metric) for metric in METRICS], name, widths))
    truth = sum(evaluation.truth_colorfulness) / len(evaluation.pictures)
    cells = [f"{truth:.1f}" if metric.key == "colorfulness" else "" for metric in METRICS]
    return "\n".join([*lines, _line("truth", cells, name, widths)])


def _line(name: str, cells: list[str], name_width: int, widths: list[int]) -> str:
    aligned = "".join(cell.rjust(width) for cell, width in zip(cells, widths, strict=True))
    return (name.ljust(name_width) + aligned).rstrip()


def _name_width(evaluation: Evaluation) -> int:
    return max(_NAME, *(len(row.name) for row in evaluation.rows))


def _difference(evaluation: Evaluation, row: Row, width: int) -> str:
    found = evaluation.difference(row, "de00")
    if found is None:
        return f"  {row.name}"
    interval = f"({found.low:+.2f} to {found.high:+.2f})" if len(row.scores) > 1 else "(unknown)"
    words = {"better": "  nearer to the truth", "worse": "  farther from it", "open": ""}
    return f"  {row.name.ljust(width)} {found.mean:+.2f}  {interval}{words[verdict.outcome(found)]}"

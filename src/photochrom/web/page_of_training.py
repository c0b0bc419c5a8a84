"""The report of a training: one page that needs nothing from elsewhere."""

from photochrom.evaluation import markup
from photochrom.web.training import Run

_METRICS = {"de00": "dE00", "psnr": "PSNR", "psnr_ab": "PSNR of a*b*", "ssim": "SSIM"}


def report(run: Run) -> str:
    """Return what a training learned from, how well it does, and pictures that show it."""
    body = [
        markup.element("h1", run.name),
        markup.element("p", f"Fitted to {run.pictures} pictures by photochrom."),
        _table(run),
        _image(run, "model.run/samples/held-out.png", "png", "gray, coloured, true"),
        _image(run, "model.run/swatch.png", "png", "the palette"),
        _image(run, "model.run/loss.svg", "svg+xml", "the held-out error"),
        markup.items([*run.warnings, *(f"left out {name}: {why}" for name, why in run.left_out)]),
    ]
    return markup.page(run.name, ["<main>", *filter(None, body), "</main>"])


def _table(run: Run) -> str:
    summary = None if run.model is None else run.model.spec.training
    if summary is None or not summary.metrics:
        return ""
    names = list(dict.fromkeys(name for row in summary.metrics.values() for name in row))
    rows = [
        markup.row(
            method,
            [markup.element("td", f"{row[name]:.2f}" if name in row else "") for name in names],
        )
        for method, row in summary.metrics.items()
    ]
    caption = f"On held-out {summary.held_out}, beside trivial guesses; dE00 lower is better"
    return markup.table(caption, [_METRICS.get(name, name) for name in names], rows)


def _image(run: Run, name: str, kind: str, alt: str) -> str:
    path = run.folder / name
    return markup.image(path.read_bytes(), kind, alt) if path.is_file() else ""

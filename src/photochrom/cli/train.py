"""`photochrom train`: from a folder of photographs to a model file."""

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from photochrom.cli.progress import Training
from photochrom.cli.status import Status

if TYPE_CHECKING:
    from photochrom.training.config import TrainConfig
    from photochrom.training.train import TrainResult

_VARIED = ("flip", "scale", "crop", "tone")


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, readable=False), metavar="FOLDER")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, readable=False),
    required=True,
    metavar="MODEL",
    help="Model file to write, such as mine.onnx.",
)
@click.option(
    "-p",
    "--preset",
    default="window",
    metavar="P",
    help="Network: window, or one of the origin system's: origin-dense, origin-dense-small, "
    "origin-conv, origin-conv-same, origin-regression, origin-regression-conv, "
    "origin-regression-separate.",
)
@click.option(
    "-w",
    "--window",
    type=int,
    metavar="W",
    help="Side of the window in pixels, even ones rounded down. Without it: 7 samples at three "
    "scales for window, 11 for the dense networks of the origin, 15 for its convolutions.",
)
@click.option(
    "-k", "--colors", type=int, metavar="K", help="Colours of the palette. Without it: 32."
)
@click.option(
    "--palette-from",
    type=click.Choice(["all", "first"]),
    help="Fit the palette to all pictures, or as the origin did to the first by name.",
)
@click.option(
    "--short-side",
    type=int,
    metavar="PX",
    help="Size at which the network sees a picture: pixels of the shorter side. Without it: 160 "
    "for window, 200 for the origin's.",
)
@click.option("--seconds", type=float, metavar="S", help="Train for about so long.")
@click.option(
    "--steps",
    type=int,
    metavar="N",
    help="Train for so many steps. Without any of the three: 400 for window, 2000 for the "
    "origin's.",
)
@click.option("--epochs", type=int, metavar="N", help="Train for so many passes over the pixels.")
@click.option(
    "--recipe",
    type=click.Choice(["fast", "origin"]),
    help="fast: large batches, one cycle. origin: SGD 0.01 and batches of 32.",
)
@click.option(
    "--optimizer", type=click.Choice(["adamw", "adam", "sgd"]), help="In place of the recipe's."
)
@click.option(
    "--learning-rate", type=float, metavar="R", help="In place of the recipe's (peak) rate."
)
@click.option("--batch", type=int, metavar="N", help="Pixels a step, in place of the recipe's.")
@click.option(
    "--holdout",
    type=float,
    default=0.2,
    metavar="F",
    help="Share of the pictures kept aside to judge by, above 0 and below 1.",
)
@click.option(
    "--refit/--no-refit",
    default=None,
    help="At the end learn once more from all pictures, the kept ones included. On for window.",
)
@click.option(
    "--flip/--no-flip",
    default=None,
    help="Mirror pictures every other time. On for window, off for the origin's.",
)
@click.option(
    "--scale", type=float, nargs=2, metavar="LOW HIGH", help="Enlarge pictures between the two."
)
@click.option("--crop", type=int, metavar="PX", help="Cut out squares of this side.")
@click.option("--tone", type=float, metavar="T", help="Vary the gamma of lightness by exp(+-T).")
@click.option(
    "--seed",
    type=int,
    default=0,
    metavar="N",
    help="Same seed and number of steps, same model on one machine.",
)
@click.option(
    "--run-folder",
    type=click.Path(path_type=Path, readable=False),
    metavar="DIR",
    help="Where checkpoint, loss curve and samples go. Without it: MODEL with the suffix .run.",
)
@click.option("--resume", is_flag=True, help="Go on from the checkpoint of an interrupted run.")
@click.option("--force", is_flag=True, help="Overwrite a model and a run that exist.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def train(
    folder: Path,
    output: Path,
    run_folder: Path | None,
    resume: bool,
    force: bool,
    as_json: bool,
    **options: Any,
) -> Status:
    """Learn to colour from a folder of colour photographs.

    FOLDER holds 1 to some 200 pictures of one kind. Near-gray and duplicate ones are left out and
    named. Some pictures are kept aside, and the result is judged on them beside trivial guesses.
    A FOLDER with train/ and test/ is learned from train/ alone. Give one of --seconds, --steps
    and --epochs, or none.

    \b
    Example:
      photochrom train my-photos/ -o mine.onnx
      photochrom train my-photos/ -o mine.onnx --window 15 --colors 32 --seconds 60
      photochrom train palms/ -o origin.onnx --preset origin-conv-same --recipe origin --epochs 50
    """
    from photochrom.training.train import train as learn

    config = _config(options)
    started = time.time()
    try:
        with Training() as shown:
            result = learn(
                folder,
                output,
                config,
                run_folder=run_folder,
                resume=resume,
                overwrite=force,
                progress=shown,
            )
    except KeyboardInterrupt:
        click.echo(_interrupted(run_folder or output.with_suffix(".run"), started), err=True)
        return Status.INTERRUPTED
    _print(result, as_json)
    return Status.DONE


def _interrupted(run_folder: Path, started: float) -> str:
    """Say whether this run, not an earlier one, left something to go on from."""
    checkpoint = run_folder / "checkpoint.safetensors"
    if not checkpoint.exists() or checkpoint.stat().st_mtime < started:
        return "photochrom: interrupted before anything was learned"
    return (
        "photochrom: interrupted; what was learned is kept, and the same command with --resume "
        "goes on from there"
    )


def _config(options: dict[str, Any]) -> "TrainConfig":
    from photochrom.datasets.augment import Augmentation
    from photochrom.training.config import TrainConfig

    given = {name: value for name, value in options.items() if value is not None}
    varied = {name: given.pop(name) for name in _VARIED if name in given}
    if varied:
        given["augmentation"] = Augmentation(**varied)
    return TrainConfig(**given)


def _print(result: "TrainResult", as_json: bool) -> None:
    summary = result.spec.training
    metrics = {} if summary is None else summary.metrics
    for dropped in result.dropped:
        click.echo(f"left out {dropped.name}: {dropped.reason}", err=True)
    for warning in result.warnings:
        click.echo(f"photochrom: {warning}", err=True)
    if as_json:
        plain = {
            "model": str(result.model),
            "run_folder": str(result.run_folder),
            "pictures": None if summary is None else summary.pictures,
            "held_out": None if summary is None else summary.held_out,
            "metrics": metrics,
            "dropped": [[each.name, each.reason] for each in result.dropped],
            "warnings": list(result.warnings),
        }
        click.echo(json.dumps(plain, indent=1))
        return
    if summary is not None and metrics:
        lines = [f"on held-out {summary.held_out}:", *_table(metrics)]
        click.echo("\n".join([*lines, _verdict(metrics, result.spec.preset)]))
    click.echo(str(result.model))


def _verdict(metrics: dict[str, dict[str, float]], preset: str) -> str:
    """Say plainly whether the model beats the best of the trivial guesses."""
    far = {method: values["de00"] for method, values in metrics.items()}
    ours = far.pop(preset)
    best = min(far, key=far.__getitem__)
    if ours < far[best]:
        return f"beats all trivial guesses: {far[best] - ours:.2f} dE00 nearer than the {best}"
    return (
        f"does not beat the {best}, which is {ours - far[best]:.2f} dE00 nearer to the truth; "
        "more pictures, and pictures more alike, help most"
    )


def _table(metrics: dict[str, dict[str, float]]) -> list[str]:
    """One method a line, one metric a column."""
    columns = list(dict.fromkeys(name for values in metrics.values() for name in values))
    rows = [["", *columns]]
    rows += [[method, *_cells(values, columns)] for method, values in metrics.items()]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [_line(row, widths) for row in rows]


def _cells(values: dict[str, float], columns: list[str]) -> list[str]:
    return [f"{values[name]:.2f}" if name in values else "" for name in columns]


def _line(row: list[str], widths: list[int]) -> str:
    first, *others = (
        cell.ljust(width) if place == 0 else cell.rjust(width)
        for place, (cell, width) in enumerate(zip(row, widths, strict=True))
    )
    return "  ".join([first, *others])

"""`photochrom train`: from a folder of photographs to a model file."""

import json
import os
import time
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from photochrom.cli.progress import Training
from photochrom.cli.say import say, tell
from photochrom.cli.status import Status
from photochrom.cli.train_options import (
    DEEP,
    GENERAL,
    SMALL,
    Sectioned,
    add_options,
    sections,
)
from photochrom.errors import OptionError

if TYPE_CHECKING:
    from photochrom.training.config import TrainConfig
    from photochrom.training.general.config import GeneralConfig
    from photochrom.training.general.train import Learner
    from photochrom.training.train import TrainResult
    from photochrom.training.transfer.config import TransferConfig

_VARIED = ("flip", "scale", "crop", "tone")
# Options that a preset has; the small networks have those of SMALL alone.
_OWN = {"general": (GENERAL, DEEP), "transfer": (DEEP,)}


@click.command(cls=Sectioned)
@click.argument("folder", metavar="FOLDER")
@add_options
def train(
    folder: str,
    output: Path,
    run_folder: Path | None,
    resume: bool,
    force: bool,
    as_json: bool,
    **options: Any,
) -> Status:
    """Learn to colour from a folder of colour photographs.

    FOLDER holds 1 to some 200 pictures of one kind. Near-gray and duplicate ones are left out and
    named. The model that ships is fitted to them in a minute or two; how far is chosen on pictures
    kept aside in turn, and the result is judged on them beside trivial guesses. A FOLDER with
    train/ and test/ is learned from train/ alone. Give one of --seconds, --steps and --epochs, or
    none.

    For --preset general FOLDER holds thousands of pictures, or shards made by `photochrom shards`;
    a pattern or a URL, such as s3://bucket/shards, will do. Under torchrun, or with --engine ray,
    several processes learn together.

    \b
    Example:
      photochrom train my-photos/ -o mine.onnx
      photochrom train my-photos/ -o mine.onnx --seconds 60
      photochrom train my-photos/ -o small.onnx --preset window --window 15 --colors 32
      photochrom train palms/ -o origin.onnx --preset origin-conv-same --recipe origin --epochs 50
      photochrom train shards/ -o general.onnx --preset general --encoder lite0.pth --device cuda
      photochrom train shards/ -o general.onnx --preset general --engine ray --workers 2
    """
    from photochrom.training.train import train as learn

    general = _learner(options)
    config = _config(options)
    started = time.time()
    try:
        with Training() if _speaks() else nullcontext() as shown:
            result = learn(
                folder,
                output,
                config,
                run_folder=run_folder,
                resume=resume,
                overwrite=force,
                progress=shown,
                general=general,
            )
    except KeyboardInterrupt:
        if _speaks():
            kept = run_folder or output.with_suffix(".run")
            say(_interrupted(options["preset"], kept, started))
        return Status.INTERRUPTED
    if _speaks():
        _print(result, as_json)
    return Status.DONE


def _speaks() -> bool:
    """Whether this is the only process, or the first that torchrun started."""
    return os.environ.get("RANK", "0") == "0"


def _interrupted(preset: str, run_folder: Path, started: float) -> str:
    """Say whether this run, not an earlier one, left something to go on from."""
    if preset == "transfer":
        return "photochrom: interrupted; a transfer keeps nothing before its end, so run it again"
    checkpoint = run_folder / "checkpoint.safetensors"
    if not checkpoint.exists() or checkpoint.stat().st_mtime < started:
        return "photochrom: interrupted before anything was learned"
    return (
        "photochrom: interrupted; what was learned is kept, and the same command with --resume "
        "goes on from there"
    )


def _learner(options: dict[str, Any]) -> "Learner":
    """Return what trains a general network, and take away the options that say so."""
    from photochrom.training.general.train import train_general

    _check_kind(_given(options), _OWN.get(options["preset"], (SMALL,)))
    engine, workers, address = (options.pop(name) for name in ("engine", "workers", "address"))
    if engine == "ray":
        if workers is None:
            raise OptionError("--engine ray: give the number of --workers that learn together")
        from photochrom.cluster.training import ClusterLearner

        return ClusterLearner(workers, address)
    for name, given in (("--workers", workers), ("--address", address)):
        if given is not None:
            raise OptionError(f"{name} is for a Ray cluster; give --engine ray, too")
    return train_general


def _given(options: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if value is not None}


def _config(options: dict[str, Any]) -> "TrainConfig | GeneralConfig | TransferConfig":
    from photochrom.datasets.augment import Augmentation
    from photochrom.training.config import TrainConfig
    from photochrom.training.general.config import GeneralConfig
    from photochrom.training.transfer.config import TransferConfig

    given = _given(options)
    preset = given["preset"]
    if preset in _OWN:
        del given["preset"]
        return GeneralConfig(**given) if preset == "general" else TransferConfig(**given)
    varied = {name: given.pop(name) for name in _VARIED if name in given}
    if varied:
        given["augmentation"] = Augmentation(**varied)
    return TrainConfig(**given)


def _check_kind(given: dict[str, Any], own: tuple[str, ...]) -> None:
    """Refuse options of other kinds of network."""
    preset = given["preset"]
    for title, options in sections(train)[1:]:
        wrong = [_typed(option, given[option.name]) for option in options if option.name in given]
        if wrong and title not in own:
            raise OptionError(
                f"{', '.join(wrong)}: {title[0].lower()}{title[1:]}; --preset {preset} has no "
                "such option"
            )
    if preset == "general" and "colors" in given and "start" in given:
        raise OptionError("--colors: a training that goes on from a model keeps its palette")
    if preset == "transfer" and "colors" in given:
        raise OptionError(
            "--colors: a transfer keeps the palette of its start and adds colours of the folder; "
            "--preset window lets you choose"
        )


def _typed(option: click.Option, value: Any) -> str:
    """Return an option's name as it was typed: --no-flip, not --flip."""
    names = option.secondary_opts if value is False else option.opts
    return names[-1]


def _print(result: "TrainResult", as_json: bool) -> None:
    summary = result.spec.training
    metrics = {} if summary is None else summary.metrics
    for dropped in result.dropped:
        say(f"left out {dropped.name}: {dropped.reason}")
    for warning in result.warnings:
        say(f"photochrom: {warning}")
    if as_json:
        plain = {
            "model": str(result.model),
            "run_folder": str(result.run_folder),
            "pictures": None if summary is None else summary.pictures,
            "held_out": None if summary is None else summary.held_out,
            "chosen": None if summary is None else summary.chosen,
            "metrics": metrics,
            "dropped": [[each.name, each.reason] for each in result.dropped],
            "warnings": list(result.warnings),
        }
        click.echo(json.dumps(plain, indent=1))
        return
    if summary is not None and summary.chosen is not None:
        click.echo(f"chosen: {summary.chosen}")
    if summary is not None and metrics:
        lines = [f"on held-out {summary.held_out}:", *_table(metrics)]
        click.echo("\n".join([*lines, _verdict(metrics, result.spec.preset)]))
    tell(str(result.model))


def _verdict(metrics: dict[str, dict[str, float]], preset: str) -> str:
    """Say plainly whether the model beats trivial guesses, and the model that it began with."""
    far = {method: values["de00"] for method, values in metrics.items()}
    ours = far.pop(preset)
    best = min(far, key=far.__getitem__)
    rival = best if best == "general" else f"the {best}"
    gap = round(far[best] - ours, 2)
    if gap > 0:
        beaten = "general and all trivial guesses" if "general" in far else "all trivial guesses"
        return f"beats {beaten}: {gap:.2f} dE00 nearer than {rival}"
    if gap < 0:
        return (
            f"does not beat {rival}, which is {-gap:.2f} dE00 nearer to the truth; {_help(preset)}"
        )
    return f"is as near to the truth as {rival}, no nearer; {_help(preset)}"


def _help(preset: str) -> str:
    """Say what makes a model of that kind better."""
    if preset == "general":
        return "more pictures and a longer training help most"
    return "more pictures, and pictures more alike, help most"


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

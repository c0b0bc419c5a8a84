"""`photochrom sweep`: train many settings and compare them."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from photochrom.cli.places import LOCAL
from photochrom.cli.progress import Counter
from photochrom.cli.say import say
from photochrom.cli.status import Status
from photochrom.errors import OptionError

Value = TypeVar("Value")


@click.command()
@click.argument("folder", type=LOCAL, metavar="FOLDER")
@click.option(
    "-p",
    "--preset",
    "presets",
    default="origin-dense,origin-conv",
    metavar="P,..",
    help="Networks, separated by commas.",
)
@click.option(
    "-w",
    "--window",
    "windows",
    default="5,7,11,15",
    metavar="W,..",
    help="Sides of the window in pixels, separated by commas.",
)
@click.option(
    "-k",
    "--colors",
    default="12,16,32,64",
    metavar="K,..",
    help="Sizes of the palette, separated by commas.",
)
@click.option(
    "--report",
    type=LOCAL,
    default=Path("sweep"),
    metavar="DIR",
    help="Folder for the models and the page; a sweep that was interrupted goes on in it.",
)
def sweep(folder: Path, presets: str, windows: str, colors: str, report: Path) -> Status:
    """Train every combination of network, window and palette, and compare them on one page.

    Combinations that are finished in DIR are not trained again.

    \b
    Example:
      photochrom sweep cats/ --report cat-sweep/
      photochrom sweep cats/ --preset window --window 11,15 --colors 32 --report small/
    """
    from photochrom.evaluation.sweep import sweep as compare

    choices = (_list(presets, str), _list(windows, int), _list(colors, int))
    try:
        with Counter("training", None) as counter:
            found = compare(folder, *choices, report=report, progress=counter.show)
    except KeyboardInterrupt:
        say(
            f"photochrom: interrupted; finished combinations are kept in {report}, and the same "
            "command goes on from there",
        )
        return Status.INTERRUPTED
    click.echo(found.table())
    say(f"the page is {found.page}")
    return Status.DONE


def _list(text: str, read: Callable[[str], Value]) -> list[Value]:
    try:
        return [read(part.strip()) for part in text.split(",")]
    except ValueError as error:
        raise OptionError(f"expected numbers separated by commas, got {text!r}") from error

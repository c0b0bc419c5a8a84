"""The options of `photochrom train`: those of every network, and those of one kind alone."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from photochrom.cli.places import LOCAL

SMALL = "Options of the small networks"
GENERAL = "Options of --preset general"
DEEP = "Options of --preset transfer and general"
_Command = TypeVar("_Command", bound=Callable[..., Any])


class KindOption(click.Option):
    """An option that only one kind of network has.

    Attributes
    ----------
    section : heads such options in the help
    """

    def __init__(self, *names: Any, section: str, **options: Any) -> None:
        super().__init__(*names, **options)
        self.section = section


class Sectioned(click.Command):
    """A command whose help shows the options of each kind by themselves."""

    def format_options(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections."""
        known = sections(self)
        asked = self.get_help_option(context)
        known[0][1].extend([asked] if asked is not None else [])
        for title, options in known:
            records = [option.get_help_record(context) for option in options]
            with formatter.section(title):
                formatter.write_dl([record for record in records if record is not None])


def sections(command: click.Command) -> list[tuple[str, list[click.Option]]]:
    """Return the options of a command by section, those of all kinds first."""
    found: dict[str, list[click.Option]] = {}
    for option in command.params:
        if isinstance(option, click.Option):
            found.setdefault(getattr(option, "section", "Options"), []).append(option)
    return list(found.items())


def add_options(command: _Command) -> _Command:
    """Give a command all options; click wants the last first."""
    for decorate in reversed((*_SHARED, *_DEEP, *_SMALL, *_GENERAL)):
        command = decorate(command)
    return command


def _small(*names: str, **options: Any) -> Callable[[_Command], _Command]:
    return click.option(*names, cls=KindOption, section=SMALL, **options)


def _general(*names: str, **options: Any) -> Callable[[_Command], _Command]:
    return click.option(*names, cls=KindOption, section=GENERAL, **options)


_SHARED = (
    click.option("-o", "--output", type=LOCAL, required=True, metavar="MODEL",
                 help="Model file to write, such as mine.onnx."),
    click.option("-p", "--preset", default="transfer", metavar="P",
                 help="transfer, without it: the model that ships, fitted to FOLDER. general: such "
                 "a model anew, from thousands of pictures of all kinds. Small networks: window, "
                 "or one of the origin system's: origin-dense, origin-dense-small, origin-conv, "
                 "origin-conv-same, origin-regression, origin-regression-conv, "
                 "origin-regression-separate."),
    click.option("-k", "--colors", type=int, metavar="K",
                 help="Colours of the palette. Without it: 32; 128 for general; for transfer "
                 "those of its start and up to 16 of FOLDER's own."),
    click.option("--seconds", type=float, metavar="S", help="Train for about so long."),
    click.option("--steps", type=int, metavar="N",
                 help="Train for so many steps. Without a length: 160 for transfer, the "
                 "longest that is tried, 80 for fewer than ten pictures; 400 for window, 2000 for "
                 "the origin's, 20000 for general."),
    click.option("--batch", type=int, metavar="N",
                 help="Pixels a step, in place of the recipe's. For transfer and general: "
                 "pictures, 16 and 32 without it."),
    click.option("--crop", type=int, metavar="PX",
                 help="Cut out squares of this side. Without it: whole pictures; 128 for "
                 "transfer and general."),
    click.option("--seed", type=int, default=0, metavar="N",
                 help="Same seed and number of steps, same model on one machine."),
    click.option("--run-folder", type=LOCAL, metavar="DIR",
                 help="Where checkpoint, loss curve and samples go. Without it: MODEL with the "
                 "suffix .run."),
    click.option("--resume", is_flag=True,
                 help="Go on from the checkpoint of an interrupted run. A transfer keeps none: run "
                 "it again."),
    click.option("--force", is_flag=True, help="Overwrite a model and a run that exist."),
    click.option("--json", "as_json", is_flag=True, help="Print the result as JSON."),
)  # fmt: skip
_DEEP = (
    click.option("--device", cls=KindOption, section=DEEP, metavar="D",
                 help="cpu, cuda, or one GPU such as cuda:1. Without it: cpu."),
    click.option("--start", cls=KindOption, section=DEEP, metavar="MODEL",
                 help="The general model to begin with, a file or a name of `model list`. Without "
                 "it: the one that ships; for general none."),
)  # fmt: skip
_SMALL = (
    _small("-w", "--window", type=int, metavar="W",
           help="Side of the window in pixels, even ones rounded down. Without it: 7 samples at "
           "three scales for window, 11 for the dense networks of the origin, 15 for its "
           "convolutions."),
    _small("--palette-from", type=click.Choice(["all", "first"]),
           help="Fit the palette to all pictures, or as the origin did to the first by name."),
    _small("--short-side", type=int, metavar="PX",
           help="Size at which the network sees a picture: pixels of the shorter side. Without "
           "it: 160 for window, 200 for the origin's."),
    _small("--epochs", type=int, metavar="N", help="Train for so many passes over the pixels."),
    _small("--recipe", type=click.Choice(["fast", "origin"]),
           help="fast: large batches, one cycle. origin: SGD 0.01 and batches of 32."),
    _small("--optimizer", type=click.Choice(["adamw", "adam", "sgd"]),
           help="In place of the recipe's."),
    _small("--learning-rate", type=float, metavar="R",
           help="In place of the recipe's (peak) rate."),
    _small("--holdout", type=float, metavar="F",
           help="Share of the pictures kept aside to judge by, above 0 and below 1. Without it: "
           "0.2."),
    _small("--refit/--no-refit", default=None,
           help="At the end learn once more from all pictures, the kept ones included. On for "
           "window."),
    _small("--flip/--no-flip", default=None,
           help="Mirror pictures every other time. On for window, off for the origin's."),
    _small("--scale", type=float, nargs=2, metavar="LOW HIGH",
           help="Enlarge pictures between the two."),
    _small("--tone", type=float, metavar="T", help="Vary the gamma of lightness by exp(+-T)."),
)  # fmt: skip
_GENERAL = (
    _general("--encoder", type=LOCAL, metavar="FILE",
             help="Pretrained EfficientNet-Lite0 (.safetensors, or .pth of plain tensors) to "
             "begin with. Without it the encoder begins with noise and needs far longer."),
    _general("--precision", type=click.Choice(["auto", "bf16", "fp32"]),
             help="auto, without it: bf16 where the machine computes in it."),
    _general("--held-out", type=int, metavar="N",
             help="Pictures kept aside to judge and calibrate by, at most a fifth. Without it: "
             "500."),
    _general("--rebalancing", type=float, metavar="R",
             help="How much more rare colours count, 0 not at all to 1 fully. Without it: 0.25."),
    _general("--cache-gb", type=float, metavar="G",
             help="Memory of each process for decoded pictures. Without it: 4."),
    _general("--licence", metavar="TEXT", help="Licence of the weights; goes into MODEL."),
    _general("--engine", type=click.Choice(["local", "ray"]),
             help="local, without it: this process, or those of torchrun. ray: workers of a Ray "
             "cluster, `pip install 'photochrom[cluster]'`; FOLDER and the run folder must be on "
             "storage that all its machines see."),
    _general("--workers", type=click.IntRange(min=1), metavar="N",
             help="With --engine ray: how many learn together, each with its share of a batch and "
             "of the cores, or with --device cuda each on a GPU."),
    _general("--address", metavar="A",
             help="Of the Ray cluster, such as 10.0.0.5:6379, or auto on one of its machines. "
             "Without it Ray is started on this one."),
)  # fmt: skip

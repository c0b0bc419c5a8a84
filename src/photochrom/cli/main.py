"""The door: all verbs, and the one place where errors become exit codes."""

import logging
import os
import sys
from collections.abc import Sequence

import click

import photochrom
from photochrom.cli.apply import apply
from photochrom.cli.colorize import colorize
from photochrom.cli.evaluate import evaluate
from photochrom.cli.export_web import export_web
from photochrom.cli.model import model
from photochrom.cli.palette import palette
from photochrom.cli.recolor import recolor
from photochrom.cli.say import say
from photochrom.cli.serve import serve
from photochrom.cli.shards import shards
from photochrom.cli.status import Status, of_error
from photochrom.cli.sweep import sweep
from photochrom.cli.train import train
from photochrom.cli.train_many import train_many
from photochrom.errors import TRAIN_EXTRA, PhotochromError

_LOGGER = logging.getLogger("photochrom")


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(photochrom.__version__, prog_name="photochrom")
@click.option("--debug", is_flag=True, help="Show log messages and, on errors, the traceback.")
def cli(debug: bool) -> None:
    """Colour black-and-white photographs, and learn your own kind of picture.

    Results go to stdout, progress to stderr. Exit codes: 0 done, 1 failed, 2 wrong usage,
    3 some inputs failed, 130 interrupted.

    \b
    Example:
      photochrom colorize old.jpg
      photochrom train my-photos/ -o mine.onnx
      photochrom colorize old.jpg --model mine.onnx --force
    """
    if debug:
        logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
        _LOGGER.setLevel(logging.DEBUG)


for _verb in (
    colorize, apply, recolor, train, train_many, shards, evaluate, sweep, palette, model, serve,
    export_web,
):  # fmt: skip
    cli.add_command(_verb)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments : what follows the program's name; by default `sys.argv`
    """
    try:
        status = _run(list(sys.argv[1:] if arguments is None else arguments))
        sys.stdout.flush()
        return status
    except click.ClickException as error:
        error.show()
        return Status.USAGE
    except KeyboardInterrupt:
        say("photochrom: interrupted")
        return Status.INTERRUPTED
    except BrokenPipeError:
        _silence_stdout()
        return Status.FAILED
    except Exception as error:
        _LOGGER.debug("the command failed", exc_info=True)
        say(f"photochrom: {_sentence(error)}")
        return of_error(error)


def _run(arguments: list[str]) -> int:
    """Do what `click.Group.main` does, but leave every error to the caller."""
    try:
        with cli.make_context("photochrom", arguments) as context:
            return int(cli.invoke(context) or Status.DONE)
    except click.exceptions.Exit as end:  # after --help and --version
        return end.exit_code


def _sentence(error: Exception) -> str:
    if isinstance(error, PhotochromError):
        return str(error)
    if isinstance(error, ModuleNotFoundError) and error.name in TRAIN_EXTRA:
        return f"{error.name} is not installed; training needs: pip install 'photochrom[train]'"
    if isinstance(error, MemoryError):
        return "not enough memory; close other programs, or take smaller or fewer pictures"
    from photochrom._files import is_full  # needs NumPy, which `--help` does not load

    if is_full(error):
        return "no space left on the device that the output goes to"
    return f"unexpected error, {type(error).__name__}: {error} (--debug shows where)"


def _silence_stdout() -> None:
    """The reader has gone; without this Python complains once more while it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

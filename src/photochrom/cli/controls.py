"""The options of `colorize` that can change a pixel, and the recipe they make."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from photochrom.inference.recipe import Recipe

Command = TypeVar("Command", bound=Callable[..., Any])

DECODES = ("annealed-mean", "argmax", "argmax-rgb", "rgb")  # as in modelfile.spec, loaded later
_OPTIONS = (
    click.option(
        "--vividness",
        type=float,
        metavar="V",
        help="0 (dull and safe) to 1 (vivid and guessed); 0.5, without it, is the model's own.",
    ),
    click.option(
        "--decode",
        type=click.Choice(DECODES),
        help="How the network's output becomes colour; argmax-rgb and rgb throw the lightness "
        "away, as the origin system does. Without it: as the model says.",
    ),
    click.option(
        "--working-size",
        type=int,
        metavar="PX",
        help="Shorter side at which the network sees a picture, 16 to 4096; smaller takes less "
        "memory. Results keep their size. Without it: as the model says.",
    ),
)


def controls(command: Command) -> Command:
    """Add the options, in their order, to a command that takes them as `**asked`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def to_recipe(asked: dict[str, Any]) -> "Recipe":
    """Make a recipe of what was asked for."""
    from photochrom.inference.recipe import Recipe

    return Recipe(**asked)

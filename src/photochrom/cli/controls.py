"""The options of `colorize` that can change a pixel, and the recipe they make."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from photochrom.cli.say import say

if TYPE_CHECKING:
    from photochrom.inference.recipe import Recipe
    from photochrom.palettes.palette import Palette

Command = TypeVar("Command", bound=Callable[..., Any])

DECODES = ("annealed-mean", "argmax", "argmax-rgb", "rgb")  # as in modelfile.spec, loaded later
_OPTIONS = (
    click.option(
        "--hint",
        "hints",
        multiple=True,
        metavar="X,Y[,R]=COLOUR",
        help="A colour that is known at a pixel, or within R px of it: #rrggbb, a CSS name, or the "
        "number of a palette's colour. Sets hue and chroma, never lightness; gray means without "
        "colour. Can be given again.",
    ),
    click.option(
        "--hints",
        "hint_files",
        multiple=True,
        type=click.Path(readable=False),
        metavar="FILE",
        help="Many hints: a .json list, or a picture of the same size, transparent where nothing "
        "is said. Can be given again.",
    ),
    click.option(
        "--hints-only", is_flag=True, help="Spread the hints alone, without the model's guess."
    ),
    click.option(
        "--palette",
        "palette_name",
        type=click.Path(readable=False),
        metavar="P",
        help="Mix all colours of these: a palette file (.json, .gpl, .ase, .aco, .css, .txt, .hex, "
        ".png), or a model, whose palette is meant.",
    ),
    click.option(
        "--palette-from",
        type=click.Path(readable=False),
        metavar="PICTURE",
        help="Mix all colours of the main ones of a picture in colour.",
    ),
    click.option(
        "--exact-palette",
        is_flag=True,
        help="Give every pixel one of the palette's colours and no mixture; without --palette, "
        "one of the model's.",
    ),
    click.option(
        "--reference",
        "references",
        multiple=True,
        type=click.Path(readable=False),
        metavar="R",
        help="A picture in colour of the same kind: where the pictures are alike, its colours are "
        "taken. Can be given again.",
    ),
    click.option(
        "--chroma-from",
        type=click.Path(readable=False),
        metavar="FILE",
        help="A coloured version of this very picture, by any tool, of any size, slightly shifted: "
        "its colours are taken over without the model.",
    ),
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


def files(asked: dict[str, Any]) -> list[Path]:
    """Return the files that the options name, which are read and must not be overwritten."""
    names = [
        *asked["hint_files"],
        *asked["references"],
        *(asked[name] for name in ("palette_name", "palette_from", "chroma_from")),
    ]
    return [Path(name) for name in names if name is not None]


def to_recipe(asked: dict[str, Any]) -> "Recipe":
    """Make a recipe of what was asked for."""
    from photochrom.inference.hints.reading import load_hints
    from photochrom.inference.recipe import Recipe

    loaded = [each for path in asked.pop("hint_files") for each in load_hints(path)]
    asked["hints"] = (*loaded, *asked["hints"])
    asked["palette"] = _palette(asked.pop("palette_name"), asked.pop("palette_from"))
    return Recipe(**asked)


def _palette(name: str | None, picture: str | None) -> "Palette | None":
    from photochrom.errors import OptionError
    from photochrom.inference.palettes import open_palette, palette_of

    if name is not None and picture is not None:
        raise OptionError("--palette and --palette-from both name the colours; take one of them")
    if picture is not None:
        found = palette_of(picture)
        say(f"photochrom: {len(found)} colours from {picture}, by the elbow")
        return found
    return None if name is None else open_palette(name)

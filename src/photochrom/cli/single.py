"""What verbs share that make one result of one master: its options, its name, its writing."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from photochrom.cli.options import FORCE, FORMAT, MAX_PIXELS, NO_PROVENANCE, QUALITY
from photochrom.cli.places import LOCAL
from photochrom.cli.say import say, tell
from photochrom.errors import OptionError

if TYPE_CHECKING:
    from photochrom.imageio.picture import Picture
    from photochrom.imageio.reading import Limits

Command = TypeVar("Command", bound=Callable[..., Any])

OUTPUT = click.option(
    "-o",
    "--output",
    type=LOCAL,
    required=True,
    metavar="OUT",
    help="File, or folder, for the result.",
)


@dataclass(frozen=True)
class Saving:
    """How a result is written: format (None: as the name or the input says), quality, force."""

    file_format: str | None
    quality: int
    force: bool


def written(command: Command) -> Command:
    """Add the options of how a result is written."""
    for option in (FORCE, NO_PROVENANCE, MAX_PIXELS, QUALITY, FORMAT):
        command = option(command)
    return command


def target_of(master: Path, output: Path, saving: Saving, *others: Path) -> Path:
    """Return the file for the result, checked before any work.

    Raises
    ------
    OptionError
        If it would replace the master or one of `others`.
    OutputExistsError
        If it is there already, without --force.
    """
    from photochrom._files import check_free
    from photochrom.batch.plan import plan

    items = plan([str(master)], str(output), saving.file_format).items
    if len(items) != 1:
        raise OptionError(f"{master} stands for {len(items)} pictures; name one master")
    target = Path(items[0].target)
    for other in others:
        if other.resolve() == target.resolve():
            raise OptionError(f"{other} is read and would be overwritten; change -o")
    check_free(target, overwrite=saving.force)
    return target


def finish(picture: "Picture", target: Path, master: Path, saving: Saving) -> None:
    """Write the result, making its folder if needed; tell its notes, print its name."""
    from photochrom._files import make_folder
    from photochrom.imageio.writing import save_image

    for note in picture.kept.notes:
        say(f"{master}: {note}")
    make_folder(target.parent)
    save_image(
        picture,
        target,
        format=saving.file_format,
        quality=saving.quality,
        overwrite=saving.force,
    )
    tell(str(target))


def limits(max_pixels: int | None) -> "Limits":
    """Return what a picture may ask for."""
    from photochrom.imageio.reading import Limits

    return Limits() if max_pixels is None else Limits(max_pixels=max_pixels)

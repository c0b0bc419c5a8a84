"""`photochrom recolor`: the recipe of a result, once more."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from photochrom.cli import single
from photochrom.cli.options import DEVICE
from photochrom.cli.places import LOCAL
from photochrom.cli.say import say
from photochrom.cli.status import Status

if TYPE_CHECKING:
    from photochrom.inference.provenance import Provenance


@click.command()
@click.argument("result", type=LOCAL)
@click.argument("master", type=LOCAL)
@single.OUTPUT
@click.option(
    "-m",
    "--model",
    type=click.Path(readable=False),
    metavar="M",
    help="The model that made RESULT. Without it: looked for among those that ship.",
)
@click.option(
    "--reference",
    "references",
    multiple=True,
    type=LOCAL,
    metavar="R",
    help="A picture that the recipe used; it is known by its pixels alone, so give it again.",
)
@DEVICE
@single.written
def recolor(
    result: Path,
    master: Path,
    output: Path,
    model: str | None,
    references: tuple[Path, ...],
    device: str,
    file_format: str | None,
    quality: int,
    max_pixels: int | None,
    no_provenance: bool,
    force: bool,
) -> Status:
    """Repeat the recipe stored in a result.

    RESULT is a picture that photochrom coloured: it carries its recipe and the hash of its model.
    MASTER is the picture to colour; if it is the one that RESULT was made from, the same bytes come
    out, if format and quality are the same too.

    \b
    Example:
      photochrom recolor coloured.jpg scan.jpg -o again.jpg
      photochrom recolor coloured.jpg better-scan.tif -o better.tif --model palms.onnx
    """
    from photochrom.imageio.reading import load_image
    from photochrom.inference import repeat

    saving = single.Saving(file_format, quality, force)
    target = single.target_of(master, output, saving, result, *references)
    said = repeat.provenance_of(result)
    _tell_of_another_version(said, result)
    picture = load_image(master, limits=single.limits(max_pixels))
    colored = repeat.recolor(
        said,
        picture,
        model=model,
        references=references,
        device=device,
        provenance=not no_provenance,
    )
    single.finish(colored, target, master, saving)
    return Status.DONE


def _tell_of_another_version(said: "Provenance", result: Path) -> None:
    from photochrom.inference.provenance import SOFTWARE

    if said.software != SOFTWARE:
        say(
            f"{result}: made by {said.software or 'an unknown version'}, repeated by {SOFTWARE}; "
            "it may differ in the last bit",
        )

"""`photochrom palette`: fit, show and convert palettes."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from photochrom.cli.places import LOCAL
from photochrom.cli.say import say, tell
from photochrom.cli.status import Status

if TYPE_CHECKING:
    from photochrom.palettes.palette import Palette

_LIGHTNESS = click.option(
    "--lightness",
    type=click.FloatRange(0, 100),
    default=65.0,
    metavar="L",
    help="L* at which a*b* colours are shown, or written to all but .json.",
)
_FORCE = click.option("--force", is_flag=True, help="Overwrite files that exist.")
_SWATCH = click.option(
    "--swatch",
    type=LOCAL,
    metavar="FILE",
    help="Also draw the palette into this picture file.",
)


@click.group()
def palette() -> None:
    """Fit, show and convert palettes.

    \b
    Example:
      photochrom palette fit my-photos/ -o mine.json --colors 16
      photochrom palette show mine.json
      photochrom palette convert mine.json mine.gpl
    """


@palette.command()
@click.argument("inputs", nargs=-1, required=True, metavar="IN...")
@click.option(
    "-o",
    "--output",
    type=LOCAL,
    required=True,
    metavar="OUT",
    help="Palette file to write: .json (exact), .gpl, .ase, .aco, .css, .txt, .hex or .png.",
)
@click.option(
    "-k",
    "--colors",
    type=click.IntRange(min=2),
    metavar="K",
    help="Number of colours. Without it: where the elbow of the error's curve is, up to 64.",
)
@click.option(
    "--space",
    type=click.Choice(["chroma", "srgb"]),
    default="chroma",
    help="chroma: a*b* without lightness. srgb: full colours, as in the origin system.",
)
@click.option("--seed", type=int, default=0, metavar="N", help="Same seed, same palette.")
@_SWATCH
@_LIGHTNESS
@_FORCE
def fit(
    inputs: tuple[str, ...],
    output: Path,
    colors: int | None,
    space: str,
    seed: int,
    swatch: Path | None,
    lightness: float,
    force: bool,
) -> Status:
    """Fit a palette to colour pictures by k-means.

    IN is a picture or a folder of pictures. Without --colors the number is chosen, and told on
    stderr.

    \b
    Example:
      photochrom palette fit beach.jpg -o beach.json
      photochrom palette fit my-photos/ -o mine.ase --colors 12 --space srgb
    """
    from photochrom.imageio.small import load_small
    from photochrom.inference.palettes import FIT_SIDE
    from photochrom.palettes import files, kmeans

    files.check_target(output, lightness=lightness, overwrite=force)
    _check_swatch(swatch, force)
    pictures = (load_small(path, short_side=FIT_SIDE) for path in _pictures(inputs))
    fitted = kmeans.fit(pictures, colors, space="srgb" if space == "srgb" else "chroma", seed=seed)
    if colors is None:
        say(f"photochrom: {len(fitted)} colours, by the elbow (--colors K for others)")
    files.save_palette(fitted, output, lightness=lightness, overwrite=force)
    tell(str(output))
    _draw(fitted, swatch, lightness, force)
    return Status.DONE


@palette.command()
@click.argument("palette_file", type=click.Path(readable=False), metavar="PALETTE")
@click.option("--json", "as_json", is_flag=True, help="Print the colours as JSON.")
@_SWATCH
@_LIGHTNESS
@_FORCE
def show(
    palette_file: str, as_json: bool, swatch: Path | None, lightness: float, force: bool
) -> Status:
    """Show a palette's colours, as blocks where stdout is a terminal.

    PALETTE is a palette file (.json, .gpl, .ase, .aco, .css, .txt, .hex, or a swatch as .png), or a
    model (a file, or a name that `photochrom model list` shows): then its palette is meant.

    \b
    Example:
      photochrom palette show mine.json
      photochrom palette show mine.onnx --swatch mine.png
    """
    from photochrom.inference.palettes import open_palette
    from photochrom.palettes.swatch import terminal

    shown = open_palette(palette_file)
    if as_json:
        click.echo(json.dumps(shown.to_dict(), indent=1))
    else:
        if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
            click.echo(terminal(shown, lightness=lightness), color=True)
        click.echo("\n".join(_rows(shown, lightness)))
    _draw(shown, swatch, lightness, force)
    return Status.DONE


@palette.command()
@click.argument("palette_file", type=click.Path(readable=False), metavar="IN")
@click.argument("output", type=LOCAL, metavar="OUT")
@_LIGHTNESS
@_FORCE
def convert(palette_file: str, output: Path, lightness: float, force: bool) -> Status:
    """Write a palette in another format, by OUT's suffix.

    .json (exact), .gpl (GIMP, Inkscape, Krita), .ase (Adobe programs), .aco (Photoshop), .css,
    .txt and .hex (text), .png (a swatch) are read and written. IN may be a model too: then its
    palette is meant.

    \b
    Example:
      photochrom palette convert mine.json mine.gpl --lightness 50
      photochrom palette convert brand.ase brand.css
      photochrom palette convert mine.onnx mine.json
    """
    from photochrom.inference.palettes import open_palette
    from photochrom.palettes.files import save_palette

    save_palette(open_palette(palette_file), output, lightness=lightness, overwrite=force)
    tell(str(output))
    return Status.DONE


def _check_swatch(swatch: Path | None, force: bool) -> None:
    """Find out before the work whether the swatch can be written."""
    from photochrom._files import check_free
    from photochrom.imageio.formats import format_of

    if swatch is not None:
        format_of(swatch)
        check_free(swatch, overwrite=force)


def _pictures(inputs: tuple[str, ...]) -> list[Path]:
    from photochrom.datasets.folder import find_pictures

    found: list[Path] = []
    for name in inputs:
        found += find_pictures(Path(name)) if Path(name).is_dir() else [Path(name)]
    return found


def _rows(palette: "Palette", lightness: float) -> list[str]:
    """One colour a line: its number, the values of its space, the shown code, its name."""
    names = palette.names or ("",) * len(palette)
    shown = palette.to_srgb(lightness)
    return [
        f"{number:3d}  {_values(color)}  #{bytes(code).hex()}  {name}".rstrip()
        for number, (color, code, name) in enumerate(
            zip(palette.colors.tolist(), shown, names, strict=True)
        )
    ]


def _values(color: list[float]) -> str:
    return " ".join(f"{value:7.2f}" for value in color)


def _draw(palette: "Palette", target: Path | None, lightness: float, force: bool) -> None:
    if target is None:
        return
    from photochrom.imageio.convert import from_array
    from photochrom.imageio.writing import save_image
    from photochrom.palettes.files import save_palette
    from photochrom.palettes.swatch import draw

    if target.suffix.lower() == ".png":  # the same picture, which can be read as a palette again
        save_palette(palette, target, lightness=lightness, overwrite=force)
    else:
        save_image(from_array(draw(palette, lightness=lightness)), target, overwrite=force)
    tell(str(target))

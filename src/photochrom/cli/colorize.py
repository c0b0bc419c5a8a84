"""`photochrom colorize`: files, folders, patterns, or a stream."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from photochrom.cli import batch
from photochrom.cli.batch import Color, Done, Saving
from photochrom.cli.status import Status, of_batch
from photochrom.cli.targets import STREAM, SUFFIXES, plan
from photochrom.errors import OptionError

if TYPE_CHECKING:
    from photochrom.imageio.picture import Picture
    from photochrom.modelfile.spec import Decode

DECODES = ("annealed-mean", "argmax", "argmax-rgb", "rgb")  # as in modelfile.spec, loaded later


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="IN...")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, readable=False),
    metavar="OUT",
    help="File for one input, folder for several. Without it: NAME-color.EXT beside IN.",
)
@click.option(
    "-m",
    "--model",
    type=click.Path(path_type=Path, readable=False),
    metavar="M",
    help="Model file made by `photochrom train`. Needed: no model ships yet.",
)
@click.option(
    "--vividness",
    type=float,
    metavar="V",
    help="0 (dull and safe) to 1 (vivid and guessed). Without it: as the model says.",
)
@click.option(
    "--decode",
    type=click.Choice(DECODES),
    help="How the network's output becomes colour; argmax-rgb and rgb throw the lightness away, "
    "as the origin system does. Without it: as the model says.",
)
@click.option(
    "--format",
    "file_format",
    type=click.Choice(sorted(SUFFIXES)),
    help="Format of the results. Without it: by OUT's suffix, else as IN.",
)
@click.option(
    "--quality",
    type=click.IntRange(1, 100),
    default=95,
    metavar="Q",
    help="JPEG and WebP quality.",
)
@click.option(
    "--max-pixels",
    type=click.IntRange(min=1),
    metavar="N",
    help="Refuse larger pictures. Without it: 500 million.",
)
@click.option("--force", is_flag=True, help="Overwrite results that exist.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
def colorize(
    inputs: tuple[str, ...],
    output: Path | None,
    model: Path | None,
    vividness: float | None,
    decode: "Decode | None",
    file_format: str | None,
    quality: int,
    max_pixels: int | None,
    force: bool,
    as_json: bool,
) -> Status:
    """Colour pictures with a trained model.

    IN is a file, a folder (its tree is mirrored in OUT), a pattern, or - for a stream from stdin
    to stdout. Nothing is overwritten without --force. A picture that fails is named and the
    others go on.

    \b
    Example:
      photochrom colorize old.jpg --model mine.onnx
      photochrom colorize scans/ -o coloured/ --model mine.onnx --vividness 0.6
      photochrom colorize - --model mine.onnx < old.png > new.png
    """
    if model is None:
        raise OptionError(
            "no model ships with photochrom yet; make one with `photochrom train` and name it "
            "with --model"
        )
    saving = Saving(file_format, quality, force)
    if STREAM in inputs:
        _check_stream(inputs, output, saving, as_json)
        return _stream(output, _open(model, vividness, decode, max_pixels), saving, as_json)
    if str(output) == STREAM:
        raise OptionError("-o - goes with the input - alone; use ./- for a file or folder named -")
    jobs = plan(inputs, output, file_format)
    results = batch.run(jobs, _open(model, vividness, decode, max_pixels), saving)
    _print(results, as_json)
    return of_batch(sum(done.error is not None for done in results), len(results))


def _open(
    model: Path, vividness: float | None, decode: "Decode | None", max_pixels: int | None
) -> Color:
    """Open the model once; return what turns a source into a coloured picture."""
    from photochrom.imageio.reading import Limits, load_image
    from photochrom.inference.colorizer import Colorizer

    colorizer = Colorizer(model)
    colorizer.check(decode=decode, vividness=vividness)
    limits = Limits() if max_pixels is None else Limits(max_pixels=max_pixels)

    def color(source: Path | bytes) -> "Picture":
        picture = load_image(source, limits=limits)
        return colorizer.colorize(picture, decode=decode, vividness=vividness)

    return color


def _check_stream(
    inputs: tuple[str, ...], output: Path | None, saving: Saving, as_json: bool
) -> None:
    from photochrom._files import check_free
    from photochrom.imageio.formats import format_of

    if len(inputs) > 1:
        raise OptionError("- stands for one picture from stdin; it goes with no other input")
    if as_json and _is_stdout(output):
        raise OptionError("--json and the picture would both go to stdout; name a file with -o")
    if _is_stdout(output):
        if sys.stdout.isatty():
            raise OptionError("the picture would go to the terminal; use > FILE or -o FILE")
    elif output is not None:
        if saving.file_format is None:
            format_of(output)
        check_free(output, overwrite=saving.force)


def _stream(output: Path | None, color: Color, saving: Saving, as_json: bool) -> Status:
    from photochrom.imageio.reading import Limits

    # One byte more than allowed, so that the reader sees that there is too much.
    picture = color(sys.stdin.buffer.read(Limits().max_bytes + 1))
    for note in picture.kept.notes:
        click.echo(f"stdin: {note}", err=True)
    if output is None or _is_stdout(output):
        batch.stream_out(picture, saving)
        return Status.DONE
    batch.save(picture, output, saving)
    click.echo(json.dumps({"input": STREAM, "output": str(output)}) if as_json else str(output))
    return Status.DONE


def _is_stdout(output: Path | None) -> bool:
    return output is None or str(output) == STREAM


def _print(results: list[Done], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([asdict(done) for done in results], indent=1))
        return
    for done in results:
        if done.output is not None:
            click.echo(done.output)
    failed = sum(done.error is not None for done in results)
    if failed and len(results) > 1:
        click.echo(f"photochrom: {failed} of {len(results)} pictures failed", err=True)

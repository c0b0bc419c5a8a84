"""`photochrom colorize`: files, folders, patterns, or a stream."""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from photochrom.cli import batch, several, sure
from photochrom.cli.batch import Color, Done, Saving
from photochrom.cli.controls import controls, files, to_recipe
from photochrom.cli.keeping import Keeping
from photochrom.cli.options import (
    DEVICE,
    FORCE,
    FORMAT,
    MAX_PIXELS,
    MODEL,
    NO_PROVENANCE,
    QUALITY,
)
from photochrom.cli.several import Load, Several
from photochrom.cli.status import Status, of_batch
from photochrom.cli.sure import Sure
from photochrom.cli.targets import STREAM, Job, plan
from photochrom.errors import OptionError

if TYPE_CHECKING:
    from photochrom.imageio.picture import Picture
    from photochrom.imageio.reading import Limits
    from photochrom.inference.recipe import Recipe


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
    type=click.Path(readable=False),
    default=MODEL,
    metavar="M",
    help="A name that `photochrom model list` shows, or a model file.",
)
@controls
@several.options
@click.option(
    "--even-if-colored",
    is_flag=True,
    help="Colour pictures anew that are in colour already; without it they are left alone.",
)
@DEVICE
@FORMAT
@QUALITY
@MAX_PIXELS
@click.option(
    "--layer",
    type=click.Path(path_type=Path, readable=False),
    metavar="FILE",
    help="Also keep the colours by themselves, in a small PNG file that `photochrom apply` puts on "
    "the untouched master. For one picture.",
)
@click.option(
    "--confidence",
    is_flag=True,
    help="Also write how sure the colours are beside each result: NAME-confidence.png, the picture "
    "tinted where they are guessed, and NAME-confidence.json with shares and regions.",
)
@NO_PROVENANCE
@FORCE
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
def colorize(
    inputs: tuple[str, ...],
    output: Path | None,
    model: str,
    even_if_colored: bool,
    device: str,
    file_format: str | None,
    quality: int,
    max_pixels: int | None,
    alternatives: int | None,
    seed: int | None,
    layer: Path | None,
    confidence: bool,
    no_provenance: bool,
    force: bool,
    as_json: bool,
    **asked: Any,
) -> Status:
    """Colour black-and-white pictures.

    IN is a file, a folder (its tree is mirrored in OUT), a pattern, or - for a stream from stdin
    to stdout. Nothing is overwritten without --force. A picture that fails is named and the
    others go on.

    Sepia and other tints are taken off first. A picture that is in colour already is named and
    left alone: nothing is written for it (a stream is passed on as it came).

    \b
    Example:
      photochrom colorize old.jpg
      photochrom colorize scans/ -o coloured/ --vividness 0.6
      photochrom colorize old.jpg --alternatives 4
      photochrom colorize old.jpg --confidence
      photochrom colorize palms.jpg --model palms.onnx
      photochrom colorize - < old.png > new.png
    """
    saving = Saving(file_format, quality, force)
    keeping = Keeping(layer, force, not no_provenance)
    several.check_options(alternatives, seed, layer=layer is not None, stream=STREAM in inputs)
    if confidence:
        sure.check(alternatives=alternatives is not None, stream=STREAM in inputs)
    asked["seed"] = seed or 0
    read = files(asked)
    how = _How(model, device, to_recipe(asked), max_pixels, even_if_colored, keeping)
    if STREAM in inputs:
        _check_stream(inputs, output, saving, as_json)
        keeping.check(*([] if output is None else [output]))
        return _stream(output, how, saving, as_json)
    if str(output) == STREAM:
        raise OptionError("-o - goes with the input - alone; use ./- for a file or folder named -")
    jobs = plan(inputs, output, file_format)
    keeping.check_jobs(jobs)
    targets = [job.target for job in jobs]
    besides = [path for target in targets for path in sure.beside(target)] if confidence else []
    keeping.check_files(read, [*targets, *besides])
    if confidence:
        results = _with_confidence(jobs, how, saving)
    elif alternatives is None:
        results = batch.run(jobs, _open(how), saving)
    else:
        results = _alternatives(jobs, how, saving, alternatives)
    _print(results, as_json)
    return of_batch(sum(done.error is not None for done in results), len(results))


@dataclass(frozen=True)
class _How:
    """What the options say about colouring."""

    model: str
    device: str
    recipe: "Recipe"
    max_pixels: int | None
    even_if_colored: bool
    keeping: Keeping

    @property
    def limits(self) -> "Limits":
        from photochrom.imageio.reading import Limits

        return Limits() if self.max_pixels is None else Limits(max_pixels=self.max_pixels)


def _open(how: _How) -> Color:
    """Open the model once; return what turns a source into a coloured picture."""
    from photochrom.inference.colorizer import Colorizer

    colorizer = Colorizer(how.model, device=how.device)
    colorizer.check(how.recipe)
    load = _loader(how)

    def color(source: Path | bytes) -> "Picture | None":
        picture = load(source)
        return None if picture is None else how.keeping.color(colorizer, picture, how.recipe)

    return color


def _alternatives(jobs: list[Job], how: _How, saving: Saving, count: int) -> list[Done]:
    """Colour every picture in several ways."""
    from photochrom.inference.colorizer import Colorizer

    asked = Several(count, how.recipe, how.keeping.provenance)
    asked.check_jobs(jobs)
    colorizer = Colorizer(how.model, device=how.device)
    results = batch.each(jobs, asked.work(colorizer, _loader(how), saving))
    return [asked.told(done) for done in results]


def _with_confidence(jobs: list[Job], how: _How, saving: Saving) -> list[Done]:
    """Colour every picture and say how sure the colours are."""
    from photochrom.inference.colorizer import Colorizer

    asked = Sure(how.recipe, how.keeping, saving)
    asked.check_jobs(jobs)
    colorizer = Colorizer(how.model, device=how.device)
    return batch.each(jobs, asked.work(colorizer, _loader(how)))


def _loader(how: _How) -> Load:
    from photochrom.imageio.reading import load_image
    from photochrom.inference.colored import is_colored

    limits = how.limits

    def load(source: Path | bytes) -> "Picture | None":
        picture = load_image(source, limits=limits)
        return picture if how.even_if_colored or not is_colored(picture) else None

    return load


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


def _stream(output: Path | None, how: _How, saving: Saving, as_json: bool) -> Status:
    color = _open(how)
    # One byte more than allowed, so that the reader sees that there is too much.
    content = sys.stdin.buffer.read(how.limits.max_bytes + 1)
    picture = color(content)
    if picture is None:
        click.echo(f"stdin: {batch.LEFT_ALONE}", err=True)
        if _is_stdout(output):
            _pass_on(content, how.limits, saving)
        else:
            _tell(None, batch.IN_COLOR, as_json)
        return Status.DONE
    for note in picture.kept.notes:
        click.echo(f"stdin: {note}", err=True)
    if output is None or _is_stdout(output):
        batch.stream_out(picture, saving)
        return Status.DONE
    batch.save(picture, output, saving)
    _tell(str(output), None, as_json)
    return Status.DONE


def _pass_on(content: bytes, limits: "Limits", saving: Saving) -> None:
    """Let a picture go on as it came; only another format is a reason to decode it."""
    from photochrom.imageio.formats import HEAD_BYTES, identify
    from photochrom.imageio.reading import load_image

    if saving.file_format in (None, identify(content[:HEAD_BYTES], "stdin")):
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
    else:
        batch.stream_out(load_image(content, limits=limits), saving)


def _tell(output: str | None, skipped: str | None, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"input": STREAM, "output": output, "skipped": skipped}))
    elif output is not None:
        click.echo(output)


def _is_stdout(output: Path | None) -> bool:
    return output is None or str(output) == STREAM


def _print(results: list[Done], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([asdict(done) for done in results], indent=1))
        return
    for done in results:
        for name in (*done.alternatives, done.output):
            if name is not None:
                click.echo(name)
    skipped = sum(done.skipped is not None for done in results)
    if skipped and len(results) > 1:
        click.echo(f"photochrom: {skipped} of {len(results)} pictures {batch.LEFT_ALONE}", err=True)
    failed = sum(done.error is not None for done in results)
    if failed and len(results) > 1:
        click.echo(f"photochrom: {failed} of {len(results)} pictures failed", err=True)

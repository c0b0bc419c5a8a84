"""`photochrom colorize`: files, folders, patterns, URLs, or a stream."""

from typing import Any

import click

from photochrom.cli import rows, stream
from photochrom.cli.asked import Asked, asked_for
from photochrom.cli.controls import controls
from photochrom.cli.many import Running, running
from photochrom.cli.options import (
    DEVICE,
    FORCE,
    FORMAT,
    MAX_PIXELS,
    MODEL,
    NO_PROVENANCE,
    QUALITY,
)
from photochrom.cli.status import Status
from photochrom.errors import OptionError

MOST = 16  # as inference.alternatives.MOST, loaded later


@click.command()
@click.argument("inputs", nargs=-1, required=True, metavar="IN...")
@click.option(
    "-o",
    "--output",
    metavar="OUT",
    help="File for one input, folder for several; a path or a URL. Without it: NAME-color.EXT "
    "beside IN.",
)
@click.option(
    "-m",
    "--model",
    default=MODEL,
    metavar="M",
    help="A name that `photochrom model list` shows, or a model file or its URL.",
)
@controls
@click.option(
    "--alternatives",
    type=click.IntRange(1, MOST),
    metavar="N",
    help="Write N different colourings, NAME-color-1.EXT to NAME-color-N.EXT, and a sheet to "
    "choose from, NAME-color-sheet.png.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    metavar="S",
    help="Another seed, other alternatives; the same one, the same. Without it: 0.",
)
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
    type=click.Path(readable=False),
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
@click.option(
    "--album",
    is_flag=True,
    help="Bring the colours of pictures together that are alike, as those of one roll are: all are "
    "looked at first, which takes about half as long again.",
)
@NO_PROVENANCE
@running
@FORCE
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
def colorize(
    inputs: tuple[str, ...],
    output: str | None,
    force: bool,
    as_json: bool,
    **options: Any,
) -> Status:
    """Colour black-and-white pictures.

    IN is a file, a folder (its tree is mirrored in OUT), a pattern, a URL of any of these such as
    s3://bucket/scans, or - for a stream from stdin to stdout. Nothing is overwritten without
    --force. A picture that fails is named and the others go on.

    Several pictures are a batch: what is done is on record in OUT, and the same command, after
    whatever ended it, does only what is missing, failed or changed. Ctrl-C finishes the pictures
    at hand; a second one stops at once.

    Sepia and other tints are taken off first. A picture that is in colour already is named and
    left alone: nothing is written for it (a stream is passed on as it came).

    \b
    Example:
      photochrom colorize old.jpg
      photochrom colorize scans/ -o coloured/ --vividness 0.6
      photochrom colorize s3://archive/scans -o s3://archive/coloured --workers 8
      photochrom colorize old.jpg --alternatives 4
      photochrom colorize old.jpg --confidence
      photochrom colorize palms.jpg --model palms.onnx
      photochrom colorize - < old.png > new.png
    """
    how = Running(*(options.pop(name) for name in Running.__annotations__))
    how.check_force(force=force)
    asked = asked_for(options, output, force=force)
    if stream.STREAM in inputs:
        return stream.colorize(inputs, asked, how, as_json=as_json)
    if output == stream.STREAM:
        raise OptionError("-o - goes with the input - alone; use ./- for a file or folder named -")
    return _files(inputs, asked, how, as_json=as_json)


def _files(inputs: tuple[str, ...], asked: Asked, how: Running, *, as_json: bool) -> Status:
    from photochrom.batch.plan import plan
    from photochrom.batch.run import run, run_batch
    from photochrom.batch.verify import verify

    order = asked.order()
    planned = plan(inputs, asked.output, order.format)
    asked.check(planned, order)
    open_engine = how.opener(order)
    with rows.Watching() as watching:
        if planned.folder is None:
            how.check_single()
            report = run(planned, order, open_engine, watching, force=asked.force)
        elif how.verify:
            report = verify(planned, order, watching, shard=how.part())
        else:
            part = how.part()
            report = run_batch(planned, order, open_engine, watching, shard=part, force=asked.force)
    rows.show(report, order, planned, as_json=as_json)
    return rows.status_of(report)

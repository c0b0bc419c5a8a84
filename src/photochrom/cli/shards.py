"""`photochrom shards`: pack folders of pictures into training shards."""

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from photochrom.cli.places import LOCAL
from photochrom.cli.progress import EVERY, Counter
from photochrom.cli.say import say, tell
from photochrom.cli.status import Status

if TYPE_CHECKING:
    from photochrom.datasets.packing import Progress
    from photochrom.datasets.shards import Made

FORMATS = ("webp", "jpeg", "png")  # as in datasets.shards, loaded later


@click.command()
@click.argument("folders", nargs=-1, required=True, metavar="FOLDERS...")
@click.option(
    "-o",
    "--output",
    type=LOCAL,
    required=True,
    metavar="OUT_FOLDER",
    help="Folder to make; its shards are named shard-00000.tar and so on.",
)
@click.option(
    "--short-side",
    type=int,
    default=144,
    metavar="PX",
    help="Reduce larger pictures to so many pixels on the shorter side.",
)
@click.option("--per-shard", type=int, default=1000, metavar="N", help="Pictures of a shard.")
@click.option("--quality", type=int, default=90, metavar="Q", help="WebP and JPEG quality.")
@click.option(
    "--format", "file_format", type=click.Choice(FORMATS), default="webp", help="Of the pictures."
)
@click.option(
    "--seed", type=int, default=0, metavar="N", help="Of the order in which pictures are mixed."
)
@click.option("--force", is_flag=True, help="Replace a folder of shards that exists.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def shards(
    folders: tuple[str, ...],
    output: Path,
    short_side: int,
    per_shard: int,
    quality: int,
    file_format: str,
    seed: int,
    force: bool,
    as_json: bool,
) -> Status:
    """Pack pictures into training shards.

    FOLDERS hold pictures, in subfolders too, or shards to be packed anew; a pattern or a URL, such
    as s3://bucket/photos, will do. Of a folder with train/ and test/ only train/ is packed.
    Unreadable, tiny, near-gray and duplicate pictures are left out and named. The others are
    reduced, mixed and packed into tar files as WebDataset reads them, with an index.json that holds
    their counts and hashes. The same pictures give the same files.

    \b
    Example:
      photochrom shards my-photos/ -o my-shards/
      photochrom shards landscapes/ portraits/ -o shards/ --short-side 256 --per-shard 500
    """
    from photochrom.datasets.locations import open_source
    from photochrom.datasets.shards import ShardOptions, make_shards

    options = ShardOptions(
        short_side=short_side,
        per_shard=per_shard,
        quality=quality,
        format=file_format,
        seed=seed,
    )
    with Counter("packing", None) as counter:
        source = open_source(folders)
        told = _seldom(counter.show)
        made = make_shards(source, output, options, overwrite=force, progress=told)
    _print(made, output, as_json)
    return Status.DONE


def _seldom(show: "Progress") -> "Progress":
    """Outside a terminal one line every few seconds is enough for thousands of pictures."""
    last = time.monotonic() - EVERY  # the first is shown at once

    def told(done: int, total: int, name: str) -> None:
        nonlocal last
        if sys.stderr.isatty() or time.monotonic() - last >= EVERY:
            last = time.monotonic()
            show(done, total, name)

    return told


def _print(made: "Made", output: Path, as_json: bool) -> None:
    for dropped in made.dropped:
        say(f"left out {dropped.name}: {dropped.reason}")
    say(f"{_many(made.pictures, 'picture')} in {_many(len(made.shards), 'shard')}")
    if as_json:
        click.echo(json.dumps({"output": str(output), **asdict(made)}, indent=1))
    else:
        tell(str(output))


def _many(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"

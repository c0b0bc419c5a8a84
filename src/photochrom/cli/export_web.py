"""`photochrom export-web`: the page as files, which colours in the visitor's browser alone."""

import json
from pathlib import Path

import click

from photochrom.cli.options import MODEL
from photochrom.cli.places import LOCAL
from photochrom.cli.say import say, tell
from photochrom.cli.status import Status


@click.command("export-web")
@click.argument("models", nargs=-1, metavar="[MODEL]...")
@click.option(
    "-o",
    "--output",
    type=LOCAL,
    required=True,
    metavar="SITE",
    help="Folder for the site, empty or not there yet; with --single an .html file.",
)
@click.option(
    "--single",
    is_flag=True,
    help="One HTML file that opens by a double click, for one small network as `train` makes "
    "with --preset window or origin-*.",
)
@click.option("--force", is_flag=True, help="Replace an earlier export.")
@click.option("--json", "as_json", is_flag=True, help="Print files and sizes as JSON.")
def export_web(
    models: tuple[str, ...], output: Path, single: bool, force: bool, as_json: bool
) -> Status:
    """Write the page as a static site that colours in the visitor's browser alone.

    MODEL is a name that `photochrom model list` shows, or a model file; without it the one that
    ships. Visitors choose among several. The folder goes onto any web server: no picture leaves the
    visitor's machine, and after the first visit it works with the network off.

    \b
    Example:
      photochrom export-web -o site/
      photochrom export-web general mine.onnx -o site/
      photochrom export-web mine.onnx --single -o colours.html
    """
    from photochrom.web.export import export_site
    from photochrom.web.single import export_single

    write = export_single if single else export_site
    made = write(models or (MODEL,), output, overwrite=force)
    if as_json:
        told = {"target": str(made.target), "models": made.models, "files": made.files}
        click.echo(json.dumps(told, indent=1))
        return Status.DONE
    tell(str(made.target))
    say(
        f"{made.bytes / 1e3:.0f} kB"
        if single
        else f"{len(made.files)} files, {made.bytes / 1e6:.1f} MB"
    )
    return Status.DONE

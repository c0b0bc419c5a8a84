"""`photochrom apply`: a colour layer onto its master."""

from pathlib import Path

import click

from photochrom.cli import single
from photochrom.cli.places import LOCAL
from photochrom.cli.status import Status


@click.command()
@click.argument("layer", type=LOCAL)
@click.argument("master", type=LOCAL)
@single.OUTPUT
@single.written
def apply(
    layer: Path,
    master: Path,
    output: Path,
    file_format: str | None,
    quality: int,
    max_pixels: int | None,
    no_provenance: bool,
    force: bool,
) -> Status:
    """Put a colour layer on its master.

    LAYER is what `photochrom colorize --layer` wrote, MASTER the picture that it coloured,
    untouched. The result is the one that `colorize` gave, byte for byte, if format and quality are
    the same. No model is needed. Any other master is refused.

    \b
    Example:
      photochrom apply old-layer.png old.tif -o again.tif
      photochrom apply old-layer.png old.tif -o small.jpg --quality 80
    """
    from photochrom.imageio.reading import load_image
    from photochrom.inference import layer as layers
    from photochrom.inference.layerfile import load_layer

    saving = single.Saving(file_format, quality, force)
    target = single.target_of(master, output, saving, layer)
    found = load_layer(layer)
    picture = load_image(master, limits=single.limits(max_pixels))
    colored = layers.apply(found, picture, provenance=not no_provenance)
    single.finish(colored, target, master, saving)
    return Status.DONE

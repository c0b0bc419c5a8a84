"""Options that several verbs share: the same word, the same meaning."""

import click

FORMATS = ("jpeg", "png", "tiff", "webp")  # as in imageio.formats, loaded later
MODEL = "general"  # as models.packaged.DEFAULT, loaded later
DEVICES = ("cpu", "cuda")  # as inference.runtime.DEVICES, loaded later

DEVICE = click.option(
    "--device",
    type=click.Choice(DEVICES),
    default="cpu",
    help="Where the network runs. cuda: an NVIDIA GPU, with onnxruntime-gpu installed.",
)
FORMAT = click.option(
    "--format",
    "file_format",
    type=click.Choice(FORMATS),
    help="Format of the results. Without it: by OUT's suffix, else as IN.",
)
QUALITY = click.option(
    "--quality",
    type=click.IntRange(1, 100),
    default=95,
    metavar="Q",
    help="JPEG and WebP quality.",
)
MAX_PIXELS = click.option(
    "--max-pixels",
    type=click.IntRange(min=1),
    metavar="N",
    help="Refuse larger pictures. Without it: 500 million.",
)
NO_PROVENANCE = click.option(
    "--no-provenance",
    is_flag=True,
    help="Do not write into the result that its colours are a model's guess, and by which recipe.",
)
FORCE = click.option("--force", is_flag=True, help="Overwrite results that exist.")

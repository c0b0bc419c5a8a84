"""Options that several verbs share: the same word, the same meaning."""

import click

MODEL = "general"  # as models.packaged.DEFAULT, loaded later
DEVICES = ("cpu", "cuda")  # as inference.runtime.DEVICES, loaded later

DEVICE = click.option(
    "--device",
    type=click.Choice(DEVICES),
    default="cpu",
    help="Where the network runs. cuda: an NVIDIA GPU, with onnxruntime-gpu installed.",
)

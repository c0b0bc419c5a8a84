"""Fit a general model's curve of confidence: `python tools/fit_confidence.py MODEL SHARDS OUT`.

Takes the pictures that the model's training held out, as its description says how many and by which
seed; SHARDS is what it was trained on. Colours each, notes what the model said of each cell and
whether it was right, and writes the same graph with the curve in its description to OUT. A general
model trained from now on has its curve already; this renews it, or gives one to an older file.
Needs neither torch nor onnx.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from photochrom.datasets.locations import open_source
from photochrom.datasets.subset import hold_out
from photochrom.datasets.usable import load_usable
from photochrom.errors import ModelFileError, PictureError
from photochrom.evaluation.sureness import of_cells
from photochrom.inference.colorizer import Colorizer
from photochrom.metrics.nearness import Seen
from photochrom.modelfile.file import read_model, write_model
from photochrom.modelfile.reliability import Reliability
from photochrom.modelfile.spec import ModelSpec

SHORT_SIDE = 144  # px, as the training keeps pictures


def held_out_seen(model: Path, spec: ModelSpec, shards: Path) -> Iterator[Seen]:
    """Yield what the model says of each picture that its training held out."""
    options = {} if spec.training is None else spec.training.options
    if "held_out" not in options or "seed" not in options:
        raise ModelFileError(f"{model} does not say which pictures its training held out")
    _, held = hold_out(open_source(shards), options["held_out"], options["seed"])
    colorizer = Colorizer(model)
    for number in range(len(held)):
        try:
            found = load_usable(held.read(number), short_side=SHORT_SIDE)
        except PictureError as error:
            found = str(error)
        if isinstance(found, np.ndarray):
            yield of_cells(colorizer, found)
        else:
            sys.stderr.write(f"left out: {held.name(number)}: {found}\n")


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("shards", type=Path)
    parser.add_argument("out", type=Path)
    chosen = parser.parse_args()
    data, spec = read_model(chosen.model)
    curve = Reliability.fit(list(held_out_seen(chosen.model, spec, chosen.shards)))
    write_model(data, replace(spec, confidence=curve), chosen.out)
    sys.stdout.write(f"{chosen.out}: {curve}\n")


if __name__ == "__main__":
    main()

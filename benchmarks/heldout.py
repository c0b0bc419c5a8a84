"""The honest table: pictures never seen, every preset beside the trivial guesses.

    PHOTOCHROM_DATA=... python -m benchmarks.heldout [DOMAIN ...]

Trains every preset with its defaults on `train/` of cat, palm and beach and reports on `test/`,
which nothing is chosen by: first with lightness kept and the annealed mean, which is how photochrom
uses any model, then the origin's classifiers as it used them, arg-max colour with the lightness
thrown away. By the fast recipe `origin-conv` and `origin-conv-same` are one function, so their rows
agree. Models and report pages stay in bench-output/heldout/.
"""

import argparse
from pathlib import Path

from benchmarks import _data as data
from photochrom.evaluation.evaluate import evaluate
from photochrom.training.config import TrainConfig
from photochrom.training.presets import PRESETS
from photochrom.training.train import train

OUT = Path("bench-output/heldout")
DOMAINS = ("cat", "palm", "beach")


def main(domains: list[str]) -> None:
    """Print a table a domain."""
    for domain in domains:
        folder = data.folder("domains") / domain
        out = OUT / domain
        out.mkdir(parents=True, exist_ok=True)
        models = []
        for preset in sorted(PRESETS):
            target = out / f"{preset}.onnx"
            result = train(folder, target, TrainConfig(preset=preset), overwrite=True)
            print(f"{domain}: {preset} trained in {result.seconds:.1f} s", flush=True)
            models.append(target)
        evaluation = evaluate(folder, models, report=out / "report", overwrite=True)
        print(f"\n{domain}\n{evaluation.table()}\n", flush=True)
        classifiers = [model for model in models if is_classifier(model.stem)]
        as_the_origin = evaluate(folder, classifiers, decode="argmax-rgb")
        print(f"{domain}, decoded as the origin did\n{as_the_origin.table()}\n", flush=True)


def is_classifier(preset: str) -> bool:
    """Whether a preset is one of the origin's networks over a palette of full colours."""
    return PRESETS[preset].kind == "palette" and PRESETS[preset].space == "srgb"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("domains", nargs="*", default=DOMAINS)
    main(parser.parse_args().domains)

"""The honest table: pictures never seen, every preset beside the trivial guesses.

    PHOTOCHROM_DATA=... python -m benchmarks.heldout [DOMAIN ...]

Trains every preset with its defaults on `train/` of cat, palm and beach and reports on `test/`,
which nothing is chosen by. Models and report pages stay in bench-output/heldout/.
"""

import argparse
from pathlib import Path

from benchmarks import data
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


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("domains", nargs="*", default=DOMAINS)
    main(parser.parse_args().domains)

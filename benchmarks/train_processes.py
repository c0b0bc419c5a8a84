"""One process and two Ray workers on the general shards: whether they learn the same.

    PHOTOCHROM_DATA=... python -m benchmarks.train_processes [--steps 300] [--encoder FILE]

Three short trainings of the general network on small squares: one process with seed 0, two workers
with seed 0, one process with seed 1. At each step one and two learn from the same pictures, cut and
varied differently; two seeds see other pictures, too. So the curves of one and two should differ by
no more than those of two seeds. Prints the three curves (loss, a mean over the last hundred steps),
the held-out figures at the end, and what the two workers cost in time.
"""

import argparse
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import _data as data
from photochrom.cluster.connect import connected
from photochrom.cluster.training import ClusterLearner
from photochrom.training.general.config import GeneralConfig
from photochrom.training.general.train import Learner, train_general
from photochrom.training.phases import Progress
from photochrom.training.train import train

LINES = 15  # of the table of curves


@dataclass
class Run:
    """What one training told."""

    steps: list[int]
    losses: list[float]
    seconds: float
    figures: dict[str, float]

    def at(self, steps: np.ndarray) -> np.ndarray:
        """Return the loss at some steps."""
        return np.interp(steps, self.steps, self.losses)


def main() -> None:
    """Train three times and print what came of it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--crop", type=int, default=64)
    parser.add_argument("--shards", type=int, default=1, help="how many of the general shards")
    parser.add_argument("--encoder", type=Path, help="pretrained EfficientNet-Lite0")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    shards = f"{data.folder('general')}/general-{{00000..{asked.shards - 1:05d}}}.tar"
    options = {"steps": asked.steps, "batch": asked.batch, "crop": asked.crop,
               "encoder": asked.encoder, "held_out": 100, "cache_gb": 1.0}  # fmt: skip
    one = learn(shards, GeneralConfig(**options), train_general)
    print(f"one process: {one.seconds:.0f} s", flush=True)
    with connected(None, cpus=asked.workers):  # so that its start is not in the time
        two = learn(shards, GeneralConfig(**options), ClusterLearner(asked.workers))
    print(f"{asked.workers} workers: {two.seconds:.0f} s, their start included", flush=True)
    other = learn(shards, GeneralConfig(**options, seed=1), train_general)
    show(one, two, other, asked.steps, asked.workers)


def learn(shards: str, config: GeneralConfig, learner: Learner) -> Run:
    """Train once."""
    steps: list[int] = []
    losses: list[float] = []

    def tell(progress: Progress) -> None:
        steps.append(progress.step)
        losses.append(progress.loss)

    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        found = train(shards, Path(folder) / "g.onnx", config, progress=tell, general=learner)
    summary = found.spec.training
    figures = {} if summary is None else summary.metrics["general"]
    return Run(steps, losses, time.perf_counter() - started, figures)


def show(one: Run, two: Run, other: Run, steps: int, workers: int) -> None:
    """Print the curves and how far they lie apart."""
    heads = ("step", "one process", f"{workers} workers", "another seed")
    print("".join(head.rjust(14) for head in heads))
    shown = np.unique(np.linspace(max(1, steps // LINES), steps, LINES).astype(int))
    for step, *losses in zip(shown, *(run.at(shown) for run in (one, two, other)), strict=True):
        print(f"{step:14d}" + "".join(f"{loss:14.4f}" for loss in losses))
    later = np.arange(steps // 4, steps + 1)
    for name, run in ((f"{workers} workers", two), ("another seed", other)):
        apart = run.at(later) - one.at(later)
        print(f"{name} less one process, from a quarter on: mean {apart.mean():+.4f}, "
              f"root mean square {np.sqrt(np.mean(apart**2)):.4f}")  # fmt: skip
    for name, run in (("one process", one), (f"{workers} workers", two), ("another seed", other)):
        print(f"held-out, {name}: dE00 {run.figures['de00']:.2f}, PSNR {run.figures['psnr']:.2f}")


if __name__ == "__main__":
    main()

"""The origin's protocol, so that its recorded figures and ours stand side by side.

    PHOTOCHROM_DATA=... python -m benchmarks.origin [--exact EPOCHS] [--runs N] [--preset NAME]

`train/seed-*` of palm and cat at 200 x 200; RGB k-means on the first picture by name; windows of
encoded luma with zero padding; split BY PIXEL, 1 % test, then 10 % validation. Neighbouring
pixels stand on both sides of that split, so these figures say how fast a network learns, not how
well it colours: see `benchmarks.heldout` for that.

`--exact` trains the network as the origin built it, with its own recipe (SGD 0.01, batch 32), for
that many epochs, on the same pixels and labels.
"""

import argparse
import time
from dataclasses import dataclass, replace
from statistics import median

import numpy as np
import torch
from torch.nn import functional

from benchmarks import _data as data
from photochrom.datasets.photographs import Photograph
from photochrom.imageio import load_small
from photochrom.palettes import kmeans
from photochrom.palettes.palette import Palette
from photochrom.training.config import TrainConfig
from photochrom.training.fit import Fit, Length
from photochrom.training.networks import OriginConvolution, Stack
from photochrom.training.pictures import WorkingPicture, to_working
from photochrom.training.rounds import Round, Source
from photochrom.training.task import Task, resolve

PALETTE_SEEDS = (0, 1, 2)


@dataclass(frozen=True)
class Case:
    """One row of the origin's table.

    Attributes
    ----------
    preset, domain, window, colors : what was trained on what
    recorded : the origin's validation cross-entropy
    origin_time : what it took there, on a GPU
    steps : ours
    limit : s, ours on two cores
    """

    preset: str
    domain: str
    window: int
    colors: int
    recorded: float
    origin_time: str
    steps: int
    limit: float


CASES = (
    Case("origin-conv-same", "palm", 15, 32, 1.2384, "50 x 11 s", 2000, 12),
    Case("origin-dense", "palm", 11, 32, 1.4278, "50 x 13 s", 2000, 20),
    Case("origin-conv", "cat", 15, 12, 0.7327, "50 x 14 s + 50 x 15 s", 12000, 40),
)


@dataclass(frozen=True)
class Result:
    """What one training reached on the validation pixels."""

    cross_entropy: float
    accuracy: float
    seconds: float


def load(domain: str, task: Task) -> list[WorkingPicture]:
    """Load the seed pictures of a domain, squeezed to 200 x 200."""
    paths = sorted((data.folder("domains") / domain / "train").glob("seed-*.jpg"))
    photographs = [Photograph(path.name, load_small(path, short_side=None)) for path in paths]
    return [to_working(photograph, task.working) for photograph in photographs]


def split(count: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels to learn from and those to validate on, as the origin split them."""
    order = np.random.default_rng(seed).permutation(count)
    rest = order[count // 100 :]
    return rest[len(rest) // 10 :], rest[: len(rest) // 10]


def prepare(case: Case, palette_seed: int, seed: int) -> tuple[Task, Palette, Source, np.ndarray]:
    """Return all that a training of this case needs, and the validation pixels."""
    config = TrainConfig(case.preset, window=case.window, colors=case.colors, seed=seed)
    task = resolve(config)
    pictures = load(case.domain, task)
    palette = kmeans.fit([pictures[0].codes], case.colors, space="srgb", seed=palette_seed)
    shapes = [picture.lab.shape[:2] for picture in pictures]
    learned, validation = split(sum(h * w for h, w in shapes))
    mask = np.zeros(sum(h * w for h, w in shapes), dtype=bool)
    mask[learned] = True
    parts = np.split(mask, np.cumsum([h * w for h, w in shapes])[:-1])
    masks = [part.reshape(shape) for part, shape in zip(parts, shapes, strict=True)]
    return task, palette, task.source(pictures, masks, palette), validation


def validate(stack: Stack, source: Source, pixels: np.ndarray) -> tuple[float, float]:
    """Return cross-entropy and accuracy on the validation pixels."""
    drawn = Round(source, 0)
    losses, hits = 0.0, 0
    with torch.inference_mode():
        for part in torch.from_numpy(pixels).split(4096):
            windows, targets = drawn.gather(part)
            logits = stack(windows)
            losses += float(functional.cross_entropy(logits, targets, reduction="sum"))
            hits += int((logits.argmax(1) == targets).sum())
    return losses / len(pixels), hits / len(pixels)


def run(case: Case, palette_seed: int, seed: int) -> Result:
    """Train the collapsed form by the fast recipe; palette and labels are in the time."""
    started = time.perf_counter()
    task, palette, source, validation = prepare(case, palette_seed, seed)
    fit = Fit(task.build(palette), source, task.stepping, Length(steps=case.steps))
    fit.start()
    fit.advance(case.steps)
    stack = fit.result()
    seconds = time.perf_counter() - started
    return Result(*validate(stack, source, validation), seconds)


def entropy(case: Case, palette_seed: int) -> float:
    """Return the entropy of the labels, nats: what guessing their frequencies alone reaches."""
    _, _, source, _ = prepare(case, palette_seed, 0)
    share = np.bincount(Round(source, 0).targets.numpy(), minlength=case.colors) + 1e-12
    share = share / share.sum()
    return float(-(share * np.log(share)).sum())


def equality(case: Case) -> float:
    """Return how far a collapsed network and its exact form differ at most, on real windows."""
    task, palette, source, validation = prepare(case, 0, 0)
    fit = Fit(task.build(palette), source, task.stepping, Length(steps=50))
    fit.start()
    fit.advance(50)
    stack, exact = fit.result(), task.build(palette)
    if not isinstance(exact, OriginConvolution):
        return 0.0  # dense layers are their own collapsed form
    exact.expand(stack)
    windows = Round(source, 0).table.gather(torch.from_numpy(validation[:4096]))
    with torch.inference_mode():
        return float((exact(windows) - stack(windows)).abs().max())


def compare(runs: int, cases: list[Case]) -> None:
    """Print the table of the cases and all palette seeds."""
    print(
        f"{'preset':17} {'on':5} {'w':>2} {'k':>2} {'palette':>7} {'entropy':>7} {'origin':>7} "
        f"{'ours':>7} {'accuracy':>8} {'seconds':>7} {'limit':>5}  origin's time (GPU)"
    )
    for case in cases:
        for palette_seed in PALETTE_SEEDS:
            results = [run(case, palette_seed, seed) for seed in range(runs)]
            ours, accuracy, seconds = (
                median(getattr(result, name) for result in results)
                for name in ("cross_entropy", "accuracy", "seconds")
            )
            print(
                f"{case.preset:17} {case.domain:5} {case.window:2} {case.colors:2} "
                f"{palette_seed:7} {entropy(case, palette_seed):7.3f} {case.recorded:7.4f} "
                f"{ours:7.4f} {accuracy:8.3f} {seconds:7.1f} {case.limit:5.0f}  "
                f"{case.origin_time}",
                flush=True,
            )
        print(f"{'':17} exact and collapsed form differ by at most {equality(case):.1e}")


def exact(epochs: int, cases: list[Case]) -> None:
    """Train the exact networks by the origin's recipe and print every epoch."""
    for case in cases:
        task, palette, source, validation = prepare(case, 0, 0)
        task = resolve(replace(task.config, recipe="origin"))
        steps = source.pixels() // task.stepping.batch
        fit = Fit(task.build(palette), source, task.stepping, Length(steps=epochs * steps))
        fit.start()
        for epoch in range(1, epochs + 1):
            fit.advance(steps)
            found, accuracy = validate(fit.result(), source, validation)
            print(
                f"{case.preset} on {case.domain}, epoch {epoch}: training {fit.state.loss:.4f}, "
                f"validation {found:.4f}, accuracy {accuracy:.3f}, {fit.state.seconds:.0f} s",
                flush=True,
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3, help="trainings a row; medians are shown")
    parser.add_argument("--exact", type=int, default=0, metavar="EPOCHS")
    parser.add_argument("--preset", choices=[case.preset for case in CASES], help="one row alone")
    arguments = parser.parse_args()
    chosen = [case for case in CASES if arguments.preset in (None, case.preset)]
    exact(arguments.exact, chosen) if arguments.exact else compare(arguments.runs, chosen)

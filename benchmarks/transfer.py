"""From the general model to one's own kind of picture: every method, on pictures never seen.

    PHOTOCHROM_DATA=... python -m benchmarks.transfer [DOMAIN ...] [--first N] [--out FOLDER]

Trains `origin-conv`, `window` and `transfer` with their defaults on `train/` of each domain (or on
its first N pictures) and judges them on `test/` beside gray, the mean chroma, the lightness table
and the general model as it is. Models that lie in the out folder already are used again.
At the end: what was chosen and why, and whether each transfer is no worse than the better of table
and general: by 2 %, or within the paired bootstrap interval.
"""

import argparse
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import _data as data
from photochrom.datasets.folder import find_split
from photochrom.evaluation.evaluate import evaluate
from photochrom.evaluation.methods import TABLE
from photochrom.evaluation.result import Evaluation, Row
from photochrom.metrics import bootstrap
from photochrom.modelfile.file import read_model
from photochrom.training.config import TrainConfig
from photochrom.training.train import train
from photochrom.training.transfer.config import TransferConfig

DOMAINS = (
    "beach", "cat", "flowers", "forest", "fruit", "kangaroo",
    "kitchen", "palm", "reef", "road", "satellite", "sunrise",
)  # fmt: skip
CONFIGS = {
    "origin-conv": TrainConfig(preset="origin-conv"),
    "window": TrainConfig(preset="window"),
    "transfer": TransferConfig(),
}
COLUMNS = ("gray", "mean chroma", TABLE, "origin-conv", "window", "general", "transfer")
FIGURES = ("de00", "psnr", "colorfulness")


@dataclass(frozen=True)
class Judged:
    """A domain's figures.

    Attributes
    ----------
    name : of the domain
    evaluation : on its test pictures
    seconds : of the transfer, None where an earlier model was used
    """

    name: str
    evaluation: Evaluation
    seconds: float | None

    def row(self, method: str) -> Row:
        """Return a method's figures; of the baselines those of the domain's own pictures."""
        rows = {row.name: row for row in self.evaluation.rows}
        return rows.get(method) or next(
            row for name, row in rows.items() if name.startswith(method) and "general" not in name
        )

    def mean(self, method: str, figure: str) -> float:
        """Return a mean over the test pictures."""
        return float(np.mean(self.row(method).values(figure)))


def main() -> None:
    """Train, judge, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("domains", nargs="*", default=DOMAINS)
    parser.add_argument("--first", type=int, help="learn from the first N pictures alone")
    parser.add_argument("--out", type=Path, default=Path("bench-output/transfer"))
    arguments = parser.parse_args()
    judged = [judge(name, arguments.out, arguments.first) for name in arguments.domains]
    show(judged)


def judge(name: str, out: Path, first: int | None) -> Judged:
    """Train what is missing and measure everything on the test pictures."""
    folder = data.folder("domains") / name
    out = out / (name if first is None else f"{name}-{first}")
    out.mkdir(parents=True, exist_ok=True)
    if first is not None:
        folder = shorten(folder, out / "pictures", first)
    seconds = None
    for preset, config in CONFIGS.items():
        target = out / f"{preset}.onnx"
        if not target.exists():
            result = train(folder, target, config, overwrite=True)
            print(f"{out.name}: {preset} in {result.seconds:.1f} s", flush=True)
            seconds = result.seconds
    models = [*(out / f"{preset}.onnx" for preset in CONFIGS), "general"]
    judged = Judged(
        out.name, evaluate(folder, models, report=out / "report", overwrite=True), seconds
    )
    chosen = read_model(out / "transfer.onnx")[1].training.options["chosen"]
    print(f"{out.name}: {chosen['words']}, temperature {chosen['temperature']}", flush=True)
    return judged


def shorten(folder: Path, out: Path, first: int) -> Path:
    """Copy the first training pictures and all test pictures."""
    split = find_split(folder)
    for paths, part in ((split.train[:first], "train"), (split.test, "test")):
        (out / part).mkdir(parents=True, exist_ok=True)
        for path in paths:
            shutil.copy(path, out / part)
    return out


def show(judged: list[Judged]) -> None:
    """Print a table a figure, and the verdicts."""
    for figure in FIGURES:
        columns = (*COLUMNS, "truth") if figure == "colorfulness" else COLUMNS
        print(f"\n{figure:<14}" + "".join(f"{column[:11]:>13}" for column in columns))
        for one in judged:
            cells = [one.mean(column, figure) for column in COLUMNS]
            if figure == "colorfulness":
                cells.append(float(np.mean(one.evaluation.truth_colorfulness)))
            print(f"{one.name:<14}" + "".join(f"{cell:13.2f}" for cell in cells))
    print()
    for one in judged:
        print(verdict(one))
    gains = [1 - one.mean("transfer", "de00") / one.mean(TABLE, "de00") for one in judged]
    print(f"\non average {np.mean(gains):.1%} lower dE00 than the lightness table")


def verdict(one: Judged) -> str:
    """Say how a transfer stands beside the better of table and general, and beside the origin."""
    best = min((TABLE, "general"), key=lambda method: one.mean(method, "de00"))
    ours, theirs = one.row("transfer").values("de00"), one.row(best).values("de00")
    more = float(np.mean(ours)) / float(np.mean(theirs)) - 1
    interval = bootstrap.paired_difference(ours, theirs)
    fine = more <= 0.02 or interval.low <= 0
    beaten = one.mean("transfer", "de00") < one.mean("origin-conv", "de00")
    time = "" if one.seconds is None else f", {one.seconds:.0f} s"
    return (
        f"{one.name:<14} {'ok' if fine else 'WORSE'}: {more:+.1%} beside the {best} "
        f"({interval.low:+.2f} to {interval.high:+.2f}); "
        f"{'beats' if beaten else 'LOSES TO'} origin-conv{time}"
    )


if __name__ == "__main__":
    main()

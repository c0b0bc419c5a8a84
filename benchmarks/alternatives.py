"""Several answers for one picture: how unlike they are, and how near the best comes to the truth.

    PHOTOCHROM_DATA=... python -m benchmarks.alternatives [--each N] [--count N] [--sheet FILE]

Up to five pictures of `test/` of each domain, reduced to 384 px, are coloured plainly and in four
alternatives. "best of 4" is what a person would have who knows the truth and picks; so that the
gain is not just that of four tries, the same is told of four settings of the vividness knob.
Blotches: how much chroma changes where lightness does not, as `benchmarks.general` measures it. The
settings were chosen on `train/` (`--split train`), where the figures are much the same.
Test pictures are not for redistribution: leave the sheet outside the repository.
"""

import argparse
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from benchmarks import _data as data
from benchmarks.general import blotchiness
from photochrom.color import lab
from photochrom.datasets.folder import find_pictures
from photochrom.evaluation.album import reduce
from photochrom.evaluation.choices import small
from photochrom.evaluation.sheets import contact_sheet
from photochrom.imageio import from_array, load_image, save_image
from photochrom.inference.colorizer import Colorizer
from photochrom.metrics import bootstrap, ciede2000
from photochrom.metrics.scores import Scores, compare

SIDE = 384  # px, the longer side
KNOB = (0.0, 0.25, 0.75, 1.0)


@dataclass(frozen=True, eq=False)
class Row:
    """One picture: the truth, the plain result and the answers, with their figures."""

    name: str
    truth: np.ndarray
    plain: np.ndarray
    answers: list[np.ndarray]
    knob: list[np.ndarray]

    def scores(self, kind: str) -> list[Scores]:
        """Figures of the pictures of a kind."""
        found = getattr(self, kind)
        return [compare(each, self.truth) for each in (found if kind != "plain" else [found])]


def main() -> None:
    """Print the table, write the sheet."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="general", help="packaged name, or a model file")
    parser.add_argument("--split", default="test", choices=("test", "train"))
    parser.add_argument("--each", type=int, default=5, help="pictures a domain")
    parser.add_argument("--count", type=int, default=4, help="answers a picture")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sheet", type=Path, help="file for the first picture of each domain")
    arguments = parser.parse_args()
    colorizer = Colorizer(arguments.model)
    rows = [
        row
        for domain in sorted(data.folder("domains").iterdir())
        for row in of_domain(colorizer, domain / arguments.split, arguments)
    ]
    print_table(rows, arguments.count)
    if arguments.sheet is not None:
        write_sheet(rows, arguments.sheet)


def of_domain(colorizer: Colorizer, folder: Path, arguments: argparse.Namespace) -> list[Row]:
    """Colour some pictures of a folder, at even steps."""
    paths = find_pictures(folder)
    chosen = np.linspace(0, len(paths) - 1, min(arguments.each, len(paths))).round().astype(int)
    rows = []
    for number in chosen:
        truth = reduce(load_image(paths[number]).pixels, SIDE)
        rows.append(
            Row(
                f"{folder.parent.name}/{paths[number].stem}",
                truth,
                colorizer.colorize(truth),
                colorizer.alternatives(truth, arguments.count, seed=arguments.seed),
                [colorizer.colorize(truth, vividness=value) for value in KNOB],
            )
        )
    return rows


def print_table(rows: list[Row], count: int) -> None:
    """Print what the module says."""
    of = {kind: [row.scores(kind) for row in rows] for kind in ("plain", "answers", "knob")}
    plain = np.array([[s.de00, s.psnr, s.colorfulness] for (s,) in of["plain"]])
    print(f"{len(rows)} pictures, {count} answers each; means")
    print(f"{'':24}{'dE00':>7}{'PSNR':>7}{'colour':>8}{'blotches':>10}")
    truth = np.mean([compare(row.truth, row.truth).colorfulness for row in rows])
    blotches = np.mean([blotchiness(row.truth) for row in rows])
    print(f"{'truth':24}{'':14}{truth:8.1f}{blotches:10.3f}")
    blotches = np.mean([blotchiness(row.plain) for row in rows])
    line("plain", *plain.mean(axis=0), blotches)
    each = np.array([[(s.de00, s.psnr, s.colorfulness) for s in many] for many in of["answers"]])
    blotches = np.mean([blotchiness(one) for row in rows for one in row.answers])
    line("each answer", *each.mean(axis=(0, 1)), blotches)
    gain = best("best of the answers", of["answers"], plain)
    best(f"best of {len(KNOB)} vividnesses", of["knob"], plain)
    sure = bootstrap.mean([float(value) for value in gain])
    print(
        f"best answer against plain: dE00 lower by {sure.mean:.2f} "
        f"[{sure.low:.2f}, {sure.high:.2f}], and lower on {np.mean(gain > 0):.0%} of the pictures"
    )
    apart = [
        np.mean([unlike(*pair) for pair in combinations(row.answers, 2)])
        for row in rows
        if len(row.answers) > 1
    ]
    print(f"answers lie {np.mean(apart):.2f} dE00 from each other, ", end="")
    away = [np.mean([unlike(one, row.plain) for one in row.answers]) for row in rows]
    print(f"{np.mean(away):.2f} from the plain result")


def best(name: str, scores: list[list[Scores]], plain: np.ndarray) -> np.ndarray:
    """Print the means of the best by dE00 and by PSNR; return how much lower dE00 is than plain."""
    de00 = np.array([min(score.de00 for score in many) for many in scores])
    psnr = np.array([max(score.psnr for score in many) for many in scores])
    print(f"{name:24}{de00.mean():7.2f}{psnr.mean():7.2f}")
    gain: np.ndarray = plain[:, 0] - de00
    return gain


def line(name: str, *values: float) -> None:
    """Print one row."""
    print("{:24}{:7.2f}{:7.2f}{:8.1f}{:10.3f}".format(name, *values))


def unlike(one: np.ndarray, other: np.ndarray) -> float:
    """Return the mean dE00 between two pictures."""
    both = [lab.from_srgb(each.astype(np.float32) / 255) for each in (one, other)]
    return float(ciede2000.difference(*both).mean())


def write_sheet(rows: list[Row], path: Path) -> None:
    """Write gray, plain, the answers and the truth of the first picture of each domain."""
    first = {row.name.split("/")[0]: row for row in reversed(rows)}
    shown = sorted(first.values(), key=lambda row: row.name)
    cells = [
        [small(from_array(row.truth), gray=True), row.plain, *row.answers, row.truth]
        for row in shown
    ]
    numbers = [str(number + 1) for number in range(len(shown[0].answers))]
    sheet = contact_sheet(cells, ["gray", "plain", *numbers, "truth"])
    save_image(from_array(sheet), path, overwrite=True)
    print(f"{path}: {', '.join(row.name for row in shown)}")


if __name__ == "__main__":
    main()

"""What pictures in colour do for others of their kind, and for those of another.

    PHOTOCHROM_DATA=... python -m benchmarks.references [DOMAIN ...] [--sheets FOLDER]

Every picture of a domain's `test/` is coloured by the general model, first without and then with
references from `train/`: each alone, draws of three and of five, the one of them that is most alike
(`Colorizer.likeness`, which sees no colour of the test picture), and all of them. Last, the right
half of every test picture by its left half. Then, if no domain is named, the cost where there is
nothing to learn: test pictures of all domains, each with one reference from every other domain.
References that count as black-and-white are left out, as `colorize` refuses them. Nothing in the
method was chosen by a test picture. Means of PSNR and dE00 at native size, 8-bit sRGB; intervals
are over the test pictures, by bootstrap.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import _data as data
from photochrom._types import UInt8
from photochrom.datasets.folder import find_split
from photochrom.evaluation.methods import to_gray
from photochrom.evaluation.sheets import contact_sheet
from photochrom.imageio import from_array, load_image, save_image
from photochrom.inference.colored import is_colored
from photochrom.inference.colorizer import Colorizer
from photochrom.inference.references.reference import Reference, as_reference
from photochrom.metrics import bootstrap
from photochrom.metrics.scores import Scores, compare

DOMAINS = ("road", "satellite")
COUNTS = (1, 3, 5)
DRAWS = 6  # of several references, for each test picture
SHOWN = 6  # test pictures on a sheet, each with two references
FEW = 4  # test pictures a domain for the cost
CELL = 240  # px


@dataclass(frozen=True, eq=False)
class Target:
    """A test picture with its figures without a reference."""

    truth: UInt8
    gray: UInt8
    plain: UInt8
    scores: Scores


@dataclass(frozen=True)
class Gains:
    """What references changed: dB and dE00, each less what there was without them."""

    psnr: tuple[float, ...]
    de00: tuple[float, ...]
    colorfulness: tuple[float, ...]

    @classmethod
    def of(cls, pairs: Sequence[tuple[Scores, Scores]]) -> "Gains":
        """Take figures (without, with)."""
        figures = ("psnr", "de00", "colorfulness")
        return cls(*(tuple(getattr(b, f) - getattr(a, f) for a, b in pairs) for f in figures))

    def words(self) -> str:
        """Return the means, and how PSNR is spread."""
        low, high = np.percentile(self.psnr, [5, 95])
        return (
            f"{np.mean(self.psnr):+6.2f} dB (5 % {low:+.2f}, 95 % {high:+.2f}), "
            f"{np.mean(self.de00):+5.2f} dE00, {np.mean(self.colorfulness):+5.1f} colourfulness"
        )


def main() -> None:
    """Print the tables, write the sheets."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("domains", nargs="*", default=DOMAINS)
    parser.add_argument("--most", type=int, default=60, help="references of a domain, evenly taken")
    parser.add_argument("--sheets", type=Path, help="folder for the sheets; none without it")
    arguments = parser.parse_args()
    colorizer = Colorizer("general")
    for domain in arguments.domains:
        alike(colorizer, domain, arguments.most, arguments.sheets)
    if arguments.domains == DOMAINS:
        unlike(colorizer)


def alike(colorizer: Colorizer, domain: str, most: int, sheets: Path | None) -> None:
    """Print what references of the same domain do."""
    targets = [target(colorizer, path) for path in pictures(domain, "test")]
    paths = [path for path in pictures(domain, "train") if is_colored(path)]
    even = np.unique(np.linspace(0, len(paths) - 1, most).round().astype(int))
    references = [as_reference(paths[index]) for index in even]
    print(f"\n{domain}: {len(targets)} test pictures, {len(references)} references")
    print(f"{'without':>12}  {np.mean([each.scores.psnr for each in targets]):6.2f} dB")
    for count in COUNTS:
        drawn = [draws(references, count, number) for number in range(len(targets))]
        show(str(count), colorizer, targets, drawn)
    nearest = [[(likeliest(colorizer, each, references),)] for each in targets]
    show("most alike", colorizer, targets, nearest)
    show("all", colorizer, targets, [[references] for _ in targets])
    parts = [halves(colorizer, each) for each in targets]
    parts = [part for part in parts if is_colored(part[1])]
    show(
        "other half",
        colorizer,
        [part[0] for part in parts],
        [[(as_reference(part[1]),)] for part in parts],
    )
    if sheets is not None:
        write_sheet(colorizer, targets, references, sheets / f"references-{domain}.png")


def show(
    name: str,
    colorizer: Colorizer,
    targets: Sequence[Target],
    drawn: Sequence[Iterable[Sequence[Reference]]],
) -> None:
    """Print what some choices of references for each picture do."""
    by_target = [
        [(each.scores, judged(colorizer, each, references)) for references in choices]
        for each, choices in zip(targets, drawn, strict=True)
    ]
    gains = Gains.of([pair for pairs in by_target for pair in pairs])
    interval = bootstrap.mean([float(np.mean(Gains.of(pairs).psnr)) for pairs in by_target])
    between = f"mean gain {interval.low:+.2f} to {interval.high:+.2f}"
    print(f"{name:>12}  {gains.words()}; {between}", flush=True)


def likeliest(colorizer: Colorizer, one: Target, references: Sequence[Reference]) -> Reference:
    """Return the reference that is most alike, by what is seen without colour."""
    return references[int(np.argmax(colorizer.likeness(one.gray, references=references)))]


def halves(colorizer: Colorizer, one: Target) -> tuple[Target, UInt8]:
    """Return the right half of a picture, and the left one in colour."""
    middle = one.truth.shape[1] // 2
    return judge(colorizer, np.ascontiguousarray(one.truth[:, middle:])), one.truth[:, :middle]


def unlike(colorizer: Colorizer) -> None:
    """Print what references of other domains cost."""
    domains = sorted(each.name for each in data.folder("domains").iterdir())
    pool = {name: [p for p in pictures(name, "train") if is_colored(p)] for name in domains}
    print(f"\nreferences of something else, {FEW} test pictures of a domain with one of each other")
    rng, every = np.random.default_rng(0), []
    for domain in domains:
        pairs = []
        for path in pictures(domain, "test")[:FEW]:
            one = target(colorizer, path)
            for other in domains:
                if other != domain:
                    reference = as_reference(pool[other][rng.integers(len(pool[other]))])
                    pairs.append((one.scores, judged(colorizer, one, (reference,))))
        print(f"{domain:>12}  {Gains.of(pairs).words()}", flush=True)
        every += pairs
    print(f"{'all':>12}  {Gains.of(every).words()}")


def pictures(domain: str, part: str) -> list[Path]:
    """Return the pictures of one part of a domain."""
    return list(getattr(find_split(data.folder("domains") / domain), part))


def target(colorizer: Colorizer, path: Path) -> Target:
    """Colour a test picture without references."""
    return judge(colorizer, load_image(path).pixels.astype(np.uint8))


def judge(colorizer: Colorizer, truth: UInt8) -> Target:
    """Colour a picture in colour as if it were gray, without references."""
    gray = to_gray(truth)
    plain = colorizer.colorize(gray)
    return Target(truth, gray, plain, compare(plain, truth))


def judged(colorizer: Colorizer, one: Target, references: Sequence[Reference]) -> Scores:
    """Colour it with references and compare."""
    return compare(colorizer.colorize(one.gray, references=tuple(references)), one.truth)


def draws(
    references: Sequence[Reference], count: int, seed: int
) -> Iterator[tuple[Reference, ...]]:
    """Return every reference alone, or some draws of several."""
    if count == 1:
        yield from ((each,) for each in references)
        return
    rng = np.random.default_rng(seed)
    for _ in range(DRAWS):
        chosen = rng.choice(len(references), min(count, len(references)), replace=False)
        yield tuple(references[index] for index in chosen)


def write_sheet(
    colorizer: Colorizer, targets: Sequence[Target], references: Sequence[Reference], out: Path
) -> None:
    """Write gray, without, reference, with, truth: the most alike reference, and any one."""
    out.parent.mkdir(parents=True, exist_ok=True)
    rows = []
    for number in np.linspace(0, len(targets) - 1, SHOWN).round().astype(int):
        one = targets[number]
        drawn = references[np.random.default_rng(int(number)).integers(len(references))]
        for reference in (likeliest(colorizer, one, references), drawn):
            result = colorizer.colorize(one.gray, references=(reference,))
            gray = np.repeat(one.gray[..., None], 3, axis=2)
            rows.append([gray, one.plain, reference.rgb, result, one.truth])
    captions = ("gray", "without", "reference", "with", "truth")
    save_image(from_array(contact_sheet(rows, captions, cell=CELL)), out, overwrite=True)
    print(out)


if __name__ == "__main__":
    main()

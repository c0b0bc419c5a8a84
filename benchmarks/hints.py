"""What known colours are worth: curves over random hints, suggested clicks, leakage, speed.

    PHOTOCHROM_DATA=... python -m benchmarks.hints [PART ...] [--split test] [--sheets FOLDER]

Parts, all by default:

curves   0 to 100 random pixels with their true colour, on `test/` of five domains: "levin" is the
         optimisation of Levin et al. 2004 with the hints alone, "only" is ours with the hints
         alone, "prior" is ours over the general model.
exact    how near hinted pixels come to what was asked, and the step to their neighbours.
clicks   how many suggested clicks reach the quality of ten random ones.
leakage  chroma that one hint changes outside its region, beside what it changes inside, with the
         cost of edges and without it. Regions: Felzenszwalb and Huttenlocher 2004 on the truth.
speed    one hint moved: preview of a 1-megapixel picture, and the full size of 12 megapixels.
"""

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import mean, median

import cv2
import numpy as np
from scipy.sparse import coo_matrix, csc_matrix, diags
from scipy.sparse.linalg import spsolve
from skimage.segmentation import felzenszwalb

from benchmarks import _data as data
from photochrom.color import codes, lab, srgb
from photochrom.imageio import load_image
from photochrom.inference import fullsize
from photochrom.inference.colorizer import Colorizer
from photochrom.inference.hints import spread
from photochrom.inference.hints.hint import Hint
from photochrom.inference.hints.session import Session
from photochrom.metrics import ciede2000, psnr

DOMAINS = ("cat", "palm", "beach", "reef", "satellite")
COUNTS = (0, 1, 5, 10, 50, 100)
METHODS = ("levin", "only", "prior")
LEVIN_SIDE = 224  # px: the direct solve takes 0.4 s there and 10 s at 512
RANDOM, MOST_CLICKS = 10, 12
AWAY = 60.0  # a*b* units by which the leakage hint differs from what was there
ALIKE = 2.0  # L*: a neighbour this near is of the same region
RUNS = 7


@dataclass(frozen=True)
class Truth:
    """A colour photograph: codes, a*b*, and its gray copy."""

    name: str
    rgb: np.ndarray
    chroma: np.ndarray
    gray: np.ndarray


def main() -> None:
    """Run the parts that are asked for."""
    parts = {"curves": curves, "exact": exact, "clicks": clicks, "leakage": leakage, "speed": speed}
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(parts))
    parser.add_argument("--split", default="test", choices=("train", "test"))
    arguments = parser.parse_args()
    for name in arguments.parts or parts:
        print(f"\n{name}")
        parts[name](arguments.split)


def curves(split: str) -> None:
    """Print PSNR and dE00 over the number of hints."""
    every: dict[str, list[list[tuple[float, float]]]] = {method: [] for method in METHODS}
    for domain in DOMAINS:
        here = {method: [] for method in METHODS}
        for index, truth in enumerate(truths(domain, split)):
            for method in METHODS:
                here[method].append(curve(method, truth, seed=index))
        for method in METHODS:
            print_curve(domain, method, here[method])
            every[method] += here[method]
    for method in METHODS:
        print_curve("all", method, every[method])


def curve(method: str, truth: Truth, seed: int) -> list[tuple[float, float]]:
    """Return PSNR and dE00 at each count."""
    hints = random_hints(truth, COUNTS[-1], seed)
    if method == "levin":
        return [judged(levin(truth, hints[:count]), truth) for count in COUNTS]
    session = Session(COLORIZER, truth.gray)
    if method == "only":
        session = Session(COLORIZER, truth.gray, hints=hints[:1], hints_only=True)
        session.remove(1)
    found = []
    for count in COUNTS:
        for hint in hints[len(session.hints) : count]:
            session.add(hint)
        bare = method == "only" and count == 0
        found.append(judged(np.repeat(truth.gray, 3, 2) if bare else session.result(), truth))
    return found


def print_curve(domain: str, method: str, found: list[list[tuple[float, float]]]) -> None:
    """Print one line a metric."""
    if domain == "cat" and method == METHODS[0]:
        print(f"{'hints':23s}" + "".join(f"{count:>14d}" for count in COUNTS))
    values = np.mean(np.array(found), axis=0)
    cells = "".join(f"{decibels:8.2f}/{error:5.2f}" for decibels, error in values)
    print(f"{domain:10s} {method:6s} dB/dE00{cells}", flush=True)


def exact(split: str) -> None:
    """Print the largest error of hinted pixels, and the step to their neighbours."""
    errors, steps = [], []
    for truth in every_truth(split):
        hints = random_hints(truth, 10, seed=1)
        result = COLORIZER.colorize(truth.gray, hints=hints)
        shown = ciede(result)
        for hint in hints:
            x, y = (int(value) for value in hint.points[0])
            wanted = codes.from_lightness(
                codes.lightness(truth.gray[y : y + 1, x : x + 1]),
                np.array(hint.chroma(), dtype=np.float32).reshape(2, 1, 1),
                np.dtype(np.uint8),
            )
            errors.append(int(np.abs(wanted.astype(int) - result[y, x].astype(int)).max()))
            steps += list(neighbours(shown, truth.gray[..., 0], y, x))
    print(f"hinted pixels: largest error {max(errors)} code values, mean {mean(errors):.2f}")
    print(f"step to a neighbour of the same lightness: median {median(steps):.2f} dE00, "
          f"90th percentile {np.percentile(steps, 90):.2f}")  # fmt: skip


def ciede(rgb: np.ndarray) -> np.ndarray:
    """Return L*a*b* (h, w, 3)."""
    return lab.from_srgb(rgb.astype(np.float64) / 255)


def neighbours(shown: np.ndarray, gray: np.ndarray, y: int, x: int) -> Iterator[float]:
    """Yield dE00 to the four neighbours whose lightness is nearly the same."""
    height, width = gray.shape
    light = shown[..., 0]
    for row, column in ((y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)):
        inside = 0 <= row < height and 0 <= column < width
        if inside and abs(light[row, column] - light[y, x]) <= ALIKE:
            yield float(ciede2000.difference(shown[y, x], shown[row, column]))


def clicks(split: str) -> None:
    """Print how many suggested clicks reach ten random ones."""
    needed, along = [], []
    for index, truth in enumerate(every_truth(split)):
        rivals = [
            judged(COLORIZER.colorize(truth.gray, hints=random_hints(truth, RANDOM, seed)), truth)
            for seed in range(100 * index, 100 * index + 3)
        ]
        wanted = mean(decibels for decibels, _ in rivals)
        session, reached = Session(COLORIZER, truth.gray), []
        for _ in range(MOST_CLICKS):
            ((x, y),) = session.suggest()
            session.add(told(truth, x, y))
            reached.append(judged(session.result(), truth)[0])
        enough = [count for count, value in enumerate(reached, 1) if value >= wanted]
        needed.append(enough[0] if enough else MOST_CLICKS + 1)
        along.append([value - wanted for value in reached])
    print(f"suggested clicks that reach {RANDOM} random ones: {mean(needed):.2f} on average, "
          f"median {median(needed):g}, of {len(needed)} pictures "
          f"{sum(each > MOST_CLICKS for each in needed)} not within {MOST_CLICKS}")  # fmt: skip
    print("dB beside ten random ones after 1, 2, ...:",
          " ".join(f"{value:+.2f}" for value in np.mean(along, axis=0)))  # fmt: skip


def leakage(split: str) -> None:
    """Print what one hint changes outside its region, as a share of what it changes inside."""
    usual = spread.EDGE
    for name, edge in (("with edges", usual), ("without", float("inf"))):
        spread.EDGE = edge
        shares, insides = zip(*filter(None, map(leaked, every_truth(split))), strict=True)
        print(f"{name:10s} outside {mean(shares):6.1%} of inside (median {median(shares):.1%}); "
              f"inside {mean(insides):.1f} of {AWAY:g} units asked")  # fmt: skip
    spread.EDGE = usual


def leaked(truth: Truth) -> tuple[float, float] | None:
    """Return the mean change outside over that inside, and that inside; None without a region."""
    regions = felzenszwalb(truth.rgb, scale=400, sigma=0.8, min_size=truth.gray.size // 100)
    sizes = np.bincount(regions.ravel())
    fitting = np.flatnonzero((sizes > 0.03 * regions.size) & (sizes < 0.3 * regions.size))
    if not len(fitting):
        return None
    region = regions == fitting[np.argmax(sizes[fitting])]
    depth = cv2.distanceTransform(region.astype(np.uint8), cv2.DIST_L2, 5)
    y, x = np.unravel_index(int(np.argmax(depth)), depth.shape)
    plain = COLORIZER.colorize(truth.gray)
    before = ciede(plain)[..., 1:]
    away = before[y, x] + AWAY * np.array([0.6, -0.8]) * np.where(before[y, x] > 0, -1, 1)
    hint = Hint(((float(x), float(y)),), f"ab({away[0]:.3f} {away[1]:.3f})", 2)
    after = ciede(COLORIZER.colorize(truth.gray, hints=[hint]))[..., 1:]
    change = np.hypot(*np.moveaxis(after - before, -1, 0))
    return float(change[~region].mean() / change[region].mean()), float(change[region].mean())


def speed(split: str) -> None:
    """Print medians of the preview and of the full size after one hint has moved."""
    del split
    for megapixels in (1, 12):
        gray = next(photographs(megapixels))
        start = time.perf_counter()
        session = Session(COLORIZER, gray)
        for index in range(10):
            session.add(spot(gray, index))
        session.preview()
        prepared = time.perf_counter() - start
        moved: dict[str, list[float]] = {"preview": [], "full": []}
        for index in range(RUNS):
            session.move(1, spot(gray, 100 + index))
            start = time.perf_counter()
            session.preview()
            moved["preview"].append(time.perf_counter() - start)
            session.move(1, spot(gray, 200 + index))
            start = time.perf_counter()
            session.result()
            moved["full"].append(time.perf_counter() - start)
        times = ", ".join(f"{name} {1e3 * median(each):.0f} ms" for name, each in moved.items())
        print(f"{megapixels:2d} MP, 10 hints, one moved: {times}; prepared {1e3 * prepared:.0f} ms")


def photographs(megapixels: int) -> Iterator[np.ndarray]:
    """Yield gray copies (h, w, 1) of the large photographs."""
    for path in sorted(data.folder("large").glob("*.jpg")):
        gray = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        scale = (megapixels * 1e6 / gray.size) ** 0.5
        yield cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)[..., None]


def spot(gray: np.ndarray, index: int) -> Hint:
    """Return a hint at a place that depends on the index."""
    height, width = gray.shape[:2]
    x, y = (index * 7919) % width, (index * 6271) % height
    return Hint(((float(x), float(y)),), "steelblue", 4)


def truths(domain: str, split: str) -> Iterator[Truth]:
    """Yield the photographs of a domain."""
    for path in sorted(Path(data.folder("domains"), domain, split).glob("*.jpg")):
        rgb = np.asarray(load_image(path).pixels)
        if rgb.shape[2] == 3:
            chroma = lab.from_srgb(rgb.astype(np.float32) / 255)[..., 1:]
            luminance = codes.luminance(rgb).astype(np.float64)
            gray = np.rint(255 * np.clip(srgb.encode(luminance), 0, 1)).astype(np.uint8)
            yield Truth(path.name, rgb, chroma, gray[..., np.newaxis])


def every_truth(split: str) -> Iterator[Truth]:
    """Yield the photographs of all five domains."""
    for domain in DOMAINS:
        yield from truths(domain, split)


def told(truth: Truth, x: int, y: int) -> Hint:
    """Return the true colour of a pixel."""
    a, b = truth.chroma[y, x]
    return Hint(((float(x), float(y)),), f"ab({a:.4f} {b:.4f})")


def random_hints(truth: Truth, count: int, seed: int) -> list[Hint]:
    """Return the true colours of random pixels."""
    height, width = truth.gray.shape[:2]
    rng = np.random.default_rng(seed)
    return [told(truth, int(rng.integers(width)), int(rng.integers(height))) for _ in range(count)]


def judged(rgb: np.ndarray, truth: Truth) -> tuple[float, float]:
    """Return PSNR, dB, and mean dE00."""
    error = ciede2000.difference(ciede(rgb), ciede(truth.rgb)).mean()
    return float(psnr.rgb(rgb, truth.rgb)), float(error)


def levin(truth: Truth, hints: list[Hint]) -> np.ndarray:
    """Colour by hints alone: neighbours of like lightness have like colour, in least squares."""
    if not hints:
        return np.repeat(truth.gray, 3, axis=2)
    height, width = truth.gray.shape[:2]
    scale = min(1.0, LEVIN_SIDE / min(height, width))
    size = round(height * scale), round(width * scale)
    light = cv2.resize(codes.lightness(truth.gray), size[::-1], interpolation=cv2.INTER_AREA)
    asked = np.full(size, -1)
    for number, hint in enumerate(hints):
        x, y = hint.points[0]
        asked[int(y * size[0] / height), int(x * size[1] / width)] = number
    wanted = np.array([hint.chroma() for hint in hints])
    known = asked.ravel() >= 0
    right = np.where(known[:, None], wanted[np.maximum(asked.ravel(), 0)], 0.0)
    solved = spsolve(levin_matrix(light / 100, known), right).reshape(*size, 2)
    chroma = solved.astype(np.float32)
    return fullsize.color(truth.gray, chroma, light.astype(np.float32))


def levin_matrix(light: np.ndarray, known: np.ndarray) -> csc_matrix:
    """Return the matrix of Levin et al. 2004: rows of hints are the identity's."""
    height, width = light.shape
    place = np.arange(height * width).reshape(height, width)
    padded = np.pad(light, 1, mode="reflect")
    window = np.stack([padded[1 + dy : 1 + dy + height, 1 + dx : 1 + dx + width]
                       for dy in (-1, 0, 1) for dx in (-1, 0, 1)])  # fmt: skip
    variance = np.maximum(window.var(axis=0) * 0.6, 2e-6)
    rows, columns, weights = [], [], []
    for dy, dx in [(dy, dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1) if dy or dx]:
        here = place[max(0, -dy) : height - max(0, dy), max(0, -dx) : width - max(0, dx)].ravel()
        there = here + dy * width + dx
        difference = light.ravel()[here] - light.ravel()[there]
        rows.append(here)
        columns.append(there)
        weights.append(np.exp(-(difference**2) / variance.ravel()[here]))
    row, column, weight = (np.concatenate(each) for each in (rows, columns, weights))
    total = np.bincount(row, weight, minlength=place.size)
    weight = np.where(known[row], 0, -weight / np.maximum(total[row], 1e-12))
    affinity = coo_matrix((weight, (row, column)), shape=(place.size, place.size))
    return (affinity + diags(np.ones(place.size))).tocsc()


COLORIZER = Colorizer()

if __name__ == "__main__":
    main()

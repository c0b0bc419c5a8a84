"""Whether the pictures of an album agree better, and what that costs.

    PHOTOCHROM_DATA=... python -m benchmarks.album [--part test] [--scenes 5] [--sheets FOLDER]

Agreement: of pictures of each domain six variants are made as an album would have them (crop,
exposure, contrast, gamma, fading, blur, grain), and all are coloured by the general model without
and with an album: the variants of one scene, of all scenes of a domain, of two domains, of all. The
spread is the rms distance in a*b*, at one place of a scene, between variants and their mean.

Truth: the pictures of each domain as an album, those of two domains, and all together; means of
paired differences in dE00, PSNR and colourfulness at native size, with bootstrap intervals over
the pictures.

Cost: the first pass over the pictures beside the colouring. Constants of the method were chosen on
`--part train` alone.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks import _data as data
from photochrom._types import Float32, UInt8
from photochrom.color import lab
from photochrom.datasets.folder import find_split
from photochrom.evaluation.methods import to_gray
from photochrom.evaluation.sheets import contact_sheet
from photochrom.imageio import from_array, load_image, save_image
from photochrom.inference.album import Album
from photochrom.inference.album_note import AlbumNote
from photochrom.inference.colorizer import Colorizer
from photochrom.metrics import bootstrap
from photochrom.metrics.scores import Scores, compare

VARIANTS = 6
PLACES = 24, 32  # of a scene, down and across
GRAIN = 64  # px of the shorter side at which places are looked up, so that edges do not count
APART = 5  # domains between the two of a pair
CELL = 240  # px

Box = tuple[float, float, float, float]
"""Top, left, height and width of a variant, as shares of its scene."""


@dataclass(frozen=True, eq=False)
class Variant:
    """A picture of a scene as another print or shot might show it."""

    gray: UInt8
    box: Box
    note: AlbumNote


@dataclass(frozen=True, eq=False)
class Scene:
    """A picture of a domain, and what stands for its album."""

    domain: str
    truth: UInt8
    gray: UInt8
    note: AlbumNote
    plain: Scores
    variants: list[Variant]


def main() -> None:
    """Print the tables, write the sheet."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--part", choices=("test", "train"), default="test")
    parser.add_argument("--scenes", type=int, default=5, help="of a domain, in variants")
    parser.add_argument("--most", type=int, default=60, help="pictures of a domain, evenly taken")
    parser.add_argument("--sheets", type=Path, help="folder for a sheet of the black-and-white")
    arguments = parser.parse_args()
    colorizer = Colorizer("general")
    domains = {
        each.name: scenes(colorizer, each, arguments.part, arguments.most, arguments.scenes)
        for each in sorted(data.folder("domains").iterdir())
    }
    agreement(colorizer, domains)
    truth(colorizer, domains)
    cost(colorizer, [scene for each in domains.values() for scene in each])
    if arguments.sheets is not None:
        write_sheet(colorizer, data.folder("legacy"), arguments.sheets)


def scenes(colorizer: Colorizer, domain: Path, part: str, most: int, few: int) -> list[Scene]:
    """Read pictures of a domain, and make variants of the first ones."""
    paths = getattr(find_split(domain), part)
    even = np.unique(np.linspace(0, len(paths) - 1, most).round().astype(int))
    made = []
    for number, index in enumerate(even):
        rgb = load_image(paths[index]).pixels.astype(np.uint8)
        gray = to_gray(rgb)
        rng = np.random.default_rng([number, *domain.name.encode()])
        varied = [
            vary(gray, rng, faded=bool(k % 2)) for k in range(VARIANTS if number < few else 0)
        ]
        made.append(
            Scene(
                domain.name,
                rgb,
                gray,
                colorizer.album_note(gray),
                compare(colorizer.colorize(gray), rgb),
                [Variant(each, box, colorizer.album_note(each)) for each, box in varied],
            )
        )
    return made


def vary(gray: UInt8, rng: np.random.Generator, *, faded: bool) -> tuple[UInt8, Box]:
    """Return a picture as another print of it might be."""
    height, width = gray.shape[:2]
    share = rng.uniform(0.78, 0.95)
    rows, columns = int(height * share), int(width * share)
    top, left = int(rng.integers(0, height - rows + 1)), int(rng.integers(0, width - columns + 1))
    tone = gray.reshape(height, width)[top : top + rows, left : left + columns] / 255.0
    tone = tone ** np.exp(rng.uniform(-0.35, 0.35))
    tone = (0.5 + (tone - 0.5) * np.exp(rng.uniform(-0.3, 0.2))) * np.exp(rng.uniform(-0.25, 0.2))
    if faded:
        low, high = rng.uniform(0.03, 0.2), rng.uniform(0.75, 0.95)
        tone = low + np.clip(tone, 0, 1) * (high - low)
    blur = max(0.3, rng.uniform(0, 0.006) * min(height, width))
    tone = cv2.GaussianBlur(tone, (0, 0), blur)
    tone = tone + rng.normal(size=tone.shape) * rng.uniform(0, 0.04)
    codes = (np.clip(tone, 0, 1) * 255 + 0.5).astype(np.uint8)
    return codes, (top / height, left / width, rows / height, columns / width)


def agreement(colorizer: Colorizer, domains: dict[str, list[Scene]]) -> None:
    """Print how far variants of a scene lie apart without an album and with each kind of one."""
    varied = {name: [each for each in found if each.variants] for name, found in domains.items()}
    names, every = list(varied), [each for found in varied.values() for each in found]
    albums: dict[str, Callable[[Scene], Sequence[Scene]]] = {
        "scene": lambda scene: [scene],
        "domain": lambda scene: varied[scene.domain],
        "two": lambda scene: [
            *varied[scene.domain],
            *varied[names[(names.index(scene.domain) + APART) % len(names)]],
        ],
        "all": lambda _: every,
    }
    print(f"spread of {VARIANTS} variants, units of a*b*; in brackets rms chroma, without = 1")
    print(f"{'':10}{'without':>9}" + "".join(f"{name:>14}" for name in albums))
    table = []
    for name, found in varied.items():
        without = mean([spread(colorizer, scene, None) for scene in found])
        row = [without]
        for of in albums.values():
            row.append(mean([spread(colorizer, each, album_of(of(each))) for each in found]))
        table.append(row)
        print(words(name, row), flush=True)
    print(words("all", [mean(column) for column in zip(*table, strict=True)]))
    ratios = [[(row[k][0] / row[0][0]) ** 0.5 for row in table] for k in range(1, len(albums) + 1)]
    print(f"{'ratio':10}{1:9.2f}" + "".join(f"{np.mean(each):14.2f}" for each in ratios))


def album_of(found: Sequence[Scene]) -> Album:
    """Put the variants of some scenes into one album."""
    return Album.of(variant.note for scene in found for variant in scene.variants)


def spread(colorizer: Colorizer, scene: Scene, album: Album | None) -> tuple[float, float]:
    """Return mean squares: of the distance between variants and their mean, and of chroma."""
    boxes = np.array([each.box for each in scene.variants])
    start, end = boxes[:, :2].max(axis=0), (boxes[:, :2] + boxes[:, 2:]).min(axis=0)
    at = [np.linspace(start[k] + 0.02, end[k] - 0.02, PLACES[k]) for k in (0, 1)]
    found = np.stack(
        [
            looked_up(colorizer.colorize(each.gray, album=album), each.box, at)
            for each in scene.variants
        ]
    )
    return float(((found - found.mean(axis=0)) ** 2).sum(-1).mean()), float(
        (found**2).sum(-1).mean()
    )


def looked_up(rgb: UInt8, box: Box, at: Sequence[np.ndarray]) -> Float32:
    """Return a* and b* of a variant at places of its scene (down, across, 2)."""
    scale = min(1.0, GRAIN / min(rgb.shape[:2]))
    size = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    chroma = np.ascontiguousarray(lab.from_srgb(small)[..., 1:], dtype=np.float32)
    down = (at[0] - box[0]) / box[2] * size[1] - 0.5
    across = (at[1] - box[1]) / box[3] * size[0] - 0.5
    x, y = np.meshgrid(across.astype(np.float32), down.astype(np.float32))
    return np.asarray(
        cv2.remap(chroma, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32
    )


def mean(squares: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Average mean squares."""
    return float(np.mean([each[0] for each in squares])), float(np.mean([e[1] for e in squares]))


def words(name: str, row: Sequence[tuple[float, float]]) -> str:
    """Return roots of a row's mean squares."""
    without, others = row[0], row[1:]
    cells = [f"{each[0] ** 0.5:8.2f} ({(each[1] / without[1]) ** 0.5:.2f})" for each in others]
    return f"{name:10}{without[0] ** 0.5:9.2f}" + "".join(cells)


def truth(colorizer: Colorizer, domains: dict[str, list[Scene]]) -> None:
    """Print what an album changes in the distance to the truth."""
    names, every = list(domains), [each for found in domains.values() for each in found]
    print(f"\nwith an album less without, {len(every)} pictures")
    alone = {name: changes(colorizer, found, found) for name, found in domains.items()}
    for name, pairs in alone.items():
        show(name, pairs)
    show("each", [pair for pairs in alone.values() for pair in pairs])
    two = []
    for index, name in enumerate(names):
        other = domains[names[(index + APART) % len(names)]]
        two += changes(colorizer, domains[name], [*domains[name], *other])
    show("two", two)
    show("all", changes(colorizer, every, every))


def changes(
    colorizer: Colorizer, found: Sequence[Scene], album: Sequence[Scene]
) -> list[tuple[Scores, Scores]]:
    """Return figures (without, with) of pictures in an album."""
    made = Album.of(each.note for each in album)
    return [
        (each.plain, compare(colorizer.colorize(each.gray, album=made), each.truth))
        for each in found
    ]


def show(name: str, pairs: Sequence[tuple[Scores, Scores]]) -> None:
    """Print the means of paired differences."""
    cells = []
    for figure in ("de00", "psnr", "colorfulness"):
        before, after = (
            [getattr(each, figure) for each in side] for side in zip(*pairs, strict=True)
        )
        found = bootstrap.paired_difference(after, before)
        cells.append(f"{figure} {found.mean:+.3f} ({found.low:+.3f} to {found.high:+.3f})")
    bright = np.mean([b.colorfulness for _, b in pairs]) / np.mean(
        [a.colorfulness for a, _ in pairs]
    )
    print(f"{name:10} {len(pairs):4} " + ", ".join(cells) + f", {bright:.3f} times", flush=True)


def cost(colorizer: Colorizer, found: Sequence[Scene]) -> None:
    """Print how long notes, an album and its colours take beside colouring without."""
    grays = [each.gray for each in found[:: max(1, len(found) // 40)]]
    album = Album.of(each.note for each in found)
    steps: dict[str, Callable[[UInt8], object]] = {
        "without": colorizer.colorize,
        "note": colorizer.album_note,
        "with": lambda gray: colorizer.colorize(gray, album=album),
    }
    for step in steps.values():
        step(grays[0])
    print(f"\nms a picture ({len(grays)} pictures, {len(album.notes)} notes): ", end="")
    for name, step in steps.items():
        start = time.perf_counter()
        for gray in grays:
            step(gray)
        print(f"{name} {1000 * (time.perf_counter() - start) / len(grays):.1f}", end="  ")
    print()


def write_sheet(colorizer: Colorizer, folder: Path, out: Path) -> None:
    """Write real black-and-white pictures with variants: gray, without an album, with one."""
    out.mkdir(parents=True, exist_ok=True)
    for path in sorted(folder.iterdir()):
        pixels = load_image(path).pixels.astype(np.uint8)
        gray = pixels[..., 0] if pixels.shape[2] == 1 else to_gray(pixels)
        rng = np.random.default_rng(0)
        grays = [gray, *(vary(gray, rng, faded=bool(k % 2))[0] for k in range(VARIANTS - 1))]
        album = Album.of(colorizer.album_note(each) for each in grays)
        rows = [
            [np.repeat(each.reshape(*each.shape[:2], 1), 3, axis=2) for each in grays],
            [colorizer.colorize(each) for each in grays],
            [colorizer.colorize(each, album=album) for each in grays],
        ]
        sheet = contact_sheet(rows, tuple(str(k) for k in range(len(grays))), cell=CELL)
        save_image(from_array(sheet), out / f"album-{path.stem}.png", overwrite=True)
    print(out)


if __name__ == "__main__":
    main()

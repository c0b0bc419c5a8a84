"""Chroma taken over from a coloured version: what tells another picture, and what enlarges best.

    PHOTOCHROM_DATA=... python -m benchmarks.chroma_from

First the correlation after alignment, of training pictures with distorted versions of themselves
(shifted, scaled, turned, other tones, grain, JPEG) and with another picture of their domain: the
limit lies between. Then true colours kept at some size and put back on the gray original, guided by
its lightness and by plain bilinear enlargement: small pictures, and large ones at half their size.
"""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from benchmarks import _data as data
from photochrom._types import UInt8
from photochrom.color import eightbit
from photochrom.evaluation.methods import to_gray
from photochrom.filters.align import align
from photochrom.filters.enlarge import Enlargement
from photochrom.imageio import load_image
from photochrom.inference import fullsize, working
from photochrom.inference.field import Field
from photochrom.inference.references.reference import Reference
from photochrom.inference.references.version import SAME, SIDE, borrow
from photochrom.metrics.scores import compare

FEW = 6  # pictures of each domain
SIDES = (64, 128, 256)  # px of the shorter side, of versions of small pictures


def main() -> None:
    """Print both tables."""
    domains = sorted(each for each in data.folder("domains").iterdir() if each.is_dir())
    pictures = {each.name: some(each / "train") for each in domains}
    correlations(pictures)
    every = [picture for few in pictures.values() for picture in few]
    for side in SIDES:
        enlargements(f"{side} px", [each for each in every if min(each.shape[:2]) > side], side)
    large = (half(path) for path in sorted(data.folder("large").glob("*.jpg")))
    enlargements("large, 512 px", large, SIDE)


def some(folder: Path) -> list[UInt8]:
    """Return the first pictures of a folder."""
    return [load_image(path).pixels.astype(np.uint8) for path in sorted(folder.iterdir())[:FEW]]


def half(path: Path) -> UInt8:
    """Return a large picture at half its size."""
    pixels = load_image(path).pixels.astype(np.uint8)
    return np.asarray(cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))


def correlations(pictures: dict[str, list[UInt8]]) -> None:
    """Print how well versions and strangers agree once aligned."""
    rng, own, strange = np.random.default_rng(0), [], []
    for few in pictures.values():
        for number, picture in enumerate(few):
            height, width = picture.shape[:2]
            by = min(1.0, SIDE / min(height, width))
            size = round(height * by), round(width * by)
            ours = working.reduce_codes(picture, size)
            other = few[(number + 1) % len(few)]
            for found, candidate in ((own, distorted(picture, rng)), (strange, other)):
                found.append(align(working.reduce_codes(candidate, size), ours).correlation)
    print(f"correlation of local contrast, limit {SAME}")
    for name, found in (("the same", own), ("another", strange)):
        low, median, high = np.percentile(found, [0, 50, 100])
        print(f"{name:>10}  {len(found)} pairs: {low:.2f} to {high:.2f}, median {median:.2f}")


def distorted(picture: UInt8, rng: np.random.Generator) -> UInt8:
    """Return what another tool and a second scan may make of a picture."""
    height, width = picture.shape[:2]
    side = min(height, width)
    matrix = cv2.getRotationMatrix2D(
        (width / 2, height / 2), rng.uniform(-1, 1), rng.uniform(0.96, 1.04)
    )
    matrix[:, 2] += rng.uniform(-0.03, 0.03, 2) * side
    moved = cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
    tones = 255 * (moved / 255) ** rng.uniform(0.6, 1.6)
    grain = rng.normal(0, rng.uniform(0, 8), (height, width, 1))
    scale = rng.uniform(0.4, 1.2)
    small = cv2.resize(
        np.clip(tones + grain, 0, 255).astype(np.uint8),
        None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA,
    )  # fmt: skip
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(50, 95))]
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", small, quality)[1], cv2.IMREAD_COLOR))


def enlargements(name: str, pictures: Iterable[UInt8], side: int) -> None:
    """Print PSNR and dE00 of guided and of bilinear enlargement."""
    figures = []
    for truth in pictures:
        height, width = truth.shape[:2]
        by = side / min(height, width)
        size = round(width * by), round(height * by)
        version = np.asarray(cv2.resize(truth, size, interpolation=cv2.INTER_AREA))
        codes = to_gray(truth)[..., None]
        field = borrow(codes, Reference(version, ""))
        guided = fullsize.color(codes, field.chroma, field.lightness, span=field.span)
        scores = compare(guided, truth), compare(bilinear(codes, field), truth)
        figures.append([value for each in scores for value in (each.psnr, each.de00)])
    psnr, de00, plain_psnr, plain_de00 = np.mean(figures, axis=0)
    print(
        f"{name:>14}  {len(figures)} pictures: guided {psnr:.2f} dB, {de00:.3f} dE00; "
        f"bilinear {plain_psnr:.2f} dB, {plain_de00:.3f} dE00",
        flush=True,
    )


def bilinear(codes: UInt8, field: Field) -> UInt8:
    """Return the picture with plainly enlarged chroma."""
    height, width = codes.shape[:2]
    planes = np.moveaxis(field.chroma, -1, 0)
    enlargement = Enlargement.of(planes, height, width, field.span)
    full = enlargement.block(slice(0, height), slice(0, width))
    return eightbit.combine(eightbit.Tones.of(codes), full)


if __name__ == "__main__":
    main()

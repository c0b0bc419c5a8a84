"""What is measured of one coloured picture."""

from dataclasses import asdict, dataclass
from typing import Literal

import numpy as np

from photochrom._types import UInt8
from photochrom.color import lab
from photochrom.errors import ShapeError
from photochrom.metrics import ciede2000, colorfulness, psnr, ssim

_ROWS = 256  # rows at a time: L*a*b* of a 12-megapixel picture, twice, would take 290 MB


@dataclass(frozen=True)
class Metric:
    """How one figure is named and read.

    Attributes
    ----------
    key : field of `Scores`
    title : column head
    unit : in words, may be empty
    better : which way is good; "neither" for a figure that is only a fact
    digits : after the point, in tables
    """

    key: str
    title: str
    unit: str
    better: Literal["lower", "higher", "neither"]
    digits: int


METRICS = (
    Metric("de00", "dE00", "CIEDE2000", "lower", 2),
    Metric("psnr", "PSNR", "dB", "higher", 2),
    Metric("psnr_chroma", "a*b* PSNR", "dB", "higher", 2),
    Metric("ssim", "SSIM", "", "higher", 3),
    Metric("colorfulness", "colour", "", "neither", 1),
    Metric("colorfulness_gap", "off by", "", "lower", 1),
    Metric("cross_entropy", "x-entropy", "nats", "lower", 3),
)


@dataclass(frozen=True)
class Scores:
    """The figures of one result beside its truth, both 8-bit sRGB at native size.

    Attributes
    ----------
    de00 : mean CIEDE2000 over the pixels
    psnr : dB over R, G and B; equal pictures count `psnr.CEILING`
    psnr_chroma : dB over a* and b*; see `psnr.PEAK_CHROMA`
    ssim : over R, G and B
    colorfulness : of the result, Hasler and Suesstrunk
    colorfulness_gap : |colourfulness of the result - of the truth|
    cross_entropy : nats, of the model's palette; None for what has no palette
    """

    de00: float
    psnr: float
    psnr_chroma: float
    ssim: float
    colorfulness: float
    colorfulness_gap: float
    cross_entropy: float | None = None

    def to_dict(self) -> dict[str, float | None]:
        """Return plain values by metric key."""
        return asdict(self)


def compare(result: UInt8, truth: UInt8, *, cross_entropy: float | None = None) -> Scores:
    """Measure a result (h, w, 3) against the truth (h, w, 3), code values 0..255.

    Raises
    ------
    ShapeError
        If the shapes differ: nothing is resized to make a comparison possible.
    """
    if result.shape != truth.shape:
        raise ShapeError(f"the result is {result.shape}, the truth {truth.shape}; sizes must agree")
    difference, squared = _lab_errors(result, truth)
    colourful = colorfulness.measure(result)
    chroma_ratio = psnr.from_squared_error(squared, psnr.PEAK_CHROMA)
    return Scores(
        de00=difference,
        psnr=psnr.for_mean(psnr.rgb(result, truth)),
        psnr_chroma=psnr.for_mean(chroma_ratio),
        ssim=ssim.rgb(result, truth),
        colorfulness=colourful,
        colorfulness_gap=abs(colourful - colorfulness.measure(truth)),
        cross_entropy=cross_entropy,
    )


def _lab_errors(result: UInt8, truth: UInt8) -> tuple[float, float]:
    """Mean CIEDE2000, and mean squared error of a* and b*."""
    difference = squared = 0.0
    for start in range(0, len(truth), _ROWS):
        rows = slice(start, start + _ROWS)
        lab_a, lab_b = (lab.from_srgb(p[rows].astype(np.float32) / 255) for p in (result, truth))
        difference += float(ciede2000.difference(lab_a, lab_b).sum(dtype=np.float64))
        squared += float(((lab_a - lab_b)[..., 1:] ** 2).sum(dtype=np.float64))
    pixels = truth.shape[0] * truth.shape[1]
    return difference / pixels, squared / (2 * pixels)

"""What a model says of its own colours, held against the truth."""

import numpy as np

from photochrom._types import Float32, UInt8
from photochrom.color import codes, lab
from photochrom.filters.resize import resize
from photochrom.inference import decoding, working
from photochrom.inference.colorizer import Colorizer
from photochrom.inference.confidence import Confidence
from photochrom.metrics import ciede2000, nearness
from photochrom.metrics.nearness import Seen
from photochrom.palettes.decode import probabilities


def of_pixels(confidence: Confidence, result: UInt8, truth: UInt8) -> Seen:
    """Hold a confidence against the coloured picture, pixel by pixel at native size.

    Parameters
    ----------
    confidence : of the same picture
    result, truth : (h, w, 3), code values; some thousand pixels of them are compared
    """
    height, width = truth.shape[:2]
    rows, columns = np.divmod(nearness.some_of(height * width), width)
    said = confidence.at(rows + 0.5, columns + 0.5)
    ours, true = (lab.from_srgb(p[rows, columns].astype(np.float32) / 255) for p in (result, truth))
    return Seen(said, ciede2000.difference(ours, true) < nearness.WITHIN)


def of_cells(colorizer: Colorizer, truth: UInt8) -> Seen:
    """Hold what a palette model itself says of a picture's cells against their mean true colour.

    What a curve of confidence is fitted to: no such curve is applied.
    """
    spec = colorizer.spec
    lightness = codes.lightness(truth)
    logits = colorizer.logits(lightness)
    decode = decoding.resolve(spec, None, None)
    output = np.ascontiguousarray(np.moveaxis(logits, -1, 0))
    chroma = decoding.to_chroma(output, spec, decode, None, spec.palette)
    if spec.palette is None:  # `logits` has refused it
        raise TypeError("a model without palette has no confidence")
    return Seen.of(probabilities(logits), spec.palette.chroma, chroma, _cells(truth, colorizer))


def _cells(truth: UInt8, colorizer: Colorizer) -> Float32:
    """Return the mean L*a*b* (h', w', 3) of the truth in each cell of the network's grid."""
    exact = lab.from_srgb(truth.astype(np.float32) / 255)
    size = colorizer.spec.working.of(*truth.shape[:2])
    planes = [
        working.to_grid(resize(np.ascontiguousarray(plane), size), colorizer.spec.stride)
        for plane in np.moveaxis(exact, -1, 0)
    ]
    return np.stack(planes, axis=-1)

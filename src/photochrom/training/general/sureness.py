"""What the general network says of its own colours, held against held-out pictures."""

from collections.abc import Iterable, Iterator

import numpy as np

from photochrom._types import Float32
from photochrom.color import lab
from photochrom.filters.resize import resize
from photochrom.metrics.nearness import Seen
from photochrom.palettes import decode
from photochrom.palettes.palette import Palette
from photochrom.training.general.judge import Judged
from photochrom.training.general.network import OUTPUT_STRIDE


def noted(
    judged: Iterable[Judged], palette: Palette, temperature: float, gain: float, into: list[Seen]
) -> Iterator[Judged]:
    """Pass judged pictures on and note of each how sure the network was and whether rightly so.

    Parameters
    ----------
    judged : with logits as the model file's network gives them
    palette, temperature, gain : how they are read
    into : where one entry a picture is added
    """
    for each in judged:
        chroma = np.float32(gain) * decode.annealed_mean(each.logits, palette, temperature)
        said = decode.probabilities(each.logits)
        into.append(Seen.of(said, palette.chroma, chroma, cells(each)))
        yield each


def cells(judged: Judged) -> Float32:
    """Return the mean true L*a*b* (h' / 4, w' / 4, 3) of every cell that the picture reaches."""
    exact = lab.from_srgb(judged.truth.astype(np.float32) / 255)
    size = judged.size or (exact.shape[0], exact.shape[1])
    seen = np.stack([resize(np.ascontiguousarray(p), size) for p in np.moveaxis(exact, -1, 0)])
    below, right = (-length % OUTPUT_STRIDE for length in size)
    whole = np.pad(seen, ((0, 0), (0, below), (0, right)), mode="edge")
    down, across = (length // OUTPUT_STRIDE for length in whole.shape[1:])
    parts = whole.reshape(3, down, OUTPUT_STRIDE, across, OUTPUT_STRIDE)
    means: Float32 = np.moveaxis(parts.mean(axis=(2, 4), dtype=np.float32), 0, -1)
    return np.ascontiguousarray(means)

"""References as scenes whose colours are known, made once and kept for the next picture."""

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from photochrom._types import Float32
from photochrom.color import lab
from photochrom.errors import RecipeError
from photochrom.inference import working
from photochrom.inference.field import Guess
from photochrom.inference.fingerprint import Recorded
from photochrom.inference.references.reference import Reference
from photochrom.inference.references.scene import Known, Scene
from photochrom.modelfile.spec import WorkingSize
from photochrom.palettes.decode import probabilities

_KEPT = 16  # references with what the network says of each: about 1 MB apiece

Run = Callable[[Float32], Float32]
"""From L* (h, w) at the working size to logits (k, h', w')."""
Decoder = Callable[[Guess], Float32]
"""From what the network says to chroma (h', w', 2)."""


class Shelf:
    """What a network said of references, for the next picture that is to look like them.

    Parameters
    ----------
    run : the network
    stride : px of the working picture to a cell
    """

    def __init__(self, run: Run, stride: int) -> None:
        self._run = run
        self._stride = stride
        self._kept: dict[tuple[str, WorkingSize], tuple[Guess, Float32]] = {}

    def known(
        self, references: Sequence[Reference | Recorded], size: WorkingSize, decode: Decoder
    ) -> list[Known]:
        """Return references as scenes, in an order that does not depend on theirs.

        Raises
        ------
        RecipeError
            If one of them is known by its fingerprint alone.
        """
        found = {present(each).sha256: present(each) for each in references}
        return [self._one(found[name], size, decode) for name in sorted(found)]

    def _one(self, reference: Reference, size: WorkingSize, decode: Decoder) -> Known:
        key = reference.sha256, size
        if key not in self._kept:
            if len(self._kept) >= _KEPT:
                self._kept.pop(next(iter(self._kept)))
            self._kept[key] = self._seen(reference, size)
        guess, chroma = self._kept[key]
        scene = scene_of(guess, decode(guess))
        return Known(scene.shares, scene.lightness, scene.decoded, chroma)

    def _seen(self, reference: Reference, size: WorkingSize) -> tuple[Guess, Float32]:
        height, width = size.of(*reference.rgb.shape[:2])
        small = working.reduce_codes(reference.rgb, (height, width))
        span = height / self._stride, width / self._stride
        guess = Guess(self._run(small), working.to_grid(small, self._stride), span)
        return guess, _chroma(reference, (height, width), self._stride)


def present(reference: Reference | Recorded) -> Reference:
    """Return a reference that is really here."""
    if isinstance(reference, Recorded):
        raise RecipeError(
            "the recipe knows a reference only by its pixels' SHA-256, "
            f"{reference.sha256[:12]}...; put the picture in its place"
        )
    return reference


def scene_of(guess: Guess, decoded: Float32) -> Scene:
    """Return a picture as the network sees it."""
    shares = probabilities(np.moveaxis(guess.output, 0, -1))
    return Scene(np.moveaxis(shares, -1, 0), guess.lightness, decoded)


def _chroma(reference: Reference, size: tuple[int, int], stride: int) -> Float32:
    """Return the true a* and b* of the cells, (h', w', 2)."""
    shrinks = size[0] <= reference.rgb.shape[0]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized = cv2.resize(reference.rgb, size[::-1], interpolation=how).reshape(*size, 3)
    true = lab.from_srgb(resized.astype(np.float32) / np.float32(255))
    planes = [
        working.to_grid(np.ascontiguousarray(true[..., axis], dtype=np.float32), stride)
        for axis in (1, 2)
    ]
    return np.stack(planes, axis=-1)

"""References as scenes whose colours are known, made once and kept for the next picture."""

from collections.abc import Callable, Sequence
from functools import partial

import cv2
import numpy as np

from photochrom._types import Float32, UInt8
from photochrom.color import lab
from photochrom.errors import RecipeError
from photochrom.inference import working
from photochrom.inference.field import Guess
from photochrom.inference.fingerprint import Recorded
from photochrom.inference.references.reference import Reference
from photochrom.inference.references.scene import Known, Looks, Scene
from photochrom.modelfile.spec import WorkingSize
from photochrom.palettes.decode import probabilities

_KEPT = 32  # looks at references with what the network says of each: about 1 MB apiece

Decoder = Callable[[Guess], Float32]
"""From what the network says to chroma (h', w', 2)."""


class Shelf:
    """What a network said of references, for the next picture that is to look like them.

    Parameters
    ----------
    run : the network
    stride : px of the working picture to a cell
    """

    def __init__(self, run: working.Run, stride: int) -> None:
        self._run = run
        self._stride = stride
        self._kept: dict[tuple[str, WorkingSize, bool], tuple[Guess, Float32]] = {}

    def known(
        self, references: Sequence[Reference | Recorded], size: WorkingSize, decode: Decoder
    ) -> list[Looks]:
        """Return each reference once, in an order that does not depend on theirs.

        Raises
        ------
        RecipeError
            If one of them is known by its fingerprint alone.
        """
        found = {present(each).sha256: present(each) for each in references}
        looks = (partial(self._one, found[name], size, decode) for name in sorted(found))
        return [Looks(look(mirror=False), partial(look, mirror=True)) for look in looks]

    def _one(
        self, reference: Reference, size: WorkingSize, decode: Decoder, *, mirror: bool
    ) -> Known:
        key = reference.sha256, size, mirror
        if key not in self._kept:
            if len(self._kept) >= _KEPT:
                self._kept.pop(next(iter(self._kept)))
            rgb = np.ascontiguousarray(reference.rgb[:, ::-1]) if mirror else reference.rgb
            self._kept[key] = self._seen(rgb, size)
        guess, chroma = self._kept[key]
        scene = scene_of(guess, decode(guess))
        return Known(scene.shares, scene.lightness, scene.decoded, chroma)

    def _seen(self, rgb: UInt8, size: WorkingSize) -> tuple[Guess, Float32]:
        height, width = size.of(*rgb.shape[:2])
        guess = working.guessed(self._run, self._stride, rgb, (height, width))
        return guess, _chroma(rgb, (height, width), self._stride)


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


def _chroma(rgb: UInt8, size: tuple[int, int], stride: int) -> Float32:
    """Return the true a* and b* of the cells, (h', w', 2)."""
    shrinks = size[0] <= rgb.shape[0]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized = cv2.resize(rgb, size[::-1], interpolation=how).reshape(*size, 3)
    true = lab.from_srgb(resized.astype(np.float32) / np.float32(255))
    planes = [
        working.to_grid(np.ascontiguousarray(true[..., axis], dtype=np.float32), stride)
        for axis in (1, 2)
    ]
    return np.stack(planes, axis=-1)

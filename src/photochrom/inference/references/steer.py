"""Bring what references know into the chroma of a picture."""

from collections.abc import Sequence

import numpy as np

from photochrom._types import Float32
from photochrom.inference.references.correction import Correction
from photochrom.inference.references.likeness import likeness
from photochrom.inference.references.matches import Matches
from photochrom.inference.references.scene import Looks, Scene, table

MOST = 8  # references at once; of more, the least alike are left out


def steer(scene: Scene, references: Sequence[Looks]) -> Float32 | None:
    """Return the chroma (h', w', 2) that references give a picture, or None if they say nothing.

    Parameters
    ----------
    scene : the picture
    references : any number
    """
    judged = [(likeness(scene, each.straight), each) for each in references]
    alike = [pair for pair in sorted(judged, key=lambda pair: -pair[0])[:MOST] if pair[0] > 0]
    if not alike:
        return None
    degrees = [degree for degree, _ in alike]
    straight = [each.straight for _, each in alike]
    learned = Correction.of(straight, degrees)
    found = Matches.of(scene, [*straight, *(each.mirrored() for _, each in alike)])
    off = learned.of_cells(table(scene.features())).reshape(scene.decoded.shape)
    corrected = scene.decoded + max(degrees) * off
    share = (max(degrees) * found.share)[..., np.newaxis]
    return np.asarray(corrected + share * (found.chroma - corrected), dtype=np.float32)

"""Bring what references know into the chroma of a picture."""

from collections.abc import Sequence

import numpy as np

from photochrom._types import Float32
from photochrom.inference.references.correction import Correction
from photochrom.inference.references.likeness import likeness
from photochrom.inference.references.matches import Matches
from photochrom.inference.references.scene import Known, Scene, table


def steer(scene: Scene, references: Sequence[Known]) -> Float32 | None:
    """Return the chroma (h', w', 2) that references give a picture, or None if they say nothing.

    Parameters
    ----------
    scene : the picture
    references : those that are not alike say nothing
    """
    alike = [likeness(scene, each) for each in references]
    used = [index for index, each in enumerate(alike) if each > 0]
    if not used:
        return None
    near = [references[index] for index in used]
    degrees = [alike[index] for index in used]
    learned = Correction.of(near, degrees).of_cells(table(scene.features()))
    corrected = scene.decoded + max(degrees) * learned.reshape(scene.decoded.shape)
    found = Matches.of(scene, near)
    share = (max(degrees) * found.share)[..., np.newaxis]
    return np.asarray(corrected + share * (found.chroma - corrected), dtype=np.float32)

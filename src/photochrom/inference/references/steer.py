"""Bring what references know into the chroma of a picture."""

from collections.abc import Sequence

import numpy as np

from photochrom._types import Float32
from photochrom.inference.references.correction import Correction
from photochrom.inference.references.likeness import likeness
from photochrom.inference.references.matches import Matches
from photochrom.inference.references.scene import Known, Scene, table


def steer(scene: Scene, references: Sequence[Sequence[Known]]) -> Float32 | None:
    """Return the chroma (h', w', 2) that references give a picture, or None if they say nothing.

    Parameters
    ----------
    scene : the picture
    references : of each the ways to look at it, first as it is; matches are looked for in all
    """
    judged = [(likeness(scene, looks[0]), looks) for looks in references]
    alike = [(degree, looks) for degree, looks in judged if degree > 0]
    if not alike:
        return None
    degrees = [degree for degree, _ in alike]
    learned = Correction.of([looks[0] for _, looks in alike], degrees)
    found = Matches.of(scene, [look for _, looks in alike for look in looks])
    off = learned.of_cells(table(scene.features())).reshape(scene.decoded.shape)
    corrected = scene.decoded + max(degrees) * off
    share = (max(degrees) * found.share)[..., np.newaxis]
    return np.asarray(corrected + share * (found.chroma - corrected), dtype=np.float32)

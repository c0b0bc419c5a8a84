"""Training pictures at the working size, in every form that the networks read."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path as FilePath

import numpy as np

from photochrom._types import Float32, Floats, Path, UInt8
from photochrom.color import gray, lab
from photochrom.datasets.folder import find_split
from photochrom.datasets.photographs import Dropped, Photograph, load_photographs
from photochrom.filters.resize import resize
from photochrom.modelfile.spec import WorkingSize


@dataclass(frozen=True, eq=False)
class WorkingPicture:
    """One picture as the network sees it.

    Attributes
    ----------
    name : for reports
    rgb : (h, w, 3), encoded sRGB, 0..1
    lab : (h, w, 3), L*a*b*
    """

    name: str
    rgb: Float32
    lab: Float32

    @property
    def codes(self) -> UInt8:
        """(h, w, 3), sRGB code values 0..255."""
        return np.rint(self.rgb * 255).astype(np.uint8)

    @property
    def lightness(self) -> Float32:
        """(h, w), L*/100."""
        return np.ascontiguousarray(self.lab[..., 0] / 100)

    @property
    def luma(self) -> Float32:
        """(h, w), the origin's encoded gray, 0..1."""
        return gray.origin_luma(self.rgb).astype(np.float32)


def to_working(photograph: Photograph, working: WorkingSize) -> WorkingPicture:
    """Bring a photograph to the working size, channel by channel in its encoded values."""
    height, width = photograph.rgb.shape[:2]
    size = working.of(height, width)
    rgb = (photograph.rgb / 255).astype(np.float32)
    small = np.stack([resize(rgb[..., c], size) for c in range(3)], axis=-1)
    return from_rgb(photograph.name, small)


def load_folder(
    folder: Path, working: WorkingSize, *, without: FilePath
) -> tuple[list[WorkingPicture], list[Dropped]]:
    """Load a folder's training pictures at the working size, `without` those below that folder."""
    kept_out = without.resolve()
    paths = [p for p in find_split(folder).train if kept_out not in p.resolve().parents]
    photographs, dropped = load_photographs(paths, short_side=working.short_side)
    return [to_working(photograph, working) for photograph in photographs], dropped


def from_rgb(name: str, rgb: Floats) -> WorkingPicture:
    """Make a working picture of encoded sRGB (h, w, 3), 0..1."""
    rgb = np.ascontiguousarray(rgb, dtype=np.float32)
    return WorkingPicture(name, rgb, lab.from_srgb(rgb).astype(np.float32))


def from_lab(name: str, values: Floats) -> WorkingPicture:
    """Make a working picture of L*a*b* (h, w, 3), as augmentation gives it."""
    rgb = np.clip(lab.to_srgb(values), 0, 1)
    return WorkingPicture(name, rgb.astype(np.float32), values.astype(np.float32))


def hash_pictures(pictures: Iterable[WorkingPicture], *, ordered: bool = False) -> str:
    """Return the SHA-256, hex, of the pixels; of their order too where it matters."""
    each = [_hash(picture.codes) for picture in pictures]
    return hashlib.sha256("".join(each if ordered else sorted(each)).encode()).hexdigest()


def _hash(codes: UInt8) -> str:
    return hashlib.sha256(repr(codes.shape).encode() + codes.tobytes()).hexdigest()

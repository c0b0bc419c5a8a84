"""Skin tones of the model that ships: what it makes of faces, by how light they are.

    PHOTOCHROM_DATA=... python -m benchmarks.skin [--model NAME_OR_FILE] [--sheet FILE]

The faces of `general-val` (CelebA, aligned: eyes and mouth lie at the same place) are turned to
gray and coloured. Measured are the cheeks and the nose, a patch in the middle of the picture. Faces
are grouped by the true lightness of that patch: the darkest, the middle and the lightest third. Hue
is the angle of a* and b*; skin of every lightness lies at 40 to 75 degrees.
"""

import argparse
import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks import _data as data
from photochrom.color import lab
from photochrom.datasets.stream import open_source
from photochrom.evaluation.sheets import contact_sheet
from photochrom.imageio import from_array, load_image, save_image
from photochrom.inference.colorizer import Colorizer
from photochrom.metrics import ciede2000

SOURCE = "celeba-gi"
ROWS, COLUMNS = (0.47, 0.66), (0.33, 0.67)  # of height and width: cheeks and nose
GROUPS = ("darkest third", "middle third", "lightest third")


@dataclass(frozen=True, eq=False)
class Face:
    """One face: L*a*b* of the patch, true and ours, and both pictures."""

    truth: np.ndarray
    ours: np.ndarray
    pictures: tuple[np.ndarray, np.ndarray]

    @property
    def lightness(self) -> float:
        """Mean true L* of the patch."""
        return float(self.truth[..., 0].mean())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="general", help="packaged name, or a model file")
    parser.add_argument("--sheet", type=Path, help="file for the faces, darkest first")
    arguments = parser.parse_args()
    colorizer = Colorizer(arguments.model)
    faces = sorted((measure(rgb, colorizer) for rgb in find_faces()), key=lambda f: f.lightness)
    head = ("faces", "L*", "dE00", "true C*", "our C*", "true hue", "our hue")
    print(f"{'':15}" + "".join(f"{name:>9}" for name in head))
    for name, group in zip(GROUPS, np.array_split(np.arange(len(faces)), 3), strict=True):
        print(f"{name:15}" + row([faces[index] for index in group]))
    if arguments.sheet is not None:
        flat = [picture for face in faces for picture in face.pictures]
        flat = flat[: len(flat) // 12 * 12]
        rows = [flat[at : at + 12] for at in range(0, len(flat), 12)]
        sheet = contact_sheet(rows, ("ours", "truth") * 6, cell=160)
        save_image(from_array(sheet), arguments.sheet, overwrite=True)


def find_faces() -> list[np.ndarray]:
    """Return the faces, (h, w, 3) codes each."""
    with gzip.open(data.folder("general-val") / "labels.tsv.gz", "rt", encoding="utf-8") as table:
        lines = [line.rstrip("\n").split("\t") for line in table]
    keys = {key for key, _, source in lines if source == SOURCE}
    source = open_source(data.folder("general-val"))
    wanted = [n for n in range(len(source)) if Path(source.name(n)).stem in keys]
    return [load_image(source.read(number)).pixels for number in wanted]


def measure(rgb: np.ndarray, colorizer: Colorizer) -> Face:
    """Colour a face and cut the patch out of both."""
    ours = colorizer.colorize(rgb)
    height, width = rgb.shape[:2]
    patch = tuple(
        slice(round(length * low), round(length * high))
        for length, (low, high) in ((height, ROWS), (width, COLUMNS))
    )
    cut = [lab.from_srgb(each[patch].astype(np.float32) / 255) for each in (rgb, ours)]
    return Face(cut[0], cut[1], (ours, rgb))


def row(faces: list[Face]) -> str:
    """Return a group's means; hue and chroma are those of the mean colour of a face."""
    truth, ours = (
        np.array([getattr(face, kind).mean(axis=(0, 1)) for face in faces])
        for kind in ("truth", "ours")
    )
    difference = [float(ciede2000.difference(face.ours, face.truth).mean()) for face in faces]
    chroma = [np.hypot(each[:, 1], each[:, 2]).mean() for each in (truth, ours)]
    hue = [np.degrees(np.arctan2(e[:, 2].mean(), e[:, 1].mean())) % 360 for e in (truth, ours)]
    values = (truth[:, 0].mean(), np.mean(difference), *chroma, *hue)
    return f"{len(faces):9d}" + "".join(f"{value:9.1f}" for value in values)


if __name__ == "__main__":
    main()

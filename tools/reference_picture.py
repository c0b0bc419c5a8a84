"""Make docs/images/references.jpg: the left half of a photograph gives its colours to the right.

python tools/reference_picture.py

scikit-image's `coffee` (CC0, Rachel Michetti).
"""

from pathlib import Path

import numpy as np
import skimage.data

from photochrom.evaluation.methods import to_gray
from photochrom.evaluation.sheets import contact_sheet
from photochrom.imageio import from_array, save_image
from photochrom.inference.colorizer import Colorizer

TARGET = Path(__file__).resolve().parent.parent / "docs" / "images" / "references.jpg"
CELL = 260  # px


def main() -> None:
    """Write the picture."""
    coffee = np.array(skimage.data.coffee())
    left, right = np.array_split(coffee, 2, axis=1)
    gray, colorizer = to_gray(right), Colorizer()
    row = [
        left,
        np.repeat(gray[..., None], 3, axis=2),
        colorizer.colorize(gray),
        colorizer.colorize(gray, references=[left]),
        right,
    ]
    captions = ("reference", "gray", "the model alone", "with the reference", "truth")
    sheet = contact_sheet([row], captions, cell=CELL)
    save_image(from_array(sheet), TARGET, quality=88, overwrite=True)


if __name__ == "__main__":
    main()

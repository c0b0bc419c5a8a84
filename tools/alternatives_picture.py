"""Make docs/images/alternatives.jpg: the astronaut in gray, and four alternatives."""

from pathlib import Path

import skimage.data

import photochrom
from photochrom.evaluation.choices import choice_sheet, small
from photochrom.imageio.convert import from_array

TARGET = Path(__file__).parent.parent / "docs" / "images" / "alternatives.jpg"
CELL = 300  # px


def main() -> None:
    """Write the picture."""
    photograph = from_array(skimage.data.astronaut())
    answers = photochrom.Colorizer().alternatives(photograph, 4)
    sheet = choice_sheet(small(photograph, gray=True), [small(one) for one in answers], cell=CELL)
    photochrom.save_image(from_array(sheet), TARGET, quality=88, overwrite=True)


if __name__ == "__main__":
    main()

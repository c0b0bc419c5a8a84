"""Make docs/images/hints.jpg: an astronaut in gray, coloured, with hints, and in truth."""

from pathlib import Path

import cv2
import numpy as np
import skimage.data

import photochrom
from photochrom.imageio.convert import from_array

TARGET = Path(__file__).parent.parent / "docs" / "images" / "hints.jpg"
HINTS = (
    "120,300,6=#e0702a", "60,400,6=#e0702a", "200,440,6=#e0702a", "330,300,4=#e0702a",
    "330,430,4=#e0702a", "130,60,8=#b4bcc4", "340,120,8=#b4bcc4", "480,60,6=#b4bcc4",
    "420,60,4=#a8642e", "405,200,4=gray", "60,150,3=#b02a30", "20,300,3=#b02a30",
    "20,40,3=#28386a", "200,120,3=#e8b090",
)  # fmt: skip
WIDTH = 360  # px of each


def main() -> None:
    """Write the picture."""
    truth = skimage.data.astronaut()
    plain = cv2.cvtColor(truth, cv2.COLOR_RGB2GRAY)
    colorizer = photochrom.Colorizer()
    row = [np.repeat(plain[..., None], 3, 2), colorizer.colorize(plain),
           colorizer.colorize(plain, hints=HINTS), truth]  # fmt: skip
    small = [cv2.resize(each, (WIDTH, WIDTH), interpolation=cv2.INTER_AREA) for each in row]
    sheet = from_array(np.concatenate(small, axis=1))
    photochrom.save_image(sheet, TARGET, quality=90, overwrite=True)


if __name__ == "__main__":
    main()

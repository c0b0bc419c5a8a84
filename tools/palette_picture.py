"""Make docs/images/palette.jpg: coffee, coloured freely, by a palette softly, and exactly."""

from pathlib import Path

import cv2
import numpy as np
import skimage.data

import photochrom
from photochrom.imageio.convert import from_array
from photochrom.palettes import swatch

TARGET = Path(__file__).parent.parent / "docs" / "images" / "palette.jpg"
CODES = np.array([[38, 70, 83], [42, 157, 143], [233, 196, 106], [244, 162, 97], [231, 111, 81]])
PALETTE = photochrom.Palette(
    CODES.astype(float), "srgb", ("navy", "teal", "sand", "peach", "brick")
)
WIDTH = 400  # px of each
STRIP = WIDTH // len(CODES)


def main() -> None:
    """Write the picture."""
    photograph = skimage.data.coffee()
    colorizer = photochrom.Colorizer()
    small = cv2.resize(photograph, (WIDTH, 2 * WIDTH // 3), interpolation=cv2.INTER_AREA)
    results = [
        colorizer.colorize(small),
        colorizer.colorize(small, palette=PALETTE),
        colorizer.colorize(small, palette=PALETTE, exact_palette=True),
    ]
    colors = swatch.draw(PALETTE, cell=STRIP, columns=len(CODES))[: STRIP // 2]
    white = np.full((STRIP // 2, WIDTH, 3), 255, np.uint8)
    sheet = np.concatenate(
        [np.concatenate(results, axis=1), np.concatenate([white, colors, colors], axis=1)]
    )
    photochrom.save_image(from_array(sheet), TARGET, quality=90, overwrite=True)


if __name__ == "__main__":
    main()

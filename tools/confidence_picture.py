"""Make docs/images/confidence.jpg: photographs in gray, coloured, and with their confidence."""

from pathlib import Path

import cv2
import numpy as np
import skimage.data

import photochrom
from photochrom.imageio.convert import from_array

TARGET = Path(__file__).parent.parent / "docs" / "images" / "confidence.jpg"
NAMES = ("astronaut", "coffee")
HEIGHT = 240  # px of a row
PAPER = 255


def main() -> None:
    """Write the picture."""
    colorizer = photochrom.Colorizer()
    rows = [row(colorizer, getattr(skimage.data, name)()) for name in NAMES]
    width = max(each.shape[1] for each in rows)
    padded = [
        np.pad(each, ((0, 8), (0, width - each.shape[1]), (0, 0)), constant_values=PAPER)
        for each in rows
    ]
    sheet = from_array(np.concatenate(padded))
    photochrom.save_image(sheet, TARGET, quality=80, overwrite=True)


def row(colorizer: photochrom.Colorizer, truth: np.ndarray) -> np.ndarray:
    """Return gray, coloured, and the map with its legend, side by side."""
    plain = cv2.cvtColor(truth, cv2.COLOR_RGB2GRAY)
    drawn = colorizer.confidence(plain).draw(plain)
    pictures = [np.repeat(plain[..., None], 3, 2), colorizer.colorize(plain), drawn]
    width = round(truth.shape[1] * HEIGHT / truth.shape[0])
    return np.concatenate([reduced(each, width) for each in pictures], axis=1)


def reduced(picture: np.ndarray, width: int) -> np.ndarray:
    """Bring a picture to a width; the map keeps its legend below."""
    height = round(picture.shape[0] * width / picture.shape[1])
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    below = HEIGHT + 64 - height  # room for a legend
    return np.pad(small, ((0, max(0, below)), (0, 8), (0, 0)), constant_values=PAPER)[: HEIGHT + 64]


if __name__ == "__main__":
    main()

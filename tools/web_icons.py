"""Draw the page's icons as PNG, from the same shapes as `web/public/icon.svg`."""

from pathlib import Path

import cv2
import numpy as np

PUBLIC = Path(__file__).resolve().parent.parent / "web" / "public"
INK, GRAY = "#1f2423", "#b9bdbb"
# Colours of the right half by their angle from straight up, clockwise, in degrees.
PIECES = ((60, "#d9822b"), (120, "#b3473c"), (180, "#1d8a84"))
SAMPLES = 4  # a pixel's side


def draw(side: int, radius: float, corner: float) -> np.ndarray:
    """Return an icon, RGBA of 8 bits.

    Parameters
    ----------
    side : px
    radius, corner : of the disc and of the ground's corners, in shares of the side
    """
    across, down = np.meshgrid(*[(np.arange(side * SAMPLES) + 0.5) / (side * SAMPLES) - 0.5] * 2)
    picture = np.zeros((*across.shape, 4))
    rest = np.maximum(np.abs([across, down]) - (0.5 - corner), 0)
    picture[np.hypot(*rest) <= corner] = rgba(INK)
    disc = np.hypot(across, down) <= radius
    picture[disc] = rgba(GRAY)
    angle = np.degrees(np.arctan2(across, -down))
    for end, color in reversed(PIECES):
        picture[disc & (angle > 0) & (angle <= end)] = rgba(color)
    return averaged(picture, side)


def averaged(picture: np.ndarray, side: int) -> np.ndarray:
    """Return the mean of each pixel's samples; what is transparent lends no colour."""
    blocks = picture.reshape(side, SAMPLES, side, SAMPLES, 4)
    alpha = blocks[..., 3:]
    weight = alpha.sum((1, 3))
    color = (blocks[..., :3] * alpha).sum((1, 3)) / np.maximum(weight, 1e-9)
    return np.concatenate([color, 255 * weight / SAMPLES**2], axis=-1).round().astype(np.uint8)


def rgba(color: str) -> tuple[float, ...]:
    """Return 0..255 three times and an alpha of 1."""
    return (*(float(int(color[at : at + 2], 16)) for at in (1, 3, 5)), 1.0)


if __name__ == "__main__":
    for name, side, radius, corner in (
        ("icon-192", 192, 20 / 64, 14 / 64),
        ("icon-512", 512, 20 / 64, 14 / 64),
        ("icon-maskable", 512, 16 / 64, 0.0),  # of which systems cut off up to a tenth a side
    ):
        icon = cv2.cvtColor(draw(side, radius, corner), cv2.COLOR_RGBA2BGRA)
        cv2.imwrite(str(PUBLIC / f"{name}.png"), icon, [cv2.IMWRITE_PNG_COMPRESSION, 9])

"""Writes the pictures that the page's engine must colour as Python does: `python web/test/golden.py`.

Raw RGB beside its result, from a photograph that scikit-image carries (chelsea, CC0, by Stefan van
der Walt). A test of the Python package checks that the files are what it gives now.
"""

from pathlib import Path

import numpy as np
from skimage import data

from photochrom import Colorizer

HERE = Path(__file__).parent / "golden"


def cases() -> dict[str, tuple[np.ndarray, dict[str, object]]]:
    """Return name -> (RGB picture, options)."""
    cat = data.chelsea()[40:232, 60:340]
    weights = np.array([0.299, 0.587, 0.114])
    gray = np.repeat((cat @ weights).round().astype(np.uint8)[..., None], 3, axis=2)
    sepia = (gray * np.array([1.0, 0.9, 0.7])).round().astype(np.uint8)
    return {
        "gray": (gray, {}),
        "sepia": (sepia, {}),
        "vivid": (gray[:100], {"vividness": 1.0}),
        "strip": (gray[:, :20], {}),
    }


def make() -> dict[str, bytes]:
    """Return file name -> bytes."""
    colorizer, files = Colorizer(threads=1), {}
    for name, (picture, options) in cases().items():
        height, width, _ = picture.shape
        result = colorizer.colorize(picture, **options)
        files[f"{name}-{width}x{height}.rgb"] = np.stack([picture, result]).tobytes()
    return files


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    for file, content in make().items():
        (HERE / file).write_bytes(content)

"""Writes what the page's engine must give as Python does: `python web/test/golden.py`.

Raw RGB, from a photograph that scikit-image carries (chelsea, CC0, by Stefan van der Walt), and
the results. A test of the Python package checks that the files are what it gives now.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from skimage import data

from photochrom import Colorizer, Palette

HERE = Path(__file__).parent / "golden"
FEW = [[45.0, 40.0], [-25.0, 45.0], [-8.0, -38.0], [3.0, 2.0]]


def pictures() -> dict[str, np.ndarray]:
    """Return name -> RGB picture."""
    cat = data.chelsea()[40:232, 60:340]
    weights = np.array([0.299, 0.587, 0.114])
    gray = np.repeat((cat @ weights).round().astype(np.uint8)[..., None], 3, axis=2)
    sepia = (gray * np.array([1.0, 0.9, 0.7])).round().astype(np.uint8)
    return {"gray": gray, "sepia": sepia, "strip": gray[:, :20], "color": cat}


def cases() -> dict[str, tuple[str, dict[str, Any]]]:
    """Return name of a result -> (name of a picture, options as the page names them)."""
    return {
        "plain": ("gray", {}),
        "sepia": ("sepia", {}),
        "strip": ("strip", {}),
        "vivid": ("gray", {"vividness": 1.0}),
        "palette": ("gray", {"palette": FEW}),
        "palette-vivid": ("gray", {"palette": FEW[1:], "vividness": 1.0}),
        "palette-of-one": ("gray", {"palette": FEW[:1]}),
        "exact": ("gray", {"palette": FEW, "exactPalette": True}),
        "exact-own": ("gray", {"exactPalette": True}),
    }


def options(recipe: dict[str, Any]) -> dict[str, Any]:
    """Return options of `Colorizer.colorize` for those of the page."""
    plain = dict(recipe)
    if "palette" in plain:
        colors = plain["palette"]
        plain["palette"] = Palette(np.array(colors * 2 if len(colors) == 1 else colors))
    if plain.pop("exactPalette", False):
        plain["exact_palette"] = True
    return plain


def make() -> dict[str, bytes]:
    """Return file name -> bytes."""
    colorizer, files = Colorizer(threads=1), {}
    given, listed = pictures(), []
    for name, picture in given.items():
        files[f"{name}.rgb"] = picture.tobytes()
    for name, (picture, recipe) in cases().items():
        height, width, _ = given[picture].shape
        result = colorizer.colorize(given[picture], **options(recipe))
        files[f"{name}-result.rgb"] = result.tobytes()
        listed.append({"name": name, "picture": picture, "width": width, "height": height})
        listed[-1]["recipe"] = recipe
    files["cases.json"] = (json.dumps(listed, indent=1) + "\n").encode()
    return files


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    for file, content in make().items():
        (HERE / file).write_bytes(content)

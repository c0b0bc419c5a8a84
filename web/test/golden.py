"""Writes what the page's engine must give as Python does: `python web/test/golden.py`.

Raw RGB, from a photograph that scikit-image carries (chelsea, CC0, by Stefan van der Walt), and
the results. A test of the Python package checks that the files are what it gives now.
"""

import base64
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from skimage import data

from photochrom import Colorizer, Palette
from photochrom.color import codes, lab
from photochrom.filters.guided import GuidedEnlargement
from photochrom.inference import confidence_map
from photochrom.inference.colored import is_colored
from photochrom.inference.hints.hint import Hint
from photochrom.inference.hints.marks import mark
from photochrom.inference.hints.session import Session
from photochrom.modelfile.spec import WorkingSize
from photochrom.palettes import kmeans

sys.path.append(str(Path(__file__).parents[2]))
from tests.models import conv_model, model_bytes, palette_spec, rgb_spec, srgb_spec

HERE = Path(__file__).parent / "golden"
STROKES = [
    {"points": [[40, 60], [46, 66], [53, 70], [62, 73], [69, 79]], "color": "#3355cc", "radius": 5},
    {"points": [[200, 120]], "color": "#aa2211", "radius": 3},
    {"points": [[150, 30]], "color": "#808080", "radius": 0},
    {"points": [[60, 74]], "color": "#22aa44", "radius": 6},
]
FEW = [[45.0, 40.0], [-25.0, 45.0], [-8.0, -38.0], [3.0, 2.0]]


def pictures() -> dict[str, np.ndarray]:
    """Return name -> RGB picture."""
    cat = data.chelsea()[40:232, 60:340]
    weights = np.array([0.299, 0.587, 0.114])
    gray = np.repeat((cat @ weights).round().astype(np.uint8)[..., None], 3, axis=2)
    sepia = (gray * np.array([1.0, 0.9, 0.7])).round().astype(np.uint8)
    split = np.where(gray < 110, gray * np.array([0.8, 0.95, 1.0]), sepia)  # blue and brown
    faded = (cat * 0.4 + gray * 0.6).round().astype(np.uint8)
    return {
        "gray": gray,
        "sepia": sepia,
        "strip": gray[:, :20],
        "color": cat,
        "split": split.round().astype(np.uint8),
        "faded": faded,
        "half": np.ascontiguousarray(cat[:, 100:]),
    }


def models() -> dict[str, bytes]:
    """Return name -> a small model at random, of each kind that the general one is not."""
    square = WorkingSize(short_side=60, fit="square")
    specs = {
        "argmax": palette_spec(working=WorkingSize(short_side=48), decode="argmax"),
        "stride": palette_spec(working=WorkingSize(short_side=50), stride=4, multiple=8, gain=1.2),
        "origin": srgb_spec(working=square, decode="argmax-rgb"),
        "rgb": rgb_spec(working=WorkingSize(short_side=48)),
    }
    colors = {"origin": 5, "rgb": 3}
    return {
        name: model_bytes(
            conv_model(
                colors.get(name, 6),
                output="rgb" if name == "rgb" else "logits",
                stride=spec.stride,
            ),
            spec,
        )
        for name, spec in specs.items()
    }


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
        "hint": ("gray", {"hints": STROKES[1:2]}),
        "hints": ("gray", {"hints": STROKES[1:]}),
        "stroke": ("gray", {"hints": STROKES}),
        "hints-palette": ("gray", {"hints": STROKES[1:], "palette": FEW, "vividness": 0.8}),
        "hints-exact": ("gray", {"hints": STROKES[1:], "palette": FEW, "exactPalette": True}),
        "alternative": ("gray", {"alternative": 1}),
        "alternative-third": ("gray", {"alternative": 3, "seed": 7, "vividness": 0.8}),
        "reference": ("gray", {"references": ["half"]}),
        "reference-vivid": ("gray", {"references": ["half"], "vividness": 0.9}),
        "argmax": ("gray", {"model": "argmax"}),
        "argmax-vivid": ("gray", {"model": "argmax", "vividness": 0.3}),
        "argmax-palette": ("gray", {"model": "argmax", "palette": FEW}),
        "stride": ("gray", {"model": "stride", "hints": STROKES[1:]}),
        "origin": ("gray", {"model": "origin"}),
        "origin-vivid": ("gray", {"model": "origin", "vividness": 0.6}),
        "rgb": ("gray", {"model": "rgb"}),
        "rgb-palette": ("gray", {"model": "rgb", "palette": FEW}),
        "rgb-hints": ("gray", {"model": "rgb", "hints": STROKES[1:]}),
        "alternative-hints": ("gray", {"alternative": 2, "hints": STROKES[1:]}),
    }


def options(recipe: dict[str, Any]) -> dict[str, Any]:
    """Return options of `Colorizer.colorize` for those of the page."""
    plain = dict(recipe)
    if "palette" in plain:
        colors = plain["palette"]
        plain["palette"] = Palette(np.array(colors * 2 if len(colors) == 1 else colors))
    if "references" in plain:
        plain["references"] = [pictures()[name] for name in plain["references"]]
    if plain.pop("exactPalette", False):
        plain["exact_palette"] = True
    return plain


def _listed(recipe: dict[str, Any]) -> dict[str, Any]:
    """Return a recipe as the page has it: a brush is a hint for each of its points."""
    hints = [
        {"x": x, "y": y, "radius": stroke["radius"], "colour": stroke["color"], "joined": i > 0}
        for stroke in recipe.get("hints", [])
        for i, (x, y) in enumerate(stroke["points"])
    ]
    return recipe | {"hints": hints} if hints else recipe


def facts(colorizer: Colorizer) -> dict[str, Any]:
    """Return what is told of pictures without colouring them."""
    given = pictures()
    few, many = (Session(colorizer, given["gray"], hints=hints) for hints in ([], STROKES[1:]))
    return {
        "suggestions": [few.suggest(), many.suggest()],
        "palettes": _palettes(given["color"]),
        "confidence": [_sure(colorizer, hints) for hints in ([], STROKES[1:])],
        "random": np.random.default_rng(7).random(3).tolist(),
        "drawn": _drawn(),
        "colored": {name: is_colored(picture) for name, picture in given.items()},
    }


def _drawn() -> list[dict[str, Any]]:
    """Return strokes and the pixels that they cover, one bit each, in a picture of 128 x 96."""
    generator, found = np.random.default_rng(3), []
    for radius in (0, 0.75, 1, 2, 2.5, 3, 5, 8, 10, 14, 15, 22):
        points = generator.integers((32, 32), (96, 64), (4, 2)).tolist()
        marks = mark([Hint(tuple(map(tuple, points)), "#808080", radius)], 96, 128)
        covered = np.zeros((96, 128), dtype=np.uint8)
        covered[marks.rows, marks.columns] = 1
        bits = base64.b64encode(np.packbits(covered).tobytes()).decode()
        found.append({"points": points, "radius": radius, "bits": bits})
    return found


def _sure(colorizer: Colorizer, hints: list[dict[str, Any]]) -> dict[str, float | None]:
    found = colorizer.confidence(pictures()["gray"], hints=hints)
    names = ("mean", "told_share", "sure_share", "guessed_share", "doubtful_share", "novelty")
    return {name: getattr(found, name) for name in names}


def _map(colorizer: Colorizer) -> np.ndarray:
    """Return the map of confidence at the picture's own size, without its legend."""
    gray = pictures()["gray"]
    found = colorizer.confidence(gray, hints=STROKES[1:])
    planes = 100 * np.stack([found.probability, found.told], axis=-1)
    (height, width), (rows, columns) = found.size, map(slice, (0, 0), found.size)
    whole = GuidedEnlargement.of(planes, found.lightness, height, width, span=found.span)
    lightness = codes.lightness(gray[..., :1])
    sure, told = np.clip(whole.block(rows, columns, lightness) / 100, 0, 1)
    return confidence_map._tinted(lightness, sure, told)


def _palettes(rgb: np.ndarray) -> dict[str, Any]:
    """Return how far pixels lie from the nearest of so many colours; null is the elbow's number."""
    chroma = lab.from_srgb(rgb.reshape(-1, 3) / 255)[:, 1:]
    found = {}
    for count in (None, 4, 16):
        colors = kmeans.fit([rgb], count).chroma
        apart = ((chroma[:, np.newaxis] - colors) ** 2).sum(axis=-1).min(axis=1)
        found[json.dumps(count)] = [len(colors), float(np.sqrt(apart.mean()))]
    return found


def make() -> dict[str, bytes]:
    """Return file name -> bytes."""
    colorizer, files = Colorizer(threads=1), {}
    given, listed = pictures(), []
    for name, picture in given.items():
        files[f"{name}.rgb"] = picture.tobytes()
    others = {name: Colorizer(model, threads=1) for name, model in models().items()}
    for name, (picture, asked) in cases().items():
        height, width, _ = given[picture].shape
        recipe = {key: value for key, value in asked.items() if key != "model"}
        model = asked.get("model", "general")
        result = others.get(model, colorizer).colorize(given[picture], **options(recipe))
        files[f"{name}-result.rgb"] = result.tobytes()
        listed.append({"name": name, "model": model, "picture": picture})
        listed[-1] |= {"width": width, "height": height}
        listed[-1]["recipe"] = _listed(recipe)
    files |= {f"{name}.onnx": content for name, content in models().items()}
    files["confidence-map.rgb"] = _map(colorizer).tobytes()
    for name, plain in {"cases": listed, "facts": facts(colorizer)}.items():
        files[f"{name}.json"] = (json.dumps(plain, indent=1) + "\n").encode()
    return files


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    for file, content in make().items():
        (HERE / file).write_bytes(content)

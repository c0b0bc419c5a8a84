"""Colour six photographs with the model that ships, then fit it to them and compare.

First, within seconds: the packaged model colours gray copies of the whole photographs.

Then training, which begins with that model. Unrelated photographs cannot teach each other: a cat
says nothing about a rocket. So each picture teaches with its left half and is judged by its right
half, which training never sees. A real use is a folder of pictures of one kind.
"""

import argparse
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import skimage.data
from sklearn.datasets import load_sample_image

from photochrom.cli.main import main as photochrom
from photochrom.color import gray
from photochrom.evaluation.sheets import banner
from photochrom.imageio import from_array, load_image, save_image

HERE = Path(__file__).resolve().parent.parent
HEIGHT = CELL = 180  # px of the photographs on the banner


def photographs() -> dict[str, np.ndarray]:
    """Return the photographs that come with scikit-image and scikit-learn; see CREDITS.md."""
    return {
        "chelsea": skimage.data.chelsea(),
        "astronaut": skimage.data.astronaut(),
        "coffee": skimage.data.coffee(),
        "rocket": skimage.data.rocket(),
        "china": load_sample_image("china.jpg"),
        "flower": load_sample_image("flower.jpg"),
    }


def halves(rgb: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cut a picture (h, w, 3) into its left and its right half."""
    middle = rgb.shape[1] // 2
    return rgb[:, :middle], rgb[:, middle:]


def to_gray(rgb: np.ndarray) -> np.ndarray:
    """Turn (h, w, 3) code values into the (h, w) ones of a black-and-white photograph."""
    levels = gray.from_srgb(rgb.astype(np.float32) / 255)
    return np.rint(levels * 255).astype(np.uint8)


def write_pictures(out: Path) -> None:
    """Write the photographs whole, their left halves, their right ones, and gray copies."""
    for name, rgb in photographs().items():
        left, right = halves(rgb)
        for picture, place in (
            (rgb, out / "whole" / "true"),
            (to_gray(rgb), out / "whole" / "gray"),
            (left, out / "photos" / "train"),
            (right, out / "photos" / "test"),
            (to_gray(right), out / "gray"),
        ):
            place.mkdir(parents=True, exist_ok=True)
            save_image(from_array(picture), place / f"{name}.png", overwrite=True)


def write_banner(target: Path, *places: Path) -> Path:
    """Put the same photographs from several folders into one picture, a row for each folder."""
    rows = [
        banner([_read(place / f"{name}.png") for name in photographs()], cell=CELL)
        for place in places
    ]
    save_image(from_array(np.concatenate(rows)), target, quality=90, overwrite=True)
    return target


def _read(path: Path) -> np.ndarray:
    """Read a picture as (HEIGHT, w, 3)."""
    pixels = load_image(path).pixels
    rgb = np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels
    width = round(rgb.shape[1] * HEIGHT / rgb.shape[0])
    return np.asarray(cv2.resize(rgb, (width, HEIGHT), interpolation=cv2.INTER_AREA))


def run(*words: str) -> None:
    """Run one photochrom command, showing it first; end the demo if it fails."""
    print("\n$ photochrom " + " ".join(words), flush=True)
    status = photochrom(words)
    if status != 0:
        sys.exit(status)


def color_at_once(out: Path) -> Path:
    """Colour the whole photographs with the packaged model; return the banner."""
    whole = out / "whole"
    start = time.perf_counter()
    run("colorize", str(whole / "gray"), "-o", str(whole / "general"), "--force")
    print(f"Six photographs in {time.perf_counter() - start:.1f} s, the loading included.")
    places = (whole / name for name in ("gray", "general", "true"))
    return write_banner(out / "general.jpg", *places)


def train_and_compare(out: Path, length: list[str]) -> Path:
    """Fit to the left halves, colour the right ones with both models; return the banner."""
    model, gray, photos = (str(out / name) for name in ("demo.onnx", "gray", "photos"))
    run("train", photos, "-o", model, *length, "--force")
    print("\nThat table is about pictures kept aside in turn: what the others can teach of them.")
    run("colorize", gray, "-o", str(out / "by-general"), "--force")
    run("colorize", gray, "-o", str(out / "by-demo"), "--model", model, "--force")
    both = ("--model", "general", "--model", model)
    run("evaluate", photos, *both, "--report", str(out / "report"), "--force")
    places = (out / name for name in ("gray", "by-general", "by-demo", "photos/test"))
    return write_banner(out / "both.jpg", *places)


def show(out: Path, length: list[str]) -> None:
    """Do everything; `length` says how long to train, in words of the command line."""
    print(__doc__)
    write_pictures(out)
    at_once = color_at_once(out)
    print(f"Gray, coloured by the packaged model, true:  {at_once}")
    both = train_and_compare(out, length)
    print(f"\nGray, general, general fitted to the other halves, true:  {both}")
    print(f"The report, for a browser:  {out / 'report' / 'index.html'}")
    print("The photographs are credited in CREDITS.md.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE / "demo-output", help="folder to fill")
    parser.add_argument("--steps", type=int, help="longest training that is tried; 80 without it")
    chosen = parser.parse_args()
    show(chosen.out, [] if chosen.steps is None else ["--steps", str(chosen.steps)])

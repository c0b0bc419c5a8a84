"""Train on the left halves of six photographs, then colour their right halves.

Unrelated photographs cannot teach each other: a cat says nothing about a rocket. So each picture
teaches with its left half and is judged by its right half, which training never sees. A real use
is a folder of pictures of one kind.
"""

import argparse
import sys
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


def write_halves(out: Path) -> None:
    """Write left halves to photos/train, right ones to photos/test and, as gray files, to gray."""
    for name, rgb in photographs().items():
        left, right = halves(rgb)
        for picture, place in (
            (left, out / "photos" / "train"),
            (right, out / "photos" / "test"),
            (to_gray(right), out / "gray"),
        ):
            place.mkdir(parents=True, exist_ok=True)
            save_image(from_array(picture), place / f"{name}.png", overwrite=True)


def write_banner(out: Path) -> Path:
    """Put all right halves into one picture: a row gray, a row coloured, a row true."""
    rows = [
        banner([_read(out / place / f"{name}.png") for name in photographs()], cell=CELL)
        for place in ("gray", "colored", "photos/test")
    ]
    target = out / "gray-colored-truth.jpg"
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


def show(out: Path, length: list[str]) -> None:
    """Do everything; `length` says how long to train, in words of the command line."""
    print(__doc__)
    write_halves(out)
    model, colored, report = (str(out / name) for name in ("demo.onnx", "colored", "report"))
    run("train", str(out / "photos"), "-o", model, *length, "--force")
    print("\nThat table is about one whole picture kept aside: what the others cannot teach.")
    run("colorize", str(out / "gray"), "-o", colored, "--model", model, "--force")
    run("evaluate", str(out / "photos"), "--model", model, "--report", report, "--force")
    print(f"\nThe coloured halves:        {colored}")
    print(f"Gray, coloured and truth:   {write_banner(out)}")
    print(f"The report, for a browser:  {Path(report) / 'index.html'}")
    print("The photographs are credited in CREDITS.md.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE / "demo-output", help="folder to fill")
    parser.add_argument("--steps", type=int, help="training steps; the preset's own by default")
    chosen = parser.parse_args()
    show(chosen.out, [] if chosen.steps is None else ["--steps", str(chosen.steps)])

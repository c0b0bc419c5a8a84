"""The model that ships, on photographs it never saw: figures, the knob of vividness, sheets.

    PHOTOCHROM_DATA=... python -m benchmarks.general [--model NAME_OR_FILE] [--sheets FOLDER]

All 500 pictures of `general-val` (144 px on the short side) are turned to gray, coloured and
compared: first by the model's own setting with every figure and the baselines of its training set,
then along the knob. Sheets (gray, ours, truth): 48 pictures at even steps, and the 20 blotchiest.
Pictures of `general-val` are not for redistribution: leave the sheets outside the repository.
"""

import argparse
import tempfile
from pathlib import Path

import cv2
import numpy as np

from benchmarks import _data as data
from photochrom.datasets.stream import open_source
from photochrom.evaluation.evaluate import evaluate
from photochrom.evaluation.sheets import contact_sheet
from photochrom.imageio import from_array, load_image, save_image
from photochrom.inference.colorizer import Colorizer

VIVIDNESS = (0.0, 0.25, 0.5, 0.75, 1.0)
SHOWN = 48
BLOTCHIEST = 20
ACROSS = 4  # triples a row
CELL = 160  # px
_CAPTIONS = ("gray", "ours", "truth")


def main() -> None:
    """Print the tables, write the sheets."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="general", help="packaged name, or a model file")
    parser.add_argument("--sheets", type=Path, help="folder for the sheets; none without it")
    parser.add_argument("--knob", type=int, default=200, help="pictures along the knob; 0 for none")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        paths = unpack(Path(folder))
        print(evaluate(folder, [arguments.model]).table(), flush=True)
        if arguments.sheets is not None:
            write_sheets(paths, arguments.model, arguments.sheets)
        for path in paths[arguments.knob :]:
            path.unlink()
        if arguments.knob:
            along_the_knob(Path(folder), arguments.model)


def unpack(folder: Path) -> list[Path]:
    """Write the pictures of the shards as files of their own."""
    source = open_source(data.folder("general-val"))
    paths = []
    for number in range(len(source)):
        paths.append(folder / Path(source.name(number)).name)
        paths[-1].write_bytes(source.read(number))
    return paths


def along_the_knob(folder: Path, model: str) -> None:
    """Print PSNR and colourfulness at each vividness."""
    print(
        f"{'vividness':>10} {'PSNR':>6} {'a*b* PSNR':>10} {'dE00':>6} {'colour':>7} {'of truth':>9}"
    )
    for vividness in (None, *VIVIDNESS):
        found = evaluate(folder, [model], vividness=vividness)
        row = found.models[0]
        truth = float(np.mean(found.truth_colorfulness))
        psnr, chroma, de00, colour = (
            float(np.mean(row.values(key)))
            for key in ("psnr", "psnr_chroma", "de00", "colorfulness")
        )
        name = "default" if vividness is None else f"{vividness:g}"
        print(
            f"{name:>10} {psnr:6.2f} {chroma:10.2f} {de00:6.2f} {colour:7.1f} "
            f"{colour / truth:9.1%}",
            flush=True,
        )


def write_sheets(paths: list[Path], model: str, out: Path) -> None:
    """Write `sheet.jpg` and `blotchiest.jpg`."""
    out.mkdir(parents=True, exist_ok=True)
    colorizer = Colorizer(model)
    triples, rank = [], []
    for path in paths:
        truth = load_image(path).pixels
        plain = cv2.cvtColor(cv2.cvtColor(truth, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
        ours = colorizer.colorize(truth)
        triples.append((plain, ours, truth))
        rank.append(blotchiness(ours))
    even = np.linspace(0, len(paths) - 1, SHOWN).round().astype(int)
    worst = np.argsort(rank)[::-1][:BLOTCHIEST]
    for name, chosen in (("sheet", even), ("blotchiest", worst)):
        flat = [cell for index in chosen for cell in triples[index]]
        rows = [flat[at : at + 3 * ACROSS] for at in range(0, len(flat), 3 * ACROSS)]
        sheet = contact_sheet(rows, _CAPTIONS * ACROSS, cell=CELL)
        save_image(from_array(sheet), out / f"{name}.jpg", overwrite=True)
        print(f"{out / name}.jpg: {', '.join(paths[index].stem for index in chosen)}", flush=True)


def blotchiness(rgb: np.ndarray) -> float:
    """Return how much hue and chroma change where lightness does not, in units of a*b* a pixel."""
    lab = cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2Lab)
    steps = [np.hypot(*np.gradient(lab[..., channel])) for channel in range(3)]
    return float((np.hypot(steps[1], steps[2]) * np.exp(-steps[0] / 2)).mean())


if __name__ == "__main__":
    main()

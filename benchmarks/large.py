"""Photographs of many megapixels, coloured by a window model: time and memory.

    PHOTOCHROM_DATA=... python -m benchmarks.large

Each of `large/` is coloured in a process of its own, so that the peak is this picture's alone;
decoding and encoding the same file in the same process is the yardstick.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks import _data as data
from photochrom.imageio import encode_image, load_image
from photochrom.inference.colorizer import Colorizer

RUNS = 3


def peak_memory() -> float:
    """Return this process' peak, MB. On Linux `ru_maxrss` also holds the parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1e3
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak / 1e3


def child(picture: Path, model: Path) -> None:
    """Colour one picture a few times and print the medians as JSON."""
    colorizer = Colorizer(model)
    stages: dict[str, list[float]] = {"decode": [], "colour": [], "encode": []}
    for _ in range(RUNS):
        marks = [time.perf_counter()]
        source = load_image(picture)
        marks.append(time.perf_counter())
        result = colorizer.colorize(source)
        marks.append(time.perf_counter())
        encode_image(result, "jpeg")
        marks.append(time.perf_counter())
        for name, start, end in zip(stages, marks[:-1], marks[1:], strict=True):
            stages[name].append(end - start)
    seconds = {name: median(values) for name, values in stages.items()}
    print(json.dumps({"peak_mb": peak_memory(), "pixels": result.height * result.width, **seconds}))


def main() -> None:
    """Train a small window model and print the table."""
    from photochrom.training.config import TrainConfig  # noqa: PLC0415 - the child needs no torch
    from photochrom.training.train import train  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        model = Path(folder) / "beach.onnx"
        train(data.folder("domains") / "beach", model, TrainConfig(steps=100))
        print(
            f"{'picture':34} {'MP':>5} {'decode':>7} {'colour':>7} {'encode':>7} "
            f"{'ratio':>6} {'peak MB':>8}"
        )
        for picture in sorted(data.folder("large").glob("*.jpg")):
            command = [sys.executable, "-m", "benchmarks.large", str(picture), str(model)]
            found = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
            codec = found["decode"] + found["encode"]
            print(
                f"{picture.name[:34]:34} {found['pixels'] / 1e6:5.1f} {found['decode']:7.2f} "
                f"{found['colour']:7.2f} {found['encode']:7.2f} "
                f"{(codec + found['colour']) / codec:6.1f} {found['peak_mb']:8.0f}",
                flush=True,
            )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("child", nargs="*", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    child(*arguments.child) if arguments.child else main()

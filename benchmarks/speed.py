"""How long a JPEG takes to be coloured, in ratios to its own decoding and encoding.

    PHOTOCHROM_DATA=... python -m benchmarks.speed [--model NAME_OR_FILE] [--pictures N]

The yardstick, from the same run: decode the given JPEG, and encode the coloured result with the
settings of `save_image`. The ratio is (decode + colour + encode) / (decode + encode).

Black-and-white copies of photographs of `large/` are made at 1 and 12 megapixels, stored with one
channel (gray) and, as scanners and phones do, with three (rgb). Every one is measured in a process
of its own: warm are medians of several runs after a first one; cold is a fresh process from its
start to the encoded result, with imports and the model; the peak is that process'.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

SIZES = (1, 12)  # megapixels
RUNS = {1: 15, 12: 7}
STAGES = ("reduce", "network", "palette", "enlarge", "codes")
WHOLE = ("decode", "colour", "encode")


def main() -> None:
    """Make the pictures, measure each, print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", default="general", help="packaged name, or a model file")
    parser.add_argument("--pictures", type=int, default=2, help="photographs, the largest first")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        kind, file, megapixels = arguments.child
        print(json.dumps(CHILDREN[kind](Path(file), arguments.model, int(megapixels))))
        return
    with tempfile.TemporaryDirectory() as folder:
        measured = [
            (megapixels, kind, measure(file, arguments.model, megapixels))
            for megapixels, kind, file in pictures(Path(folder), arguments.pictures)
        ]
    show(measured)


def pictures(folder: Path, count: int) -> Iterator[tuple[int, str, Path]]:
    """Write black-and-white JPEGs; yield megapixels, kind and file."""
    from benchmarks import _data as data  # noqa: PLC0415 - a cold child shall not pay for it

    files = sorted(data.folder("large").glob("*.jpg"), key=_pixels, reverse=True)[:count]
    for megapixels in SIZES:
        for number, source in enumerate(files):
            for kind in ("gray", "rgb"):
                file = folder / f"{number}-{megapixels}-{kind}.jpg"
                _write(source, file, megapixels, kind)
                yield megapixels, kind, file


def _pixels(file: Path) -> int:
    from photochrom.imageio import load_image  # noqa: PLC0415

    picture = load_image(file)
    return picture.height * picture.width


def _write(source: Path, file: Path, megapixels: int, kind: str) -> None:
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    from photochrom.imageio import load_image, save_image  # noqa: PLC0415
    from photochrom.imageio.picture import Picture  # noqa: PLC0415

    pixels = load_image(source).pixels
    scale = (megapixels * 1e6 / (pixels.shape[0] * pixels.shape[1])) ** 0.5
    size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    gray = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), dtype=np.uint8)[..., None]
    save_image(Picture(gray if kind == "gray" else gray.repeat(3, axis=2)), file)


def measure(file: Path, model: str, megapixels: int) -> dict[str, float]:
    """Run the children of one picture and join what they found."""
    warm = _child("warm", file, model, megapixels)
    start = time.perf_counter()
    cold = _child("cold", file, model, megapixels)
    return warm | cold | {"cold": time.perf_counter() - start}


def _child(kind: str, file: Path, model: str, megapixels: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.speed", "--model", model]
    command += ["--child", kind, str(file), str(megapixels)]
    found = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    return dict(json.loads(found))


def cold(file: Path, model: str, megapixels: int) -> dict[str, float]:
    """Do what `photochrom colorize` does, once."""
    del megapixels
    start = time.perf_counter()
    from photochrom.imageio import encode_image, load_image  # noqa: PLC0415
    from photochrom.inference.colorizer import Colorizer  # noqa: PLC0415

    imported = time.perf_counter()
    colorizer = Colorizer(model)
    loaded = time.perf_counter()
    encode_image(colorizer.colorize(load_image(file)), "jpeg")
    from benchmarks.large import peak_memory  # noqa: PLC0415

    return {"import": imported - start, "load": loaded - imported, "peak_mb": peak_memory()}


def warm(file: Path, model: str, megapixels: int) -> dict[str, float]:
    """Return medians of the parts, in seconds."""
    from photochrom.imageio import encode_image, load_image  # noqa: PLC0415
    from photochrom.inference.colorizer import Colorizer  # noqa: PLC0415

    colorizer, runs = Colorizer(model), []
    for _ in range(RUNS[megapixels] + 1):
        marks = [time.perf_counter()]
        source = load_image(file)
        marks.append(time.perf_counter())
        worked = time.process_time()
        result = colorizer.colorize(source)
        marks.append(time.perf_counter())
        worked = time.process_time() - worked
        encode_image(result, "jpeg")
        marks.append(time.perf_counter())
        spans = (end - start for start, end in pairwise(marks))
        runs.append(dict(zip(WHOLE, spans, strict=True)) | {"cpu": worked})
    seconds = {name: median(run[name] for run in runs[1:]) for name in runs[0]}
    with stopwatches() as parts:  # apart from the above: watching costs time too
        for _ in range(RUNS[megapixels]):
            colorizer.colorize(source)
    return seconds | {name: median(parts[name]) for name in STAGES}


@contextmanager
def stopwatches() -> Iterator[dict[str, list[float]]]:
    """Time the parts of colouring; blocks run on all cores at once, so theirs is shared out."""
    from photochrom.filters.guided import GuidedEnlargement  # noqa: PLC0415
    from photochrom.inference import decoding, fullsize, working  # noqa: PLC0415
    from photochrom.inference.runtime import Runtime  # noqa: PLC0415

    found: dict[str, list[float]] = {name: [] for name in STAGES}
    blocks: list[float] = []
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    color = fullsize.color

    def whole(*arguments: Any, **options: Any) -> Any:
        blocks.clear()
        start = time.perf_counter()
        result = color(*arguments, **options)
        found["enlarge"].append(sum(blocks) / (cores or 1))
        found["codes"].append(time.perf_counter() - start - found["enlarge"][-1])
        return result

    places: list[tuple[Any, str, Callable[..., Any]]] = [
        (working, "reduce_codes", _timed(working.reduce_codes, found["reduce"])),
        (Runtime, "run", _timed(Runtime.run, found["network"])),
        (decoding, "to_chroma", _timed(decoding.to_chroma, found["palette"])),
        (GuidedEnlargement, "block", _timed(GuidedEnlargement.block, blocks)),
        (fullsize, "color", whole),
    ]
    before = [getattr(place, name) for place, name, _ in places]
    for place, name, timed in places:
        setattr(place, name, timed)
    try:
        yield found
    finally:
        for (place, name, _), function in zip(places, before, strict=True):
            setattr(place, name, function)


def _timed(function: Callable[..., Any], into: list[float]) -> Callable[..., Any]:
    def timed(*arguments: Any, **options: Any) -> Any:
        start = time.perf_counter()
        result = function(*arguments, **options)
        into.append(time.perf_counter() - start)
        return result

    return timed


CHILDREN = {"warm": warm, "cold": cold}


def show(measured: list[tuple[int, str, dict[str, float]]]) -> None:
    """Print medians over the photographs."""
    print("milliseconds, medians; cpu is that of colour on all cores together, and behind it come")
    print("the parts of colour, watched in runs of their own")
    names = [*WHOLE, "cpu", *STAGES]
    print(f"{'MP':>3} {'kind':5}", *(f"{name:>8}" for name in names), f"{'ratio':>6}")
    for size, kind, found in _medians(measured):
        codec = found["decode"] + found["encode"]
        ratio = (codec + found["colour"]) / codec
        print(f"{size:3} {kind:5}", *(f"{found[name] * 1e3:8.1f}" for name in names), end=" ")
        print(f"{ratio:6.2f}")
    print("\na fresh process, seconds: all of it, of that imports and the model; peak memory")
    for size, kind, found in _medians(measured):
        parts = (f"{found[name]:6.2f}" for name in ("cold", "import", "load"))
        print(f"{size:3} {kind:5}", *parts, f"{found['peak_mb']:6.0f} MB")


def _medians(
    measured: list[tuple[int, str, dict[str, float]]],
) -> Iterator[tuple[int, str, dict[str, float]]]:
    for case in dict.fromkeys((size, kind) for size, kind, _ in measured):
        same = [found for size, kind, found in measured if (size, kind) == case]
        yield *case, {name: median(found[name] for found in same) for name in same[0]}


if __name__ == "__main__":
    main()

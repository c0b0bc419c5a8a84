"""Pictures a second with one worker and with two, and where the time of a picture goes."""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks._pictures import make_equal

WORKERS = (1, 2)
STAGES = ("decode", "network", "enlarge", "encode")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say how much of it."""
    parser.add_argument("--pictures", type=int, default=60)
    parser.add_argument("--megapixels", type=float, default=1.0, help="of each")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--model", default="general", help="packaged name, or a model file")


def main(arguments: argparse.Namespace) -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "in"
        make_equal(source, arguments.pictures, arguments.megapixels)
        print(f"{arguments.pictures} JPEGs of {arguments.megapixels:g} megapixels, gray")
        print(f"two processes of bare arithmetic do {machine():.2f} times the work of one")
        show_stages(stages(sorted(source.iterdir()), arguments.model))
        runs: dict[int, list[Run]] = {workers: [] for workers in WORKERS}
        for number in range(arguments.repeats):
            for workers in WORKERS if number % 2 else reversed(WORKERS):
                runs[workers].append(run(source, Path(folder) / "out", workers, arguments.model))
        show_runs(runs)
    return 0


def machine() -> float:
    """Return how much more two processes get done here than one: what no batch can exceed."""
    count = "n = 0; end = perf_counter() + 1\nwhile perf_counter() < end: n += sum(range(999)) > 0"
    command = [sys.executable, "-c", f"from time import perf_counter\n{count}\nprint(n)"]
    ratios = []
    for _ in range(3):
        work = []
        for number in WORKERS:
            started = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(number)]
            work.append(sum(int(one.communicate()[0]) for one in started))
        ratios.append(work[1] / work[0])
    return median(ratios)


@dataclass(frozen=True)
class Run:
    """One batch: pictures a second once all workers are at work, and seconds until they are."""

    rate: float
    first: float


def run(source: Path, target: Path, workers: int, model: str) -> Run:
    """Colour the folder anew, and read from the record when each picture ended."""
    command = [sys.executable, "-m", "photochrom", "colorize", str(source), "-o", str(target)]
    options = ["--force", "--workers", str(workers), "--model", model]
    began = time.time()
    subprocess.run([*command, *options], check=True, capture_output=True)
    record = (target / ".photochrom" / "manifest.jsonl").read_bytes().splitlines()
    lines = [plain for line in record if (plain := json.loads(line)).get("status") == "done"]
    ends = [line["at"] for line in lines if line["at"] >= began]
    warm = 2 * workers  # pictures; by then each worker has its model and has run once
    return Run((len(ends) - warm) / (ends[-1] - ends[warm - 1]), ends[0] - began)


def show_runs(runs: dict[int, list[Run]]) -> None:
    """Print medians, and the ratio run by run."""
    for workers, found in runs.items():
        rate = median(one.rate for one in found)
        first = median(one.first for one in found)
        print(f"{workers} worker(s): {rate:.2f} pictures/s; the first after {first:.2f} s")
    pairs = zip(*(runs[workers] for workers in WORKERS), strict=True)
    ratios = sorted(two.rate / one.rate for one, two in pairs)
    print(f"2 workers / 1: {median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")


def stages(files: list[Path], model: str) -> dict[str, float]:
    """Return the median seconds of each stage of a picture, in one process on one core."""
    from photochrom.batch import results  # noqa: PLC0415 - the runs shall not wait for it
    from photochrom.batch.order import Model, Order  # noqa: PLC0415
    from photochrom.imageio import reading  # noqa: PLC0415
    from photochrom.inference.colored import is_colored  # noqa: PLC0415
    from photochrom.inference.colorizer import Colorizer  # noqa: PLC0415

    order = Order(Model.of(model))
    colorizer = Colorizer(order.model.data, threads=1)
    found: list[dict[str, float]] = []
    for file in files[: len(files) // 2 + 1]:  # what a worker does, in its order
        with stopwatches() as seconds:
            began = time.perf_counter()
            picture = reading.load_image(file)
            is_colored(picture)
            results.make(colorizer, picture, order, "jpeg")
            found.append(seconds | {"all": time.perf_counter() - began})
    return {name: median(one[name] for one in found[1:]) for name in (*STAGES, "all")}


@contextmanager
def stopwatches() -> Iterator[dict[str, float]]:
    """Time the stages within the block."""
    from photochrom.batch import results  # noqa: PLC0415
    from photochrom.imageio import reading  # noqa: PLC0415
    from photochrom.inference import fullsize  # noqa: PLC0415
    from photochrom.inference.runtime import Runtime  # noqa: PLC0415

    seconds = dict.fromkeys(STAGES, 0.0)
    places: list[tuple[str, Any, str]] = [
        ("decode", reading, "load_image"),
        ("network", Runtime, "run"),
        ("enlarge", fullsize, "color"),
        ("encode", results, "encode_image"),
    ]
    before = [getattr(place, name) for _, place, name in places]
    for (stage, place, name), function in zip(places, before, strict=True):
        setattr(place, name, _timed(function, seconds, stage))
    try:
        yield seconds
    finally:
        for (_, place, name), function in zip(places, before, strict=True):
            setattr(place, name, function)


def _timed(function: Callable[..., Any], into: dict[str, float], stage: str) -> Callable[..., Any]:
    def timed(*arguments: Any, **options: Any) -> Any:
        began = time.perf_counter()
        try:
            return function(*arguments, **options)
        finally:
            into[stage] += time.perf_counter() - began

    return timed


def show_stages(seconds: dict[str, float]) -> None:
    """Print milliseconds and shares."""
    whole = seconds.pop("all")
    rest = whole - sum(seconds.values())
    print(f"one picture on one core: {whole * 1e3:.1f} ms")
    for stage, spent in (*seconds.items(), ("the rest", rest)):
        print(f"  {stage:9} {spent * 1e3:7.1f} ms {spent / whole:5.0%}")

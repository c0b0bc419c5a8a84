"""What a batch takes of the machine: memory under a limit, and whether anything grows."""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks._pictures import make_equal

MEGAPIXELS = (1, 24, 96, 250)
_EVERY = 0.02  # s


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say how much of it."""
    parser.add_argument("--max-memory", type=int, default=1100, help="MB")
    parser.add_argument("--pictures", type=int, default=300, help="of the long batch")
    parser.add_argument("--model", default="general", help="packaged name, or a model file")


def main(arguments: argparse.Namespace) -> int:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        bounded = _bounded(Path(folder), arguments)
        _long(Path(folder), arguments)
    return int(not bounded)


@dataclass(frozen=True)
class Sample:
    """What the processes of a batch held at one moment; bytes."""

    own: tuple[int, int]  # anonymous memory and open files of the parent
    children: tuple[tuple[int, int], ...]  # of each child
    together: int  # of all children, what they share counted once


def _bounded(folder: Path, arguments: argparse.Namespace) -> bool:
    """Colour pictures of which some need more memory than there is."""
    source, target = folder / "large", folder / "large-out"
    for megapixels in MEGAPIXELS:
        make_equal(source / f"{megapixels:03} megapixels", 2, megapixels)
    limit = f"{arguments.max_memory}M"
    options = ["--workers", "2", "--max-memory", limit, "--model", arguments.model]
    samples = list(_watched([str(source), "-o", str(target), *options]))
    together = max(sample.together for sample in samples) / 2**20
    own = max(sample.own[0] for sample in samples) / 2**20
    print(f"--max-memory {limit}, 2 workers: at most {together:.0f} MB in all workers together,")
    print(f"  {own:.0f} MB in the process that serves them")
    for line in (target / ".photochrom" / "manifest.jsonl").read_text().splitlines():
        plain = json.loads(line)
        if "status" in plain:
            print(f"  {plain['input']}: {plain['status']} {plain.get('error', '')}")
    return together <= arguments.max_memory


def _long(folder: Path, arguments: argparse.Namespace) -> None:
    """Colour many small ones, and look at the first and the last third."""
    source = folder / "many"
    make_equal(source, arguments.pictures, 0.25)
    options = ["--workers", "1", "--model", arguments.model]
    samples = list(_watched([str(source), "-o", str(folder / "many-out"), *options]))
    steady = [sample for sample in samples if sample.children]
    thirds = steady[len(steady) // 3], steady[2 * len(steady) // 3], steady[-2]
    print(f"{arguments.pictures} pictures, one worker, after 1/3, 2/3 and all of the time:")
    for name, found in (
        ("worker, MB", [sample.children[0][0] / 2**20 for sample in thirds]),
        ("worker, open files", [sample.children[0][1] for sample in thirds]),
        ("parent, MB", [sample.own[0] / 2**20 for sample in thirds]),
        ("parent, open files", [sample.own[1] for sample in thirds]),
    ):
        print(f"  {name:20}", *(f"{value:6.0f}" for value in found))


def _watched(options: list[str]) -> Iterator[Sample]:
    """Run `colorize` and look at its processes all the time."""
    command = [sys.executable, "-m", "photochrom", "colorize", *options]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        while run.poll() is None:
            children = _children(run.pid)
            with suppress(OSError):  # one may end just now
                own = (_status(run.pid, "RssAnon:"), _files(run.pid))
                each = tuple((_status(pid, "RssAnon:"), _files(pid)) for pid in children)
                yield Sample(own, each, sum(_pss(pid) for pid in children))
            time.sleep(_EVERY)


def _children(pid: int) -> list[int]:
    found = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


def _files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def _status(pid: int, name: str) -> int:
    return _kilobytes(Path(f"/proc/{pid}/status"), name)


def _pss(pid: int) -> int:
    return _kilobytes(Path(f"/proc/{pid}/smaps_rollup"), "Pss:")


def _kilobytes(path: Path, name: str) -> int:
    for line in path.read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    return 0  # a process that is ending has none

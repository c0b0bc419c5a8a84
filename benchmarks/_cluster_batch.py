"""The same folder by the local engine, on a cluster, and on one that loses a node."""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks._pictures import make
from benchmarks._two_nodes import two_nodes

WORKERS = 2
ALLOWED = 1.3  # times what the local engine takes, start-up apart
_DONE = (0, 3)  # exit codes; 3 where some inputs failed


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say how much of it."""
    parser.add_argument("--pictures", type=int, default=2000)
    parser.add_argument("--broken", type=int, default=20, help="of the pictures")
    parser.add_argument("--model", default="general", help="packaged name, or a model file")


def main(arguments: argparse.Namespace) -> int:
    """Run all three, and print what they took and whether they agree."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder / "in", arguments.pictures, broken=arguments.broken)
        colors = Colors(folder, arguments)
        local = colors.run("local")
        with two_nodes() as (cluster, node):
            at = ("--engine", "ray", "--address", cluster.address)
            ray = colors.run("cluster", *at)
            lost = colors.run("node lost", *at, at_third=lambda: cluster.remove_node(node, False))
    print(f"{arguments.pictures} pictures, {arguments.broken} of them broken, {WORKERS} workers")
    for run in (local, ray, lost):
        print(run.line(local))
    ratio = ray.working / local.working
    print(f"cluster / local, start-up apart: {ratio:.2f} (at most {ALLOWED})")
    wrong = [each for run in (local, ray, lost) for each in run.wrong(local, arguments.pictures)]
    print("\n".join(wrong) or "all files are the same, every picture is on record once")
    return int(bool(wrong) or ratio > ALLOWED)


@dataclass(frozen=True)
class Run:
    """One run of the command.

    Attributes
    ----------
    name : of it
    total : s
    working : s, from the first picture's begin to the last one's end
    ended : what each picture ended as, in the order of the record: name, status
    files : hashes of all results by name
    lost : pictures that another worker had to take over
    """

    name: str
    total: float
    working: float
    ended: list[tuple[str, str]]
    files: dict[str, str]
    lost: int

    def line(self, local: "Run") -> str:
        """Return a line of the table."""
        rate = len(self.ended) / self.working
        return (
            f"{self.name:10} {self.total:7.1f} s, of it start-up and end "
            f"{self.total - self.working:5.1f} s; {rate:5.2f} pictures/s, "
            f"{self.working / local.working:.2f} x local; {self.lost} taken over"
        )

    def wrong(self, local: "Run", pictures: int) -> list[str]:
        """Return what is not as it should be."""
        counts = Counter(name for name, _ in self.ended)
        twice = [f"{self.name}: {name} ended {n} times" for name, n in counts.items() if n > 1]
        missing = [f"{self.name}: {pictures - len(counts)} without an end"]
        differs = [f"{self.name}: the files differ"]
        statuses = [f"{self.name}: other pictures failed"]
        return [
            *twice,
            *(missing if len(counts) != pictures else []),
            *(differs if self.files != local.files else []),
            *(statuses if sorted(self.ended) != sorted(local.ended) else []),
        ]


class Colors:
    """Runs `colorize` on one folder, each time into another one.

    Parameters
    ----------
    folder : holds the pictures in `in`
    arguments : of the benchmark
    """

    def __init__(self, folder: Path, arguments: argparse.Namespace) -> None:
        self._folder, self._third = folder, arguments.pictures // 3
        self._model = arguments.model

    def run(self, name: str, *options: str, at_third: Callable[[], Any] | None = None) -> Run:
        """Run it; `at_third` is called when a third of the pictures ended."""
        target = self._folder / name
        command = [
            *(sys.executable, "-m", "photochrom", "colorize", str(self._folder / "in")),
            *("-o", str(target), "--workers", str(WORKERS), "--model", self._model, *options),
        ]
        began = time.time()
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as ran:
            if at_third is not None:
                self._await(target, ran)
                at_third()
            _, said = ran.communicate()
        total = time.time() - began
        if ran.returncode not in _DONE:
            sys.exit(f"{name} ended with {ran.returncode}: {said.decode(errors='replace')[-2000:]}")
        lines = _ended(target)
        begin = min(line["at"] - line["seconds"] for line in lines)
        working = max(line["at"] for line in lines) - begin
        ended = [(line["input"], line["status"]) for line in lines]
        return Run(name, total, working, ended, _hashes(target), said.count(b"was lost; another"))

    def _await(self, target: Path, ran: "subprocess.Popen[bytes]") -> None:
        while ran.poll() is None and len(_ended(target)) < self._third:
            time.sleep(0.5)


def _ended(target: Path) -> list[dict[str, Any]]:
    record = target / ".photochrom" / "manifest.jsonl"
    if not record.exists():
        return []
    lines = record.read_bytes().split(b"\n")[:-1]  # the last one may be half written
    return [plain for line in lines if "status" in (plain := json.loads(line))]


def _hashes(target: Path) -> dict[str, str]:
    found = (p for p in target.rglob("*") if p.is_file() and ".photochrom" not in p.parts)
    return {str(p.relative_to(target)): hashlib.sha256(p.read_bytes()).hexdigest() for p in found}

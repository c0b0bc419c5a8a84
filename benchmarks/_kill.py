"""A batch that is killed again and again, compared with one that was left in peace."""

import argparse
import hashlib
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks._pictures import make

_DONE = 3  # exit code where some inputs failed
_TOGETHER = 30.0  # s that children may outlive their parent; one that starts ends when it has


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say how much of it."""
    parser.add_argument("--pictures", type=int, default=500)
    parser.add_argument("--broken", type=int, default=20, help="of the pictures")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="general", help="packaged name, or a model file")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--album", action="store_true", help="colour them as one album")


def main(arguments: argparse.Namespace) -> int:
    """Colour in peace and under fire, and print what differs."""
    with tempfile.TemporaryDirectory() as folder:
        batch = Batch(Path(folder) / "in", Path(folder) / "killed", arguments)
        broken = make(batch.source, arguments.pictures, broken=arguments.broken)
        peace = Batch(batch.source, Path(folder) / "peace", arguments)
        said = peace.run()
        print(f"in peace: {said.seconds:.1f} s, exit code {said.code}")
        kills = list(_kills(batch, said, arguments))
        last = batch.run()
        problems = _problems(peace, batch, (said, last), broken)
        problems += ["a worker outlived its run" for kill in kills if kill.survivors]
        _show(kills, last, batch)
        for reason in reasons(last, broken).values():
            print(f"  {reason.replace(str(batch.source), 'IN')}")
        print(f"problems: {len(problems)}")
        for problem in problems:
            print(f"  {problem}")
    return 1 if problems else 0


@dataclass(frozen=True)
class Said:
    """What a run that came to its end said, and when its first picture was done."""

    code: int
    seconds: float
    first: float
    words: str


@dataclass(frozen=True)
class Kill:
    """One run that was killed: after how long, how many lines it had added, who was hit."""

    seconds: float
    lines: int
    whom: str
    survivors: int


@dataclass(frozen=True)
class Batch:
    """One folder coloured into another."""

    source: Path
    target: Path
    arguments: argparse.Namespace = field(repr=False)

    @property
    def record(self) -> Path:
        """The manifest."""
        return self.target / ".photochrom" / "manifest.jsonl"

    def start(self) -> "subprocess.Popen[bytes]":
        """Start a run in a process group of its own."""
        options = ["--workers", str(self.arguments.workers), "--model", self.arguments.model]
        options += ["--album"] if self.arguments.album else []
        command = [sys.executable, "-m", "photochrom", "colorize", self.source, "-o", self.target]
        return subprocess.Popen(
            [*command, *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def run(self) -> Said:
        """Run it to its end."""
        began, process = time.monotonic(), self.start()
        first = self.wait_for_picture(process, began)
        words = process.communicate()[1].decode(errors="surrogateescape")
        return Said(process.returncode, time.monotonic() - began, first, words)

    def wait_for_picture(self, process: "subprocess.Popen[bytes]", began: float) -> float:
        """Wait until a picture is put on record; return the seconds since `began`."""
        ended = self.ended()
        while process.poll() is None and self.ended() <= ended:
            time.sleep(0.005)
        return time.monotonic() - began

    def ended(self) -> int:
        """Count the lines on single pictures."""
        with suppress(FileNotFoundError):
            return self.record.read_bytes().count(b'{"status"')
        return 0

    def lines(self) -> list[dict[str, object]]:
        """What is on record of single pictures."""
        with suppress(FileNotFoundError):
            whole = self.record.read_bytes().rpartition(b"\n")[0].split(b"\n")
            return [plain for line in whole if "status" in (plain := json.loads(line))]
        return []

    def results(self) -> dict[str, str]:
        """Hash every file there is but for the record."""
        return {
            str(path.relative_to(self.target)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(self.target.rglob("*"))
            if path.is_file() and ".photochrom" not in path.parts
        }

    def strays(self) -> list[str]:
        """Name what should not be there after a run: files that were not completed."""
        found = [path for path in self.target.rglob("*") if path.suffix == ".tmp"]
        return [str(path) for path in found] + [
            str(path) for path in self.record.parent.iterdir() if path.name.startswith("unfin")
        ]


def _kills(batch: Batch, peace: Said, arguments: argparse.Namespace) -> Iterator[Kill]:
    """Kill runs at random moments, spread so that all of the work is met by them."""
    rng = random.Random(arguments.seed)
    share = 2 * (peace.seconds - peace.first) / max(1, arguments.kills)
    for number in range(arguments.kills):
        before = len(batch.lines())
        began, process = time.monotonic(), batch.start()
        if number % 4 == 0:  # while it starts
            time.sleep(rng.uniform(0, peace.first))
        else:
            batch.wait_for_picture(process, began)
            time.sleep(rng.uniform(0, share))
        whole = rng.random() < 0.5
        seconds, family = time.monotonic() - began, _family(process.pid)
        for pid in [process.pid, *(family if whole else [])]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.communicate()
        survivors = _outliving(family)
        whom = "ended before" if process.returncode >= 0 else "all" if whole else "the parent"
        yield Kill(seconds, len(batch.lines()) - before, whom, survivors)


def _family(pid: int) -> list[int]:
    """Return the children of a process that are there now."""
    found = []
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += [int(child) for child in (task / "children").read_text().split()]
    return found


def _outliving(family: Sequence[int]) -> int:
    """Count the processes that are still there some time after."""
    until = time.monotonic() + _TOGETHER
    left = list(family)
    while left and time.monotonic() < until:
        left = [pid for pid in left if _is_alive(pid)]
        time.sleep(0.01)
    return len(left)


def _is_alive(pid: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def _problems(peace: Batch, killed: Batch, said: Sequence[Said], broken: set[str]) -> list[str]:
    """Name everything that is not as it should be; `said` are the words of the whole runs."""
    found = [f"exit code {one.code} ({one.words[-500:]})" for one in said if one.code != _DONE]
    found += _compare(peace.results(), killed.results())
    done = Counter(line["input"] for line in killed.lines() if line["status"] != "failed")
    wanted = {str(line["input"]) for line in peace.lines()} - broken
    found += [f"{name} was done {times} times" for name, times in done.items() if times > 1]
    found += [f"{name} is not on record as done" for name in sorted(wanted - done.keys())]
    found += [f"{name} counts as done" for name in sorted(broken & done.keys())]
    for one in said:
        found += [f"{name} is not named" for name in sorted(broken - reasons(one, broken).keys())]
    found += _compare(*(reasons(one, broken) for one in said))
    return found + [f"{name} was left behind" for name in killed.strays()]


def _compare(expected: dict[str, str], found: dict[str, str]) -> list[str]:
    both = sorted(expected.keys() & found.keys())
    return [
        *(f"{name} is missing" for name in sorted(expected.keys() - found.keys())),
        *(f"{name} is there besides" for name in sorted(found.keys() - expected.keys())),
        *(f"{name} differs" for name in both if expected[name] != found[name]),
    ]


def reasons(said: Said, broken: set[str]) -> dict[str, str]:
    """Return what a run said of each broken picture."""
    lines = re.findall("^photochrom: (.*)$", said.words, re.MULTILINE)
    told = {name: [line for line in lines if name in line] for name in sorted(broken)}
    return {name: found[0] for name, found in told.items() if found}


def _show(kills: list[Kill], last: Said, batch: Batch) -> None:
    whom = Counter(kill.whom for kill in kills)
    print(f"killed {len(kills)} times: " + ", ".join(f"{whom[one]} {one}" for one in sorted(whom)))
    if kills:
        seconds, lines = [kill.seconds for kill in kills], [kill.lines for kill in kills]
        print(f"after {min(seconds):.2f} to {max(seconds):.2f} s, median {median(seconds):.2f}")
        print(f"with 0 to {max(lines)} pictures put on record, {sum(map(bool, lines))} times any")
    print(
        f"children that outlived their parent by {_TOGETHER} s: "
        f"{sum(kill.survivors for kill in kills)}"
    )
    statuses = Counter(str(line["status"]) for line in batch.lines())
    print(
        f"the last run: {last.seconds:.1f} s, exit code {last.code}; lines on record: "
        + ", ".join(f"{count} {status}" for status, count in sorted(statuses.items()))
    )
    print(f"files: {len(batch.results())}; broken pictures:")

"""What becomes of the odd and broken files that others have collected, and of damage made here.

    python -m benchmarks.corpora [FOLDER...] [--model M] [--reasons N]

Every file of every folder goes through a worker, as in a batch, with limits on memory and time.
Each folder is a row: files, those coloured, refused with an error that says why, out of memory, too
slow, and those that ended the worker; then the peak memory of workers and of this process, and the
slowest file. Without folders only the damage made here is looked at. The exit code is 1 where
anything but a result or an error of photochrom came out.
"""

import argparse
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import skimage.data

from photochrom.batch.order import Model, Order
from photochrom.batch.worker import Worker
from photochrom.errors import OutOfMemoryError, PhotochromError, TimeLimitError
from photochrom.imageio import encode_image, from_array
from photochrom.imageio.formats import FORMATS

MEMORY = 2 << 30
SECONDS = 120.0
SHARES = (0.0001, 0.1, 0.5, 0.9, 0.999)  # of a file that is cut short
FLIPS = 12  # damaged copies of each file
KINDS = ("coloured", "refused", "memory", "time", "crashed", "other")
CRASHED = "makes its decoder crash"
_NAMED = re.compile(r"^.*?(?: cannot be read as [A-Z]+: |, but .* (?=is |has ))")


@dataclass
class Row:
    """What became of one folder."""

    counts: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    peak: float = 0.0


def main() -> None:
    """Print the table; then, if asked, the reasons of refusals, the commonest first."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpora")
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--model", default="general")
    parser.add_argument("--reasons", type=int, default=0, help="how many to print for each folder")
    asked = parser.parse_args()
    order = Order(Model.of(asked.model), even_if_colored=True)
    print(f"{'corpus':28}{'files':>7}" + "".join(f"{kind:>9}" for kind in KINDS), end="")
    print(f"{'MB':>7}{'main MB':>9}{'slowest s':>11}")
    with tempfile.TemporaryDirectory() as folder:
        make_damage(Path(folder, "damage made here"))
        rows = [
            _told(each, look(each, order), asked.reasons)
            for each in (Path(folder, "damage made here"), *asked.folders)
        ]
    sys.exit(1 if any(row.counts["other"] for row in rows) else 0)


def make_damage(folder: Path) -> None:
    """Write bundled photographs in each format, whole, cut short, and with some bytes changed."""
    folder.mkdir()
    rng = random.Random(0)
    for name in ("chelsea", "astronaut", "coffee", "rocket"):
        pixels = np.ascontiguousarray(getattr(skimage.data, name)()[::2, ::2])
        for file_format in FORMATS:
            whole = encode_image(from_array(pixels), file_format)
            for number, data in enumerate(_damaged(whole, rng)):
                (folder / f"{name}-{number:02}.{file_format}").write_bytes(data)


def _damaged(whole: bytes, rng: random.Random) -> Iterator[bytes]:
    yield whole
    yield from (whole[: int(len(whole) * share)] for share in SHARES)
    for number in range(FLIPS):
        changed = bytearray(whole)
        for _ in range(1 << number % 6):
            changed[rng.randrange(len(changed))] = rng.randrange(256)
        yield bytes(changed)


def look(folder: Path, order: Order) -> Row:
    """Feed all files of a folder to a worker."""
    row = Row()
    with Worker(order, threads=1, memory=MEMORY, seconds=SECONDS) as worker:
        worker.start()
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            started = time.perf_counter()
            kind, why = _fed(worker, path)
            row.slowest = max(row.slowest, time.perf_counter() - started)
            row.counts[kind] += 1
            row.reasons[why] += 1
            row.peak = max(row.peak, peak_memory(worker.id))
            if kind not in ("coloured", "refused"):
                print(f"  {kind}: {path}: {why}", flush=True)
    return row


def _fed(worker: Worker, path: Path) -> tuple[str, str]:
    """Say what became of a file, and why; numbers and the name are taken out of the reason."""
    try:
        worker.color(path)
    except PhotochromError as error:
        words = _NAMED.sub("", str(error).replace(str(path), "X"))
        return _kind(error), re.sub(r"\b(0x)?[0-9a-f]*\d[0-9a-f.]*\b", "N", words)[:80]
    except Exception as error:
        return "other", f"{type(error).__name__}: {error}"
    return "coloured", ""


def _kind(error: PhotochromError) -> str:
    if isinstance(error, OutOfMemoryError):
        return "memory"
    if isinstance(error, TimeLimitError):
        return "time"
    return "crashed" if CRASHED in str(error) else "refused"


def peak_memory(process: int | None) -> float:
    """Return the peak of a process, MB; 0 where it is gone, or the system does not tell."""
    try:
        status = Path(f"/proc/{process or 'none'}/status").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) / 1e3 if found else 0.0


def _told(folder: Path, row: Row, reasons: int) -> Row:
    counts = "".join(f"{row.counts[kind]:9,}" for kind in KINDS)
    print(f"{folder.name[:27]:28}{row.counts.total():7,}{counts}", end="")
    print(f"{row.peak:7.0f}{peak_memory(os.getpid()):9.0f}{row.slowest:11.1f}", flush=True)
    for why, count in row.reasons.most_common(reasons + 1):
        if why:
            print(f"  {count:6,}  {why}")
    return row


if __name__ == "__main__":
    main()

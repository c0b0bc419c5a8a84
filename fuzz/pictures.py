"""Changed pictures through whole workers: `python -m fuzz.pictures [--seconds S] [--seed N]`.

Decoders are native code, whose coverage libFuzzer does not see; so changes are made at random, and
many. A result or an error of ours must come out, and this process must not grow. What ends a
worker is told and kept, but is no finding: it is what workers are for.
"""

import argparse
import hashlib
import random
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from fuzz import seeds
from fuzz.graphs import model_of
from fuzz.mutate import mutate
from fuzz.run import FINDINGS
from fuzz.samples import samples
from photochrom.batch.order import Model, Order
from photochrom.batch.worker import Worker
from photochrom.errors import OutOfMemoryError, PhotochromError, TimeLimitError
from photochrom.imageio import Limits

LIMITS = Limits(max_pixels=1 << 21)  # work, not danger: larger ones only take longer
MEMORY = 1 << 30
SECONDS = 20
GROWN = 1 << 19  # kB that this process may come to take beyond what it began with
CRASHED = "makes its decoder crash"


def main() -> None:
    """Feed changed pictures for a while; exit with 1 after a finding."""
    parser = argparse.ArgumentParser(prog="python -m fuzz.pictures")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--seed", type=int, default=None, help="repeat a run")
    parser.add_argument("files", nargs="*", type=Path, help="feed these alone")
    asked = parser.parse_args()
    seed = time.time_ns() if asked.seed is None else asked.seed
    print(f"seed {seed}")
    given = map(Path.read_bytes, asked.files) if asked.files else inputs(seed, asked.seconds)
    with Worker(order(), threads=1, memory=MEMORY, seconds=SECONDS) as worker:
        counts, finding = feed(worker, given)
    _tell(counts)
    if finding is not None:
        print(f"FindingError: {finding}")
    sys.exit(0 if finding is None else 1)


def order() -> Order:
    """Colour every picture with the smallest model."""
    return Order(Model.of(model_of(seeds.SPEC)), limits=LIMITS, even_if_colored=True)


def inputs(seed: int, seconds: float) -> Iterator[bytes]:
    """Samples as they are, then changed ones until time is up."""
    rng, whole = random.Random(seed), list(samples())
    yield from whole
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield mutate(rng, rng.choice(whole), rng.choice(whole))


def feed(worker: Worker, given: Iterator[bytes]) -> tuple[Counter[str], str | None]:
    """Feed a worker; return what came out how often, and the finding that ended it."""
    counts: Counter[str] = Counter()
    at_first = _peak()
    for data in given:
        try:
            kind, words = _fed(worker, data)
        except Exception as error:
            return counts, f"{type(error).__name__}: {error}; {_kept(data, 'finding')}"
        counts[kind] += 1
        if kind not in ("colored", "refused"):
            print(f"{kind}: {_kept(data, kind)}: {words}")
        if _peak() - at_first > GROWN:
            return counts, f"this process has grown from {at_first} to {_peak()} kB"
    return counts, None


def _fed(worker: Worker, data: bytes) -> tuple[str, str]:
    """Say what came out: its kind and the words of an error."""
    try:
        result = worker.color(data)
    except PhotochromError as error:
        return _kind(error), str(error)
    if not result.files or not result.files[0]:
        raise AssertionError("a result without a file")
    return "colored", ""


def _kind(error: PhotochromError) -> str:
    if isinstance(error, OutOfMemoryError):
        return "memory"
    if isinstance(error, TimeLimitError):
        return "time"
    return "crashed" if CRASHED in str(error) else "refused"


def _kept(data: bytes, kind: str) -> Path:
    FINDINGS.mkdir(exist_ok=True)
    path = FINDINGS / f"pictures-{kind}-{hashlib.sha256(data).hexdigest()[:16]}"
    path.write_bytes(data)
    return path


def _peak() -> int:
    """The most memory that this process has had, kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _tell(counts: Counter[str]) -> None:
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(", ".join(f"{kind} {count:,}" for kind, count in counts.most_common()))
    print(f"stat::number_of_executed_units: {counts.total()}")
    print(f"stat::peak_rss_mb: {max(children, _peak()) >> 10}")


if __name__ == "__main__":
    main()

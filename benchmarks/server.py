"""A server under load: throughput, times, refusals, memory.

    python -m benchmarks.server [--clients 50] [--seconds 120] [--workers 2] [--width 1200]

One client first, one request after the other; then many at once, each sending its next picture when
the last has come back, with a queue that holds them all; then the same with a queue that does not.
The first must be turned away never, the second only while all places are taken. Client and server
share the machine's cores, as the sequential figure does. Linux alone.
"""

import argparse
import http.client
import io
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import skimage.data
from PIL import Image

_RATIO = 0.8  # of the sequential throughput, at least
_FLAT = 1.15  # times the memory at the start, at most, at the end
_SHORT_QUEUE = 8
_TO_START = 120.0  # s


@dataclass
class Load:
    """What clients saw."""

    seconds: list[float] = field(default_factory=list)
    refused: int = 0
    refused_in_vain: int = 0
    failed: list[str] = field(default_factory=list)
    under_way: dict[int, int] = field(default_factory=dict)  # request -> most at once with it
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begins(self, request: int) -> None:
        """Note a request."""
        with self.lock:
            self.under_way[request] = 0
            for each, most in self.under_way.items():
                self.under_way[each] = max(most, len(self.under_way))

    def told(self, status: int, seconds: float, at_once: int, places: int) -> None:
        """Note an answer; as many as `at_once` were under way with it."""
        with self.lock:
            if status == 200:
                self.seconds.append(seconds)
            elif status == 503:
                self.refused += 1
                self.refused_in_vain += at_once <= places
            else:
                self.failed.append(f"status {status}")


@contextmanager
def serving(workers: int, queue: int) -> Iterator[tuple[int, int]]:
    """Start a server of its own; yields its port and process."""
    command = [sys.executable, "-m", "photochrom", "serve", "--port", "0", "--no-training",
               "--workers", str(workers), "--queue", str(queue)]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            if process.stderr is None:
                raise RuntimeError("the server says nothing")
            address = process.stderr.readline().split()[1]
            port = int(address.rstrip("/").rpartition(":")[2])
            end = time.monotonic() + _TO_START
            while _status(port, "/ready") != 200 and time.monotonic() < end:
                time.sleep(0.2)
            yield port, process.pid
        finally:
            process.terminate()


def _status(port: int, path: str) -> int:
    pipe = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        pipe.request("GET", path)
        return pipe.getresponse().status
    except OSError:
        return 0
    finally:
        pipe.close()


def body(width: int) -> tuple[bytes, dict[str, str]]:
    """A form with a gray photograph of so many pixels across."""
    gray = Image.fromarray(skimage.data.coffee()).convert("L")
    photograph = gray.resize((width, width * gray.height // gray.width), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    photograph.save(file, "jpeg", quality=92)
    head = b'--x\r\nContent-Disposition: form-data; name="picture"; filename="a.jpg"\r\n\r\n'
    form = head + file.getvalue() + b"\r\n--x--\r\n"
    return form, {"Content-Type": "multipart/form-data; boundary=x"}


def press(
    port: int, clients: int, seconds: float, form: tuple[bytes, dict[str, str]], places: int
) -> Load:
    """Let clients send pictures for a time."""
    load, until = Load(), time.monotonic() + seconds

    def client(number: int) -> None:
        pipe = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        while time.monotonic() < until:
            began, again = time.monotonic(), 0.0
            load.begins(number)
            try:
                pipe.request("POST", "/api/v1/colorize", *form)
                answer = pipe.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                with load.lock:
                    load.failed.append(repr(error))
                pipe.close()
            else:
                at_once = load.under_way[number]
                load.told(answer.status, time.monotonic() - began, at_once, places)
                again = float(answer.headers.get("Retry-After", 0))
            finally:
                with load.lock:
                    del load.under_way[number]
            time.sleep(again / 4)
        pipe.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return load


def memory(process: int) -> int:
    """Bytes that a process and its children hold."""
    total = 0
    for one in [process, *_children(process)]:
        text = Path(f"/proc/{one}/status").read_text(encoding="utf-8")
        total += next(int(line.split()[1]) << 10 for line in text.splitlines() if "VmRSS" in line)
    return total


def _children(process: int) -> list[int]:
    tasks = Path(f"/proc/{process}/task").glob("*/children")
    return [int(each) for task in tasks for each in task.read_text(encoding="utf-8").split()]


class Watching:
    """Looks at a server's memory every second."""

    def __init__(self, process: int) -> None:
        self.seen: list[int] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, args=(process,))

    def __enter__(self) -> "Watching":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self, process: int) -> None:
        while not self._ended.wait(1):
            try:
                self.seen.append(memory(process))
            except (OSError, StopIteration):  # a child that just ended
                continue


def _line(name: str, load: Load, seconds: float) -> str:
    times = load.seconds or [float("nan")]
    return (
        f"{name:28} {len(load.seconds) / seconds:6.2f} a second, median "
        f"{statistics.median(times):6.2f} s, 99th percentile {np.percentile(times, 99):6.2f} s, "
        f"{load.refused} turned away ({load.refused_in_vain} with room), {len(load.failed)} failed"
    )


def main() -> int:
    """Measure; 1 where something was not as it should be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--width", type=int, default=1200)
    asked = parser.parse_args()
    form = body(asked.width)
    problems = []
    with serving(asked.workers, asked.clients) as (port, process):
        places = asked.workers + asked.clients
        press(port, asked.workers, 3, form, places)  # warm: both workers have run
        alone_for = max(5.0, asked.seconds / 4)
        alone = press(port, 1, alone_for, form, places)
        print(_line("one client", alone, alone_for), flush=True)
        with Watching(process) as watching:
            began = time.monotonic()
            many = press(port, asked.clients, asked.seconds, form, places)
            took = time.monotonic() - began
        print(_line(f"{asked.clients} clients", many, took))
        ratio = len(many.seconds) / took / (len(alone.seconds) / alone_for)
        early, late = (statistics.median(each) for each in np.array_split(watching.seen, 4)[::3])
        print(
            f"ratio {ratio:.2f}; memory {early / 1e6:.0f} MB in the first quarter, "
            f"{late / 1e6:.0f} MB in the last, {max(watching.seen) / 1e6:.0f} MB at most"
        )
        if ratio < _RATIO:
            problems.append(f"{ratio:.2f} of the sequential throughput, not {_RATIO}")
        if late > _FLAT * early:
            problems.append("memory grows")
        if many.refused or many.failed or alone.failed:
            problems.append(f"refused with a long queue, or failed: {many.failed[:3]}")
    with serving(asked.workers, _SHORT_QUEUE) as (port, _):
        places = asked.workers + _SHORT_QUEUE
        crowd = press(port, asked.clients, asked.seconds / 4, form, places)
        print(_line(f"{asked.clients} clients, short queue", crowd, asked.seconds / 4))
        if crowd.refused_in_vain or crowd.failed or not crowd.refused:
            problems.append(f"turned away with room, or failed: {crowd.failed[:3]}")
    print("\n".join(f"WRONG: {each}" for each in problems) or "all as it should be")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

"""Tasks that only wait, by our engine's actors and through Ray Data: what each adds to them.

Why it is not Ray Data that colours is in decision 25; this gives its figures.
"""

import argparse
import logging
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks._two_nodes import two_nodes
from photochrom.batch.item import Item, Outcome
from photochrom.cluster import crew as crews
from photochrom.cluster.connect import load
from photochrom.cluster.crew import Crew
from photochrom.cluster.room import Room, Size

ACTORS = 2
BLOCKS = (1, 8)  # tasks that Ray Data tells together


def add_options(parser: argparse.ArgumentParser) -> None:
    """Say how much of it."""
    parser.add_argument("--tasks", type=int, default=2000)
    parser.add_argument("--milliseconds", type=float, default=20.0, help="that a task takes")


def main(arguments: argparse.Namespace) -> int:
    """Run both, and print what they took."""
    tasks, seconds = arguments.tasks, arguments.milliseconds / 1000
    ideal = tasks * seconds / ACTORS
    print(f"{tasks} tasks of {seconds * 1000:g} ms on {ACTORS} actors: {ideal:.1f} s if free")
    with two_nodes() as (cluster, _):
        ray = load()
        ray.init(cluster.address, log_to_driver=False, logging_level="ERROR")
        ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
        _tell("actors", _by_actors(tasks, seconds), ideal)
        for block in BLOCKS:
            _tell(f"Ray Data, blocks of {block}", _by_data(ray, tasks, seconds, block), ideal)
    return 0


def _tell(name: str, ended: Iterator[Any], ideal: float) -> None:
    """Count what ends, and print the time of the first one and of the others."""
    began, first, count = time.perf_counter(), 0.0, 0
    for _ in ended:
        count += 1
        first = first or time.perf_counter()
    last = time.perf_counter()
    added = (last - first - ideal) / count * 1000 * ACTORS
    print(
        f"{name:22} {count} ended; the first after {first - began:4.1f} s, the others in "
        f"{last - first:5.1f} s: {added:4.1f} ms more a task"
    )


class Waiting:
    """Stands in for a painter.

    Parameters
    ----------
    seconds : that a task takes, in place of an order
    size, limit : unused
    """

    def __init__(self, seconds: float, size: Size, limit: float) -> None:
        self._seconds = seconds

    def start(self, version: str) -> str:
        """Begin at once."""
        return "here"

    def paint(self, item: Item, staging: Path | None, mark: Path | None) -> Outcome:
        """Wait."""
        time.sleep(self._seconds)
        return Outcome(item, "done", self._seconds)


def _by_actors(tasks: int, seconds: float) -> Iterator[Any]:
    crews.Painter = Waiting  # type: ignore[assignment,misc]
    crew = Crew(seconds, Room(ACTORS, Size()), 0.0, lambda: False)
    yield from crew.paint([Item(str(n), str(n), str(n)) for n in range(tasks)], None, None)
    crew.close()


def _by_data(ray: Any, tasks: int, seconds: float, block: int) -> Iterator[Any]:
    from ray import data  # noqa: PLC0415 - an extra

    class Wait:
        def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
            time.sleep(seconds)
            return row

    logging.getLogger("ray.data").setLevel(logging.ERROR)
    data.DataContext.get_current().enable_progress_bars = False
    rows = data.from_items([{"key": n} for n in range(tasks)], override_num_blocks=tasks // block)
    pool = data.ActorPoolStrategy(size=ACTORS, max_tasks_in_flight_per_actor=2)
    yield from rows.map(Wait, compute=pool, num_cpus=1).iter_rows()

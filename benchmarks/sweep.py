"""The origin's exploration: windows x colours x networks on the cat pictures, with its page.

    PHOTOCHROM_DATA=... python -m benchmarks.sweep

32 trainings, their held-out figures, and one page in bench-output/sweep/.
"""

import shutil
import time
from pathlib import Path

from benchmarks import _data as data
from photochrom.evaluation.sweep import sweep

OUT = Path("bench-output/sweep")


def main() -> None:
    """Sweep from nothing and print the table and the time."""
    folder = data.folder("domains") / "cat"
    shutil.rmtree(OUT, ignore_errors=True)
    started = time.perf_counter()
    result = sweep(
        folder,
        ["origin-dense", "origin-conv"],
        [5, 7, 11, 15],
        [12, 16, 32, 64],
        report=OUT,
    )
    print(result.table())
    print(f"{time.perf_counter() - started:.0f} s in all; the page is {result.page}")


if __name__ == "__main__":
    main()

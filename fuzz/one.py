"""One target: `python -m fuzz.one NAME [options and folders of libFuzzer, or a finding]`."""

import sys
from pathlib import Path

import atheris

SOURCES = Path(__file__).resolve().parents[1] / "src"
# Sums over arrays have no branches to find, and of each comparison of arrays that atheris watches
# something stays for ever: a million inputs took a gigabyte.
ROOMS = ("color", "filters", "metrics")
MODULES = (
    "palettes.decode", "palettes.hull", "palettes.kmeans",
    "inference.decoding", "inference.finish", "inference.fullsize", "inference.working",
    "inference.hints.anchors", "inference.hints.hinted", "inference.hints.marks",
    "inference.hints.spread",
)  # fmt: skip
ARRAYS = [f"photochrom.{module}" for module in MODULES] + [
    f"photochrom.{room}.{path.stem}"
    for room in ROOMS
    for path in (SOURCES / "photochrom" / room).glob("*.py")
]

with atheris.instrument_imports(include=["photochrom"], exclude=ARRAYS):
    from fuzz.targets import TARGETS, feed

if __name__ == "__main__":
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, lambda data: feed(target, data))
    atheris.Fuzz()

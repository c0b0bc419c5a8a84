"""Where the photographs of the benchmarks lie."""

import os
import sys
from pathlib import Path


def folder(name: str) -> Path:
    """Return a folder below `PHOTOCHROM_DATA`; end politely where it is not set."""
    root = os.environ.get("PHOTOCHROM_DATA")
    if not root:
        print("skipped: set PHOTOCHROM_DATA to the folder that holds domains/, large/, ...")
        sys.exit(0)
    found = Path(root) / name
    if not found.is_dir():
        sys.exit(f"PHOTOCHROM_DATA is {root}, but there is no folder {name} in it")
    return found

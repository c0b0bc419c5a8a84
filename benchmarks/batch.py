"""Batches: whether they survive being killed, and how fast they are.

    python -m benchmarks.batch kill [--pictures 500] [--broken 20] [--kills 50] [--seed 0]
    python -m benchmarks.batch speed [--pictures 60] [--repeats 5]
    python -m benchmarks.batch resources [--max-memory 1100] [--pictures 300]

`kill` colours a folder once in peace, and once more while the run is killed again and again: at
once, in the middle, near the end; the whole family of processes, or the parent alone. What comes
out must be what came out in peace, byte by byte. Linux alone.

`speed` (the default) colours with one and with two workers, and tells where the time goes.

`resources` watches the memory of a batch of large pictures under a limit, and what memory and open
files do over many small ones. Linux alone.
"""

import argparse
import sys

from benchmarks import _kill, _resources, _speed_of_batches

COMMANDS = {"kill": _kill, "speed": _speed_of_batches, "resources": _resources}


def main() -> int:
    """Run one of them; 1 where something was not as it should be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name, module in COMMANDS.items():
        module.add_options(commands.add_parser(name))
    arguments = parser.parse_args(sys.argv[1:] or ["speed"])
    return int(COMMANDS[arguments.command].main(arguments))


if __name__ == "__main__":
    sys.exit(main())

"""Batches on a Ray cluster of two nodes, which are processes of this machine.

    python -m benchmarks.cluster batch [--pictures 2000] [--broken 20]
    python -m benchmarks.cluster data [--tasks 2000] [--milliseconds 20]

`batch` (the default) colours a folder by two workers of this machine, by two on the cluster, and by
two of which one is lost with its node when a third is done. It prints the times, start-up apart,
and checks that the files are the same and that every picture is on record once.

`data` hands tasks that only wait to two actors: as our engine does, and through Ray Data, which
was not taken.
"""

import argparse
import sys

from benchmarks import _cluster_batch, _ray_data

COMMANDS = {"batch": _cluster_batch, "data": _ray_data}


def main() -> int:
    """Run one of them; 1 where something was not as it should be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name, module in COMMANDS.items():
        module.add_options(commands.add_parser(name))
    arguments = parser.parse_args(sys.argv[1:] or ["batch"])
    return int(COMMANDS[arguments.command].main(arguments))


if __name__ == "__main__":
    sys.exit(main())

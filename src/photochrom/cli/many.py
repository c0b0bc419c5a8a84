"""The options of `colorize` that say how a batch runs, and what they make."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, TypeVar

import click

from photochrom.errors import OptionError

if TYPE_CHECKING:
    from pathlib import Path

    from photochrom.batch.local import Means
    from photochrom.batch.order import Order
    from photochrom.batch.run import Engine, OpenEngine
    from photochrom.batch.shard import Shard

Command = TypeVar("Command", bound=Callable[..., Any])
ENGINES = ("local", "ray")
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?", re.IGNORECASE | re.ASCII)
_UNITS = {"": 0, "K": 10, "M": 20, "G": 30, "T": 40}
_MOST = float(1 << 50)  # bytes; what systems take for a limit ends at 1 << 63


def size(context: click.Context, option: click.Parameter, value: str | None) -> int | None:
    """Read bytes as people write them, in powers of 1,024."""
    if value is None:
        return None
    found = _SIZE.fullmatch(value.strip())
    if found is None:
        raise click.BadParameter(f"expected a size such as 800M or 2G, got {value!r}")
    wanted = float(found[1]) * (1 << _UNITS[found[2].upper()])
    if wanted > _MOST:
        raise click.BadParameter(f"no machine has {value:.20} of memory")
    return int(wanted)


def _finite(context: click.Context, option: click.Parameter, value: float) -> float:
    if not isfinite(value):  # a range lets nan through
        raise click.BadParameter(f"expected a number of seconds, got {value}")
    return value


WORKERS = click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Pictures coloured side by side, each on one core. Without it: one a core, fewer where "
    "memory is short.",
)
ENGINE = click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="local",
    help="local: this machine. ray: a Ray cluster, `pip install 'photochrom[cluster]'`.",
)
ADDRESS = click.option(
    "--address",
    metavar="A",
    help="Of the Ray cluster: auto on one of its machines, or host:port of its head. Without it: "
    "what RAY_ADDRESS says, else Ray is started on this machine.",
)
_OPTIONS = (
    WORKERS,
    click.option(
        "--max-memory",
        callback=size,
        metavar="M",
        help="Memory that all workers together may take, such as 2G. A picture that needs more "
        "fails. Without it: most of what is free.",
    ),
    click.option(
        "--max-seconds",
        type=click.FloatRange(min=1),
        callback=_finite,
        default=600.0,  # as in batch.worker, loaded later
        metavar="S",
        help="Time that one picture may take; one that takes longer fails.",
    ),
    click.option(
        "--shard",
        metavar="I/N",
        help="Colour the I-th of N parts of a batch, so that N machines share it.",
    ),
    click.option(
        "--verify",
        is_flag=True,
        help="Colour nothing; read all results of a batch again, and tell which are missing, "
        "damaged or out of date. The next run makes those anew.",
    ),
    ENGINE,
    ADDRESS,
)


def running(command: Command) -> Command:
    """Add the options, in their order, to a command that takes a `running` built of them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass(frozen=True)
class Running:
    """How a batch runs, as the options say."""

    workers: int | None
    max_memory: int | None
    max_seconds: float
    shard: str | None
    verify: bool
    engine: str
    address: str | None

    def __post_init__(self) -> None:
        if self.address is not None and self.engine != "ray":
            raise OptionError("--address is that of a Ray cluster; give --engine ray, too")

    def check_single(self) -> None:
        """Refuse, for single pictures, what only a batch has."""
        for name, given in (("--shard", self.shard), ("--verify", self.verify)):
            if given:
                raise OptionError(
                    f"{name} is for a batch: a folder or several pictures, with a folder -o"
                )

    def check_force(self, *, force: bool) -> None:
        """Refuse to force what is only looked at."""
        if self.verify and force:
            raise OptionError("--verify changes nothing; leave out --force")

    def check_stream(self) -> None:
        """Refuse, for a stream, what only files have."""
        self.check_single()
        if self.engine != "local":
            raise OptionError(f"--engine {self.engine} is for files; - is coloured on this machine")

    def part(self) -> "Shard":
        """Return the part of a batch that this run has."""
        from photochrom.batch.shard import Shard

        return Shard() if self.shard is None else Shard.parse(self.shard)

    def opener(self, order: "Order") -> "OpenEngine":
        """Return what opens the engine for a number of pictures."""
        means = self.means()

        def opened(pictures: int, staging: "Path | None") -> "Engine":
            if self.engine == "ray":
                from photochrom.cluster.batches import RayEngine

                return RayEngine(order, means, pictures, address=self.address, staging=staging)
            from photochrom.batch.local import LocalEngine

            spread = means.spread(pictures)
            return LocalEngine(order, spread, seconds=means.seconds, staging=staging)

        return opened

    def means(self) -> "Means":
        """Return what of the machine may be used."""
        from photochrom.batch.local import Means

        return Means(self.workers, self.max_memory, self.max_seconds)

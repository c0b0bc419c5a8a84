"""How many painters a cluster has room for, and of what size."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from photochrom.batch.local import LEAST_MEMORY, Means
from photochrom.errors import OptionError


@dataclass(frozen=True)
class Node:
    """What Ray may use of one machine; `memory` in bytes."""

    cpus: int
    gpus: int
    memory: int

    @classmethod
    def of(cls, resources: Mapping[str, float]) -> "Node":
        """Read what Ray says of one."""
        return cls(*(int(resources.get(name, 0)) for name in ("CPU", "GPU", "memory")))

    def fitting(self, *, gpu: bool) -> int:
        """Return how many painters of one core each it has room for."""
        rooms = [self.cpus, self.memory // LEAST_MEMORY, *([self.gpus] if gpu else [])]
        return min(rooms)


@dataclass(frozen=True)
class Size:
    """What one painter takes of its machine.

    Attributes
    ----------
    cpus : cores, each with a thread
    gpus : 1 where the network runs on one, else 0
    memory : bytes that it may take; None for its share of what Ray may use of its machine
    """

    cpus: int = 1
    gpus: int = 0
    memory: int | None = None

    def __str__(self) -> str:
        cores = "a core" if self.cpus == 1 else f"{self.cpus} cores"
        needs = [cores, *(["a GPU"] if self.gpus else []), f"{LEAST_MEMORY >> 20} MB"]
        return f"{', '.join(needs[:-1])} and {needs[-1]}"

    def options(self) -> dict[str, float]:
        """Return what Ray must find free before it starts one."""
        # The least, not the limit: what a rare huge picture may take need not lie idle till then.
        return {"num_cpus": self.cpus, "num_gpus": self.gpus, "memory": LEAST_MEMORY}

    def limit(self, node: Node) -> int:
        """Return the bytes that a painter may take on a machine: no more than Ray may."""
        share = self.gpus / node.gpus if self.gpus else self.cpus / node.cpus
        wanted = int(node.memory * share) if self.memory is None else self.memory
        return max(LEAST_MEMORY, min(wanted, node.memory))


@dataclass(frozen=True)
class Room:
    """The painters of a run: how many, of what size."""

    painters: int
    size: Size


def nodes(ray: Any) -> list[Node]:
    """Return the machines of the cluster that Ray is connected to."""
    return [Node.of(each["Resources"]) for each in ray.nodes() if each["Alive"]]


def own_node(ray: Any) -> Node:
    """Return the machine that this process runs on."""
    own = ray.get_runtime_context().get_node_id()
    return next(Node.of(each["Resources"]) for each in ray.nodes() if each["NodeID"] == own)


def share_out(there: Sequence[Node], means: Means, pictures: int, *, gpu: bool) -> Room:
    """Share a cluster out.

    Parameters
    ----------
    there : its machines; more may come, where a cluster grows by itself
    means : what was asked for; its memory is for all painters together
    pictures : to colour
    gpu : whether each painter needs one

    Raises
    ------
    OptionError
        If there is no GPU, and the number of painters that might wait for one was not asked for;
        or if there is not enough memory for each.
    """
    fitting = sum(node.fitting(gpu=gpu) for node in there)
    if gpu and not fitting and means.workers is None:
        raise OptionError(
            "the cluster has no GPU now; --workers N waits for N of them, --device cpu needs none"
        )
    painters = min(_affordable(means, max(1, fitting)), max(1, pictures))
    if pictures == 1:  # it gets all of a machine, which is the quicker way through
        return Room(1, whole(there, means, gpu=gpu))
    memory = None if means.memory is None else means.memory // painters
    return Room(painters, Size(gpus=int(gpu), memory=memory))


def whole(there: Sequence[Node], means: Means, *, gpu: bool) -> Size:
    """Return the size of a painter that has the machine with most memory for itself."""
    able = [node for node in there if node.fitting(gpu=gpu)]
    if not able:  # those that will come are not known yet
        return Size(gpus=int(gpu), memory=means.memory)
    largest = max(able, key=lambda node: node.memory)
    cpus = largest.cpus if means.workers is None else min(largest.cpus, means.workers)
    return Size(cpus, int(gpu), means.memory or largest.memory)


def _affordable(means: Means, fitting: int) -> int:
    """Return how many painters the memory that was asked for is enough for."""
    if means.memory is None:
        return means.workers or fitting
    most = means.memory // LEAST_MEMORY
    if means.workers is not None and means.workers > most:
        raise OptionError(
            f"{means.workers} workers need {means.workers * LEAST_MEMORY >> 20} MB at least, "
            f"got {means.memory >> 20} MB; allow more, or take fewer workers"
        )
    return min(means.workers or fitting, most)

"""What of a cluster each worker may have."""

from collections.abc import Sequence
from typing import Any


def resources(ray: Any) -> list[dict[str, float]]:
    """Return what each machine of the cluster has, by Ray's names: CPU, GPU."""
    return [node["Resources"] for node in ray.nodes() if node["Alive"]]


def equal_share(machines: Sequence[dict[str, float]], workers: int) -> int:
    """Return how many cores each of the workers can have, 1 or more, none spread over machines."""
    cores = [int(machine.get("CPU", 0)) for machine in machines]
    most = max(cores, default=1)
    fitting = (n for n in range(most, 0, -1) if sum(own // n for own in cores) >= workers)
    return next(fitting, 1)

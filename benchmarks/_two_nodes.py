"""A cluster of two nodes on this machine."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from photochrom.cluster.connect import load

NODE = {"num_cpus": 1, "memory": 2 << 30, "object_store_memory": 100 << 20}


@contextmanager
def two_nodes() -> Iterator[tuple[Any, Any]]:
    """Hold a cluster of two nodes with one core each.

    Yields
    ------
    cluster, node : the cluster, and that node of it which may be removed
    """
    ray = load()
    from ray.cluster_utils import Cluster  # noqa: PLC0415 - an extra

    cluster = Cluster(initialize_head=True, head_node_args=NODE | {"include_dashboard": False})
    try:
        yield cluster, cluster.add_node(**NODE)
    finally:
        ray.shutdown()
        cluster.shutdown()

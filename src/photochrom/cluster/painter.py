"""What colours pictures on a machine of the cluster: one worker, in an actor of Ray."""

import socket
from pathlib import Path

import photochrom
from photochrom.batch.item import Item, Outcome
from photochrom.batch.order import Order
from photochrom.batch.perform import perform
from photochrom.batch.worker import Worker
from photochrom.cluster.connect import load
from photochrom.cluster.room import Size, own_node
from photochrom.errors import ClusterError, PhotochromError


class Painter:
    """Reads, colours and writes pictures, one after the other.

    What would go wrong for every picture is returned, not raised: Ray wraps what is raised.

    Parameters
    ----------
    order : what to do with every picture
    size : what it may take of its machine
    seconds : that one picture may take
    """

    def __init__(self, order: Order, size: Size, seconds: float) -> None:
        limit = size.limit(own_node(load()))
        self._worker = Worker(order, threads=size.cpus, memory=limit, seconds=seconds)

    def start(self, version: str) -> str | PhotochromError:
        """Load the model, and return the name of this machine.

        Parameters
        ----------
        version : of photochrom, where the painter was asked for
        """
        if version != photochrom.__version__:
            return ClusterError(
                f"{socket.gethostname()} has photochrom {photochrom.__version__} and this machine "
                f"{version}; install the same version everywhere"
            )
        try:
            self._worker.start()
        except PhotochromError as error:
            return error
        return socket.gethostname()

    def paint(
        self, item: Item, staging: Path | None, mark: Path | None
    ) -> Outcome | PhotochromError:
        """Colour one picture.

        Parameters
        ----------
        item : which; its places are absolute
        staging : as `perform` takes it
        mark : file that must be there; see `photochrom.cluster.places`
        """
        if mark is not None and not mark.exists():
            return ClusterError(
                f"{socket.gethostname()} does not see {mark.parent} of this machine; results need "
                "a folder that every machine of the cluster has under the same path, or a URL"
            )
        return perform(self._worker, item, staging)

"""Keep decoded pictures in memory, up to a limit."""

from threading import Lock

from photochrom._types import UInt8


class PictureCache:
    """Pictures by number; those that come first stay.

    Every epoch visits every picture once in another order. Pushing out the oldest would then throw
    away what comes back soonest; of a cache that keeps what it has, its share is always a hit.

    Parameters
    ----------
    limit : bytes of pixels, never exceeded; 0 keeps nothing
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pictures: dict[int, UInt8] = {}
        self._lock = Lock()
        self.bytes = 0

    def __len__(self) -> int:
        return len(self._pictures)

    def get(self, number: int) -> UInt8 | None:
        """Return the picture if it is here."""
        return self._pictures.get(number)

    def put(self, number: int, picture: UInt8) -> None:
        """Keep the picture if it fits."""
        with self._lock:
            if number not in self._pictures and self.bytes + picture.nbytes <= self._limit:
                self._pictures[number] = picture
                self.bytes += picture.nbytes

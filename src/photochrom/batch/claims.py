"""What a run is about to write, said before it does: so the next one knows it as its own.

A result is there a moment before its line is on record. A run that is killed in between leaves a
file that no line tells of, and it must neither stand in the way of the next run nor be taken for a
stranger's that may be replaced. So each file is claimed first: an empty one, named by the SHA-256
of what is written, in the hidden folder of the results. Bytes that were claimed are ours.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from photochrom._files import make_folder, write_bytes
from photochrom.batch.record import FOLDER
from photochrom.batch.shard import Shard
from photochrom.storage.place import files_of, join

_CLAIMS = "claims"
_DIGITS = 32  # of a hash: names of files stay short, and nobody meets one by chance


@dataclass
class Claims:
    """The claims of a run: their folder, and whether all that was claimed is on record."""

    place: str
    settled: bool = False


@contextmanager
def claims(folder: str, shard: Shard) -> Iterator[Claims]:
    """Hold a folder for claims; it goes when they are settled, else the next run reads them."""
    own = Claims(join(folder, f"{FOLDER}/{shard.name(_CLAIMS)}"))
    near = files_of(folder).near(own.place)
    if near is not None:
        make_folder(near)
    yield own
    if own.settled:
        files_of(folder).clear(own.place)


def read(folder: str) -> frozenset[str]:
    """Return what runs that did not come to their end have claimed, of all shards."""
    hidden = join(folder, FOLDER)
    files = files_of(folder)
    places = [n for n in files.names(hidden) if Shard.in_name(n, _CLAIMS) is not None]
    return frozenset(name for each in places for name in files.names(join(hidden, each)))


def name_of(sha256: str) -> str:
    """Return the name of the claim for bytes of this hash."""
    return sha256[:_DIGITS]


def claim(place: str, sha256: str) -> None:
    """Say that bytes of this hash are about to be written; raises as writing a result does."""
    made = join(place, name_of(sha256))
    near = files_of(made).near(made)
    if near is None:
        files_of(made).write(made, b"")
    else:
        write_bytes(b"", near, overwrite=True)


def is_claimed(place: str, sha256: str) -> bool:
    """Whether bytes of this hash were claimed there."""
    made = join(place, name_of(sha256))
    return files_of(made).state(made) is not None

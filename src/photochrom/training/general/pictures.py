"""The pictures of a general training: those to learn from, those to judge by, typical pixels."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np

from photochrom._types import UInt8
from photochrom.color import lab
from photochrom.datasets.order import epoch_order
from photochrom.datasets.source import Source
from photochrom.datasets.stream import Bad, Stream
from photochrom.datasets.subset import hold_out
from photochrom.datasets.usable import load_usable
from photochrom.errors import DatasetError, PictureError
from photochrom.metrics.baselines import Baselines, fit_baselines
from photochrom.training.general.config import GeneralConfig
from photochrom.training.general.processes import Processes

SHORT_SIDE = 144  # px at which pictures are kept
FEWEST = 10  # pictures; a fifth of them, two, are held out
_SAMPLED = 4000  # pictures that the palette is fitted to
_SAMPLE_SIDE = 24  # px of them: 576 pixels each
_THREADS = 2  # that decode; more wait for one another


@dataclass(frozen=True, eq=False)
class Pictures:
    """What a training knows of its pictures before the first step.

    Attributes
    ----------
    source : all of them
    learned : those to learn from
    held : those to judge by, (h, w, 3) codes each
    samples : (n, 3), codes of typical pixels of those to learn from
    bad : members that turned out to be no pictures while these were gathered
    """

    source: Source
    learned: Source
    held: list[UInt8]
    samples: UInt8
    bad: list[Bad]

    def baselines(self) -> Baselines:
        """Return what the typical pixels say of chroma without looking at the picture."""
        return fit_baselines([lab.from_srgb(self.samples[None].astype(np.float32) / 255)])

    def fingerprint(self) -> str:
        """Return the SHA-256, hex, of all names and of the typical pixels; no file is read."""
        names = "\n".join(self.source.name(number) for number in range(len(self.source)))
        return hashlib.sha256(names.encode() + self.samples.tobytes()).hexdigest()

    def stream(self, config: GeneralConfig, processes: Processes) -> Stream:
        """Return a process' share of each batch."""
        return Stream(
            self.learned,
            seed=config.seed,
            batch=processes.share(config.batch),
            rank=processes.rank,
            world=processes.world,
            short_side=SHORT_SIDE,
            cache_bytes=int(config.cache_gb * 2**30),
        )


def gather(source: Source, config: GeneralConfig) -> Pictures:
    """Divide a source and look at a few thousand of its pictures.

    Raises
    ------
    DatasetError
        If it holds too few, or none of those held out or looked at is good.
    """
    if len(source) < FEWEST:
        raise DatasetError(
            f"the general network learns from thousands of pictures, at least {FEWEST}; "
            f"got {len(source)}: add more, or train one of the small networks (--preset window)"
        )
    learned, held = hold_out(source, min(config.held_out, len(source) // 5), config.seed)
    judged, worse = _draw(held, len(held), "held-out")
    seen, bad = _draw(learned, min(_SAMPLED, len(learned)), "first")
    samples = np.concatenate([_thumbnail(picture).reshape(-1, 3) for picture in seen])
    return Pictures(source, learned, judged, samples, [*worse, *bad])


def hash_source(source: Source) -> str:
    """Return the SHA-256, hex, of all pictures' files in their order; 2 s a gigabyte."""
    each = (hashlib.sha256(_read(source, number)).digest() for number in range(len(source)))
    return hashlib.sha256(b"".join(each)).hexdigest()


def _read(source: Source, number: int) -> bytes:
    try:
        return source.read(number)
    except PictureError:  # counted among the bad ones
        return b""


def _draw(source: Source, count: int, which: str) -> tuple[list[UInt8], list[Bad]]:
    """Return the good and the bad ones among pictures drawn from a source, each picture once.

    A `Stream` would put another picture in a bad one's place, which then counts twice.
    """
    numbers = [int(number) for number in epoch_order(source.sizes, 0, 0)[:count]]
    with ThreadPoolExecutor(_THREADS, "photochrom-pictures") as pool:
        found = list(pool.map(lambda number: _load(source, number), numbers))
    good = [each for each in found if not isinstance(each, str)]
    pairs = zip(numbers, found, strict=True)
    bad = [Bad(source.name(number), each) for number, each in pairs if isinstance(each, str)]
    if not good:
        raise DatasetError(
            f"none of the {count} {which} pictures is one to learn from or judge by "
            f"({bad[0].name}: {bad[0].reason}); add colour photographs or remove the bad ones"
        )
    return good, bad


def _load(source: Source, number: int) -> UInt8 | str:
    try:
        data = source.read(number)
    except PictureError as error:
        return f"unreadable: {error}"
    return load_usable(data, short_side=SHORT_SIDE)


def _thumbnail(picture: UInt8) -> UInt8:
    small = cv2.resize(picture, (_SAMPLE_SIDE, _SAMPLE_SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)

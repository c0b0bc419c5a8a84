"""Make shards: pictures reduced, checked, mixed and packed into tar files (WebDataset)."""

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path as FilePath
from tempfile import TemporaryFile

import numpy as np

from photochrom._types import Path
from photochrom.datasets.packing import Progress, ShardFile, collect, write_shard
from photochrom.datasets.photographs import Dropped, nothing_left
from photochrom.datasets.source import Source
from photochrom.datasets.tars import INDEX, INDEX_FORMAT, SHARD_SUFFIX
from photochrom.datasets.usable import SMALLEST
from photochrom.datasets.whole import whole_folder
from photochrom.errors import DatasetError, OptionError

SUFFIXES = {"webp": ".webp", "jpeg": ".jpg", "png": ".png"}
NAMES = re.compile(r"shard-\d{5,}\.tar|index\.json")  # all that a folder of shards holds
INDEX_VERSION = 1


@dataclass(frozen=True)
class ShardOptions:
    """How pictures are packed.

    Raises
    ------
    OptionError
        If an option is out of range.
    """

    short_side: int = 144
    """px; larger pictures are reduced by area averaging, smaller ones stay."""
    per_shard: int = 1000
    """Pictures of a shard; the last has the rest."""
    quality: int = 90
    """1 to 100, for WebP and JPEG; 100 makes WebP lossless."""
    format: str = "webp"
    """webp, jpeg or png."""
    seed: int = 0
    """Of the order of the pictures, 0 or more."""

    def __post_init__(self) -> None:
        if self.short_side < SMALLEST:
            raise OptionError(
                f"expected a short side of at least {SMALLEST} px, got {self.short_side}"
            )
        if self.per_shard < 1 or self.seed < 0:
            raise OptionError(
                f"expected 1 picture a shard or more and a seed from 0, got {self.per_shard} "
                f"and {self.seed}"
            )
        if not 1 <= self.quality <= 100:
            raise OptionError(f"expected a quality from 1 to 100, got {self.quality}")
        if self.format not in SUFFIXES:
            raise OptionError(f"expected a format of {', '.join(SUFFIXES)}, got {self.format!r}")


@dataclass(frozen=True)
class Made:
    """What came of making shards."""

    pictures: int
    shards: tuple[ShardFile, ...]
    dropped: tuple[Dropped, ...]
    """Unreadable, tiny, near-gray and duplicate ones, each with its reason."""


def make_shards(
    source: Source,
    target: Path,
    options: ShardOptions | None = None,
    *,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Made:
    """Pack pictures into `shard-00000.tar` and so on, and list them in `index.json`.

    The same pictures and options give the same bytes (with the same codec). The folder appears
    when it is complete; one that was interrupted leaves nothing.

    Parameters
    ----------
    source : what `open_source` returns; of duplicates the first stays
    target : folder to make
    options : size, format, pictures of a shard, order
    overwrite : whether a folder of shards that exists may be replaced
    progress : is told of each picture

    Raises
    ------
    OutputExistsError
        If `target` holds shards and `overwrite` is false, or holds anything else.
    DatasetError
        If no picture is left, or a shard of the source cannot be read.
    WriteError
        If the folder cannot be written.
    """
    chosen = options or ShardOptions()
    with (
        whole_folder(target, holds=NAMES, overwrite=overwrite) as folder,
        TemporaryFile(dir=folder) as spool,
    ):
        spans, dropped = collect(
            source,
            spool,
            short_side=chosen.short_side,
            file_format=chosen.format,
            quality=chosen.quality,
            progress=progress,
        )
        if not spans:
            raise DatasetError(nothing_left(dropped))
        order = np.random.default_rng(chosen.seed).permutation(len(spans))
        members = [(f"{key:06d}{SUFFIXES[chosen.format]}", spans[i]) for key, i in enumerate(order)]
        shards = [
            write_shard(
                folder / f"shard-{at // chosen.per_shard:05d}{SHARD_SUFFIX}",
                members[at : at + chosen.per_shard],
                spool,
            )
            for at in range(0, len(members), chosen.per_shard)
        ]
        made = Made(len(members), tuple(shards), tuple(dropped))
        _write_index(folder / INDEX, made, chosen)
    return made


def _write_index(path: FilePath, made: Made, options: ShardOptions) -> None:
    """Write what the shards hold; no times and no paths of this machine."""
    head = {"format": INDEX_FORMAT, "version": INDEX_VERSION, "options": asdict(options)}
    text = json.dumps(head | asdict(made), indent=1)
    path.write_bytes(text.encode(errors="replace") + b"\n")  # names of files need not be Unicode

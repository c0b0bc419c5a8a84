"""Every reader of ours, as a function of bytes, and seeds to begin with.

The contract: a result, or an error of `photochrom.errors` other than memory that ran out. What was
read must be usable, so each target uses it. `run` bounds time and memory of each input.
"""

import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fuzz import readers, seeds
from photochrom.errors import OutOfMemoryError, PhotochromError

warnings.simplefilter("error")  # as in the tests


@dataclass(frozen=True)
class Target:
    """One reader.

    Attributes
    ----------
    read : reads bytes and uses what it found
    seeds : makes inputs that it takes
    words : parts of inputs, worth trying
    """

    read: Callable[[bytes], object]
    seeds: Callable[[], Iterable[bytes]]
    words: tuple[bytes, ...] = ()


JSON = (b'{"', b'":', b"[]", b"null", b"true", b"1e999", b"NaN", b"-0", b"1e308", b"9" * 30)
TARGETS = {
    "palette-json": Target(readers.palette_json, seeds.palettes(".json"), JSON),
    "palette-gpl": Target(readers.palette(".gpl"), seeds.palettes(".gpl")),
    "palette-ase": Target(readers.palette(".ase"), seeds.palettes(".ase"), (b"LAB ", b"Gray")),
    "palette-aco": Target(readers.palette(".aco"), seeds.palettes(".aco")),
    "palette-css": Target(readers.palette(".css"), seeds.palettes(".css"), (b"rgb(", b"hsl(")),
    "palette-lines": Target(readers.palette(".txt"), seeds.palettes(".txt", ".hex")),
    "palette-png": Target(readers.palette(".png"), seeds.palettes(".png")),
    "words": Target(readers.words, seeds.words, (b"rgb(", b"hsl(", b"ab(", b"#", b"=", b",")),
    "hints": Target(readers.hints, seeds.hints, (*JSON, b'"layer"', b'"points"', b'"color"')),
    "layer": Target(readers.layer, seeds.layers, JSON),
    "recipe": Target(readers.recipe, seeds.recipes, JSON),
    "description": Target(readers.description, seeds.descriptions, JSON),
    "model": Target(readers.model, seeds.models),
    "network": Target(readers.network, seeds.descriptions, JSON),
    "manifest": Target(readers.manifest, seeds.manifests, JSON),
    "lock": Target(readers.lock, seeds.locks, JSON),
    "answer": Target(readers.answer, seeds.answers, JSON),
    "shard": Target(readers.shard, seeds.shards),
    "xmp": Target(
        readers.xmp_packet, seeds.packets, (b"rdf:RDF", b"<!DOCTYPE", b"rdf:about", b"xmlns:")
    ),
    "exif": Target(readers.exif_block, seeds.blocks),
    "tiff": Target(readers.tiff_file, seeds.tiffs),
    "segments": Target(readers.segments, seeds.segments, (b"8BIM", b"pHYs", b"JFIF", b"Adobe")),
}


def feed(target: Target, data: bytes) -> None:
    """Give a reader one input; whatever breaks the contract is raised."""
    try:
        target.read(data)
    except OutOfMemoryError:
        raise
    except PhotochromError:
        pass

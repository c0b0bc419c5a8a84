"""What a result says of itself in its XMP: that its colours are a model's guess, and whose.

IPTC has a property for the first, which other programs know; the rest stands in a namespace of our
own. Times and folders are left out: equal work gives equal bytes, and nobody's disk is described.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from photochrom.imageio import packet as packets
from photochrom.imageio.packet import Name
from photochrom.imageio.packetscan import Key

logger = logging.getLogger(__name__)

# A name, not an address. Another number where older programs would read the properties wrongly.
NAMESPACE = "urn:x-photochrom:1#"
SOURCE_TYPE = Name(
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/", "Iptc4xmpExt", "DigitalSourceType"
)
COMPOSITE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
SOFTWARE, MODEL, HASH, RECIPE, LAYER = (
    Name(NAMESPACE, "photochrom", local)
    for local in ("Software", "Model", "ModelSHA256", "Recipe", "Layer")
)
MOST_IN_JPEG = 60_000  # bytes of XMP that libvips puts into a JPEG file, rather than none


@dataclass(frozen=True)
class Statement:
    """What is said.

    Attributes
    ----------
    software : name and version
    model : its name, "" where it has none
    hash : SHA-256 of the model file, hex
    recipe : JSON
    layer : JSON of a colour layer, "" in pictures
    """

    software: str
    model: str
    hash: str
    recipe: str
    layer: str = ""


def stated(packet: bytes | None, statement: Statement) -> bytes | None:
    """Put a statement into a packet, in place of an earlier one; None where it is broken."""
    pairs = [
        (SOURCE_TYPE, COMPOSITE),
        (SOFTWARE, statement.software),
        (MODEL, statement.model),
        (HASH, statement.hash),
        (RECIPE, statement.recipe),
        (LAYER, statement.layer),
    ]
    return packets.replaced(packet, _is_restated, [pair for pair in pairs if pair[1]])


def statement_in(packet: bytes | None) -> Statement | None:
    """Return what a packet says, or None where it says nothing of a recipe."""
    found = packets.values(packet, _is_ours) if packet else None
    if not found or RECIPE.key not in found or HASH.key not in found:
        return None
    return Statement(*(found.get(name.key, "") for name in (SOFTWARE, MODEL, HASH, RECIPE, LAYER)))


def retracted(packet: bytes | None) -> bytes | None:
    """Return a packet without our own properties, which other pixels would make untrue."""
    if packet is None or NAMESPACE.encode() not in packet:
        return packet
    without = packets.without(packet, _is_ours)
    return packet if without is None else without


def fitting_jpeg(packet: bytes | None) -> bytes | None:
    """Say less where a packet does not fit a JPEG file, rather than lose what else it holds."""
    if packet is None or len(packet) <= MOST_IN_JPEG:
        return packet
    for shorter, lost in _shorter(packet):
        if shorter is not None and len(shorter) <= MOST_IN_JPEG:
            logger.warning(
                "the XMP packet of %d bytes does not fit JPEG; %s was left out", len(packet), lost
            )
            return shorter
    return packet


def _shorter(packet: bytes) -> Iterator[tuple[bytes | None, str]]:
    recipe = "the recipe (recolor cannot repeat this file)"
    yield packets.without(packet, lambda key: key == RECIPE.key), recipe
    yield packets.without(packet, _is_restated), "what photochrom says of the result"


def _is_ours(key: Key) -> bool:
    return key[0] == NAMESPACE


def _is_restated(key: Key) -> bool:
    return key == SOURCE_TYPE.key or _is_ours(key)

"""XMP packets: read, set and remove single properties; every other byte stays where it was.

Parsing a packet into a tree and writing it anew would lose comments, prefixes, and what other tools
rely on. So `packetscan` tells where things stand, and bytes are cut out and put in there. Only
properties of the picture itself count: those of the nodes directly below `rdf:RDF`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from photochrom.imageio.packetscan import RDF, Key, Scan, Wanted, scan

# Nor a carriage return, which comes back as another character.
_NOT_XML = re.compile("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_REPLACEMENT = "\ufffd"
_FRESH = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
    f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}">\n</rdf:RDF></x:xmpmeta>\n'
    '<?xpacket end="w"?>'
).encode()


@dataclass(frozen=True)
class Name:
    """Name of a property: URI of its namespace, the prefix it is written with, and its own."""

    uri: str
    prefix: str
    local: str

    @property
    def key(self) -> Key:
        """What tells it from others: a prefix may be any."""
        return self.uri, self.local


def holdable(text: str) -> str:
    """Return what comes back of a text: U+FFFD stands for what XML cannot hold."""
    return _NOT_XML.sub(_REPLACEMENT, text)


def values(packet: bytes, wanted: Wanted) -> dict[Key, str] | None:
    """Return the text of the wanted properties, or None of a broken packet."""
    found = scan(packet, wanted)
    return None if found is None else found.values


def without(packet: bytes, unwanted: Wanted) -> bytes | None:
    """Return a packet without some properties, or None where it cannot be understood."""
    return replaced(packet, unwanted, [])


def replaced(
    packet: bytes | None, unwanted: Wanted, properties: Sequence[tuple[Name, str]]
) -> bytes | None:
    """Put simple properties into a packet, in place of others.

    Parameters
    ----------
    packet : the packet as it came, or None to begin a new one
    unwanted : what to take out
    properties : what to put in, with its text; characters that XML cannot hold become U+FFFD

    Returns
    -------
    packet : UTF-8, or None where `packet` is broken, not UTF-8, too large, or has a document type
    """
    packet = _FRESH if packet is None else packet
    found = scan(packet, unwanted)
    if found is None:
        return None
    edits = [_cut(packet, start, end) for node in found.nodes for start, end in node.cuts]
    if properties:
        edits.append(_insertion(packet, found, _block(properties, found.about)))
    return _edited(packet, edits)


def _edited(packet: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    parts, at = [], 0
    for start, end, new in sorted(edits):
        parts += [packet[at:start], new]
        at = end
    return b"".join([*parts, packet[at:]])


def _cut(packet: bytes, start: int, end: int) -> tuple[int, int, bytes]:
    """Cut an element with the blank space behind it; an attribute has its own before it."""
    if packet[start : start + 1] == b"<":
        while packet[end : end + 1].isspace():
            end += 1
    return start, end, b""


def _insertion(packet: bytes, found: Scan, block: bytes) -> tuple[int, int, bytes]:
    """Put a block at the end of `rdf:RDF`, which is opened where it is empty: `<rdf:RDF/>`."""
    tag = found.root
    if not tag.is_empty:
        return found.root_end, found.root_end, block
    slash = packet.rindex(b"/", tag.start, tag.end)
    return slash, tag.end, b">" + block + b"</" + tag.name + b">"


def _block(properties: Sequence[tuple[Name, str]], about: str) -> bytes:
    spaces = {"rdf": RDF}  # which the packet may know by another prefix
    spaces |= {name.prefix: name.uri for name, _ in properties}
    declared = " ".join(f"xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in spaces.items())
    lines = "".join(f"  {_element(name, text)}\n" for name, text in properties)
    start = f"<rdf:Description {declared} rdf:about={quoteattr(about)}>"
    return f"{start}\n{lines}</rdf:Description>\n".encode()


def _element(name: Name, text: str) -> str:
    tag, content = f"{name.prefix}:{name.local}", escape(holdable(text))
    return f"<{tag}>{content}</{tag}>"

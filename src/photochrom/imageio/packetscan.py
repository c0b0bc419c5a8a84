"""Where things stand in an XMP packet: one walk with expat, which builds nothing."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias
from xml.parsers import expat

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
MAX_PACKET = 16 * 1024**2  # bytes, seconds of work at worst; photographs have some kilobytes
_SEPARATOR = "\f"  # which no XML can contain, so that no URI has one
_TAG = re.compile(rb"""<([^\s/>]+)((?:\s+[^\s=]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(/?)>""")
_ATTRIBUTE = re.compile(rb"""\s+([^\s=]+)\s*=\s*(?:"[^"]*"|'[^']*')""")

Key: TypeAlias = tuple[str, str]
"""URI of a namespace and a local name in it."""
Wanted: TypeAlias = Callable[[Key], bool]
"""Says whether a property is meant."""


@dataclass(frozen=True)
class Tag:
    """A start tag: where it stands, its name with prefix, whether it ends its element too."""

    start: int
    end: int
    name: bytes
    is_empty: bool
    attributes: dict[bytes, tuple[int, int]]
    """Names with prefix, and where they stand with their values and the blank space before."""

    @classmethod
    def at(cls, packet: bytes, start: int) -> "Tag":
        """Read the tag at an offset of a packet that expat understood."""
        found = _TAG.match(packet, start)
        if found is None:
            raise BrokenError(f"no tag at {start}")
        pairs = _ATTRIBUTE.finditer(packet, *found.span(2))
        return cls(start, found.end(), found[1], bool(found[3]), {p[1]: p.span() for p in pairs})


@dataclass
class Node:
    """One node below `rdf:RDF`, with the places of its wanted properties."""

    tag: Tag
    end: int = 0
    wanted: list[tuple[int, int]] = field(default_factory=list)
    others: int = 0

    @property
    def cuts(self) -> list[tuple[int, int]]:
        """What to cut for the wanted properties to go; the whole node where it has no others."""
        return [(self.tag.start, self.end)] if self.wanted and not self.others else self.wanted


class BrokenError(Exception):
    """The packet is not one that can be edited."""


def scan(packet: bytes, wanted: Wanted) -> "Scan | None":
    """Walk through a packet; None where it is broken, not UTF-8, too large, or has a DTD.

    No XMP has a document type, and the entities of one could blow it up.
    """
    if len(packet) > MAX_PACKET:
        return None
    found = Scan(packet, wanted)
    try:
        found.run()
    except (expat.ExpatError, BrokenError):
        return None
    return found


class Scan:
    """What one walk found.

    Attributes
    ----------
    values : text of the wanted properties
    nodes : those directly below rdf:RDF
    about : what the first node that says it is about
    root : tag of rdf:RDF
    root_end : where its end tag begins
    """

    root: Tag
    root_end: int

    def __init__(self, packet: bytes, wanted: Wanted) -> None:
        self.values: dict[Key, str] = {}
        self.nodes: list[Node] = []
        self.about = ""
        self._packet, self._wanted = packet, wanted
        self._depth, self._inside = 0, False
        self._property: tuple[Key, Tag, list[str]] | None = None  # the wanted one we are in
        self._parser = _parser_for(self)

    def run(self) -> None:
        """Walk.

        Raises
        ------
        ExpatError, BrokenError
            If it cannot be done.
        """
        self._parser.Parse(self._packet.rstrip(b"\x00"), True)  # some writers fill up with zeros
        if not hasattr(self, "root_end"):
            raise BrokenError("no rdf:RDF")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take the start of an element; `_depth` is 1 for rdf:RDF, 2 for nodes, 3 for properties.

        Anything around rdf:RDF and a second one count for nothing.
        """
        if not self._inside:
            if _key(name) == (RDF, "RDF") and not hasattr(self, "root"):
                self.root, self._inside, self._depth = self._tag(), True, 1
            return
        self._depth += 1
        if self._depth == 2:
            self._begin_node(attributes)
        elif self._depth == 3:
            self._begin_property(_key(name))

    def characters(self, text: str) -> None:
        """Take text."""
        if self._property is not None:
            self._property[2].append(text)

    def end(self, _: str) -> None:
        """Take the end of an element."""
        if not self._inside:
            return
        if self._depth == 1:
            self.root_end, self._inside = self._parser.CurrentByteIndex, False
        elif self._depth == 2:
            self.nodes[-1].end = self._after(self.nodes[-1].tag)
        elif self._depth == 3 and self._property is not None:
            self._end_property(*self._property)
        self._depth -= 1

    def _begin_node(self, attributes: dict[str, str]) -> None:
        node = Node(self._tag())
        self.nodes.append(node)
        for name, value in attributes.items():
            key = _key(name)
            if key in ((RDF, "about"), ("", "about")):
                self.about = self.about or value
            elif self._wanted(key):
                self.values[key] = value
                node.wanted.append(node.tag.attributes[_with_prefix(name)])
            else:
                node.others += 1

    def _begin_property(self, key: Key) -> None:
        if self._wanted(key):
            self._property = key, self._tag(), []
        else:
            self.nodes[-1].others += 1

    def _end_property(self, key: Key, tag: Tag, text: list[str]) -> None:
        self.nodes[-1].wanted.append((tag.start, self._after(tag)))
        self.values[key] = "".join(text)
        self._property = None

    def _tag(self) -> Tag:
        return Tag.at(self._packet, self._parser.CurrentByteIndex)

    def _after(self, tag: Tag) -> int:
        """Where the element that ends here is over."""
        if tag.is_empty:
            return tag.end
        return self._packet.index(b">", self._parser.CurrentByteIndex) + 1


def _parser_for(walk: Scan) -> expat.XMLParserType:
    parser = expat.ParserCreate("UTF-8", _SEPARATOR)
    parser.namespace_prefixes = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler = walk.start
    parser.EndElementHandler = walk.end
    parser.CharacterDataHandler = walk.characters
    return parser


def _key(name: str) -> Key:
    """Split what expat calls a thing: URI, local name, prefix; or the first two, or the second."""
    parts = name.split(_SEPARATOR)
    return (parts[0], parts[1]) if len(parts) > 1 else ("", parts[0])


def _with_prefix(name: str) -> bytes:
    """Name of an attribute as it stands in its tag."""
    _, local, prefix = name.split(_SEPARATOR)
    return f"{prefix}:{local}".encode()


def _refuse(*_: object) -> None:
    raise BrokenError("a document type")

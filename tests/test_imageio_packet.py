"""XMP packets: what is put in and taken out, and that nothing else moves."""

from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from photochrom.imageio import packetscan
from photochrom.imageio.packet import Name, replaced, values, without

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
OURS = Name("urn:ours#", "o", "Recipe")
TYPE = Name("urn:iptc/", "ext", "Type")

HEAD = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
TAIL = f'{" " * 300}\n<?xpacket end="w"?>'
LIGHTROOM = f"""{HEAD}
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="Adobe XMP Core 7.0">
 <rdf:RDF xmlns:rdf="{RDF}">
  <!-- kept -->
  <rdf:Description rdf:about="uuid:1" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
    xmlns:i="urn:iptc/" xmlns:dc="http://purl.org/dc/elements/1.1/"
   xmp:CreatorTool="Adobe &quot;x&quot; i:Type='no'" i:Type='old &gt; older' xmp:Rating="3">
   <dc:title><rdf:Alt><rdf:li xml:lang="x-default">Großmutter</rdf:li></rdf:Alt></dc:title>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>{TAIL}"""
ELEMENTS = f"""<r:RDF xmlns:r="{RDF}"><r:Description r:about="" xmlns:q="urn:iptc/">
<q:Type>old</q:Type> <q:Other>kept</q:Other></r:Description>
<r:Description xmlns:z="urn:ours#"><z:Recipe r:parseType="Resource"><z:Deep>1</z:Deep></z:Recipe>
</r:Description></r:RDF>"""
EMPTY = f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{RDF}" /></x:xmpmeta>'
DEFAULT = f'<RDF xmlns="{RDF}"><Description><a xmlns="urn:iptc/"/></Description></RDF>\0\0\0'
NESTED = f"""<rdf:RDF xmlns:rdf="{RDF}" xmlns:i="urn:iptc/"><rdf:Description><i:Part>
<rdf:Description><i:Type>of a part</i:Type></rdf:Description></i:Part>
</rdf:Description></rdf:RDF>"""
EMPTIES = f"""<rdf:RDF xmlns:rdf="{RDF}" xmlns:i="urn:iptc/"><rdf:Description i:Type="a>b"/>
<rdf:Description><i:Type/><i:First>kept</i:First><i:Type rdf:resource="x" /></rdf:Description>
<rdf:Description i:Second="kept"/></rdf:RDF>"""
PACKETS = {
    "lightroom": LIGHTROOM,
    "elements": ELEMENTS,
    "empty": EMPTY,
    "default": DEFAULT,
    "nested": NESTED,
    "empties": EMPTIES,
    "with a byte order mark": "\ufeff" + EMPTY,
}


def owned(key):
    return key == TYPE.key or key[0] == "urn:ours#"


def put(packet, text="new"):
    pairs = [(TYPE, "composite"), (OURS, text)]
    return replaced(packet, owned, pairs)


def read(packet, name):
    """All values of a property of the picture itself, as ElementTree finds them."""
    root = ElementTree.fromstring(packet.rstrip(b"\0").decode())
    rdf = next(root.iter(f"{{{RDF}}}RDF"))
    key = f"{{{name.uri}}}{name.local}"
    nodes = list(rdf)
    return [e.text for node in nodes for e in node if e.tag == key] + [
        node.attrib[key] for node in nodes if key in node.attrib
    ]


@pytest.mark.parametrize("packet", PACKETS.values(), ids=PACKETS.keys())
def test_properties_are_put_in_once_and_another_reader_finds_them(packet):
    for again in range(2):
        data = put(packet.encode() if not again else put(packet.encode()), '{"a":"<&>"}')
        assert read(data, OURS) == ['{"a":"<&>"}']
        assert read(data, TYPE) == ["composite"]
        assert values(data, owned) == {OURS.key: '{"a":"<&>"}', TYPE.key: "composite"}


@pytest.mark.parametrize("packet", PACKETS.values(), ids=PACKETS.keys())
def test_putting_in_twice_gives_the_same_bytes(packet):
    once = put(packet.encode())
    assert put(once) == once


@pytest.mark.parametrize("name", ["default", "nested", "with a byte order mark"])
def test_what_was_put_in_comes_out_again_without_a_trace(name):
    packet = PACKETS[name].encode()
    opened = packet.replace(b" /></x", b" ></rdf:RDF></x")  # what was empty stays open
    assert without(put(packet), owned) == opened


def test_everything_else_stays_byte_for_byte():
    packet = LIGHTROOM.encode()
    at = packet.index(b"</rdf:RDF>")
    result = put(packet)
    old = b" i:Type='old &gt; older'"
    assert result.endswith(packet[at:])
    assert result.startswith(packet[:at].replace(old, b"", 1))
    assert b"i:Type='no'" in result  # which is text in another attribute
    elements = put(ELEMENTS.encode())
    assert b"<q:Other>kept</q:Other>" in elements
    assert b"Deep" not in elements
    kept = EMPTIES.replace('<rdf:Description i:Type="a>b"/>\n', "").replace("<i:Type/>", "")
    kept = kept.replace('<i:Type rdf:resource="x" />', "").encode()
    assert without(EMPTIES.encode(), owned) == kept


def test_a_property_of_a_part_is_not_one_of_the_picture():
    packet = NESTED.encode()
    assert values(packet, owned) == {}
    assert b"of a part" in put(packet)


def test_the_new_block_is_about_what_the_packet_is_about():
    root = ElementTree.fromstring(put(LIGHTROOM.encode()).decode())
    abouts = {e.attrib.get(f"{{{RDF}}}about") for e in root.iter(f"{{{RDF}}}Description")}
    assert abouts == {"uuid:1"}  # Adobe's toolkit refuses packets about two things


def test_a_packet_begun_from_nothing_is_well_formed():
    data = put(None, "ä\x00\ud800\uffff")
    assert read(data, OURS) == ["ä\ufffd\ufffd\ufffd"]
    assert data.startswith(b"<?xpacket begin=")
    assert data.rstrip().endswith(b'<?xpacket end="w"?>')


BOMB = f"""<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<rdf:RDF xmlns:rdf="{RDF}"><rdf:Description>&b;</rdf:Description></rdf:RDF>"""
BROKEN = {
    "empty": b"",
    "text": b"no xml",
    "cut": LIGHTROOM.encode()[:500],
    "no rdf": b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>",
    "a bomb": BOMB.encode(),
    "a document type": f'<!DOCTYPE RDF><RDF xmlns="{RDF}"/>'.encode(),
    "utf-16": EMPTY.encode("utf-16"),
    "latin-1": LIGHTROOM.encode("utf-8").replace("ß".encode(), b"\xdf"),
    "unbound": f'<rdf:RDF xmlns:rdf="{RDF}"><q:a/></rdf:RDF>'.encode(),
}


@pytest.mark.parametrize("packet", BROKEN.values(), ids=BROKEN.keys())
def test_a_broken_packet_is_none(packet):
    assert put(packet) is None
    assert values(packet, owned) is None


def test_a_packet_that_would_take_minutes_is_not_looked_at(monkeypatch):
    monkeypatch.setattr(packetscan, "MAX_PACKET", len(LIGHTROOM.encode()) - 1)
    assert put(LIGHTROOM.encode()) is None


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_damage_gives_a_packet_that_can_be_read_or_none(data):
    packet = bytearray(data.draw(st.sampled_from(list(PACKETS.values()))).encode())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(packet) - 1))
        size = data.draw(st.integers(0, 5))
        packet[at : at + size] = data.draw(st.binary(max_size=4) | st.sampled_from([b"<", b"/>"]))
        packet = packet or bytearray(b"<")
    # ElementTree, our second reader, puts } between a namespace and a name, and bears no other.
    result = put(bytes(packet.replace(b"}", b")")))
    if result is not None:
        assert read(result, OURS) == ["new"]
        assert put(result) == result


@given(st.text(max_size=30))
@settings(deadline=None)
def test_any_text_comes_back_but_for_what_xml_cannot_hold(text):
    back = values(put(LIGHTROOM.encode(), text), owned)[OURS.key]
    assert len(back) == len(text)
    assert all(new in (old, "\ufffd") for old, new in zip(text, back, strict=True))
    assert values(put(LIGHTROOM.encode(), back), owned)[OURS.key] == back

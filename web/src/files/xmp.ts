/**
 * What a result says of itself in its XMP: Python's `imageio.statement`.
 *
 * Packets go through the browser's own reader and writer of XML, so comments and unknown properties
 * stay, but not every byte as in Python.
 */

export interface Statement {
  readonly software: string;
  readonly model: string;
  /** SHA-256 of the model file, hex */
  readonly hash: string;
  /** JSON; null where the recipe cannot be repeated elsewhere */
  readonly recipe: string | null;
}

const RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const OURS = "urn:x-photochrom:1#";
const IPTC = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/";
const TIFF = "http://ns.adobe.com/tiff/1.0/";
const SOURCE_TYPE = "DigitalSourceType";
const COMPOSITE =
  "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia";
const NOT_XML = /[^\t\n\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu;
const FRESH =
  '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n' +
  `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="${RDF}">\n</rdf:RDF></x:xmpmeta>\n` +
  '<?xpacket end="w"?>';

/** Put a statement into a packet, in place of an earlier one; into a new one where it is broken. */
export function stated(packet: Uint8Array | null, statement: Statement): Uint8Array {
  const document = (packet && parsed(new TextDecoder().decode(packet))) ?? parsed(FRESH)!;
  const root = document.getElementsByTagNameNS(RDF, "RDF")[0];
  for (const node of [...root.children]) refreshed(node);
  root.append(described(document, statement), document.createTextNode("\n"));
  return new TextEncoder().encode(new XMLSerializer().serializeToString(document));
}

function parsed(text: string): Document | null {
  const document = new DOMParser().parseFromString(text.replace(/\0+$/, ""), "application/xml");
  const isWhole = document.getElementsByTagName("parsererror").length === 0;
  const isXmp = document.getElementsByTagNameNS(RDF, "RDF").length === 1;
  return isWhole && isXmp && document.doctype === null ? document : null;
}

/** Take out what is not true of the result. */
function refreshed(node: Element): void {
  const parts = [...node.attributes, ...node.children];
  for (const part of parts) {
    const { namespaceURI: space, localName: name } = part;
    if (space === TIFF && name === "Orientation") part.textContent = "1";
    const isOurs = space === OURS || (space === IPTC && name === SOURCE_TYPE);
    if (!isOurs && name !== "Thumbnails") continue;
    if (part instanceof Attr) node.removeAttributeNode(part);
    else part.remove();
  }
}

function described(document: Document, statement: Statement): Element {
  const node = document.createElementNS(RDF, "rdf:Description");
  node.setAttributeNS(RDF, "rdf:about", aboutOf(document));
  const say = (space: string, name: string, text: string | null): void => {
    if (!text) return;
    const property = document.createElementNS(space, name);
    property.textContent = text.replace(NOT_XML, "\ufffd");
    node.append("\n  ", property);
  };
  say(IPTC, `Iptc4xmpExt:${SOURCE_TYPE}`, COMPOSITE);
  say(OURS, "photochrom:Software", statement.software);
  say(OURS, "photochrom:Model", statement.model);
  say(OURS, "photochrom:ModelSHA256", statement.hash);
  say(OURS, "photochrom:Recipe", statement.recipe);
  node.append("\n");
  return node;
}

/** All nodes of a packet are about the same thing, and must say so alike. */
function aboutOf(document: Document): string {
  return document.getElementsByTagNameNS(RDF, "Description")[0]?.getAttributeNS(RDF, "about") ?? "";
}

/** What of a picture file is kept in a result that the browser makes: it writes pixels alone. */

import { cleaned } from "./exif";
import { behind, joined, letters, MOST, segmentsOf, withSegments, type Segment } from "./jpeg";
import { chunksOf, withChunks, type Chunk } from "./png";
import { stated, type Statement } from "./xmp";

/** Facts of a picture, as they stand in a file. */
interface Facts {
  /** TIFF structure, without a prefix */
  readonly exif: Uint8Array | null;
  readonly xmp: Uint8Array | null;
  /** Photoshop's block of a JPEG, with IPTC records */
  readonly iptc: Uint8Array | null;
}

const EXIF = "Exif\0\0";
const XMP = "http://ns.adobe.com/xap/1.0/\0";
const XMP_CHUNK = "XML:com.adobe.xmp\0";
const IPTC = "Photoshop 3.0\0";

/** Give a result what its original says, and a statement of how its colours were made. */
export async function withFacts(result: Blob, original: Blob, said: Statement): Promise<Blob> {
  const facts = factsOf(await bytesOf(original));
  const exif = facts.exif && cleaned(facts.exif);
  const file = await bytesOf(result);
  const parts =
    result.type === "image/png"
      ? withChunks(file, chunks(exif, stated(facts.xmp, said)))
      : withSegments(file, segments(exif, facts, said));
  return new Blob(parts, { type: result.type });
}

async function bytesOf(file: Blob): Promise<Uint8Array> {
  return new Uint8Array(await file.arrayBuffer());
}

function factsOf(file: Uint8Array): Facts {
  const none = { exif: null, xmp: null, iptc: null };
  return { ...none, ...ofJpeg(segmentsOf(file)), ...ofPng(chunksOf(file)), ...ofWebp(file) };
}

function ofJpeg(found: readonly Segment[]): Partial<Facts> {
  if (found.length === 0) return {};
  const first = (marker: number, name: string): Uint8Array | null =>
    found.map((one) => (one.marker === marker ? behind(one.data, name) : null)).find(Boolean) ?? null;
  return { exif: first(0xe1, EXIF), xmp: first(0xe1, XMP), iptc: first(0xed, IPTC) };
}

function ofPng(found: readonly Chunk[]): Partial<Facts> {
  if (found.length === 0) return {};
  const exif = found.find(({ name }) => name === "eXIf")?.data ?? null;
  const texts = found.filter(({ name }) => name === "iTXt").map(({ data }) => behind(data, XMP_CHUNK));
  const text = texts.find(Boolean);
  // Two flags of compression, which XMP has none of, then a language and a translation, both empty.
  const isPlain = text?.subarray(0, 4).every((byte) => byte === 0) ?? false;
  return { exif, xmp: isPlain ? text!.subarray(4) : null };
}

function ofWebp(file: Uint8Array): Partial<Facts> {
  if (behind(file, "RIFF") === null || behind(file.subarray(8), "WEBP") === null) return {};
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const found = new Map<string, Uint8Array>();
  for (let at = 12; at + 8 <= file.length; ) {
    const size = view.getUint32(at + 4, true);
    found.set(String.fromCharCode(...file.subarray(at, at + 4)), file.subarray(at + 8, at + 8 + size));
    at += 8 + size + (size % 2);
  }
  const exif = found.get("EXIF");
  return { exif: exif ? (behind(exif, EXIF) ?? exif) : null, xmp: found.get("XMP ") ?? null };
}

function chunks(exif: Uint8Array | null, xmp: Uint8Array): Chunk[] {
  const text = { name: "iTXt", data: joined(letters(XMP_CHUNK), new Uint8Array(4), xmp) };
  return exif ? [{ name: "eXIf", data: exif }, text] : [text];
}

function segments(exif: Uint8Array | null, facts: Facts, said: Statement): Segment[] {
  const xmp = fitting(facts.xmp, said);
  const iptc = facts.iptc && recordsIn(facts.iptc);
  return [
    exif && { marker: 0xe1, data: joined(letters(EXIF), exif) },
    xmp && { marker: 0xe1, data: joined(letters(XMP), xmp) },
    iptc && { marker: 0xed, data: joined(letters(IPTC), iptc) },
  ].filter((one): one is Segment => one !== null && one.data.length <= MOST);
}

/** Say less where a packet does not fit a JPEG file, rather than lose what else it holds. */
function fitting(packet: Uint8Array | null, said: Statement): Uint8Array {
  const whole = stated(packet, said);
  if (XMP.length + whole.length <= MOST) return whole;
  const shorter = stated(packet, { ...said, recipe: null });
  return XMP.length + shorter.length <= MOST ? shorter : stated(null, said);
}

/** Of Photoshop's resources the IPTC records alone: among the others is a stale thumbnail. */
function recordsIn(block: Uint8Array): Uint8Array | null {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  for (let at = 0; at + 12 <= block.length; ) {
    const name = 1 + block[at + 6];
    const size = at + 6 + name + (name % 2);
    if (behind(block.subarray(at), "8BIM") === null || size + 4 > block.length) break;
    const end = size + 4 + view.getUint32(size);
    if (view.getUint16(at + 4) === 0x0404) return block.subarray(at, end + (end % 2));
    at = end + (end % 2);
  }
  return null;
}

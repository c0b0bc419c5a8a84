/** Chunks of PNG files. */

import { behind, joined, letters } from "./jpeg";

export interface Chunk {
  readonly name: string;
  readonly data: Uint8Array;
}

const SIGNATURE = 8;
const HEADER = SIGNATURE + 12 + 13; // with IHDR, which comes first

/** All chunks; none of what is no PNG. */
export function chunksOf(file: Uint8Array): Chunk[] {
  const found: Chunk[] = [];
  if (behind(file, "\x89PNG\r\n\x1a\n") === null) return found;
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = SIGNATURE; at + 12 <= file.length; ) {
    const size = view.getUint32(at);
    const name = String.fromCharCode(...file.subarray(at + 4, at + 8));
    found.push({ name, data: file.subarray(at + 8, at + 8 + size) });
    at += 12 + size;
  }
  return found;
}

/** Put chunks behind the header of a file. */
export function withChunks(file: Uint8Array, added: readonly Chunk[]): BlobPart[] {
  const parts = [file.subarray(0, HEADER), ...added.map(written), file.subarray(HEADER)];
  return parts as Uint8Array<ArrayBuffer>[];
}

function written({ name, data }: Chunk): Uint8Array {
  const named = joined(letters(name), data);
  return joined(number(data.length), named, number(checksum(named)));
}

function number(value: number): Uint8Array {
  return new Uint8Array([value >>> 24, value >>> 16, value >>> 8, value].map((each) => each & 255));
}

/** CRC-32, as the PNG specification has it. */
function checksum(data: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of data) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return ~sum >>> 0;
}

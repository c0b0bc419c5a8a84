/** Segments of JPEG files: what stands before the picture itself. */

export interface Segment {
  /** second byte of its marker */
  readonly marker: number;
  /** its content, without marker and length */
  readonly data: Uint8Array;
}

export const MOST = 65_533; // bytes in a segment
const SCAN = 0xda;
const END = 0xd9;

/** All segments up to the first scan; none of what is no JPEG. */
export function segmentsOf(file: Uint8Array): Segment[] {
  const found: Segment[] = [];
  if (file[0] !== 0xff || file[1] !== 0xd8) return found;
  for (let at = 2; at + 4 <= file.length && file[at] === 0xff; ) {
    const marker = file[at + 1];
    if (marker === SCAN || marker === END) break;
    if (marker === 0xff) at += 1; // filling
    else {
      const size = file[at + 2] * 256 + file[at + 3];
      found.push({ marker, data: file.subarray(at + 4, at + 2 + size) });
      at += 2 + size;
    }
  }
  return found;
}

/** Put segments behind the JFIF header of a file, which must be the first. */
export function withSegments(file: Uint8Array, added: readonly Segment[]): BlobPart[] {
  const [first] = segmentsOf(file);
  const cut = first?.marker === 0xe0 ? 2 + 4 + first.data.length : 2;
  return [part(file.subarray(0, cut)), ...added.flatMap(written), part(file.subarray(cut))];
}

function written({ marker, data }: Segment): BlobPart[] {
  const size = data.length + 2;
  return [new Uint8Array([0xff, marker, size >> 8, size & 255]), part(data)];
}

function part(bytes: Uint8Array): BlobPart {
  return bytes as Uint8Array<ArrayBuffer>;
}

/** What follows a text of letters at the beginning; null where it does not begin so. */
export function behind(data: Uint8Array, name: string): Uint8Array | null {
  const isSo = [...name].every((letter, i) => data[i] === letter.charCodeAt(0));
  return isSo ? data.subarray(name.length) : null;
}

export function letters(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const result = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const each of parts) {
    result.set(each, at);
    at += each.length;
  }
  return result;
}

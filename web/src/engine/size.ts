/** Width and height from the head of a picture file: known before anything is decoded. */

const HEAD = 1 << 20; // bytes; profiles and notes of cameras before a JPEG's frame are smaller

/** @returns null for what is another kind of file, or hides it further behind */
export async function sizeOf(file: Blob): Promise<[number, number] | null> {
  const head = new DataView(await file.slice(0, HEAD).arrayBuffer());
  try {
    return png(head) ?? jpeg(head) ?? webp(head) ?? gif(head);
  } catch (error) {
    if (error instanceof RangeError) return null; // cut short; decoding tells
    throw error;
  }
}

function png(head: DataView): [number, number] | null {
  if (head.getUint32(0) !== 0x89504e47) return null;
  return [head.getUint32(16), head.getUint32(20)];
}

function jpeg(head: DataView): [number, number] | null {
  if (head.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; head.getUint8(at) === 0xff; ) {
    const marker = head.getUint8(at + 1);
    if (marker === 0xff) at += 1; // filling
    else if (isFrame(marker)) return [head.getUint16(at + 7), head.getUint16(at + 5)];
    else at += 2 + head.getUint16(at + 2);
  }
  return null;
}

/** SOF0 to SOF15, among which are three other markers. */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

function webp(head: DataView): [number, number] | null {
  if (head.getUint32(0) !== 0x52494646 || head.getUint32(8) !== 0x57454250) return null;
  const kind = head.getUint32(12);
  if (kind === 0x56503858) {
    const side = (at: number): number => (head.getUint16(at, true) | (head.getUint8(at + 2) << 16)) + 1;
    return [side(24), side(27)]; // "VP8X"
  }
  if (kind === 0x5650384c) {
    const bits = head.getUint32(21, true); // "VP8L", 14 bits each
    return [(bits & 0x3fff) + 1, ((bits >>> 14) & 0x3fff) + 1];
  }
  return [head.getUint16(26, true) & 0x3fff, head.getUint16(28, true) & 0x3fff];
}

function gif(head: DataView): [number, number] | null {
  if (head.getUint32(0) !== 0x47494638) return null;
  return [head.getUint16(6, true), head.getUint16(8, true)];
}

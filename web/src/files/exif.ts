/** EXIF blocks, edited in place: Python's `imageio.exif`, which says why. */

const ORIENTATION = 0x0112;
const EXIF_DIRECTORY = 0x8769;
const [COLOR_SPACE, WIDTH, HEIGHT] = [0xa001, 0xa002, 0xa003];
const [THUMBNAIL, THUMBNAIL_SIZE] = [0x0201, 0x0202];
const ENTRY = 12; // bytes
const TURNED = 5; // orientations from here on swap width and height
const SRGB = 1;

/** @returns the block with orientation 1, sRGB and no thumbnail; null where it cannot be read */
export function cleaned(block: Uint8Array): Uint8Array | null {
  const bytes = block.slice();
  try {
    const directory = firstOf(bytes);
    resetOrientation(directory);
    return bytes.subarray(0, dropThumbnail(directory, bytes));
  } catch (error) {
    if (error instanceof RangeError) return null; // an offset beyond its end
    throw error;
  }
}

function firstOf(bytes: Uint8Array): Directory {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const order = view.getUint32(0);
  if (order !== 0x49492a00 && order !== 0x4d4d002a) throw new RangeError("no TIFF header");
  const little = order === 0x49492a00;
  const at = view.getUint32(4, little);
  if (at < 8) throw new RangeError("a directory inside the header");
  return new Directory(view, little, at);
}

class Directory {
  private readonly places = new Map<number, { readonly at: number; readonly isShort: boolean }>();
  /** where the place of the next directory stands */
  readonly link: number;

  constructor(
    private readonly view: DataView,
    private readonly little: boolean,
    readonly at: number,
  ) {
    const count = view.getUint16(at, little);
    for (let entry = at + 2; entry < at + 2 + count * ENTRY; entry += ENTRY) {
      const isShort = view.getUint16(entry + 2, little) === 3;
      this.places.set(view.getUint16(entry, little), { at: entry + 8, isShort });
    }
    this.link = at + 2 + count * ENTRY;
  }

  values(): Map<number, number> {
    return new Map([...this.places].map(([tag, { at, isShort }]) => {
      const read = isShort ? this.view.getUint16 : this.view.getUint32;
      return [tag, read.call(this.view, at, this.little)];
    }));
  }

  set(tag: number, value: number): void {
    const place = this.places.get(tag);
    if (place === undefined) return;
    if (place.isShort) this.view.setUint16(place.at, value, this.little);
    else this.view.setUint32(place.at, value, this.little);
  }

  /** A directory whose place stands somewhere in the block; null where nothing does. */
  directory(place: number): Directory | null {
    return place === 0 ? null : new Directory(this.view, this.little, place);
  }

  next(): number {
    return this.view.getUint32(this.link, this.little);
  }

  unlink(): void {
    this.view.setUint32(this.link, 0, this.little);
  }
}

function resetOrientation(first: Directory): void {
  const found = first.values();
  const turned = (found.get(ORIENTATION) ?? 1) >= TURNED;
  first.set(ORIENTATION, 1);
  const facts = lenient(() => first.directory(found.get(EXIF_DIRECTORY) ?? 0));
  if (facts === null) return;
  const sides = facts.values();
  facts.set(COLOR_SPACE, SRGB); // the browser has converted it
  if (turned && sides.has(WIDTH) && sides.has(HEIGHT)) {
    facts.set(WIDTH, sides.get(HEIGHT)!);
    facts.set(HEIGHT, sides.get(WIDTH)!);
  }
}

/**
 * Unlink the thumbnail, then blank it where its directory can be read.
 *
 * @returns how many bytes are left: without a thumbnail that is the last of all
 */
function dropThumbnail(first: Directory, bytes: Uint8Array): number {
  const second = lenient(() => first.next()) ?? 0;
  if (second === 0) return bytes.length;
  first.unlink();
  const found = lenient(() => first.directory(second)?.values() ?? null);
  const [at, size] = [found?.get(THUMBNAIL) ?? 0, found?.get(THUMBNAIL_SIZE) ?? 0];
  const apart = at + size <= first.at || first.link + 4 <= at;
  if (!apart || second >= at || at + size > bytes.length) return bytes.length;
  bytes.fill(0, at, at + size);
  return at + size === bytes.length ? at : bytes.length;
}

/** What lies further behind may be cut off, and nothing else is lost by that. */
function lenient<Value>(read: () => Value): Value | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

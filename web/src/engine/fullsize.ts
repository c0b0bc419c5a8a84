/**
 * From chroma on the network's grid to pixels at full size.
 *
 * Chroma is rounded to half units, as Python does for large pictures: a photograph has some thousand
 * distinct chromas then, and the colour of each with each lightness is worked out once.
 */

import { combine, grayOf, luminanceOf, luminanceOfGray, LIGHTNESS_OF_GRAY } from "./color";
import { fit, type Field, type Fit } from "./guided";
import type { Plane } from "./plane";

const STEP = 0.5; // a*b* units
const REACH = 120; // nothing in sRGB has more
const SIDE = (2 * REACH) / STEP + 1;
const UNKNOWN = 0; // in a table; every colour that is worked out is opaque, and so not 0

/** What is still to be done to full-size chroma, pixel by pixel; for palettes and exact hints. */
export type Limit = (a: number, b: number) => readonly [number, number];

/**
 * Colour a whole picture; its lightness stays.
 *
 * @param pixels RGBA, 8 bit; of colours only the luminance counts
 * @returns RGBA of the same size, alpha kept
 */
export function color(
  pixels: Uint8ClampedArray,
  width: number,
  height: number,
  field: Field,
  limit?: Limit,
): Uint8ClampedArray<ArrayBuffer> {
  const lines = fit(field);
  const down = axis(height, field.lightness.height, field.span[0]);
  const across = axis(width, field.lightness.width, field.span[1]);
  const result = new Uint8ClampedArray(pixels.length);
  const packed = new Uint32Array(result.buffer);
  const table = new Table(limit);
  const wide = [lines.slopeA, lines.slopeB, lines.offsetA, lines.offsetB].map(
    () => new Float32Array(width),
  );
  for (let y = 0; y < height; y++) {
    widen(lines, down, across, y, wide);
    paintRow(pixels, packed, y * width, width, wide, table);
  }
  return result;
}

function paintRow(
  pixels: Uint8ClampedArray,
  packed: Uint32Array,
  start: number,
  width: number,
  [slopeA, slopeB, offsetA, offsetB]: Float32Array[],
  table: Table,
): void {
  for (let x = 0; x < width; x++) {
    const at = (start + x) * 4;
    const red = pixels[at];
    const green = pixels[at + 1];
    const blue = pixels[at + 2];
    const isGray = red === green && green === blue;
    const luminance = isGray ? 0 : luminanceOf(red, green, blue);
    const gray = isGray ? red : grayOf(luminance);
    const lightness = LIGHTNESS_OF_GRAY[gray];
    const a = offsetA[x] + slopeA[x] * lightness;
    const b = offsetB[x] + slopeB[x] * lightness;
    const rgb = isGray ? table.of(gray, a, b) : table.exact(luminance, a, b);
    packed[start + x] = ((pixels[at + 3] << 24) | (rgb & 0xffffff)) >>> 0;
  }
}

/** Where the pixels of an axis lie among the cells of a grid. */
interface Axis {
  readonly lower: Int32Array;
  readonly weight: Float32Array;
  readonly last: number;
}

function axis(length: number, cells: number, span: number): Axis {
  const lower = new Int32Array(length);
  const weight = new Float32Array(length);
  for (let at = 0; at < length; at++) {
    const centre = Math.min(Math.max((at + 0.5) * (span / length) - 0.5, 0), cells - 1);
    lower[at] = Math.min(Math.floor(centre), Math.max(cells - 2, 0));
    weight[at] = centre - lower[at];
  }
  return { lower, weight, last: cells - 1 };
}

/** Write one full-size row of each plane. */
function widen(lines: Fit, down: Axis, across: Axis, y: number, wide: Float32Array[]): void {
  const planes = [lines.slopeA, lines.slopeB, lines.offsetA, lines.offsetB];
  planes.forEach((cells, index) => widenOne(cells, down, across, y, wide[index]));
}

function widenOne(cells: Plane, down: Axis, across: Axis, y: number, row: Float32Array): void {
  const top = down.lower[y];
  const upper = top * cells.width;
  const below = Math.min(top + 1, down.last) * cells.width;
  const weight = down.weight[y];
  const mixed = new Float32Array(cells.width);
  for (let x = 0; x < cells.width; x++) {
    const value = cells.data[upper + x];
    mixed[x] = value + weight * (cells.data[below + x] - value);
  }
  for (let x = 0; x < row.length; x++) {
    const left = across.lower[x];
    const value = mixed[left];
    row[x] = value + across.weight[x] * (mixed[Math.min(left + 1, across.last)] - value);
  }
}

/** Colours that are worked out, by chroma and gray. */
class Table {
  private readonly rows: (Uint32Array | undefined)[] = new Array(SIDE * SIDE);

  constructor(private readonly limit?: Limit) {}

  /** Opaque little-endian pixel of a gray code with chroma, which is rounded. */
  of(gray: number, a: number, b: number): number {
    const scale = REACH / Math.max(REACH, Math.abs(a), Math.abs(b));
    const column = Math.round((a * scale + REACH) / STEP);
    const line = Math.round((b * scale + REACH) / STEP);
    const row = (this.rows[line * SIDE + column] ??= new Uint32Array(256));
    if (row[gray] !== UNKNOWN) return row[gray];
    const rounded = [column * STEP - REACH, line * STEP - REACH] as const;
    return (row[gray] = this.exact(luminanceOfGray(gray), ...rounded));
  }

  /** The same of a luminance, 0..65535, chroma as it is. */
  exact(luminance: number, a: number, b: number): number {
    const [near, far] = this.limit ? this.limit(a, b) : [a, b];
    return (0xff000000 | combine(luminance, near, far)) >>> 0;
  }
}

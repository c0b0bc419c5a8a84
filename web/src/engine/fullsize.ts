/**
 * From chroma on the network's grid to pixels at full size.
 *
 * Chroma is rounded to half units, as Python does for large pictures: a photograph has some thousand
 * distinct chromas then, and the colour of each with each lightness is worked out once.
 */

import { combine, grayOf, luminanceOf, luminanceOfGray, LIGHTNESS_OF_GRAY } from "./color";
import { fit, type Field, type Fit } from "./guided";
import type { Plane } from "./plane";
import { resize } from "./resize";

const STEP = 0.5; // a*b* units
const REACH = 120; // nothing in sRGB has more
const SIDE = (2 * REACH) / STEP + 1;
const MOST_KNOWN = 1 << 15; // chromas, 1 KB each; a photograph has some thousand
const ALPHA = 0xff000000 | 0;
const UNKNOWN = 0; // in a table; every colour that is worked out is opaque, and so not 0

/** What is still to be done to full-size chroma, wherever it is; for palettes. */
export type Limit = (a: number, b: number) => readonly [number, number];

/** From chroma at a pixel to its colour: an opaque little-endian pixel. */
export interface Shades {
  /** of a gray code */
  of(gray: number, a: number, b: number, x: number, y: number): number;
  /** of a luminance, 0..65535 */
  exact(luminance: number, a: number, b: number, x: number, y: number): number;
}

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
  shades: Shades = new Table(),
): Uint8ClampedArray<ArrayBuffer> {
  const { a, b, lightness, span } = noLarger(field, width, height);
  const lines = fit({ a, b, lightness, span });
  const down = axis(height, lightness.height, span[0]);
  const across = axis(width, lightness.width, span[1]);
  const result = new Uint8ClampedArray(pixels.length);
  const packed = new Int32Array(result.buffer);
  const given = words(pixels);
  const wide = [lines.slopeA, lines.slopeB, lines.offsetA, lines.offsetB].map(
    () => new Float32Array(width),
  );
  for (let y = 0; y < height; y++) {
    widen(lines, down, across, y, wide);
    paintRow(given, packed, y, width, wide, shades);
  }
  return result;
}

/** Pixels as little-endian words, which are quicker to read than four bytes each. */
function words(pixels: Uint8ClampedArray): Int32Array {
  const whole = pixels.byteOffset % 4 === 0 ? pixels : pixels.slice();
  return new Int32Array(whole.buffer, whole.byteOffset, whole.length / 4);
}

function paintRow(
  given: Int32Array,
  packed: Int32Array,
  y: number,
  width: number,
  [slopeA, slopeB, offsetA, offsetB]: Float32Array[],
  shades: Shades,
): void {
  const start = y * width;
  for (let x = 0; x < width; x++) {
    const word = given[start + x];
    const red = word & 255;
    const green = (word >> 8) & 255;
    const blue = (word >> 16) & 255;
    const isGray = red === green && green === blue;
    const luminance = isGray ? 0 : luminanceOf(red, green, blue);
    const gray = isGray ? red : grayOf(luminance);
    const lightness = LIGHTNESS_OF_GRAY[gray];
    const a = offsetA[x] + slopeA[x] * lightness;
    const b = offsetB[x] + slopeB[x] * lightness;
    const rgb = isGray ? shades.of(gray, a, b, x, y) : shades.exact(luminance, a, b, x, y);
    packed[start + x] = (word & ALPHA) | (rgb & ~ALPHA);
  }
}

/** Reduce a grid that is finer than the picture by area: picking values from it would alias. */
function noLarger(field: Field, width: number, height: number): Field {
  const { width: across, height: down } = field.lightness;
  const [columns, rows] = [Math.min(width, across), Math.min(height, down)];
  if (columns === across && rows === down) return field;
  return {
    a: resize(field.a, columns, rows),
    b: resize(field.b, columns, rows),
    lightness: resize(field.lightness, columns, rows),
    span: [(field.span[0] * rows) / down, (field.span[1] * columns) / across],
  };
}

/** Where the pixels of an axis lie among the cells of a grid. */
export interface Axis {
  readonly lower: Int32Array;
  readonly weight: Float32Array;
  readonly last: number;
}

export function axis(length: number, cells: number, span: number): Axis {
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
  planes.forEach((cells, index) => widened(cells, down, across, y, wide[index]));
}

/** Write one full-size row of a plane. */
export function widened(
  cells: Plane,
  down: Axis,
  across: Axis,
  y: number,
  row: Float32Array,
): void {
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

/** As long as there are chromas: an array that grows by leaps is kept as a dictionary, and slow. */
function noRows(): (Int32Array | undefined)[] {
  return new Array<Int32Array | undefined>(SIDE * SIDE);
}

/** Colours that are worked out, by chroma and gray: one for all pictures, as it is the same. */
class Known {
  private rows = noRows();
  private count = 0;

  /** @param chroma number of a rounded chroma */
  of(chroma: number, gray: number): number {
    const row = this.rows[chroma] ?? this.begun(chroma);
    if (row[gray] !== UNKNOWN) return row[gray];
    return (row[gray] = opaque(luminanceOfGray(gray), ...chromaOf(chroma)));
  }

  private begun(chroma: number): Int32Array {
    if (++this.count > MOST_KNOWN) [this.rows, this.count] = [noRows(), 0];
    return (this.rows[chroma] = new Int32Array(256));
  }
}

const KNOWN = new Known();

/** Number of a chroma that is rounded, b* by rows. */
function numberOf(a: number, b: number): number {
  const most = Math.max(Math.abs(a), Math.abs(b));
  const scale = most > REACH ? REACH / most : 1;
  const column = ((a * scale + REACH) / STEP + 0.5) | 0; // never below 0
  return (((b * scale + REACH) / STEP + 0.5) | 0) * SIDE + column;
}

function chromaOf(number: number): [number, number] {
  return [(number % SIDE) * STEP - REACH, Math.floor(number / SIDE) * STEP - REACH];
}

function opaque(luminance: number, a: number, b: number): number {
  return ALPHA | combine(luminance, a, b);
}

/** Every chroma as it is, or as a limit lets it be. */
export class Table implements Shades {
  /** of what is allowed in place of each chroma, by numbers from 1; 0 is not known yet */
  private readonly allowed: Int32Array | null;

  constructor(private readonly limit?: Limit) {
    this.allowed = limit ? new Int32Array(SIDE * SIDE) : null;
  }

  of(gray: number, a: number, b: number): number {
    const number = numberOf(a, b);
    return KNOWN.of(this.allowed ? this.limited(number, this.allowed) : number, gray);
  }

  exact(luminance: number, a: number, b: number): number {
    return opaque(luminance, ...(this.limit ? this.limit(a, b) : ([a, b] as const)));
  }

  private limited(number: number, allowed: Int32Array): number {
    if (allowed[number] === 0) {
      allowed[number] = numberOf(...this.limit!(...chromaOf(number))) + 1;
    }
    return allowed[number] - 1;
  }
}

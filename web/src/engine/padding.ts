/** Pictures that fill the sides a network takes, and outputs without what was added. */

import type { Logits } from "./decode";
import { plane, type Plane } from "./plane";
import type { Spec } from "./spec";

/** A working picture, L* from 0 to 1, mirrored to sides that the network takes. */
export function pad(source: Plane, { multiple, stride }: Spec): Plane {
  const unit = lcm(multiple, stride);
  const width = Math.ceil(source.width / unit) * unit;
  const height = Math.ceil(source.height / unit) * unit;
  const result = plane(width, height);
  for (let y = 0; y < height; y++) {
    const row = mirrored(y, source.height) * source.width;
    for (let x = 0; x < width; x++) {
      result.data[y * width + x] = source.data[row + mirrored(x, source.width)] / 100;
    }
  }
  return result;
}

/** Index of a place beyond the end, the last value repeated, as NumPy's "symmetric". */
function mirrored(at: number, length: number): number {
  const turn = at % (2 * length);
  return turn < length ? turn : 2 * length - 1 - turn;
}

/** What of an output belongs to the picture that was padded. */
export function crop(from: Logits, source: Plane, { stride }: Spec): Logits {
  const [width, height] = [Math.ceil(source.width / stride), Math.ceil(source.height / stride)];
  if (from.width === width && from.height === height) return from;
  const data = new Float32Array(from.colors * width * height);
  for (let k = 0; k < from.colors; k++) {
    for (let y = 0; y < height; y++) {
      const start = (k * from.height + y) * from.width;
      data.set(from.data.subarray(start, start + width), (k * height + y) * width);
    }
  }
  return { colors: from.colors, width, height, data };
}

function lcm(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y) [x, y] = [y, x % y];
  return (a / x) * b;
}

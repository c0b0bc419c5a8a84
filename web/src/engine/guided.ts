/**
 * Chroma on the network's grid as a line over lightness, to be applied at full size: the fast
 * guided filter in the form of Python's `filters.guided`.
 */

import { plane, type Plane } from "./plane";

const EPSILON = 2e-3; // (L*/100)^2

/** Slopes and offsets of a* and b* over L*, on the grid. */
export interface Fit {
  readonly slopeA: Plane;
  readonly slopeB: Plane;
  readonly offsetA: Plane;
  readonly offsetB: Plane;
}

/** Chroma on the network's grid with the lightness of its cells. */
export interface Field {
  readonly a: Plane;
  readonly b: Plane;
  readonly lightness: Plane;
  /** how many cells (down, across) the picture covers; the last may reach beyond it */
  readonly span: readonly [number, number];
}

export function fit(field: Field): Fit {
  const { width, height, data } = field.lightness;
  const centred = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) centred[i] = data[i] / 100;
  const centre = sumOf(centred) / data.length;
  for (let i = 0; i < data.length; i++) centred[i] -= centre;
  const mean = boxMean(centred, width, height);
  const noise = boxMean(product(centred, centred), width, height);
  for (let i = 0; i < data.length; i++) noise[i] += EPSILON - mean[i] * mean[i];

  const line = (chroma: Plane): [Plane, Plane] => {
    const middle = boxMean(chroma.data, width, height);
    const raw = boxMean(product(centred, chroma.data), width, height);
    for (let i = 0; i < raw.length; i++) raw[i] = (raw[i] - mean[i] * middle[i]) / noise[i];
    const steep = boxMean(raw, width, height);
    const [slope, offset] = [plane(width, height), plane(width, height)];
    for (let i = 0; i < steep.length; i++) {
      slope.data[i] = steep[i] / 100;
      offset.data[i] = chroma.data[i] - (steep[i] / 100) * data[i];
    }
    return [slope, offset];
  };
  const [slopeA, offsetA] = line(field.a);
  const [slopeB, offsetB] = line(field.b);
  return { slopeA, slopeB, offsetA, offsetB };
}

type Numbers = Float32Array | Float64Array;

function sumOf(values: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum;
}

function product(one: Float64Array, other: Numbers): Float64Array {
  const result = new Float64Array(one.length);
  for (let i = 0; i < one.length; i++) result[i] = one[i] * other[i];
  return result;
}

/** Mean over windows of 3, cut off at the border: along rows, then along columns. */
function boxMean(values: Numbers, width: number, height: number): Float64Array {
  const along = new Float64Array(values.length);
  for (let at = 0; at < values.length; at += width) {
    for (let x = 0; x < width; x++) {
      const before = x > 0 ? 1 : 0;
      const after = x < width - 1 ? 1 : 0;
      const sum = before * values[at + x - before] + values[at + x] + after * values[at + x + after];
      along[at + x] = sum / (1 + before + after);
    }
  }
  const result = new Float64Array(values.length);
  for (let y = 0; y < height; y++) {
    const above = y > 0 ? 1 : 0;
    const below = y < height - 1 ? 1 : 0;
    for (let at = y * width; at < (y + 1) * width; at++) {
      const sum = above * along[at - above * width] + along[at] + below * along[at + below * width];
      result[at] = sum / (1 + above + below);
    }
  }
  return result;
}

/**
 * Chroma on the network's grid as a line over lightness, to be applied at full size: the fast
 * guided filter in the form of Python's `filters.guided`.
 */

import { plane, type Plane } from "./plane";

const RADIUS = 1; // cells
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
  const { width, height } = field.lightness;
  const tone = Float64Array.from(field.lightness.data, (value) => value / 100);
  const centre = tone.reduce((sum, value) => sum + value, 0) / tone.length;
  const centred = tone.map((value) => value - centre);
  const mean = boxMean(centred, width, height);
  const square = boxMean(centred.map((value) => value * value), width, height);
  const noise = square.map((value, i) => value - mean[i] * mean[i] + EPSILON);

  const line = (chroma: Plane): [Plane, Plane] => {
    const middle = boxMean(Float64Array.from(chroma.data), width, height);
    const joint = boxMean(centred.map((value, i) => value * chroma.data[i]), width, height);
    const raw = joint.map((value, i) => (value - mean[i] * middle[i]) / noise[i]);
    const slope = boxMean(raw, width, height).map((value) => value / 100);
    const offset = slope.map((value, i) => chroma.data[i] - value * field.lightness.data[i]);
    return [
      plane(width, height, Float32Array.from(slope)),
      plane(width, height, Float32Array.from(offset)),
    ];
  };
  const [slopeA, offsetA] = line(field.a);
  const [slopeB, offsetB] = line(field.b);
  return { slopeA, slopeB, offsetA, offsetB };
}

/** Mean over windows of 2 RADIUS + 1, cut off at the border: along rows, then along columns. */
function boxMean(values: Float64Array, width: number, height: number): Float64Array {
  const along = new Float64Array(values.length);
  for (let y = 0; y < height; y++) meanAlong(values, along, y * width, 1, width);
  const result = new Float64Array(values.length);
  for (let x = 0; x < width; x++) meanAlong(along, result, x, width, height);
  return result;
}

function meanAlong(
  from: Float64Array,
  to: Float64Array,
  start: number,
  step: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) {
    const first = Math.max(0, i - RADIUS);
    const last = Math.min(count - 1, i + RADIUS);
    let sum = 0;
    for (let k = first; k <= last; k++) sum += from[start + k * step];
    to[start + i * step] = sum / (last - first + 1);
  }
}

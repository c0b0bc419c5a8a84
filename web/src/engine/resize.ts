/** To the working size and back: by area where an axis shrinks, bilinear where it grows. */

import { plane, type Plane } from "./plane";

/** Resize each axis by itself, as Python's `filters.resize` does with OpenCV. */
export function resize(source: Plane, width: number, height: number): Plane {
  return resizeRows(source.width, source.height, width, height, (y, row) => {
    row.set(source.data.subarray(y * source.width, (y + 1) * source.width));
  });
}

/**
 * The same of a picture whose rows are made one at a time, so that it is never there whole.
 *
 * @param write puts row `y` into what it is given
 */
export function resizeRows(
  fromWidth: number,
  fromHeight: number,
  width: number,
  height: number,
  write: (y: number, row: Float32Array) => void,
): Plane {
  const across = taps(fromWidth, width);
  const narrow = plane(width, fromHeight);
  const row = new Float32Array(fromWidth);
  for (let y = 0; y < fromHeight; y++) {
    write(y, row);
    acrossRow(row, across, narrow.data.subarray(y * width, (y + 1) * width));
  }
  return down(narrow, height);
}

/** Which samples, with which weights, make one sample of a resized axis. */
interface Taps {
  readonly first: Int32Array;
  readonly count: Int32Array;
  readonly weights: Float32Array;
  readonly most: number;
}

function taps(from: number, to: number): Taps {
  return to < from ? areaTaps(from, to) : linearTaps(from, to); // of the same length: as it is
}

function areaTaps(from: number, to: number): Taps {
  const scale = from / to;
  const most = Math.ceil(scale) + 1;
  const found = emptyTaps(to, most);
  for (let at = 0; at < to; at++) {
    const start = at * scale;
    const end = Math.min(start + scale, from);
    const first = Math.floor(start);
    const last = Math.min(Math.ceil(end), from);
    found.first[at] = first;
    found.count[at] = last - first;
    for (let one = first; one < last; one++) {
      const covered = Math.min(end, one + 1) - Math.max(start, one);
      found.weights[at * most + one - first] = covered / (end - start);
    }
  }
  return found;
}

function linearTaps(from: number, to: number): Taps {
  const found = emptyTaps(to, 2);
  for (let at = 0; at < to; at++) {
    const centre = Math.min(Math.max(((at + 0.5) * from) / to - 0.5, 0), from - 1);
    const first = Math.min(Math.floor(centre), Math.max(from - 2, 0));
    found.first[at] = first;
    found.count[at] = Math.min(2, from);
    found.weights[at * 2] = 1 - (centre - first);
    found.weights[at * 2 + 1] = centre - first;
  }
  return found;
}

function emptyTaps(length: number, most: number): Taps {
  return {
    first: new Int32Array(length),
    count: new Int32Array(length),
    weights: new Float32Array(length * most),
    most,
  };
}

function acrossRow(row: Float32Array, taps: Taps, result: Float32Array): void {
  const { first, count, weights, most } = taps;
  for (let x = 0; x < result.length; x++) {
    let sum = 0;
    for (let tap = 0; tap < count[x]; tap++) sum += weights[x * most + tap] * row[first[x] + tap];
    result[x] = sum;
  }
}

function down(source: Plane, height: number): Plane {
  if (source.height === height) return source;
  const { first, count, weights, most } = taps(source.height, height);
  const { width } = source;
  const result = plane(width, height);
  for (let y = 0; y < height; y++) {
    for (let tap = 0; tap < count[y]; tap++) {
      const weight = weights[y * most + tap];
      const row = (first[y] + tap) * width;
      for (let x = 0; x < width; x++) result.data[y * width + x] += weight * source.data[row + x];
    }
  }
  return result;
}

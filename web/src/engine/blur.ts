/** Weighted means over windows, along rows and along columns; borders as OpenCV has them. */

import { plane, type Plane } from "./plane";

/** Index of a place beyond an end: the last one repeated ("reflect"), or not ("reflect101"). */
export type Border = (at: number, length: number) => number;

export const reflect: Border = (at, length) => {
  const turned = modulo(at, 2 * length);
  return turned < length ? turned : 2 * length - 1 - turned;
};

export const reflect101: Border = (at, length) => {
  if (length === 1) return 0;
  const turned = modulo(at, 2 * length - 2);
  return turned < length ? turned : 2 * length - 2 - turned;
};

function modulo(at: number, length: number): number {
  return ((at % length) + length) % length;
}

/** Weights of a Gaussian over 2 `reach` + 1 places, sum 1. */
export function gaussian(sigma: number, reach: number): Float64Array {
  const raw = Float64Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-((i - reach) ** 2) / (2 * sigma * sigma)),
  );
  const total = raw.reduce((sum, value) => sum + value, 0);
  return raw.map((value) => value / total);
}

/** Equal weights over 2 `reach` + 1 places. */
export function even(reach: number): Float64Array {
  return new Float64Array(2 * reach + 1).fill(1 / (2 * reach + 1));
}

/** Filter along rows by one set of weights and along columns by another. */
export function filter(
  from: Plane,
  across: Float64Array,
  down: Float64Array,
  border: Border = reflect101,
): Plane {
  return downwards(along(from, across, border), down, border);
}

export function blur(from: Plane, weights: Float64Array, border: Border = reflect101): Plane {
  return filter(from, weights, weights, border);
}

function along(from: Plane, weights: Float64Array, border: Border): Plane {
  const { width, height } = from;
  const result = plane(width, height);
  const reach = (weights.length - 1) / 2;
  const place = Int32Array.from({ length: width + 2 * reach }, (_, i) => border(i - reach, width));
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += weights[i] * from.data[row + place[x + i]];
      result.data[row + x] = sum;
    }
  }
  return result;
}

function downwards(from: Plane, weights: Float64Array, border: Border): Plane {
  const { width, height } = from;
  const result = plane(width, height);
  const reach = (weights.length - 1) / 2;
  const sums = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let i = 0; i < weights.length; i++) {
      const row = border(y + i - reach, height) * width;
      for (let x = 0; x < width; x++) sums[x] += weights[i] * from.data[row + x];
    }
    result.data.set(sums, y * width);
  }
  return result;
}

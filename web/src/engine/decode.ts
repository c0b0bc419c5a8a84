/** From palette logits to chroma: Python's `palettes.decode` and `palettes.handover`. */

import type { Chroma } from "./api";
import { plane, type Plane } from "./plane";

/** Planes (k, height, width), one after the other. */
export interface Logits {
  readonly colors: number;
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

const FIELD_STEP = 0.25; // units of a*b* to which chroma on the grid is rounded
const FIELD_MOST = 127.75;
const LEAST = 1e-3; // of a temperature: below it all is the likeliest colour's anyway

/** Factor on chroma of the knob: 0 halves it, 0.5 leaves it, 1 adds a half. */
export function gainFromVividness(vividness: number): number {
  return 0.5 + vividness;
}

/** Probabilities (cell, k), sums 1 in each cell; at a temperature of 0 all of it is the likeliest's. */
export function probabilities(logits: Logits, temperature: number): Float32Array {
  const { colors, data } = logits;
  const cells = logits.width * logits.height;
  const result = new Float32Array(cells * colors);
  for (let cell = 0; cell < cells; cell++) {
    let most = -Infinity;
    for (let k = 0; k < colors; k++) most = Math.max(most, data[k * cells + cell]);
    let total = 0;
    for (let k = 0; k < colors; k++) {
      const value = Math.exp((data[k * cells + cell] - most) / Math.max(temperature, LEAST));
      result[cell * colors + k] = value;
      total += value;
    }
    for (let k = 0; k < colors; k++) result[cell * colors + k] /= total;
  }
  return result;
}

/** Mean chroma (a*, b*) of probabilities, times a gain, rounded as a field is. */
export function meanChroma(
  shares: Float32Array,
  palette: readonly Chroma[],
  width: number,
  height: number,
  gain: number,
): [Plane, Plane] {
  const [a, b] = [plane(width, height), plane(width, height)];
  for (let cell = 0; cell < width * height; cell++) {
    let [sumA, sumB] = [0, 0];
    for (let k = 0; k < palette.length; k++) {
      const share = shares[cell * palette.length + k];
      sumA += share * palette[k][0];
      sumB += share * palette[k][1];
    }
    a.data[cell] = rounded(gain * sumA);
    b.data[cell] = rounded(gain * sumB);
  }
  return [a, b];
}

/** Chroma as a field holds it: bounded, in quarters of a unit. */
export function rounded(value: number): number {
  const bounded = Math.min(FIELD_MOST, Math.max(-FIELD_MOST, value));
  return Math.round(bounded / FIELD_STEP) * FIELD_STEP;
}

/** How far apart the colours lie that are thought possible in a cell: a*b* units. */
export function deviation(logits: Logits, palette: readonly Chroma[]): Plane {
  const { width, height, colors } = logits;
  const shares = probabilities(logits, 1);
  const found = plane(width, height);
  for (let cell = 0; cell < width * height; cell++) {
    let [sumA, sumB, squares] = [0, 0, 0];
    for (let k = 0; k < colors; k++) {
      const share = shares[cell * colors + k];
      const [a, b] = palette[k];
      sumA += share * a;
      sumB += share * b;
      squares += share * (a * a + b * b);
    }
    found.data[cell] = Math.sqrt(Math.max(0, squares - sumA * sumA - sumB * sumB));
  }
  return found;
}

/** From a probability over a model's colours to one over any others: Python's `palettes.handover`. */

import type { Chroma } from "./api";

const SIGMA = 5; // a*b* units; see Python for what others do
const SAME = 100; // parts of a unit to which colours are one: black, white and gray, say
const LEAST = 1e-30; // of a probability, so that it has a logarithm

/** Chromas of a palette, each once, in an order of their own; one alone comes twice. */
export function distinct(palette: readonly Chroma[]): Chroma[] {
  const found = new Map<string, Chroma>();
  for (const colour of palette) {
    const key = colour.map((value) => Math.round(value * SAME)).join();
    if (!found.has(key)) found.set(key, colour);
  }
  const sorted = [...found.values()].sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  return sorted.length > 1 ? sorted : [sorted[0], sorted[0]];
}

/** Weights of all colours of a palette for one chroma, by a Gaussian of the distance; sum 1. */
export function soft(a: number, b: number, palette: readonly Chroma[]): Float64Array {
  const weights = new Float64Array(palette.length);
  palette.forEach(([a2, b2], i) => (weights[i] = (a - a2) ** 2 + (b - b2) ** 2));
  const least = weights.reduce((one, other) => Math.min(one, other));
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    total += weights[i] = Math.exp((least - weights[i]) / (2 * SIGMA * SIGMA));
  }
  return weights.map((weight) => weight / total);
}

/**
 * Hand shares (cell, k) of a model's colours to a palette's, sharpened or dulled.
 *
 * @param own the model's colours, times its gain
 * @param temperature of the result; 1 is as it comes, 0 the likeliest colour alone
 * @returns shares (cell, n) of the palette's colours
 */
export function handOver(
  shares: Float32Array,
  own: readonly Chroma[],
  palette: readonly Chroma[],
  temperature: number,
): Float32Array {
  const [k, n] = [own.length, palette.length];
  const given = own.map(([a, b]) => soft(a, b, palette));
  const cells = shares.length / k;
  const result = new Float32Array(cells * n);
  for (let cell = 0; cell < cells; cell++) {
    const row = result.subarray(cell * n, (cell + 1) * n);
    for (let i = 0; i < k; i++) {
      const share = shares[cell * k + i];
      for (let j = 0; j < n; j++) row[j] += share * given[i][j];
    }
    sharpen(row, temperature);
  }
  return result;
}

function sharpen(row: Float32Array, temperature: number): void {
  const most = row.reduce((one, other) => Math.max(one, other));
  if (temperature < 1e-3) {
    const first = row.indexOf(most);
    row.fill(0)[first] = 1;
    return;
  }
  let total = 0;
  for (let j = 0; j < row.length; j++) {
    total += row[j] = (Math.max(row[j], LEAST) / most) ** (1 / temperature);
  }
  for (let j = 0; j < row.length; j++) row[j] /= total;
}

/** Families of colours: what one would call by one word; Python's `palettes.families`. */

import type { Chroma } from "../api";

const RINGS = [
  [20, 8],
  [50, 10],
]; // units of chroma, hues: muted and strong
const WIDTH = 11; // a*b* units

/** a* and b* in the middle of each family; the first is gray. */
export const ANCHORS: readonly Chroma[] = [
  [0, 0],
  ...RINGS.flatMap(([chroma, hues]) =>
    Array.from({ length: hues }, (_, i): Chroma => {
      const angle = (2 * Math.PI * (i + 0.5)) / hues;
      return [chroma * Math.cos(angle), chroma * Math.sin(angle)];
    }),
  ),
];

/** How much each colour belongs to each family; sums to 1. */
export function sharesOf(palette: readonly Chroma[]): Float64Array[] {
  return palette.map(([a, b]) => {
    const squared = ANCHORS.map(([a2, b2]) => (a - a2) ** 2 + (b - b2) ** 2);
    const least = Math.min(...squared);
    const near = squared.map((value) => Math.exp((least - value) / (2 * WIDTH * WIDTH)));
    const total = near.reduce((sum, value) => sum + value, 0);
    return Float64Array.from(near, (value) => value / total);
  });
}

/**
 * Tell a toned black-and-white photograph from one in colour, as Python's `metrics.tint`: toning is
 * one colour for each lightness, which changes smoothly; what is left beside that curve are colours.
 */

import { blur, even } from "./blur";
import { labOf } from "./color";
import type { Pixels } from "./picture";
import { plane } from "./plane";
import { shrunkBy } from "./small";

const SIDE = 128; // px, of a square of the same area; the limits below were chosen at it
const COLORED = 5.5; // a*b* units; see Python for what real scans and photographs have
const BEYOND_TONING = 60; // C*ab; stronger toning is not known
const SHARE = 0.95; // of the picture that may stay below
const CLIPPED = 250; // code value; where a channel is cut off, a sepia filter bends sharply
const BINS = 64; // of lightness
const LEAST = 4; // px in a bin; fewer say nothing of its colour
const SMOOTH = 6; // L*
const SLACK = 3; // L*: the curve is steep in places
const ENOUGH = 1 << 18; // px; of more, some are picked before the rest is averaged
const AREA = even(2);

/** Say whether a picture has more colours than one toning. */
export function isColored(pixels: Pixels): boolean {
  const some = picked(pixels);
  const small = shrunkBy(some, SIDE / Math.sqrt(areaOf(some)));
  const looks = looksOf(small);
  if (looks.every(({ a, b }) => a === 0 && b === 0)) return false;
  if (quantile(looks.map(({ a, b }) => Math.hypot(a, b)), SHARE) > BEYOND_TONING) return true;
  return residual(looks, small.width, small.height) > COLORED;
}

function areaOf({ width, height }: Pixels): number {
  return width * height;
}

/** Every so many pixels, as OpenCV picks nearest ones. */
function picked(pixels: Pixels): Pixels {
  const scale = Math.sqrt(ENOUGH / areaOf(pixels));
  if (scale >= 1) return pixels;
  const [width, height] = [pixels.width, pixels.height].map((px) => Math.round(px * scale));
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * pixels.height) / height) * pixels.width;
    for (let x = 0; x < width; x++) {
      const at = (row + Math.floor((x * pixels.width) / width)) * 4;
      data.set(pixels.data.subarray(at, at + 4), (y * width + x) * 4);
    }
  }
  return { width, height, data };
}

interface Look {
  readonly lightness: number;
  readonly a: number;
  readonly b: number;
  /** no channel is cut off */
  readonly sound: boolean;
}

function looksOf({ data }: Pixels): Look[] {
  return Array.from({ length: data.length / 4 }, (_, i) => {
    const rgb = [data[4 * i], data[4 * i + 1], data[4 * i + 2]] as const;
    const [lightness, a, b] = labOf(...rgb);
    return { lightness, a, b, sound: Math.max(...rgb) < CLIPPED };
  });
}

/** The chroma that toning does not explain, reached by a twentieth of the picture. */
function residual(looks: readonly Look[], width: number, height: number): number {
  const sound = looks.filter((look) => look.sound).length / looks.length > 1 - SHARE;
  const counts = looks.map((look) => look.sound || !sound);
  const curve = smoothed(medians(looks.filter((_, i) => counts[i])));
  const off = looks.map((look) => offCurve(look, curve));
  const mean = (of: (i: number) => number): Float32Array => {
    const values = Float32Array.from(looks, (_, i) => (counts[i] ? of(i) : 0));
    return blur(plane(width, height, values), AREA).data;
  };
  const [area, a, b] = [mean(() => 1), mean((i) => off[i][0]), mean((i) => off[i][1])];
  const left = looks.map((_, i) => Math.hypot(a[i], b[i]) / area[i]);
  return quantile(left.filter((_, i) => counts[i]), SHARE);
}

interface Bin {
  readonly lightness: number;
  readonly a: number;
  readonly b: number;
  readonly count: number;
}

/** Mean L*, median a* and b* and the number of pixels of the filled bins. */
function medians(looks: readonly Look[]): Bin[] {
  const bins: Look[][] = Array.from({ length: BINS }, () => []);
  for (const look of looks) {
    const at = Math.floor((look.lightness * BINS) / 100);
    bins[Math.min(BINS - 1, Math.max(0, at))].push(look);
  }
  const filled = bins.filter((bin) => bin.length >= LEAST);
  return (filled.length ? filled : [[...looks]]).map((bin) => ({
    lightness: bin.reduce((sum, look) => sum + look.lightness, 0) / bin.length,
    a: quantile(bin.map((look) => look.a), 0.5),
    b: quantile(bin.map((look) => look.b), 0.5),
    count: bin.length,
  }));
}

type Pair = readonly [number, number];

/** a* and b* at each whole L*: a line through what lies near, by least squares. */
function smoothed(bins: readonly Bin[]): Pair[] {
  const first = Math.min(...bins.map((bin) => bin.lightness));
  const last = Math.max(...bins.map((bin) => bin.lightness));
  return Array.from({ length: 101 }, (_, whole) => {
    const level = Math.min(last, Math.max(first, whole));
    const weights = bins.map((bin) => {
      return Math.sqrt(bin.count) * Math.exp(-0.5 * ((bin.lightness - level) / SMOOTH) ** 2);
    });
    const sum = (of: (bin: Bin, apart: number) => number): number =>
      bins.reduce((total, bin, i) => total + weights[i] * of(bin, bin.lightness - level), 0);
    const [s0, s1, s2] = [sum(() => 1), sum((_, x) => x), sum((_, x) => x * x)];
    const spread = s0 * s2 - s1 * s1;
    const line = (part: "a" | "b"): number => {
      const mean = sum((bin) => bin[part]);
      if (spread < 1e-6 * s0 * s0) return mean / s0; // one bin: no slope
      return (s2 * mean - s1 * sum((bin, x) => x * bin[part])) / spread;
    };
    return [line("a"), line("b")];
  });
}

/** How far a colour is off the nearest point of the curve, within some units of L*. */
function offCurve({ lightness, a, b }: Look, curve: readonly Pair[]): Pair {
  let [least, found]: [number, Pair] = [Infinity, [0, 0]];
  for (let step = -SLACK; step <= SLACK; step++) {
    const at = Math.min(100, Math.max(0, Math.round(lightness) + step));
    const [offA, offB] = [a - curve[at][0], b - curve[at][1]];
    const distance = offA * offA + offB * offB + step * step;
    if (distance < least) [least, found] = [distance, [offA, offB]];
  }
  return found;
}

/** As NumPy's: linear between the values next to it. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = share * (sorted.length - 1);
  const lower = Math.floor(at);
  const upper = Math.min(lower + 1, sorted.length - 1);
  return sorted[lower] + (at - lower) * (sorted[upper] - sorted[lower]);
}

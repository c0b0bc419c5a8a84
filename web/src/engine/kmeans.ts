/** The colours of a picture, by k-means in a*b*, as many as the elbow says: Python's `palettes.kmeans`. */

import { EngineError, type Chroma } from "./api";
import { labOf } from "./color";
import type { Pixels } from "./picture";
import { shrunk } from "./small";

const SIDE = 200; // px of the shorter side
const GRAY = 3; // a*b* units of the 99th percentile; JPEG files of gray pictures stay below 2
const STARTS = 2;
const ROUNDS = 60;
const STOP = 0.05; // a*b* units that no centre moves more than
const SOME = 10_000; // samples that tell the elbow; half of Python's, as browsers take longer
const ROUGH_ROUNDS = 30;
const SEEN = 2.3; // a*b* units, a just noticeable difference
const LADDER = [2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 40, 48, 64];

type Samples = Float32Array; // a* and b* of each in turn

/** @param count how many colours; by the elbow if it is left out */
export function paletteOf(pixels: Pixels, count?: number): Chroma[] {
  const samples = samplesOf(shrunk(pixels, SIDE));
  const chroma = Float64Array.from({ length: samples.length / 2 }, (_, i) =>
    Math.hypot(samples[2 * i], samples[2 * i + 1]),
  ).sort();
  if (chroma[Math.floor(0.99 * (chroma.length - 1))] < GRAY) {
    throw new EngineError("palette-gray", "a palette needs a picture in colour");
  }
  const k = Math.min(count ?? elbow(samples), distinctOf(samples));
  const random = generator();
  const tries = Array.from({ length: STARTS }, () => kmeans(samples, k, ROUNDS, random));
  const best = tries.reduce((one, other) => (other.error < one.error ? other : one));
  return best.centres.sort((one, other) => one[0] - other[0] || one[1] - other[1]);
}

function samplesOf({ data }: Pixels): Samples {
  const samples = new Float32Array(data.length / 2);
  for (let i = 0; i < data.length / 4; i++) {
    const [, a, b] = labOf(data[4 * i], data[4 * i + 1], data[4 * i + 2]);
    samples[2 * i] = a;
    samples[2 * i + 1] = b;
  }
  return samples;
}

function distinctOf(samples: Samples): number {
  const found = new Set<string>();
  for (let i = 0; i < samples.length; i += 2) found.add(`${samples[i]} ${samples[i + 1]}`);
  return found.size;
}

/** The point of the error's curve that lies furthest below the line between its ends. */
function elbow(samples: Samples): number {
  const some = thinned(samples);
  const most = distinctOf(some);
  const least = Math.min(most, LADDER[LADDER.length - 1]);
  const numbers = [...new Set([1, ...LADDER, least])].sort((one, other) => one - other);
  const errors = numbers.map((k) =>
    k < most ? kmeans(some, k, ROUGH_ROUNDS, generator()).error : 0,
  );
  const [first, last] = [errors[0], errors[errors.length - 1]];
  const below = (at: number): number =>
    (first - errors[at]) / Math.max(first - last, 1e-12) -
    (numbers[at] - 1) / (numbers[numbers.length - 1] - 1);
  let knee = 1;
  for (let at = 2; at < numbers.length; at++) if (below(at) > below(knee)) knee = at;
  const fine = errors.findIndex((error, at) => at > 0 && error <= SEEN);
  return Math.max(2, numbers[fine < 0 ? knee : Math.min(knee, fine)]);
}

function thinned(samples: Samples): Samples {
  const step = Math.max(1, Math.floor(samples.length / 2 / SOME));
  const some = new Float32Array(2 * Math.ceil(samples.length / 2 / step));
  for (let i = 0; i < some.length / 2; i++) some.set(samples.subarray(2 * i * step, 2 * i * step + 2), 2 * i);
  return some;
}

interface Clusters {
  readonly centres: Chroma[];
  /** r.m.s. distance to the nearest centre */
  readonly error: number;
}

function kmeans(samples: Samples, k: number, rounds: number, random: () => number): Clusters {
  let centres = seeds(samples, k, random);
  for (let round = 0; round < rounds; round++) {
    const moved = means(samples, centres);
    const far = moved.reduce(
      (most, [a, b], i) => Math.max(most, Math.hypot(a - centres[i][0], b - centres[i][1])),
      0,
    );
    centres = moved;
    if (far <= STOP) break;
  }
  return { centres, error: errorOf(samples, centres) };
}

/** k-means++: each next centre drawn by its squared distance from those before. */
function seeds(samples: Samples, k: number, random: () => number): Chroma[] {
  const count = samples.length / 2;
  const draw = Math.floor(random() * count);
  const centres: Chroma[] = [[samples[2 * draw], samples[2 * draw + 1]]];
  const away = new Float64Array(count).fill(Infinity);
  while (centres.length < k) {
    const [a, b] = centres[centres.length - 1];
    let total = 0;
    for (let i = 0; i < count; i++) {
      const squared = (samples[2 * i] - a) ** 2 + (samples[2 * i + 1] - b) ** 2;
      total += away[i] = Math.min(away[i], squared);
    }
    let left = random() * total;
    let at = 0;
    while (at < count - 1 && (left -= away[at]) > 0) at++;
    centres.push([samples[2 * at], samples[2 * at + 1]]);
  }
  return centres;
}

function means(samples: Samples, centres: readonly Chroma[]): Chroma[] {
  const flat = Float64Array.from(centres.flat());
  const sums = new Float64Array(flat.length);
  const counts = new Float64Array(centres.length);
  for (let i = 0; i < samples.length; i += 2) {
    const k = nearest(samples[i], samples[i + 1], flat);
    sums[2 * k] += samples[i];
    sums[2 * k + 1] += samples[i + 1];
    counts[k]++;
  }
  return centres.map((old, k): Chroma => {
    return counts[k] ? [sums[2 * k] / counts[k], sums[2 * k + 1] / counts[k]] : old;
  });
}

function errorOf(samples: Samples, centres: readonly Chroma[]): number {
  const flat = Float64Array.from(centres.flat());
  let squares = 0;
  for (let i = 0; i < samples.length; i += 2) {
    const k = nearest(samples[i], samples[i + 1], flat);
    squares += (samples[i] - flat[2 * k]) ** 2 + (samples[i + 1] - flat[2 * k + 1]) ** 2;
  }
  return Math.sqrt(squares / (samples.length / 2));
}

/** @param centres a* and b* of each in turn */
function nearest(a: number, b: number, centres: Float64Array): number {
  let best = 0;
  let least = Infinity;
  for (let k = 0; k < centres.length; k += 2) {
    const squared = (a - centres[k]) ** 2 + (b - centres[k + 1]) ** 2;
    if (squared < least) {
      best = k;
      least = squared;
    }
  }
  return best / 2;
}

/** Numbers 0..1, always the same ones: a picture has one palette (mulberry32). */
function generator(): () => number {
  let state = 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

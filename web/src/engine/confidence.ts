/** How sure a colouring is, cell by cell: Python's `inference.confidence`. */

import type { Chroma } from "./api";
import { difference } from "./ciede2000";
import { probabilities } from "./decode";
import type { Guess } from "./guess";
import type { Field } from "./guided";
import { plane, type Plane } from "./plane";
import { resize } from "./resize";
import type { Spec } from "./spec";

export const DOUBTFUL = 0.5; // probability below which a colour is more likely wrong
const TOLD = 0.5; // share of a colour that the user said, from which on it counts as told
const SURE = 0.7; // probability below which a colour that nobody told counts as guessed
const WITHIN = 10; // dE00: a colour this near the truth passes for it at a glance
const TINY = 1.1754943508222875e-38;

/** What held-out pictures have shown of a model's own probabilities. */
export interface Reliability {
  readonly raw: readonly number[];
  readonly right: readonly number[];
  readonly strength: readonly number[];
}

export interface Sureness {
  /** that the colour is within dE00 < 10 of the truth */
  readonly probability: Plane;
  /** how much of the colour the user said */
  readonly told: Plane;
  readonly mean: number;
  /** parts of the picture: told by the user, right with 7 chances in 10 or more, and the rest */
  readonly toldShare: number;
  readonly sureShare: number;
  readonly guessedShare: number;
  /** the part of the rest that is more likely wrong than right */
  readonly doubtfulShare: number;
  readonly calibrated: boolean;
  /** 0..1; above 0.95 the picture is unlike nearly all that the model learned from; null: unknown */
  readonly novelty: number | null;
}

/**
 * Judge the chroma of a field, on the network's grid, by what the network says.
 *
 * @param palette of the network's logits
 */
export function sureness(
  guess: Guess,
  field: Field,
  told: Plane,
  palette: readonly Chroma[],
  curve: Reliability | null,
): Sureness {
  const { width, height } = guess.lightness;
  const { near, strength } = believed(guess, field, palette);
  const own = curve ? near.map((raw) => interpolated(raw, curve.raw, curve.right)) : near;
  const probability = own.map((value, cell) => {
    return told.data[cell] + (1 - told.data[cell]) * value;
  });
  const share = shareOf(guess);
  const untold = (least: number, most: number): number =>
    share((cell) =>
      Number(told.data[cell] < TOLD && probability[cell] >= least && probability[cell] < most),
    );
  return {
    probability: plane(width, height, probability),
    told,
    mean: share((cell) => probability[cell]),
    toldShare: share((cell) => Number(told.data[cell] >= TOLD)),
    sureShare: untold(SURE, Infinity),
    guessedShare: untold(-Infinity, SURE),
    doubtfulShare: untold(-Infinity, DOUBTFUL),
    calibrated: curve !== null,
    novelty: curve && interpolated(strength, curve.strength, falling(curve.strength.length)),
  };
}

export function reliabilityOf(spec: Spec): Reliability | null {
  return (spec.confidence ?? null) as Reliability | null;
}

/** How much of the probability lies near each cell's chroma, and how strongly the network answers. */
function believed(
  guess: Guess,
  field: Field,
  palette: readonly Chroma[],
): { near: Float32Array; strength: number } {
  const shares = probabilities(guess.output, 1);
  const k = palette.length;
  const known = new Map<string, Float64Array>();
  let strength = 0;
  const near = field.a.data.map((value, cell) => {
    const [a, b] = [Math.round(value), Math.round(field.b.data[cell])];
    const weights = known.get(`${a} ${b}`) ?? fading(a, b, palette);
    known.set(`${a} ${b}`, weights);
    const own = shares.subarray(cell * k, (cell + 1) * k);
    strength += spreadOf(own);
    return Math.min(1, own.reduce((sum, share, i) => sum + share * weights[i], 0));
  });
  return { near, strength: strength / near.length };
}

/** Near 1 for colours within the limit, near 0 beyond. */
function fading(a: number, b: number, palette: readonly Chroma[]): Float64Array {
  return Float64Array.from(palette, ([a2, b2]) => {
    const beyond = Math.min(50, Math.max(-50, difference(a, b, a2, b2) - WITHIN));
    return 1 / (1 + Math.exp(beyond));
  });
}

/** Standard deviation of the logarithms. */
function spreadOf(shares: Float32Array): number {
  let [sum, squares] = [0, 0];
  for (const share of shares) {
    const log = Math.log(Math.max(share, TINY));
    sum += log;
    squares += log * log;
  }
  const mean = sum / shares.length;
  return Math.sqrt(Math.max(0, squares / shares.length - mean * mean));
}

/** Linear between points, constant beyond the ends. */
function interpolated(at: number, from: readonly number[], to: readonly number[]): number {
  const after = from.findIndex((value) => value > at);
  if (after < 0) return to[to.length - 1];
  if (after === 0) return to[0];
  const share = (at - from[after - 1]) / (from[after] - from[after - 1]);
  return to[after - 1] + share * (to[after] - to[after - 1]);
}

function falling(count: number): number[] {
  return Array.from({ length: count }, (_, i) => 1 - i / (count - 1));
}

/** Mean over the picture; cells that reach beyond it count by what lies within. */
function shareOf({ lightness, span }: Guess): (of: (cell: number) => number) => number {
  const { width, height } = lightness;
  const within = (length: number, at: number): number => Math.min(1, Math.max(0, length - at));
  return (of) => {
    let [sum, total] = [0, 0];
    for (let cell = 0; cell < width * height; cell++) {
      const weight = within(span[0], Math.floor(cell / width)) * within(span[1], cell % width);
      sum += weight * of(cell);
      total += weight;
    }
    return sum / total;
  };
}

/** Bring a plane of the whole picture to the network's grid; cells beyond it repeat the last. */
export function onGrid(from: Plane, { lightness, span }: Guess): Plane {
  const [down, across] = span.map((length) => Math.max(1, Math.round(length)));
  const small = resize(from, across, down);
  const result = plane(lightness.width, lightness.height);
  for (let at = 0; at < result.data.length; at++) {
    const row = Math.min(Math.floor(at / result.width), down - 1);
    result.data[at] = small.data[row * across + Math.min(at % result.width, across - 1)];
  }
  return result;
}

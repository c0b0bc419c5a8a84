/**
 * How a colour said at one place tells on all others: Python's `hints.spread`.
 *
 * What hints correct is a random field over the picture with the model's chroma as its mean; the
 * result is the field's mean given the hints.
 */

import { gaussian, reflect } from "../blur";
import { plane, type Plane } from "../plane";
import { inverse } from "../symmetric";
import type { Anchor } from "./anchors";
import { ALIKE, ALL, Common, NEAR, type Maps, type Prior } from "./common";

export const NOISE = 0.03; // of the shares: hints are not exact samples of a smooth field
const USUAL = 15; // a*b* units by which a model is off without being wrong about a thing
const DOUBTS = 8; // hints
const JOIN = gaussian(3, 12); // px over which what noise leaves open is closed
const JOIN_PEAK = 1 / (2 * Math.PI * 9); // of one anchor alone
const JOINS = 2; // the second for anchors so near that they share the first

type Pair = readonly [number, number];

export class Spread {
  private readonly common: Common;

  constructor(
    lightness: Plane,
    private readonly prior: Prior,
  ) {
    this.common = new Common(lightness, prior);
  }

  /** The chroma that meets the anchors, at least one. */
  chroma(anchors: readonly Anchor[]): Prior {
    const maps = anchors.map((one) => this.common.of(one.row, one.column));
    const at = anchors.map((one) => one.row * this.prior.a.width + one.column);
    const wanted = anchors.map(({ a, b }): Pair => [a, b]);
    const n = anchors.length;
    const between = inverse(matrix(at, (i, place) => maps[i].near[place] + maps[i].far[place]), n, NOISE);
    const said = new Set(anchors.map(({ stroke }) => stroke)).size;
    const met = this.mean(between, at, wanted, said);
    addWeighted(met, maps.map((map) => map.far), times(between, cut(left(wanted, met, at))));
    const neighbours = inverse(matrix(at, (i, place) => maps[i].near[place]), n, NOISE);
    addWeighted(met, maps.map((map) => map.near), times(neighbours, left(wanted, met, at)));
    for (let join = 0; join < JOINS; join++) joinAt(met, anchors, left(wanted, met, at));
    return met;
  }

  /** How much anchors say of each place: 0 nothing, near 1 all. */
  told(anchors: readonly Anchor[]): Plane {
    const { width, height } = this.prior.a;
    const maps = anchors.map((one) => whole(this.common.of(one.row, one.column)));
    const at = anchors.map((one) => one.row * width + one.column);
    const between = inverse(matrix(at, (i, place) => maps[i][place]), at.length, NOISE);
    const found = plane(width, height);
    for (let place = 0; place < found.data.length; place++) {
      let sum = 0;
      for (let i = 0; i < maps.length; i++) {
        let row = 0;
        for (let j = 0; j < maps.length; j++) row += between[i * maps.length + j] * maps[j][place];
        sum += row * maps[i][place];
      }
      found.data[place] = Math.min(1, Math.max(0, sum / (NEAR + ALIKE + ALL)));
    }
    return found;
  }

  /** What is expected before hints are met: their mean, and the model as far as it foretells them. */
  private mean(
    between: Float64Array,
    at: readonly number[],
    wanted: readonly Pair[],
    said: number,
  ): Prior {
    const { a, b } = this.prior;
    const n = at.length;
    const share = at.map((_, j) => sumOf(n, (i) => between[i * n + j]));
    const total = sumOf(n, (i) => share[i]);
    const whole: Pair = [
      sumOf(n, (i) => share[i] * wanted[i][0]) / total,
      sumOf(n, (i) => share[i] * wanted[i][1]) / total,
    ];
    const less = ([first, second]: Pair): Pair => [first - whole[0], second - whole[1]];
    const given = at.map((place) => less([a.data[place], b.data[place]]));
    const trust = trustOf(between, wanted.map(less), given, said);
    const mixed = (from: Plane, middle: number): Plane =>
      plane(from.width, from.height, from.data.map((value) => middle + trust * (value - middle)));
    return { a: mixed(a, whole[0]), b: mixed(b, whole[1]) };
  }
}

export function whole({ near, far }: Maps): Float32Array {
  return near.map((value, at) => value + far[at]);
}

/** What places (of all maps) have in common with each other, made symmetric. */
function matrix(at: readonly number[], common: (map: number, place: number) => number): Float64Array {
  const n = at.length;
  return Float64Array.from({ length: n * n }, (_, k) => {
    const [i, j] = [Math.floor(k / n), k % n];
    return (common(i, at[j]) + common(j, at[i])) / 2;
  });
}

/**
 * The share of the model, 0..1, that foretells each hint best from all others.
 *
 * @param said how many strokes there are: the anchors of one foretell each other anyway
 */
function trustOf(
  between: Float64Array,
  wanted: readonly Pair[],
  prior: readonly Pair[],
  said: number,
): number {
  const n = wanted.length;
  const [errors, moves] = [times(between, wanted), times(between, prior)];
  let [worth, slope] = [0, 0];
  for (let i = 0; i < n; i++) {
    const leftOut = 1 / between[i * n + i] ** 2;
    for (const part of [0, 1]) {
      worth += leftOut * moves[i][part] ** 2;
      slope += leftOut * errors[i][part] * moves[i][part];
    }
  }
  if (worth <= 0) return 1;
  const others = said - 1;
  return Math.min(1, Math.max(0, ((others * slope) / worth + DOUBTS) / (others + DOUBTS)));
}

function times(m: Float64Array, pairs: readonly Pair[]): Pair[] {
  const n = pairs.length;
  return pairs.map((_, i) => [
    sumOf(n, (j) => m[i * n + j] * pairs[j][0]),
    sumOf(n, (j) => m[i * n + j] * pairs[j][1]),
  ]);
}

function sumOf(count: number, each: (i: number) => number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += each(i);
  return sum;
}

/** What is still missing at the anchors. */
function left(wanted: readonly Pair[], met: Prior, at: readonly number[]): Pair[] {
  return wanted.map(([a, b], i) => [a - met.a.data[at[i]], b - met.b.data[at[i]]]);
}

/** Cut corrections, hue kept: that one dress was bright green says nothing of the lawn. */
function cut(corrections: readonly Pair[]): Pair[] {
  return corrections.map(([a, b]) => {
    const share = Math.min(1, USUAL / Math.max(Math.hypot(a, b), 1e-6));
    return [share * a, share * b];
  });
}

/** Add maps under weights, in place. */
function addWeighted(to: Prior, maps: readonly Float32Array[], weights: readonly Pair[]): void {
  const [a, b] = [to.a.data, to.b.data];
  maps.forEach((map, i) => {
    const [weightA, weightB] = weights[i];
    for (let at = 0; at < map.length; at++) {
      a[at] += weightA * map[at];
      b[at] += weightB * map[at];
    }
  });
}

/** Close what is left open at the anchors, and evenly less around them, in place. */
function joinAt(met: Prior, anchors: readonly Anchor[], open: readonly Pair[]): void {
  const { width, height } = met.a;
  const sums = [0, 1, 2].map(() => new Float32Array(width * height));
  anchors.forEach(({ row, column }, i) => {
    const [down, across] = [weightsOf(row, height), weightsOf(column, width)];
    for (const [y, weight] of down) {
      for (const [x, other] of across) {
        const at = y * width + x;
        sums[0][at] += weight * other * open[i][0];
        sums[1][at] += weight * other * open[i][1];
        sums[2][at] += weight * other;
      }
    }
  });
  sums[2].forEach((total, at) => {
    if (total === 0) return;
    met.a.data[at] += sums[0][at] / Math.max(total, JOIN_PEAK);
    met.b.data[at] += sums[1][at] / Math.max(total, JOIN_PEAK);
  });
}

/** How much of one place comes to those of its axis around it, borders reflected. */
function weightsOf(place: number, length: number): [number, number][] {
  const reach = (JOIN.length - 1) / 2;
  const found: [number, number][] = [];
  for (let at = Math.max(0, place - reach); at <= Math.min(length - 1, place + reach); at++) {
    let weight = 0;
    for (let i = -reach; i <= reach; i++) {
      if (reflect(at + i, length) === place) weight += JOIN[i + reach];
    }
    found.push([at, weight]);
  }
  return found;
}

/** What a place of one picture has in common with all others: the kernel of `hints.spread`. */

import { Geodesic } from "../geodesic";
import type { Plane } from "../plane";
import { bilateral } from "./bilateral";

export const NEAR = 1;
export const ALIKE = 0.4;
export const ALL = 0.1;
// Of what neighbours have in common: share, and the way in short sides at which 1/e of it is left.
const REACHES = [
  [0.6, 1.5],
  [0.4, 0.3],
];
const EDGE = 1; // L*: a change that costs as much as going on by a pixel
const LIGHTNESS = 12; // L* within which places look alike
const CHROMA = 12; // a*b* units
const APART = 1; // short sides
const GRAIN = [2, 8, 2] as const; // px, L*, px
const KEPT = 256; // places whose maps stay in memory, 800 KB each
const FARTHEST = 24; // short sides at which nothing is left
const STEPS = 512; // of a short side, in the table

/** Chroma that a model gives. */
export interface Prior {
  readonly a: Plane;
  readonly b: Plane;
}

export interface Maps {
  /** with neighbours */
  readonly near: Float32Array;
  /** with look-alikes and the whole picture */
  readonly far: Float32Array;
}

export class Common {
  private readonly ways: Geodesic;
  private readonly looks: Float32Array[];
  private readonly side: number;
  private readonly maps = new Map<number, Maps>();

  constructor(
    readonly lightness: Plane,
    prior: Prior,
  ) {
    const smooth = bilateral(lightness, ...GRAIN);
    this.ways = new Geodesic(smooth, EDGE);
    this.side = Math.min(lightness.width, lightness.height);
    this.looks = looks(smooth, prior, this.side * APART);
  }

  of(row: number, column: number): Maps {
    const key = row * this.lightness.width + column;
    const found = this.maps.get(key) ?? this.made(row, column);
    this.maps.delete(key); // so that the oldest come first
    this.maps.set(key, found);
    if (this.maps.size > KEPT) this.maps.delete(this.maps.keys().next().value!);
    return found;
  }

  private made(row: number, column: number): Maps {
    const near = this.ways.to(row, column).data;
    const scale = STEPS / this.side;
    for (let at = 0; at < near.length; at++) {
      near[at] = LEFT[Math.min(LEFT.length - 1, Math.round(near[at] * scale))];
    }
    return { near, far: this.alike(row * this.lightness.width + column) };
  }

  private alike(place: number): Float32Array {
    const squared = new Float32Array(this.lightness.data.length);
    for (const look of this.looks) {
      const own = look[place];
      for (let at = 0; at < squared.length; at++) squared[at] += (look[at] - own) ** 2;
    }
    for (let at = 0; at < squared.length; at++) {
      squared[at] = ALL + ALIKE * Math.exp(-0.5 * squared[at]);
    }
    return squared;
  }
}

/** What neighbours have in common, by the way between them: so it is worked out once. */
const LEFT = Float32Array.from({ length: FARTHEST * STEPS + 1 }, (_, i) =>
  REACHES.reduce((sum, [share, reach]) => sum + NEAR * share * Math.exp(-i / STEPS / reach), 0),
);

/** By what places look alike, each in units of its scale. */
function looks({ width, data }: Plane, prior: Prior, apart: number): Float32Array[] {
  return [
    data.map((value) => value / LIGHTNESS),
    data.map((_, at) => Math.floor(at / width) / apart),
    data.map((_, at) => (at % width) / apart),
    prior.a.data.map((value) => value / CHROMA),
    prior.b.data.map((value) => value / CHROMA),
  ];
}

/** Where to ask next: the places whose colour would say most of all others; `hints.suggest`. */

import { even, filter, reflect101, blur } from "../blur";
import { plane, type Plane } from "../plane";
import { ALIKE, ALL, Common, NEAR, type Prior } from "./common";
import { NOISE, whole } from "./spread";

export const SHORT_SIDE = 64; // px: every place is compared with every candidate
const CANDIDATES = 12; // along the shorter side
const DOUBT = 3; // a*b* units, at least, even where a model names one colour alone
const SLOPE = Float64Array.of(-1, 0, 1);
const ACROSS = Float64Array.of(1, 2, 1);

export interface Place {
  readonly row: number;
  readonly column: number;
}

export class Suggestions {
  private readonly common: Common;
  private readonly doubt: Float32Array;
  private readonly places: Place[];
  private readonly ofPlaces: Float32Array[];

  /**
   * @param lightness small
   * @param deviation a*b* units: how far the model may be wrong
   */
  constructor(
    readonly lightness: Plane,
    prior: Prior,
    deviation: Plane,
  ) {
    this.common = new Common(lightness, prior);
    this.doubt = deviation.data.map((value) => Math.max(value, DOUBT));
    this.places = candidates(lightness);
    this.ofPlaces = this.places.map((place) => this.of(place));
  }

  /** The best place to ask, those that are known already being answered. */
  next(known: readonly Place[]): Place {
    const { width } = this.lightness;
    const places = [...known, ...this.places];
    const at = places.map(({ row, column }) => row * width + column);
    const told = known.map((place) => this.of(place));
    const common = [...told, ...this.ofPlaces].map((row) => Float64Array.from(row));
    const variance = new Float64Array(this.lightness.data.length).fill(NEAR + ALIKE + ALL);
    known.forEach((_, i) => answer(common, variance, at, i));
    let [best, most] = [known.length, -1];
    for (let i = known.length; i < places.length; i++) {
      const worth = this.worth(common[i]) / (variance[at[i]] + NOISE);
      if (worth > most) [best, most] = [i, worth];
    }
    return places[best];
  }

  private of({ row, column }: Place): Float32Array {
    return whole(this.common.of(row, column));
  }

  private worth(common: Float64Array): number {
    let sum = 0;
    for (let at = 0; at < common.length; at++) sum += (common[at] * this.doubt[at]) ** 2;
    return sum;
  }
}

/** Take away what one answer tells, from what places have in common and from what is open. */
function answer(
  common: readonly Float64Array[],
  variance: Float64Array,
  at: readonly number[],
  index: number,
): void {
  const row = common[index].slice();
  const place = at[index];
  const total = Math.max(variance[place], 0) + NOISE;
  for (const other of common) {
    const share = other[place] / total;
    for (let i = 0; i < row.length; i++) other[i] -= share * row[i];
  }
  for (let i = 0; i < row.length; i++) {
    variance[i] = Math.max(0, variance[i] - (row[i] * row[i]) / total);
  }
}

/** The evenest place in each cell of a mesh: nobody can name the colour of an edge. */
function candidates(lightness: Plane): Place[] {
  const { width, height } = lightness;
  const across = filter(lightness, SLOPE, ACROSS, reflect101).data;
  const down = filter(lightness, ACROSS, SLOPE, reflect101).data;
  const size = across.map((value, at) => Math.hypot(value, down[at]));
  const edges = blur(plane(width, height, size), even(1)).data;
  const step = Math.max(2, Math.floor(Math.min(width, height) / CANDIDATES));
  const places: Place[] = [];
  for (let top = 0; top < height; top += step) {
    for (let left = 0; left < width; left += step) {
      let best = { row: top, column: left };
      for (let row = top; row < Math.min(top + step, height); row++) {
        for (let column = left; column < Math.min(left + step, width); column++) {
          if (edges[row * width + column] < edges[best.row * width + best.column]) {
            best = { row, column };
          }
        }
      }
      places.push(best);
    }
  }
  return places;
}

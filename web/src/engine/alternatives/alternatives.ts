/**
 * Several coherent answers for one picture: the logits of each region are tilted towards one family of
 * colours; Python's `inference.alternatives`.
 */

import type { Chroma } from "../api";
import { probabilities } from "../decode";
import type { Guess } from "../guess";
import { plane, type Plane } from "../plane";
import type { Spec } from "../spec";
import { choose, type Looks } from "./answers";
import { ANCHORS, sharesOf } from "./families";
import { smoother } from "./guidedmean";
import { radiusOn, regionsOf, spreadOver, type Regions } from "./regions";

export const MOST = 16;
const STRENGTH = 4; // nats; see Python
const NEAR = 16; // a*b* units, of the Gaussian round the colour told
const EVEN = 2; // nats, at most, by which the tilt is stronger or weaker in parts of a region
const GRAY = 0; // the family for which a region is left as it is

export class Alternatives {
  private readonly regions: Regions;
  private readonly shares: Plane[];
  private readonly smooth: (of: Plane) => Plane;
  private readonly colors: Float32Array;
  /** what is added to a region's logits where it is told a family */
  private readonly tilts: Float64Array[][];
  private readonly looks: Looks;

  constructor(
    private readonly guess: Guess,
    palette: readonly Chroma[],
    spec: Spec,
  ) {
    this.regions = regionsOf(guess, palette);
    this.shares = spreadOver(this.regions, guess.lightness);
    this.smooth = smoother(guess.lightness, radiusOn(this.regions, guess.lightness));
    this.colors = probabilities(guess.output, 1);
    const families = sharesOf(palette);
    this.tilts = this.regions.shares.map((shares) => tiltsOf(shares, families, palette, spec.gain));
    this.looks = looksOf(this.regions, this.tilts, families, palette, spec);
  }

  /** What the network would say if it were sure of an answer, counted from 1. */
  answer(number: number, seed: number): Guess {
    const told = choose(this.looks, number, seed)[number - 1];
    const { output } = this.guess;
    const data = output.data.slice();
    const cells = output.width * output.height;
    told.forEach((family, region) => {
      const tilt = this.tilts[region][family];
      const amount = this.amount(region, tilt);
      tilt.forEach((weight, k) => {
        if (weight === 0) return;
        for (let cell = 0; cell < cells; cell++) data[k * cells + cell] += weight * amount[cell];
      });
    });
    return { ...this.guess, output: { ...output, data } };
  }

  /**
   * How much a cell is tilted: as far as it belongs to the region, and more where the network is less
   * inclined to the colour than in the region on the whole. Else a green wall gets green blotches.
   */
  private amount(region: number, tilt: Float64Array): Float32Array {
    const share = this.shares[region].data;
    const k = tilt.length;
    const liking = share.map((_, cell) => {
      let sum = 0;
      for (let i = 0; i < k; i++) sum += (this.colors[cell * k + i] * tilt[i]) / STRENGTH;
      return sum;
    });
    let [sum, total] = [0, 0];
    share.forEach((value, cell) => {
      sum += value * liking[cell];
      total += value;
    });
    const whole = logOdds(sum / Math.max(total, 1e-6));
    const lacking = liking.map((each) => Math.min(EVEN, Math.max(-EVEN, whole - logOdds(each))));
    const { width, height } = this.guess.lightness;
    const evened = this.smooth(plane(width, height, lacking)).data;
    return share.map((value, cell) => value * (1 + evened[cell] / STRENGTH));
  }
}

function logOdds(probability: number): number {
  const inside = Math.min(1 - 1e-4, Math.max(1e-4, probability));
  return Math.log(inside / (1 - inside));
}

function tiltsOf(
  shares: Float64Array,
  families: readonly Float64Array[],
  palette: readonly Chroma[],
  gain: number,
): Float64Array[] {
  return ANCHORS.map((_, family) => {
    if (family === GRAY) return new Float64Array(palette.length);
    let [a, b, total] = [0, 0, 0];
    palette.forEach(([a2, b2], k) => {
      const weight = shares[k] * families[k][family];
      a += weight * a2;
      b += weight * b2;
      total += weight;
    });
    // A mean of one family is less dull than one of many: half the gain, as a ratio, is taken off.
    const scale = 1 / Math.max(total, 1e-30) / Math.sqrt(gain);
    return Float64Array.from(palette, ([a2, b2]) => {
      const squared = (a2 - a * scale) ** 2 + (b2 - b * scale) ** 2;
      return STRENGTH * Math.exp(-squared / (2 * NEAR * NEAR));
    });
  });
}

function looksOf(
  regions: Regions,
  tilts: readonly (readonly Float64Array[])[],
  families: readonly Float64Array[],
  palette: readonly Chroma[],
  spec: Spec,
): Looks {
  const logits = regions.shares.map((shares) => shares.map((share) => Math.log(Math.max(share, 1e-30))));
  return {
    sizes: regions.sizes,
    plain: logits.map((each) => decoded(each, palette, spec)),
    told: logits.map((each, region) =>
      tilts[region].map((tilt) => decoded(each.map((value, k) => value + tilt[k]), palette, spec)),
    ),
    likely: regions.shares.map((shares) =>
      Float64Array.from(ANCHORS, (_, family) =>
        shares.reduce((sum, share, k) => sum + share * families[k][family], 0),
      ),
    ),
  };
}

function decoded(logits: Float64Array, palette: readonly Chroma[], spec: Spec): Chroma {
  const output = { colors: palette.length, width: 1, height: 1, data: Float32Array.from(logits) };
  const shares = probabilities(output, spec.temperature);
  const mean = (part: 0 | 1): number =>
    spec.gain * palette.reduce((sum, colour, k) => sum + shares[k] * colour[part], 0);
  return [mean(0), mean(1)];
}

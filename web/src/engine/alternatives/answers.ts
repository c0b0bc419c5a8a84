/**
 * Which answers to give: drawn for whole regions, and the few that stand for all the others; Python's
 * `inference.answers`, down to the numbers drawn.
 */

import type { Chroma } from "../api";
import { difference } from "../ciede2000";
import { Random } from "./random";

const DRAWS = 128;
const COMMON = 0.8; // share of the noise that all regions have in common
const HEAT = 1.5; // temperature of the draw
const LEAST = 0.15; // of the likeliest family's probability: less likely ones are never drawn
const LAST = 1e-6; // so that a dull answer still goes before one that is there already
const DULL = 0.7; // of the plain result's chroma

/** How the regions of a picture would look. */
export interface Looks {
  /** shares of the picture */
  readonly sizes: Float64Array;
  readonly plain: readonly Chroma[];
  /** of each region, when it is told each family */
  readonly told: readonly (readonly Chroma[])[];
  /** probability of each family in each region */
  readonly likely: readonly Float64Array[];
}

/** The family of each region, in answers 1 to `count`. */
export function choose(looks: Looks, count: number, seed: number): Int32Array[] {
  const drawn = draw(looks.likely, new Random(seed));
  const apart = distances(looks, drawn);
  const dull = drawn.map((families) => isDull(looks, families));
  const nearest = apart[0].slice(1);
  const taken: number[] = [];
  for (let turn = 0; turn < count; turn++) {
    const gain = drawn.map((_, j) => {
      if (taken.includes(j)) return -Infinity;
      let sum = 0;
      for (let i = 0; i < drawn.length; i++) sum += Math.max(0, nearest[i] - apart[i + 1][j + 1]);
      return Math.round(sum * (dull[j] ? LAST : 1) * 1e6) / 1e6;
    });
    const best = gain.indexOf(Math.max(...gain));
    taken.push(best);
    nearest.forEach((value, i) => (nearest[i] = Math.min(value, apart[i + 1][best + 1])));
  }
  return taken.map((number) => drawn[number]);
}

function draw(likely: readonly Float64Array[], random: Random): Int32Array[] {
  const [regions, kinds] = [likely.length, likely[0].length];
  const common = gumbel(random, DRAWS * kinds);
  const own = gumbel(random, DRAWS * regions * kinds);
  const [most, rest] = [Math.log(COMMON), Math.log(1 - COMMON)];
  return Array.from({ length: DRAWS }, (_, turn) =>
    Int32Array.from(likely, (chances, region) => {
      const least = LEAST * Math.max(...chances);
      let [best, highest] = [0, -Infinity];
      chances.forEach((chance, kind) => {
        if (chance < least) return;
        const alone = own[(turn * regions + region) * kinds + kind] + rest;
        const noise = Math.max(common[turn * kinds + kind] + most, alone);
        const score = Math.log(Math.max(chance, 1e-30)) / HEAT + noise;
        if (score > highest) [best, highest] = [kind, score];
      });
      return best;
    }),
  );
}

function gumbel(random: Random, count: number): Float64Array {
  return Float64Array.from({ length: count }, () => {
    return -Math.log(-Math.log(Math.min(1 - 1e-12, Math.max(1e-12, random.next()))));
  });
}

/** Mean dE00 between the plain result, first, and all draws. */
function distances(looks: Looks, drawn: readonly Int32Array[]): Float64Array[] {
  const every = drawn.length + 1;
  const apart = Array.from({ length: every }, () => new Float64Array(every));
  looks.sizes.forEach((size, region) => {
    const colors = [...looks.told[region], looks.plain[region]];
    const between = colors.map(([a, b]) => colors.map(([a2, b2]) => difference(a, b, a2, b2)));
    const kinds = [colors.length - 1, ...drawn.map((families) => families[region])];
    apart.forEach((row, i) => {
      for (let j = 0; j < every; j++) row[j] += size * between[kinds[i]][kinds[j]];
    });
  });
  return apart;
}

/** Whether a draw would look duller than the plain result: nobody asks for those. */
function isDull({ sizes, plain, told }: Looks, families: Int32Array): boolean {
  let [drawn, usual] = [0, 0];
  sizes.forEach((size, region) => {
    drawn += size * Math.hypot(...told[region][families[region]]);
    usual += size * Math.hypot(...plain[region]);
  });
  return drawn < DULL * usual;
}

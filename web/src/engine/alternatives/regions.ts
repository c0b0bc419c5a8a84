/** What a network says of the regions of a picture: Python's `inference.regions`. */

import type { Chroma } from "../api";
import { probabilities, type Logits } from "../decode";
import type { Guess } from "../guess";
import { plane, type Plane } from "../plane";
import { resize } from "../resize";
import { ANCHORS, sharesOf } from "./families";
import { soften } from "./guidedmean";
import { dissolve, everyone, merge, neighbours } from "./merging";

const CELLS = 4096; // at most, in which regions are looked for; finer grids are averaged first
const NEIGHBOURS = 0.002; // see Python for what other numbers do
const ALIKE = 0.0015;
const EDGE = 4; // L* from cell to cell; less is no edge, as in skies
const TONE = 2; // by how much lightness counts beside probabilities
const MOST = 24; // regions; photographs have 2 to 10
const SOFT = 3; // cells, radius within which a border is gradual where lightness is smooth

/** Regions, largest first. */
export interface Regions {
  readonly labels: Int32Array;
  readonly width: number;
  readonly height: number;
  readonly sizes: Float64Array;
  /** L* */
  readonly lightness: Float64Array;
  /** means over each region, of the palette's colours */
  readonly shares: Float64Array[];
}

export function regionsOf(guess: Guess, palette: readonly Chroma[]): Regions {
  const { logits, lightness } = coarse(guess);
  const { width, height } = lightness;
  const colors = probabilities(logits, 1);
  const belongs = sharesOf(palette);
  const cells = Array.from(lightness.data, (tone, cell) => {
    const families = new Float64Array(ANCHORS.length + 1);
    for (let k = 0; k < palette.length; k++) {
      const share = colors[cell * palette.length + k];
      for (let f = 0; f < ANCHORS.length; f++) families[f] += share * belongs[k][f];
    }
    for (let f = 0; f < ANCHORS.length; f++) families[f] = Math.sqrt(families[f]);
    families[ANCHORS.length] = (TONE / 100) * tone;
    return families;
  });
  const labels = merged(cells, lightness);
  return { width, height, ...inOrder(labels, lightness.data, colors, palette.length) };
}

function coarse(guess: Guess): { logits: Logits; lightness: Plane } {
  const { width, height } = guess.lightness;
  const by = Math.max(1, Math.sqrt((width * height) / CELLS));
  const [across, down] = [width, height].map((length) => Math.max(1, Math.round(length / by)));
  const { colors, data } = guess.output;
  const [from, to] = [width * height, across * down];
  const small = new Float32Array(colors * to);
  for (let k = 0; k < colors; k++) {
    const one = plane(width, height, data.subarray(k * from, (k + 1) * from));
    small.set(resize(one, across, down).data, k * to);
  }
  const logits = { colors, width: across, height: down, data: small };
  return { logits, lightness: resize(guess.lightness, across, down) };
}

/** First like neighbours, then what no edge divides, then what is alike wherever it lies. */
function merged(cells: readonly Float64Array[], { data, width, height }: Plane): Int32Array {
  const ones = new Float64Array(cells.length).fill(1);
  const near = merge(cells, ones, neighbours(width, height), NEIGHBOURS * cells.length);
  const parts = dissolve(near, data, width, EDGE);
  const count = parts.reduce((most, part) => Math.max(most, part), 0) + 1;
  const sizes = new Float64Array(count);
  const means = Array.from({ length: count }, () => new Float64Array(cells[0].length - 1));
  parts.forEach((part, cell) => {
    sizes[part]++;
    for (let f = 0; f < means[part].length; f++) means[part][f] += cells[cell][f] ** 2;
  });
  means.forEach((mean, part) => mean.forEach((sum, f) => (mean[f] = Math.sqrt(sum / sizes[part]))));
  for (let most = ALIKE * cells.length; ; most *= 2) {
    const alike = merge(means, sizes, everyone(count), most);
    if (Math.max(...alike) < MOST) return parts.map((part) => alike[part]);
  }
}

/** Number regions by what they are, not by where: a mirrored picture has the same. */
function inOrder(
  labels: Int32Array,
  lightness: Float32Array,
  colors: Float32Array,
  k: number,
): Pick<Regions, "labels" | "sizes" | "lightness" | "shares"> {
  const count = Math.max(...labels) + 1;
  const [sizes, light] = [new Float64Array(count), new Float64Array(count)];
  const shares = Array.from({ length: count }, () => new Float64Array(k));
  labels.forEach((label, cell) => {
    sizes[label]++;
    light[label] += lightness[cell];
    for (let i = 0; i < k; i++) shares[label][i] += colors[cell * k + i];
  });
  light.forEach((sum, label) => (light[label] = sum / sizes[label]));
  const order = Array.from(sizes, (_, i) => i).sort(
    (i, j) => sizes[j] - sizes[i] || light[i] - light[j],
  );
  const place = new Int32Array(count);
  order.forEach((label, i) => (place[label] = i));
  return {
    labels: labels.map((label) => place[label]),
    sizes: Float64Array.from(order, (label) => sizes[label] / labels.length),
    lightness: Float64Array.from(order, (label) => light[label]),
    shares: order.map((label) => shares[label].map((sum) => sum / sizes[label])),
  };
}

/** How much of each region there is in the cells of a grid; borders follow its edges. */
export function spreadOver(regions: Regions, guide: Plane): Plane[] {
  const place = (at: number, length: number, cells: number): number =>
    Math.floor(((at + 0.5) * cells) / length);
  const labels = Int32Array.from(guide.data, (_, at) => {
    const row = place(Math.floor(at / guide.width), guide.height, regions.height);
    return regions.labels[row * regions.width + place(at % guide.width, guide.width, regions.width)];
  });
  return soften(labels, regions.sizes.length, guide, radiusOn(regions, guide));
}

/** How many cells of a grid a border may be wide. */
export function radiusOn(regions: Regions, guide: Plane): number {
  return Math.max(1, Math.round((SOFT * guide.height) / regions.height));
}

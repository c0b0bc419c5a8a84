/** A picture as the network sees it: what two pictures are compared by; Python's `references.scene`. */

import type { Recipe } from "../api";
import { labOf } from "../color";
import { probabilities } from "../decode";
import { fieldOf } from "../fields";
import { guess, toGrid, type Guess } from "../guess";
import type { Network } from "../network";
import type { Pixels } from "../picture";
import { plane, type Plane } from "../plane";
import { resize } from "../resize";
import { resized, shrunk } from "../small";
import { workingSize, type Spec } from "../spec";

const SIDE = 640; // px of the shorter side of a reference
const TEXTURES = 12; // classes of roughness
const ROUGHEST = 3.5; // log(1 + L* a cell); few edges are harder

/** A picture in colour, with what the network says of it. */
export interface Seen {
  readonly guess: Guess;
  /** its true a* and b* in the cells */
  readonly a: Plane;
  readonly b: Plane;
}

/** A reference as it is and in a mirror, where the network does not see quite the same. */
export interface Reference {
  readonly straight: Seen;
  readonly mirrored: Seen;
}

export interface Scene {
  readonly lightness: Plane;
  /** probability of the palette's colours, cell by cell */
  readonly shares: Float32Array;
  readonly colors: number;
  /** the chroma that the model gives it */
  readonly decodedA: Plane;
  readonly decodedB: Plane;
}

export interface Known extends Scene {
  readonly a: Plane;
  readonly b: Plane;
}

export async function see(network: Network, picture: Pixels): Promise<Reference> {
  const small = shrunk(picture, SIDE);
  return {
    straight: await seen(network, small),
    mirrored: await seen(network, mirrored(small)),
  };
}

async function seen(network: Network, pixels: Pixels): Promise<Seen> {
  const { data, width, height } = pixels;
  const found = await guess(network, data, width, height);
  const [across, down] = workingSize(network.spec, width, height);
  const small = resized(pixels, across, down);
  const [a, b] = [plane(across, down), plane(across, down)];
  for (let at = 0; at < a.data.length; at++) {
    const rgb = small.data.subarray(4 * at, 4 * at + 3);
    [, a.data[at], b.data[at]] = labOf(rgb[0], rgb[1], rgb[2]);
  }
  const { stride } = network.spec;
  return { guess: found, a: toGrid(a, stride), b: toGrid(b, stride) };
}

function mirrored({ data, width, height }: Pixels): Pixels {
  const from = new Uint32Array(data.buffer, data.byteOffset, width * height);
  const to = from.slice();
  for (let row = 0; row < height; row++) to.subarray(row * width, (row + 1) * width).reverse();
  return { data: new Uint8ClampedArray(to.buffer), width, height };
}

/** A picture as the network sees it and decodes it, without the knob of vividness. */
export function sceneOf(found: Guess, spec: Spec, recipe: Recipe): Scene {
  const { a, b } = fieldOf(found, spec, { ...recipe, vividness: undefined });
  const shares = probabilities(found.output, 1);
  const { colors } = found.output;
  return { lightness: found.lightness, shares, colors, decodedA: a, decodedB: b };
}

export function knownOf({ guess: found, a, b }: Seen, spec: Spec, recipe: Recipe): Known {
  return { ...sceneOf(found, spec, recipe), a, b };
}

/** What cells are compared by, plane by plane: roots of probabilities, and lightness. */
export function features({ shares, colors, lightness }: Scene): Plane[] {
  const { width, height, data } = lightness;
  const roots = Array.from({ length: colors }, (_, k) =>
    plane(width, height, data.map((_, cell) => Math.sqrt(shares[cell * colors + k]))),
  );
  return [...roots, plane(width, height, data.map((value) => value / 100))];
}

/** How much of the picture the model takes for each colour, sum 1. */
export function colours({ shares, colors }: Scene): Float64Array {
  const sums = new Float64Array(colors);
  shares.forEach((share, i) => (sums[i % colors] += share));
  return sums.map((sum) => (sum * colors) / shares.length);
}

/** How much of the picture is smooth, rough, or between, sum 1. */
export function textures({ lightness }: Scene): Float64Array {
  const { width, height, data } = lightness;
  const counts = new Float64Array(TEXTURES);
  if (Math.min(width, height) < 2) {
    counts[0] = 1;
    return counts;
  }
  for (let at = 0; at < data.length; at++) {
    const steps = [slope(data, at, at % width, width, 1), slope(data, at, Math.floor(at / width), height, width)];
    const rough = Math.min(Math.log1p(Math.hypot(steps[0], steps[1])), ROUGHEST);
    counts[Math.min(TEXTURES - 1, Math.floor((rough / ROUGHEST) * TEXTURES))] += 1 / data.length;
  }
  return counts;
}

/** As NumPy's gradient: between both neighbours, at the ends to the one there is. */
function slope(data: Float32Array, at: number, place: number, length: number, step: number): number {
  const before = place > 0 ? at - step : at;
  const after = place < length - 1 ? at + step : at;
  return (data[after] - data[before]) / ((after - before) / step);
}

/** Average into cells so large that the shorter side has `rows` at most. */
export function coarser(from: Plane, rows: number): Plane {
  const scale = Math.min(1, rows / Math.min(from.width, from.height));
  const size = (length: number): number => Math.max(1, Math.round(length * scale));
  return resize(from, size(from.width), size(from.height));
}

/** Rows of cells, of planes: (cells, planes). */
export function table(planes: readonly Plane[]): Float32Array {
  const [cells, count] = [planes[0].data.length, planes.length];
  const rows = new Float32Array(cells * count);
  planes.forEach(({ data }, i) => data.forEach((value, cell) => (rows[cell * count + i] = value)));
  return rows;
}

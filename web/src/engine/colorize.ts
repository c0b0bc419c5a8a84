/** From pixels to pixels: what Python's `Colorizer.colorize` does, with the same names. */

import type { Recipe } from "./api";
import { gainFromVividness, meanChroma, probabilities } from "./decode";
import { color } from "./fullsize";
import { guess, type Guess } from "./guess";
import type { Field } from "./guided";
import type { Network } from "./network";
import type { Spec } from "./spec";

/** Chroma of a guess on the network's grid, as a recipe asks. */
export function fieldOf(found: Guess, spec: Spec, recipe: Recipe): Field {
  const { width, height } = found.lightness;
  const palette = spec.palette ?? [];
  const knob = recipe.vividness === undefined ? 1 : gainFromVividness(recipe.vividness);
  const shares = probabilities(found.output, spec.temperature);
  const [a, b] = meanChroma(shares, palette, width, height, spec.gain * knob);
  return { a, b, lightness: found.lightness, span: found.span };
}

/** Colour a whole picture, RGBA of 8 bits; its lightness and alpha stay. */
export async function colorize(
  network: Network,
  pixels: Uint8ClampedArray,
  width: number,
  height: number,
  recipe: Recipe = {},
): Promise<Uint8ClampedArray<ArrayBuffer>> {
  const found = await guess(network, pixels, width, height);
  return color(pixels, width, height, fieldOf(found, network.spec, recipe));
}

/** From pixels to pixels: what Python's `Colorizer.colorize` does, with the same names. */

import type { Recipe } from "./api";
import { guess } from "./guess";
import type { Network } from "./network";
import { Session } from "./session";

/** Colour a whole picture, RGBA of 8 bits; its lightness and alpha stay. */
export async function colorize(
  network: Network,
  data: Uint8ClampedArray<ArrayBuffer>,
  width: number,
  height: number,
  recipe: Recipe = {},
): Promise<Uint8ClampedArray<ArrayBuffer>> {
  const found = await guess(network, data, width, height);
  const pixels = { data, width, height };
  return new Session(network.spec, found, pixels).paint(pixels, recipe);
}

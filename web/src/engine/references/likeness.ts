/** How alike two pictures are as a whole: whether one has anything to say of the other. */

import { colours, textures, type Scene } from "./scene";

const COLOURS = 0.06; // distances that leave exp(-1) of the likeness; see Python
const TEXTURES = 0.08;
const LEAST = 0.05; // what is less alike says nothing at all

export function likeness(one: Scene, other: Scene): number {
  const apart =
    distance(colours(one), colours(other)) / COLOURS + distance(textures(one), textures(other)) / TEXTURES;
  return Math.max(0, (Math.exp(-apart) - LEAST) / (1 - LEAST));
}

/** One minus the Bhattacharyya coefficient. */
function distance(one: Float64Array, other: Float64Array): number {
  return Math.max(0, 1 - one.reduce((sum, share, i) => sum + Math.sqrt(share * other[i]), 0));
}

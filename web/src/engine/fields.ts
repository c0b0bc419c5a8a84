/** From what a network says to chroma on its grid, by the options: Python's `inference.decoding`. */

import type { Chroma, Recipe } from "./api";
import { labOf } from "./color";
import { gainFromVividness, meanChroma, probabilities, rounded, type Logits } from "./decode";
import type { Guess } from "./guess";
import type { Field } from "./guided";
import { distinct, handOver, soft } from "./handover";
import { plane, type Plane } from "./plane";
import type { Spec } from "./spec";

/** How probabilities become chroma: a model's `argmax` counts until vividness is asked for. */
function temperatureOf(spec: Spec, recipe: Recipe): number {
  const isMean = spec.decode === "annealed-mean" || recipe.vividness !== undefined;
  return isMean ? spec.temperature : 0;
}

/** Chroma of a guess on the network's grid, as a recipe asks; hints and references come later. */
export function fieldOf(found: Guess, spec: Spec, recipe: Recipe): Field {
  const wanted = recipe.palette ?? (recipe.exactPalette ? spec.palette : null);
  const [a, b] = spec.palette
    ? mixed(found.output, spec, spec.palette, recipe, wanted)
    : predicted(found.output, wanted && distinct(wanted));
  return { a, b, lightness: found.lightness, span: found.span };
}

function mixed(
  output: Logits,
  spec: Spec,
  own: readonly Chroma[],
  recipe: Recipe,
  wanted: readonly Chroma[] | null,
): [Plane, Plane] {
  const { width, height } = output;
  const temperature = temperatureOf(spec, recipe);
  const knob = recipe.vividness === undefined ? 1 : gainFromVividness(recipe.vividness);
  const gain = temperature === 0 && spec.decode !== "annealed-mean" ? 1 : spec.gain * knob;
  if (wanted === null) {
    return meanChroma(probabilities(output, temperature), own, width, height, gain);
  }
  const palette = distinct(wanted);
  const vivid = own.map(([a, b]): Chroma => [gain * a, gain * b]);
  const shares = handOver(probabilities(output, 1), vivid, palette, temperature);
  return meanChroma(shares, palette, width, height, 1);
}

/** Chroma of a model that predicts RGB, taken as sure of its one colour. */
function predicted(output: Logits, palette: readonly Chroma[] | null): [Plane, Plane] {
  const { width, height, data } = output;
  const cells = width * height;
  const [planeA, planeB] = [plane(width, height), plane(width, height)];
  for (let cell = 0; cell < cells; cell++) {
    const rgb = [0, 1, 2].map((channel) => 255 * data[channel * cells + cell]);
    let [, a, b] = labOf(rgb[0], rgb[1], rgb[2]);
    if (palette) [a, b] = mixture(soft(a, b, palette), palette);
    planeA.data[cell] = rounded(a);
    planeB.data[cell] = rounded(b);
  }
  return [planeA, planeB];
}

function mixture(shares: Float64Array, palette: readonly Chroma[]): [number, number] {
  const sum = (part: 0 | 1): number =>
    palette.reduce((total, colour, i) => total + shares[i] * colour[part], 0);
  return [sum(0), sum(1)];
}

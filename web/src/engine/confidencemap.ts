/**
 * The gray picture, tinted where its colours are guessed and hatched where they are more likely wrong:
 * Python's `inference.confidence_map`, without the legend, which is the page's.
 */

import { combine } from "./color";
import { DOUBTFUL, type Sureness } from "./confidence";
import type { Guess } from "./guess";
import { lightnessOfPixels } from "./guess";
import { enlarged } from "./hints/hinted";
import type { Pixels } from "./picture";
import type { Plane } from "./plane";

const UNSURE = [66, -30]; // a*, b*: magenta; orange was taken for sepia
const TOLD = [-6, 70]; // yellow, which no kind of colour vision takes for magenta
const [SURE, LOST] = [0.8, 0.3]; // probabilities of no tint and of all of it
const [LEAST_TOLD, MOST_TOLD] = [0.4, 0.7];
const [DARKEST, LIGHTEST] = [28, 88]; // L* that black and white become: a tint needs some light
const [HATCH, LINE, DARKER] = [9, 2, 16]; // px from line to line, width of one, L*

/** RGBA of a screen's pixels, those that shine through included. */
export function drawn(
  { data, width, height }: Pixels,
  found: Sureness,
  guess: Guess,
): Uint8ClampedArray<ArrayBuffer> {
  const lightness = lightnessOfPixels(data, width, height, width, height);
  const percent = ({ width, height, data }: Plane): Plane => {
    return { width, height, data: data.map((value) => 100 * value) };
  };
  const { a: sure, b: told } = enlarged(
    { ...guess, a: percent(found.probability), b: percent(found.told) },
    lightness,
  );
  const result = new Uint8ClampedArray(data.length);
  for (let at = 0; at < lightness.data.length; at++) {
    const hatched = ((at % width) + Math.floor(at / width)) % HATCH < LINE;
    const rgb = tinted(lightness.data[at], share(sure.data[at]), share(told.data[at]), hatched);
    result[4 * at] = rgb & 255;
    result[4 * at + 1] = (rgb >> 8) & 255;
    result[4 * at + 2] = (rgb >> 16) & 255;
    result[4 * at + 3] = data[4 * at + 3];
  }
  return result;
}

function share(percent: number): number {
  return bounded(percent / 100);
}

function bounded(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function tinted(lightness: number, sure: number, told: number, hatched: boolean): number {
  const shown = bounded((told - LEAST_TOLD) / (MOST_TOLD - LEAST_TOLD));
  const unsure = bounded((SURE - sure) / (SURE - LOST)) * (1 - shown);
  const [a, b] = [0, 1].map((part) => unsure * UNSURE[part] + shown * TOLD[part]);
  const darker = hatched && sure < DOUBTFUL ? DARKER : 0;
  const level = DARKEST + (lightness * (LIGHTEST - DARKEST)) / 100 - darker;
  return combine(luminanceOfLightness(level), a, b);
}

/** 0..65535; levels here are above the toe. */
function luminanceOfLightness(lightness: number): number {
  return Math.round(((lightness + 16) / 116) ** 3 * 65535);
}

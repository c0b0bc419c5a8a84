/** Whole colours in place of a picture's own lightness, as the origin's models give: `argmax-rgb`. */

import { axis, widened } from "./fullsize";
import type { Guess } from "./guess";
import type { Pixels } from "./picture";
import { plane } from "./plane";

/**
 * Enlarge the likeliest colour of each cell.
 *
 * @param colors encoded sRGB, 0..255
 * @returns RGBA; of the pixels only size and alpha count
 */
export function replaced(
  { data, width, height }: Pixels,
  { output, span }: Guess,
  colors: readonly (readonly number[])[],
): Uint8ClampedArray<ArrayBuffer> {
  const likeliest = numbers(output.data, output.width * output.height, output.colors);
  const down = axis(height, output.height, span[0]);
  const across = axis(width, output.width, span[1]);
  const result = new Uint8ClampedArray(data);
  const row = new Float32Array(width);
  for (let channel = 0; channel < 3; channel++) {
    const codes = Float32Array.from(likeliest, (number) => colors[number][channel]);
    const cells = plane(output.width, output.height, codes);
    for (let y = 0; y < height; y++) {
      widened(cells, down, across, y, row);
      row.forEach((value, x) => (result[(y * width + x) * 4 + channel] = value)); // rounded
    }
  }
  return result;
}

function numbers(logits: Float32Array, cells: number, colors: number): Int32Array {
  return Int32Array.from({ length: cells }, (_, cell) => {
    let best = 0;
    for (let k = 1; k < colors; k++) {
      if (logits[k * cells + cell] > logits[best * cells + cell]) best = k;
    }
    return best;
  });
}

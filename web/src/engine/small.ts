/** Pictures in colour made small by area averaging, on white paper: Python's `imageio.small`. */

import type { Pixels } from "./picture";
import { resizeRows } from "./resize";

/** Reduce to at most `side` px on the shorter side; smaller ones keep their size. */
export function shrunk(pixels: Pixels, side: number): Pixels {
  return shrunkBy(pixels, side / Math.min(pixels.width, pixels.height));
}

/** Reduce to a share of the size; 1 and above leave it. */
export function shrunkBy(pixels: Pixels, scale: number): Pixels {
  const size = (length: number): number => Math.max(1, Math.round(length * Math.min(1, scale)));
  return resized(pixels, size(pixels.width), size(pixels.height));
}

/** Bring to a size, each axis by area where it shrinks; what lets light through is laid on white. */
export function resized(pixels: Pixels, width: number, height: number): Pixels {
  const { data } = pixels;
  const result = new Uint8ClampedArray(width * height * 4).fill(255);
  for (let channel = 0; channel < 3; channel++) {
    const small = resizeRows(pixels.width, pixels.height, width, height, (y, row) => {
      for (let x = 0; x < row.length; x++) {
        const at = (y * row.length + x) * 4;
        row[x] = 255 + ((data[at + channel] - 255) * data[at + 3]) / 255;
      }
    });
    small.data.forEach((value, i) => (result[4 * i + channel] = value)); // rounded and bounded
  }
  return { width, height, data: result };
}

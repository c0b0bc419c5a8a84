/** What a network says of one picture, on its grid. */

import { LIGHTNESS_OF_GRAY, lightnessOf, luminanceOf } from "./color";
import type { Logits } from "./decode";
import type { Network } from "./network";
import { plane, type Plane } from "./plane";
import { resizeRows } from "./resize";
import { workingSize } from "./spec";

export interface Guess {
  readonly output: Logits;
  /** L*, mean of the picture in each cell */
  readonly lightness: Plane;
  readonly span: readonly [number, number];
}

/** @param pixels RGBA, 8 bit, at full size */
export async function guess(
  network: Network,
  pixels: Uint8ClampedArray,
  width: number,
  height: number,
): Promise<Guess> {
  const [across, down] = workingSize(network.spec, width, height);
  const small = lightnessOfPixels(pixels, width, height, across, down);
  const { stride } = network.spec;
  return {
    output: await network.run(small),
    lightness: toGrid(small, stride),
    span: [down / stride, across / stride],
  };
}

/** L* of a picture, RGBA of 8 bits, at another size. */
export function lightnessOfPixels(
  pixels: Uint8ClampedArray,
  width: number,
  height: number,
  across: number,
  down: number,
): Plane {
  return resizeRows(width, height, across, down, (y, row) => {
    lightnessRow(pixels, y * width, row);
  });
}

function lightnessRow(pixels: Uint8ClampedArray, start: number, row: Float32Array): void {
  for (let x = 0; x < row.length; x++) {
    const at = (start + x) * 4;
    const [red, green, blue] = [pixels[at], pixels[at + 1], pixels[at + 2]];
    row[x] =
      red === green && green === blue
        ? LIGHTNESS_OF_GRAY[red]
        : lightnessOf(luminanceOf(red, green, blue) / 65535);
  }
}

/** Means of a working picture's cells; a cell that reaches beyond it repeats its edge. */
export function toGrid(source: Plane, stride: number): Plane {
  if (stride === 1) return source;
  const result = plane(Math.ceil(source.width / stride), Math.ceil(source.height / stride));
  for (let y = 0; y < result.height; y++) {
    for (let x = 0; x < result.width; x++) {
      let sum = 0;
      for (let i = 0; i < stride * stride; i++) {
        const row = Math.min(y * stride + Math.floor(i / stride), source.height - 1);
        const column = Math.min(x * stride + (i % stride), source.width - 1);
        sum += source.data[row * source.width + column];
      }
      result.data[y * result.width + x] = sum / (stride * stride);
    }
  }
  return result;
}

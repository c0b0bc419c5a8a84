/** Pictures with something around them. */

import { broken, type Tensor } from "./graph";

/**
 * @param source (1, channels, height, width)
 * @param sides as ONNX has them: before each axis, then behind each
 * @param mode "edge" repeats the outermost values, "constant" puts zeros
 */
export function padded(source: Tensor, sides: readonly number[], mode: string): Tensor {
  const [, channels, height, width] = source.dims;
  const [top, left, bottom, right] = [sides[2], sides[3], sides[6], sides[7]];
  if (sides.length !== 8 || sides[0] || sides[1] || sides[4] || sides[5]) {
    throw broken("pads other axes than height and width");
  }
  if (mode !== "edge" && mode !== "constant") throw broken(`pads by ${mode}`);
  const dims = [1, channels, height + top + bottom, width + left + right];
  const data = new Float32Array(channels * dims[2] * dims[3]);
  let to = 0;
  for (let channel = 0; channel < channels; channel++) {
    for (let y = -top; y < height + bottom; y++) {
      const row = (channel * height + clamped(y, height)) * width;
      for (let x = -left; x < width + right; x++, to++) {
        const isInside = y >= 0 && y < height && x >= 0 && x < width;
        if (isInside || mode === "edge") data[to] = source.data[row + clamped(x, width)];
      }
    }
  }
  return { dims, data };
}

function clamped(at: number, length: number): number {
  return Math.min(Math.max(at, 0), length - 1);
}

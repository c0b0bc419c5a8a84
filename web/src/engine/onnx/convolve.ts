/** Convolutions, some rows of a picture at a time. */

import { broken, type Node, type Tensor } from "./graph";
import { Kernel, OUTPUTS, PIXELS } from "./kernel";
import { padded } from "./padded";

/** @param source (1, channels, height, width); stride 1, groups and dilation as the node says */
export function convolve(source: Tensor, weight: Tensor, bias: Tensor | undefined, node: Node): Tensor {
  const groups = node.integers.get("group")?.[0] ?? 1;
  const [down = 1, across = 1] = node.integers.get("dilations") ?? [];
  check(source, node);
  const [top, left, bottom, right] = node.integers.get("pads") ?? [0, 0, 0, 0];
  const wide = padded(source, [0, 0, top, left, 0, 0, bottom, right], "constant");
  const [outputs, inputs, rows, columns] = weight.dims;
  const [, channels, tall, broad] = wide.dims;
  const [height, width] = [tall - down * (rows - 1), broad - across * (columns - 1)];
  if (channels !== inputs * groups || height < 1 || width < 1) throw broken("shapes disagree");

  const data = new Float32Array(outputs * height * width);
  const [taps, each, area] = [inputs * rows * columns, outputs / groups, height * width];
  const kernel = new Kernel(taps);
  for (let group = 0; group < groups; group++) {
    const starts = startsOf(group * inputs, weight.dims, wide.dims, [down, across]);
    for (let first = 0; first < area; first += PIXELS) {
      const count = Math.min(PIXELS, area - first);
      starts.forEach((start, tap) => {
        gather(wide.data, start, broad, width, first, count, kernel.seen.subarray(tap * PIXELS));
      });
      for (let output = group * each; output < (group + 1) * each; output += OUTPUTS) {
        const few = Math.min(OUTPUTS, (group + 1) * each - output);
        interleave(weight.data, output, few, taps, kernel.weights);
        kernel.run();
        for (let i = 0; i < few; i++) {
          const sums = kernel.sums.subarray(i * PIXELS, i * PIXELS + count);
          data.set(sums, (output + i) * area + first);
        }
      }
    }
  }
  bias?.data.forEach((value, output) => {
    for (let i = output * area; i < (output + 1) * area; i++) data[i] += value;
  });
  return { dims: [1, outputs, height, width], data };
}

/** Weights of some outputs, those of one tap side by side. */
function interleave(
  weights: Float32Array,
  output: number,
  few: number,
  taps: number,
  into: Float32Array,
): void {
  for (let i = 0; i < few; i++) {
    const from = (output + i) * taps;
    for (let tap = 0; tap < taps; tap++) into[tap * OUTPUTS + i] = weights[from + tap];
  }
}

function check(source: Tensor, node: Node): void {
  const strides = node.integers.get("strides") ?? [1];
  const mode = node.texts.get("auto_pad") ?? "NOTSET";
  if (source.dims.length !== 4 || strides.some((step) => step !== 1) || mode !== "NOTSET") {
    throw broken("convolutions may have a stride of 1 alone");
  }
}

/** Where each tap of a window lies in the picture for the first pixel of a result. */
function startsOf(
  channel: number,
  [, inputs, rows, columns]: readonly number[],
  [, , tall, broad]: readonly number[],
  [down, across]: readonly [number, number],
): number[] {
  const starts: number[] = [];
  for (let input = 0; input < inputs; input++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        starts.push(((channel + input) * tall + row * down) * broad + column * across);
      }
    }
  }
  return starts;
}

/** What a tap sees at pixels `first` and following of a result. */
function gather(
  data: Float32Array,
  start: number,
  broad: number,
  width: number,
  first: number,
  count: number,
  into: Float32Array,
): void {
  let [y, x] = [Math.floor(first / width), first % width];
  for (let done = 0; done < count; y++, x = 0) {
    const length = Math.min(width - x, count - done);
    const from = start + y * broad + x;
    into.set(data.subarray(from, from + length), done);
    done += length;
  }
}

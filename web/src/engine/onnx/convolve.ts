/** Convolutions, some rows of a picture at a time. */

import { broken, type Node, type Tensor } from "./graph";
import { padded } from "./padded";

const PIXELS = 256; // at a time: with 256 values each they fit a core's cache

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
  const seen = new Float64Array(PIXELS * taps); // (pixel, tap)
  const weights = Float64Array.from(weight.data);
  for (let group = 0; group < groups; group++) {
    const starts = startsOf(group * inputs, weight.dims, wide.dims, [down, across]);
    for (let first = 0; first < area; first += PIXELS) {
      const count = Math.min(PIXELS, area - first);
      starts.forEach((start, tap) => {
        gather(wide.data, start, broad, width, first, count, seen.subarray(tap), taps);
      });
      multiply(seen, weights, data, { taps, count, first, area, from: group * each, each });
    }
  }
  if (bias) data.forEach((_, i) => (data[i] += bias.data[Math.floor(i / area)]));
  return { dims: [1, outputs, height, width], data };
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

/** What a tap sees at pixels `first` and following of a result, `step` numbers apart. */
function gather(
  data: Float32Array,
  start: number,
  broad: number,
  width: number,
  first: number,
  count: number,
  into: Float64Array,
  step: number,
): void {
  let [y, x, to] = [Math.floor(first / width), first % width, 0];
  for (let done = 0; done < count; y++, x = 0) {
    const length = Math.min(width - x, count - done);
    const from = start + y * broad + x;
    for (let i = 0; i < length; i++, to += step) into[to] = data[from + i];
    done += length;
  }
}

interface Block {
  readonly taps: number;
  readonly count: number;
  readonly first: number;
  readonly area: number;
  readonly from: number;
  readonly each: number;
}

/** Sums of taps times weights. Two pixels and four outputs at once: six are read, eight are added. */
function multiply(
  seen: Float64Array,
  weights: Float64Array,
  into: Float32Array,
  { taps, count, first, area, from, each }: Block,
): void {
  for (let output = 0; output < each; output += 4) {
    const last = Math.min(3, each - 1 - output);
    const w0 = (from + output) * taps;
    // Where fewer than four are left the last is worked out again.
    const w1 = w0 + Math.min(1, last) * taps;
    const w2 = w0 + Math.min(2, last) * taps;
    const w3 = w0 + last * taps;
    for (let pixel = 0; pixel < count; pixel += 2) {
      const p0 = pixel * taps;
      const p1 = Math.min(pixel + 1, count - 1) * taps;
      let [a0, b0, c0, d0, a1, b1, c1, d1] = [0, 0, 0, 0, 0, 0, 0, 0];
      for (let k = 0; k < taps; k++) {
        const x = seen[p0 + k]; // nothing is taken apart here: it would cost nine tenths of the time
        const y = seen[p1 + k];
        const a = weights[w0 + k];
        const b = weights[w1 + k];
        const c = weights[w2 + k];
        const d = weights[w3 + k];
        a0 += x * a;
        a1 += y * a;
        b0 += x * b;
        b1 += y * b;
        c0 += x * c;
        c1 += y * c;
        d0 += x * d;
        d1 += y * d;
      }
      const to = (from + output) * area + first + pixel;
      [a0, b0, c0, d0].slice(0, last + 1).forEach((sum, i) => (into[to + i * area] = sum));
      if (pixel + 1 === count) continue;
      [a1, b1, c1, d1].slice(0, last + 1).forEach((sum, i) => (into[to + i * area + 1] = sum));
    }
  }
}

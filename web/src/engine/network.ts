/** The network itself: the only file that knows onnxruntime. */

import * as ort from "onnxruntime-web/wasm";

import { EngineError } from "./api";
import type { Logits } from "./decode";
import { plane, type Plane } from "./plane";
import type { Spec } from "./spec";

export class Network {
  private constructor(
    private readonly session: ort.InferenceSession,
    readonly spec: Spec,
  ) {}

  /** @param wasm folder that onnxruntime's own files are fetched from, with a slash at its end */
  static async open(model: ArrayBuffer, spec: Spec, wasm?: string): Promise<Network> {
    if (wasm !== undefined) ort.env.wasm.wasmPaths = wasm;
    // Threads need headers that a folder of files on any web server does not send.
    ort.env.wasm.numThreads = globalThis.crossOriginIsolated
      ? Math.min(4, navigator.hardwareConcurrency || 1)
      : 1;
    try {
      const session = await ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
      return new Network(session, spec);
    } catch (error) {
      throw new EngineError("model-broken", `the model cannot be run: ${error}`);
    }
  }

  /** Run on L* at the working size; padded by mirroring, as Python's runtime does. */
  async run(lightness: Plane): Promise<Logits> {
    const { stride } = this.spec;
    const padded = pad(lightness, lcm(this.spec.multiple, stride));
    const shape = [1, 1, padded.height, padded.width];
    const output = await this.session.run({
      lightness: new ort.Tensor("float32", padded.data, shape),
    });
    const name = this.spec.kind === "palette" ? "logits" : "rgb";
    const [, colors, height, width] = output[name].dims;
    const found = { colors, width, height, data: output[name].data as Float32Array };
    return crop(found, Math.ceil(lightness.width / stride), Math.ceil(lightness.height / stride));
  }
}

function pad(source: Plane, unit: number): Plane {
  const width = Math.ceil(source.width / unit) * unit;
  const height = Math.ceil(source.height / unit) * unit;
  const result = plane(width, height);
  for (let y = 0; y < height; y++) {
    const row = mirrored(y, source.height) * source.width;
    for (let x = 0; x < width; x++) {
      result.data[y * width + x] = source.data[row + mirrored(x, source.width)] / 100;
    }
  }
  return result;
}

/** Index of a place beyond the end, the last value repeated, as NumPy's "symmetric". */
function mirrored(at: number, length: number): number {
  const turn = at % (2 * length);
  return turn < length ? turn : 2 * length - 1 - turn;
}

function crop(from: Logits, width: number, height: number): Logits {
  if (from.width === width && from.height === height) return from;
  const data = new Float32Array(from.colors * width * height);
  for (let k = 0; k < from.colors; k++) {
    for (let y = 0; y < height; y++) {
      const start = (k * from.height + y) * from.width;
      data.set(from.data.subarray(start, start + width), (k * height + y) * width);
    }
  }
  return { colors: from.colors, width, height, data };
}

function lcm(a: number, b: number): number {
  let [x, y] = [a, b];
  while (y) [x, y] = [y, x % y];
  return (a / x) * b;
}

/** The network itself: the only file that knows onnxruntime. */

import * as ort from "onnxruntime-web/wasm";

import { EngineError } from "./api";
import type { Logits } from "./decode";
import { crop, pad } from "./padding";
import type { Plane } from "./plane";
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
    const padded = pad(lightness, this.spec);
    const shape = [1, 1, padded.height, padded.width];
    const output = await this.session.run({
      lightness: new ort.Tensor("float32", padded.data, shape),
    });
    const name = this.spec.kind === "palette" ? "logits" : "rgb";
    const [, colors, height, width] = output[name].dims;
    const found = { colors, width, height, data: output[name].data as Float32Array };
    return crop(found, lightness, this.spec);
  }
}

/** Stands for `engine/network` in a page that is one file: small networks, by arithmetic alone. */

import type { Logits } from "../engine/decode";
import { readGraph, type Graph } from "../engine/onnx/graph";
import { checkGraph, run } from "../engine/onnx/run";
import { crop, pad } from "../engine/padding";
import type { Plane } from "../engine/plane";
import type { Spec } from "../engine/spec";

export class Network {
  private constructor(
    private readonly graph: Graph,
    readonly spec: Spec,
  ) {}

  static async open(model: ArrayBuffer, spec: Spec): Promise<Network> {
    const graph = readGraph(new Uint8Array(model));
    checkGraph(graph);
    return new Network(graph, spec);
  }

  /** Run on L* at the working size. */
  async run(lightness: Plane): Promise<Logits> {
    const { data, width, height } = pad(lightness, this.spec);
    const output = run(this.graph, { dims: [1, 1, height, width], data });
    const [, colors, down, across] = output.dims;
    return crop({ colors, width: across, height: down, data: output.data }, lightness, this.spec);
  }
}

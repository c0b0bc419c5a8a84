import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

import { Network } from "../src/engine/network";
import { readGraph } from "../src/engine/onnx/graph";
import { checkGraph } from "../src/engine/onnx/run";
import { plane } from "../src/engine/plane";
import { readSpec } from "../src/engine/spec";
import { Network as Small } from "../src/single/network";

function model(name: string): ArrayBuffer {
  return new Uint8Array(readFileSync(new URL(name, import.meta.url))).buffer;
}

test.each(["window", "classifier", "regression"])("%s runs as onnxruntime runs it", async (name) => {
  const bytes = model(`small/${name}.onnx`);
  const spec = readSpec(bytes);
  const seen = plane(67, 41); // more than a block of pixels, and an odd number
  seen.data.forEach((_, i) => (seen.data[i] = 50 + 50 * Math.sin(i * 0.013) * Math.cos(i * i)));
  const theirs = await (await Network.open(bytes, spec)).run(seen);
  const ours = await (await Small.open(bytes, spec)).run(seen);
  expect([ours.colors, ours.width, ours.height]).toEqual([theirs.colors, 67, 41]);
  const size = theirs.data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  expect(size).toBeGreaterThan(0.5);
  theirs.data.forEach((value, i) => expect(Math.abs(value - ours.data[i])).toBeLessThan(1e-5 * size));
});

test("a model that is not small is refused before it runs", () => {
  const general = model("../../src/photochrom/models/general.onnx");
  expect(() => checkGraph(readGraph(new Uint8Array(general)))).toThrow("does not know the operator");
});

test("a model that is cut short is refused", () => {
  const bytes = new Uint8Array(model("small/window.onnx")).subarray(0, 3000);
  expect(() => readGraph(bytes)).toThrow("cut short");
});

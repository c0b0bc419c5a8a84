import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

import { colorize } from "../src/engine/colorize";
import { Network } from "../src/engine/network";
import { readSpec } from "../src/engine/spec";

const GOLDEN = new URL("golden/", import.meta.url);
const MODEL = new URL("../../src/photochrom/models/general.onnx", import.meta.url);
const OPTIONS: Record<string, object> = { vivid: { vividness: 1 } };

const bytes = readFileSync(MODEL);
const model = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
const network = await Network.open(model as ArrayBuffer, readSpec(model as ArrayBuffer));

for (const file of readdirSync(GOLDEN)) {
  const [, name, width, height] = /(\w+)-(\d+)x(\d+)\.rgb/.exec(file)!;
  test(`${name} is coloured as Python colours it`, async () => {
    const both = new Uint8Array(readFileSync(new URL(file, GOLDEN)));
    const size = both.length / 2;
    const pixels = rgba(both.subarray(0, size));
    const colored = await colorize(network, pixels, +width, +height, OPTIONS[name]);
    const apart = differences(colored, both.subarray(size));
    expect(mean(apart)).toBeLessThan(0.5);
    expect(quantile(apart, 0.999)).toBeLessThanOrEqual(3);
  });
}

function rgba(rgb: Uint8Array): Uint8ClampedArray {
  const result = new Uint8ClampedArray((rgb.length / 3) * 4).fill(255);
  rgb.forEach((code, i) => (result[Math.floor(i / 3) * 4 + (i % 3)] = code));
  return result;
}

function differences(ours: Uint8ClampedArray, theirs: Uint8Array): number[] {
  return Array.from(theirs, (code, i) => Math.abs(code - ours[Math.floor(i / 3) * 4 + (i % 3)]));
}

const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

function quantile(values: number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))];
}

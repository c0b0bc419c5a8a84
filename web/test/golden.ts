/** What `golden.py` wrote, and how far something is from it. */

import { readFileSync } from "node:fs";

import type { Recipe } from "../src/engine/api";
import { guess } from "../src/engine/guess";
import { Network } from "../src/engine/network";
import type { Pixels } from "../src/engine/picture";
import { see } from "../src/engine/references/scene";
import { Session } from "../src/engine/session";
import { readSpec } from "../src/engine/spec";

const GOLDEN = new URL("golden/", import.meta.url);
const MODELS = new URL("../../src/photochrom/models/", import.meta.url);

export interface Case {
  readonly name: string;
  readonly model: string;
  readonly picture: string;
  readonly width: number;
  readonly height: number;
  readonly recipe: Recipe;
}

export const cases: Case[] = JSON.parse(readFileSync(new URL("cases.json", GOLDEN), "utf8"));
export const facts = JSON.parse(readFileSync(new URL("facts.json", GOLDEN), "utf8"));
const networks = new Map<string, Promise<Network>>();

function networkOf(name: string): Promise<Network> {
  const found = networks.get(name) ?? opened(name);
  networks.set(name, found);
  return found;
}

async function opened(name: string): Promise<Network> {
  const file = new URL(`${name}.onnx`, name === "general" ? MODELS : GOLDEN);
  const model = new Uint8Array(readFileSync(file)).buffer;
  return Network.open(model, readSpec(model));
}

export function read(file: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(file, GOLDEN)));
}

export function resultOf(one: Case): Uint8Array {
  return read(`${one.name}-result.rgb`);
}

export function caseOf(name: string): Case {
  return cases.find((one) => one.name === name)!;
}

const HEIGHT = 192; // of all pictures

/** What the network says of a case's picture, its references known by their names. */
export async function sessionOf(one: Case): Promise<Session> {
  const pixels = pictureOf(one.picture);
  const network = await networkOf(one.model);
  const found = await guess(network, pixels.data, pixels.width, pixels.height);
  const session = new Session(network.spec, found, pixels);
  for (const name of one.recipe.references ?? []) {
    session.references.set(name, await see(network, pictureOf(String(name))));
  }
  return session;
}

export function pictureOf(name: string): Pixels {
  const data = pixelsOf({ picture: name });
  return { data, width: data.length / 4 / HEIGHT, height: HEIGHT };
}

/** RGBA of a case's picture. */
export function pixelsOf(one: Pick<Case, "picture">): Uint8ClampedArray<ArrayBuffer> {
  const rgb = read(`${one.picture}.rgb`);
  const result = new Uint8ClampedArray((rgb.length / 3) * 4).fill(255);
  rgb.forEach((code, i) => (result[Math.floor(i / 3) * 4 + (i % 3)] = code));
  return result;
}

/** Differences of code values between RGBA and RGB, channel by channel. */
export function apart(ours: Uint8ClampedArray, theirs: Uint8Array): number[] {
  return Array.from(theirs, (code, i) => Math.abs(code - ours[Math.floor(i / 3) * 4 + (i % 3)]));
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function quantile(values: readonly number[], share: number): number {
  return Float64Array.from(values).sort()[Math.floor(share * (values.length - 1))];
}

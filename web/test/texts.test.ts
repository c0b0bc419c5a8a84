import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

import { de } from "../src/texts/de";
import { en } from "../src/texts/en";

const SOURCES = new URL("../src/", import.meta.url);
const SERVER = new URL("../../src/photochrom/web/problem.py", import.meta.url);

/** Codes of all errors that the engine and the page raise, and that the server answers with. */
function codes(): string[] {
  const ours = readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name))
    .flatMap((name) => {
      const source = readFileSync(new URL(name, SOURCES), "utf8");
      return [...source.matchAll(/new EngineError\(\s*"([^"]+)"/g)].map(([, code]) => code);
    });
  const theirs = readFileSync(SERVER, "utf8").matchAll(/^ {4}"([a-z-]+)": Kind\(/gm);
  return [...ours, ...[...theirs].map(([, code]) => code)];
}

test("every error has words in both languages", () => {
  expect(codes().length).toBeGreaterThan(30);
  for (const code of codes()) {
    expect(en.errors, code).toHaveProperty([code]);
    expect(de.errors, code).toHaveProperty([code]);
  }
});

test("no text is left in the other language", () => {
  const same = leaves(en).filter(([path, text]) => text === leafAt(de, path) && / /.test(text));
  expect(same).toEqual([]);
});

function leaves(value: unknown, path = ""): [string, string][] {
  if (typeof value === "string") return [[path, value]];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, `${path}/${key}`));
}

function leafAt(value: unknown, path: string): unknown {
  const step = (inner: unknown, key: string): unknown => (inner as Record<string, unknown>)[key];
  return path.split("/").slice(1).reduce(step, value);
}

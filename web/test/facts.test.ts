import { expect, test } from "vitest";

import { Random } from "../src/engine/alternatives/random";
import type { Chroma } from "../src/engine/api";
import { labOf } from "../src/engine/color";
import { mark } from "../src/engine/hints/marks";
import { paletteOf } from "../src/engine/kmeans";
import { isColored } from "../src/engine/tint";
import { apart, caseOf, facts, mean, pixelsOf, quantile, read, sessionOf } from "./golden";

test("the next click is suggested where Python suggests it", async () => {
  const session = await sessionOf(caseOf("plain"));
  const found = ["plain", "hints"].map((name) => session.suggest(caseOf(name).recipe)!);
  expect(found.map(({ x, y }) => [[x, y]])).toEqual(facts.suggestions);
});

test("a stroke covers the pixels that OpenCV draws for Python", () => {
  expect(facts.drawn.length).toBeGreaterThan(10);
  for (const { points, radius, bits } of facts.drawn as Drawn[]) {
    const colour = "#808080";
    const hints = points.map(([x, y], i) => ({ x, y, radius, colour, joined: i > 0 }));
    const { rows, columns } = mark(hints, 128, 96);
    const covered = Buffer.from(bits, "base64");
    const theirs = Array.from({ length: 128 * 96 }, (_, at) => at).filter(
      (at) => (covered[at >> 3] >> (7 - (at & 7))) & 1,
    );
    expect(Array.from(rows, (row, i) => row * 128 + columns[i])).toEqual(theirs);
  }
});

interface Drawn {
  readonly points: readonly [number, number][];
  readonly radius: number;
  readonly bits: string;
}

test("a picture has about as many colours as Python finds", () => {
  const { width, height } = caseOf("plain");
  const palette = paletteOf({ data: pixelsOf({ picture: "color" }), width, height });
  expect(Math.abs(palette.length - facts.palettes.null[0])).toBeLessThanOrEqual(2); // a step
});

test.each(["4", "16"])("a picture has colours as good as Python finds: %s", (asked) => {
  const { width, height } = caseOf("plain");
  const pixels = { data: pixelsOf({ picture: "color" }), width, height };
  const palette = paletteOf(pixels, JSON.parse(asked));
  const [count, error] = facts.palettes[asked];
  expect(palette.length).toBe(count);
  expect(errorOf(palette, pixels.data)).toBeLessThan(1.05 * error); // k-means has many answers
});

test("a seed means the same numbers as in NumPy", () => {
  const random = new Random(7);
  expect([random.next(), random.next(), random.next()]).toEqual(facts.random);
});

test("colours are as sure as Python says", async () => {
  const session = await sessionOf(caseOf("plain"));
  ["plain", "hints"].forEach((name, i) => {
    const { mean, toldShare, sureShare, guessedShare, doubtfulShare, novelty } = session.sureness(
      caseOf(name).recipe,
    );
    const theirs: number[] = Object.values(facts.confidence[i]);
    [mean, toldShare, sureShare, guessedShare, doubtfulShare, novelty!].forEach((ours, k) => {
      expect(Math.abs(ours - theirs[k])).toBeLessThan(0.02); // cells lie at the limits of shares
    });
  });
});

test("the map of what is guessed is drawn as Python draws it", async () => {
  const session = await sessionOf(caseOf("plain"));
  const drawn = session.drawSureness(session.whole, session.sureness(caseOf("hints").recipe));
  const differences = apart(drawn, read("confidence-map.rgb"));
  expect(mean(differences)).toBeLessThan(0.5);
  expect(quantile(differences, 0.99)).toBeLessThanOrEqual(3); // hatching begins at a limit
});

test("a gray picture has no palette", () => {
  const { width, height } = caseOf("plain");
  const pixels = { data: pixelsOf({ picture: "gray" }), width, height };
  expect(() => paletteOf(pixels)).toThrow("in colour");
});

test.each(Object.keys(facts.colored))("%s is taken for a picture in colour as in Python", (name) => {
  const width = name === "strip" ? 20 : 280;
  const pixels = { data: pixelsOf({ picture: name }), width, height: 192 };
  expect(isColored(pixels)).toBe(facts.colored[name]);
});

/** R.m.s. distance of pixels to the nearest colour. */
function errorOf(palette: readonly Chroma[], rgba: Uint8ClampedArray): number {
  let sum = 0;
  for (let at = 0; at < rgba.length; at += 4) {
    const [, a, b] = labOf(rgba[at], rgba[at + 1], rgba[at + 2]);
    sum += Math.min(...palette.map(([a2, b2]) => (a - a2) ** 2 + (b - b2) ** 2));
  }
  return Math.sqrt(sum / (rgba.length / 4));
}

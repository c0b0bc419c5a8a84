/** Palettes of a visitor's own: colours as they are shown, and files of other programs. */

import { EngineError, type Chroma } from "../engine/api";
import { combine, labOf, lightnessOf } from "../engine/color";
import type { Swatch } from "./look";

export const MOST = 256;
const SHOWN_AT = 65; // L*, at which Python shows a colour without lightness
const LEVEL = levelOf(SHOWN_AT);

/** The palette colour of what a colour picker gave. */
export function swatchOf(colour: string): Swatch {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  const [, a, b] = labOf(red, green, blue);
  return { chroma: [a, b], colour };
}

/** A colour that has no lightness, as it is shown. */
export function swatchFrom(chroma: Chroma): Swatch {
  return { chroma, colour: hexOf(combine(LEVEL, chroma[0], chroma[1])) };
}

function hexOf(packed: number): string {
  const codes = [packed & 255, (packed >> 8) & 255, (packed >> 16) & 255];
  return `#${codes.map((code) => code.toString(16).padStart(2, "0")).join("")}`;
}

/** Luminance, 0..65535, that has an L*. */
function levelOf(lightness: number): number {
  let [low, high] = [0, 65535];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (lightnessOf(middle / 65535) < lightness) low = middle;
    else high = middle;
  }
  return high;
}

export type Format = "json" | "gpl" | "hex";

/** Read a palette file; its ending says what it is. */
export function readPalette(name: string, text: string): Swatch[] {
  const read: Record<string, (text: string) => Swatch[]> = { json, gpl, hex };
  const reader = read[name.toLowerCase().split(".").pop() ?? ""];
  if (reader === undefined) throw new EngineError("palette-unknown", name);
  let found: Swatch[];
  try {
    found = reader(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new EngineError("palette-unknown", `${name}: ${error}`);
  }
  if (found.length < 2 || found.length > MOST) {
    throw new EngineError("palette-size", `${found.length} colours`);
  }
  return found;
}

/** The exact form of photochrom itself. */
function json(text: string): Swatch[] {
  const { space, colors }: { space: string; colors: number[][] } = JSON.parse(text);
  if (!colors.flat().every(Number.isFinite)) throw new Error("a colour is no number");
  if (space === "chroma") return colors.map(([a, b]) => swatchFrom([a, b]));
  if (space === "srgb") return colors.map(([red, green, blue]) => ofCodes(red, green, blue));
  throw new Error(`the space ${space} is not known`);
}

function gpl(text: string): Swatch[] {
  const [head, ...lines] = text.split(/\r?\n/);
  if (head.trim() !== "GIMP Palette") throw new Error("the first line is another");
  return lines
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(\d+)/.exec(line))
    .filter((found) => found !== null)
    .map(([, red, green, blue]) => ofCodes(+red, +green, +blue));
}

function hex(text: string): Swatch[] {
  return text
    .split(/\s+/)
    .filter((word) => word !== "")
    .map((word) => {
      if (!/^#?[\da-f]{6}$/i.test(word)) throw new Error(`${word} is no colour`);
      return swatchOf(`#${word.replace("#", "").toLowerCase()}`);
    });
}

function ofCodes(...codes: [number, number, number]): Swatch {
  if (!codes.every((code) => code >= 0 && code <= 255)) throw new Error("a colour is out of range");
  const [, a, b] = labOf(...codes);
  const whole = codes.map(Math.round);
  return { chroma: [a, b], colour: hexOf(whole[0] | (whole[1] << 8) | (whole[2] << 16)) };
}

/** Write a palette as a file. */
export function writePalette(swatches: readonly Swatch[], format: Format): string {
  if (format === "hex") return swatches.map(({ colour }) => `${colour.slice(1)}\n`).join("");
  if (format === "gpl") {
    const row = (colour: string): string =>
      [1, 3, 5].map((at) => `${parseInt(colour.slice(at, at + 2), 16)}`.padStart(3)).join(" ");
    const rows = swatches.map(({ colour }) => row(colour));
    return ["GIMP Palette", "Name: photochrom", "Columns: 8", ...rows, ""].join("\n");
  }
  const colors = swatches.map(({ chroma }) => chroma);
  return `${JSON.stringify({ space: "chroma", colors, names: null }, null, 2)}\n`;
}

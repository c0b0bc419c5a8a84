/** The description inside a model file, read without a protobuf library: see `modelfile` in Python. */

import { EngineError, type Chroma } from "./api";
import { labOf } from "./color";
import { fields, utf8 } from "./protobuf";

export interface Spec {
  readonly kind: "palette" | "rgb";
  readonly preset: string;
  /** a*b* of the colours of the logits; null for a model that predicts RGB */
  readonly palette: readonly Chroma[] | null;
  /** encoded sRGB of its colours, 0..255; null where it holds a*b* alone */
  readonly colors: readonly (readonly number[])[] | null;
  readonly shortSide: number;
  readonly maxPixels: number;
  readonly fit: "aspect" | "square" | "native";
  readonly stride: number;
  readonly multiple: number;
  readonly decode: "annealed-mean" | "argmax" | "argmax-rgb" | "rgb";
  readonly temperature: number;
  readonly gain: number;
  readonly confidence: unknown;
}

const METADATA = 14; // ModelProto.metadata_props
const KEY = "photochrom";
const FORMAT = 1;

export function readSpec(model: ArrayBuffer): Spec {
  const text = description(new Uint8Array(model));
  if (text === null) throw new EngineError("model-unknown", "the file is no model of photochrom");
  const plain = JSON.parse(text);
  if (plain.format !== FORMAT) {
    throw new EngineError("model-version", `the model is of format ${plain.format}`);
  }
  return {
    kind: plain.kind,
    preset: plain.preset,
    palette: plain.palette === null ? null : chromaOf(plain.palette),
    colors: plain.palette?.space === "srgb" ? plain.palette.colors : null,
    shortSide: plain.working.short_side,
    maxPixels: plain.working.max_pixels,
    fit: plain.working.fit,
    stride: plain.stride,
    multiple: plain.multiple,
    decode: plain.decode,
    temperature: plain.temperature,
    gain: plain.gain,
    confidence: plain.confidence,
  };
}

function chromaOf(palette: { space: string; colors: number[][] }): Chroma[] {
  if (palette.space === "chroma") return palette.colors.map(([a, b]) => [a, b]);
  return palette.colors.map(([red, green, blue]) => {
    const [, a, b] = labOf(red, green, blue);
    return [a, b];
  });
}

function description(bytes: Uint8Array): string | null {
  let found: string | null = null;
  for (const field of fields(bytes)) {
    if (field.number !== METADATA) continue;
    const entry = [...fields(field.bytes)];
    const [key, value] = [1, 2].map((number) => entry.find((one) => one.number === number));
    if (key && value && utf8(key.bytes) === KEY) found = utf8(value.bytes);
  }
  return found;
}

/** Width and height at which the network sees a picture, as Python's `WorkingSize.of`. */
export function workingSize(spec: Spec, width: number, height: number): [number, number] {
  if (spec.fit === "square") return [spec.shortSide, spec.shortSide];
  const own = spec.fit === "native" ? 1 : spec.shortSide / Math.min(width, height);
  const scale = Math.min(own, Math.sqrt(spec.maxPixels / (width * height)));
  return [width, height].map((side) => Math.max(1, roundHalfEven(side * scale))) as [number, number];
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

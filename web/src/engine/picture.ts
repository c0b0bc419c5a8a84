/** From the bytes of a picture file to upright pixels, and to the size of a screen. */

import { EngineError } from "./api";
import { grayOf, luminanceOf } from "./color";
import { sizeOf } from "./size";

export const MOST_PIXELS = 100_000_000; // RGBA of more does not fit into what browsers give

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** RGBA, encoded sRGB */
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/** Decode a file with what the browser has; it turns it upright. */
export async function bitmapOf(file: Blob): Promise<ImageBitmap> {
  const told = await sizeOf(file);
  if (told !== null) checkSize(...told);
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    throw new EngineError("not-a-picture", "the browser cannot read the file as a picture");
  }
}

/** Decode a file into pixels; its profile is converted to sRGB. */
export async function decodePicture(file: Blob): Promise<Pixels> {
  const bitmap = await bitmapOf(file);
  try {
    checkSize(bitmap.width, bitmap.height);
    return drawn(bitmap, bitmap.width, bitmap.height);
  } finally {
    bitmap.close();
  }
}

function checkSize(width: number, height: number): void {
  if (width * height > MOST_PIXELS) {
    throw new EngineError("too-large", `${width} x ${height} pixels`);
  }
}

function drawn(source: CanvasImageSource, width: number, height: number): Pixels {
  const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (context === null) throw new EngineError("no-memory", "the browser has no room for it");
  context.drawImage(source, 0, 0, width, height);
  return { width, height, data: context.getImageData(0, 0, width, height).data };
}

/** Reduce pixels to at most `side` px on the longer side; smaller ones stay. */
export function reduced(pixels: Pixels, side: number): Pixels {
  const scale = side / Math.max(pixels.width, pixels.height);
  if (scale >= 1) return pixels;
  const size = [pixels.width, pixels.height].map((px) => Math.max(1, Math.round(px * scale)));
  return averaged(pixels, size[0], size[1]);
}

/** The gray equivalent: what a picture without colour looks like beside its result. */
export function grayed(pixels: Uint8ClampedArray): Uint8ClampedArray<ArrayBuffer> {
  const result = new Uint8ClampedArray(pixels);
  for (let at = 0; at < result.length; at += 4) {
    result.fill(grayOf(luminanceOf(pixels[at], pixels[at + 1], pixels[at + 2])), at, at + 3);
  }
  return result;
}

/** Averages of whole blocks of pixels: good enough for a screen, and quick. */
function averaged(from: Pixels, width: number, height: number): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let y = 0; y < height; y++) {
    const top = Math.floor((y * from.height) / height);
    const bottom = Math.max(top + 1, Math.floor(((y + 1) * from.height) / height));
    for (let x = 0; x < width; x++) {
      const left = Math.floor((x * from.width) / width);
      const right = Math.max(left + 1, Math.floor(((x + 1) * from.width) / width));
      const sums = [0, 0, 0, 0];
      for (let row = top; row < bottom; row++) {
        for (let at = (row * from.width + left) * 4; at < (row * from.width + right) * 4; at += 4) {
          for (let c = 0; c < 4; c++) sums[c] += from.data[at + c];
        }
      }
      const count = (bottom - top) * (right - left);
      for (let c = 0; c < 4; c++) data[(y * width + x) * 4 + c] = sums[c] / count;
    }
  }
  return { width, height, data };
}

/** Pictures to learn from, no larger than learning needs and a server takes. */

import { EngineError } from "../engine/api";
import { bitmapOf } from "../engine/picture";

/** px of the longer side; the networks look at far less */
const SIDE = 1600;
/** bytes; what is smaller is sent as it is */
const ENOUGH = 1 << 20;
const QUALITY = 0.92;
/** bytes of a form for each picture and for the rest, with room */
const AROUND = 1024;

/** A picture as a smaller file if it is large; one that the browser cannot open raises. */
export async function reduced(file: File): Promise<File> {
  const bitmap = await bitmapOf(file);
  try {
    const scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
    if (scale === 1 && file.size <= ENOUGH) return file;
    const smaller = await drawn(bitmap, scale);
    if (scale === 1 && smaller.size >= file.size) return file;
    return new File([smaller], file.name.replace(/(\.[^.]*)?$/, ".jpg"), { type: smaller.type });
  } finally {
    bitmap.close();
  }
}

function drawn(bitmap: ImageBitmap, scale: number): Promise<Blob> {
  const [width, height] = [bitmap.width, bitmap.height].map((px) =>
    Math.max(1, Math.round(px * scale)),
  );
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d", { alpha: false })!;
  context.fillStyle = "#fff"; // JPEG has no transparency
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  return canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
}

/** Raise if pictures are more than a server takes at once. */
export function checkUpload(files: readonly File[], most = Infinity): void {
  const sum = files.reduce((before, { size }) => before + size + AROUND, AROUND);
  if (sum > most) throw new EngineError("pictures-too-large", `${sum} bytes, at most ${most}`);
}

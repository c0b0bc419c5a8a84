/** What the server makes of a picture: all that is in the file is kept. */

import { recipeOf, type Look, type Stroke } from "./look";
import type { Server } from "./server";

export type Format = "jpeg" | "png" | "tiff";

/** @param format without it that of the picture itself */
export async function colorize(
  server: Server,
  file: File,
  model: string,
  look: Look,
  format?: Format,
): Promise<Blob> {
  const form = formOf(file, look);
  form.set("model", model);
  form.set("even_if_colored", "true"); // the page has told that it is
  if (format !== undefined) form.set("format", format);
  return (await server.ask("/colorize", { method: "POST", body: form })).blob();
}

/** A picture that browsers can read of one that they cannot; of its colours nothing counts here. */
export async function readable(server: Server, file: File): Promise<Blob> {
  const form = new FormData();
  form.set("picture", file);
  form.set("vividness", "0");
  form.set("even_if_colored", "true");
  form.set("format", "jpeg");
  form.set("quality", "97");
  return (await server.ask("/colorize", { method: "POST", body: form })).blob();
}

/** A stroke in the server's words. */
function toldOf({ points, radius, colour }: Stroke): object {
  return { points: points.map(({ x, y }) => [x, y]), radius, color: colour };
}

function formOf(file: File, look: Look): FormData {
  const { vividness, palette, exactPalette, alternative } = recipeOf(look);
  const form = new FormData();
  form.set("picture", file);
  if (vividness !== undefined) form.set("vividness", String(vividness));
  if (palette !== undefined) {
    form.set("palette", JSON.stringify({ space: "chroma", colors: palette }));
  }
  if (exactPalette) form.set("exact_palette", "true");
  if (look.strokes.length > 0) form.set("hints", JSON.stringify(look.strokes.map(toldOf)));
  if (alternative !== undefined) form.set("alternative", String(alternative));
  for (const { file } of look.references) form.append("references", file);
  return form;
}

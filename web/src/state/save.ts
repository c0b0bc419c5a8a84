/** Results as files. */

import { computed, signal } from "@preact/signals";

import { withFacts } from "../files/kept";
import { engine, info, loaded, pictures, server, type Picture } from "./app";
import { colorize, type Format } from "./fullsize";
import { recipeOf } from "./look";
import { report } from "./problem";
import { statementOf } from "./statement";

/** how many results are still to be made */
export const saving = signal(0);
/** what kind of file; "same" as the picture itself, by the server alone */
export const type = signal<Format | "same">("jpeg");
export const where = signal<"here" | "server">("server");

/** Whether the server has the model that is in use. */
export const canServe = computed(
  () => server.value !== null && (info.value?.models.some(({ id }) => id === loaded.value) ?? false),
);

const ENDINGS: Record<string, string> = {
  "image/jpeg": "jpg",
  "image/png": "png",
  "image/tiff": "tif",
  "image/webp": "webp",
};

export async function save(picture: Picture): Promise<void> {
  saving.value += 1;
  try {
    const result = await made(picture);
    offer(result, `${stem(picture.file.name)}-color.${ENDINGS[result.type] ?? "png"}`);
  } catch (error) {
    report(error, picture.file.name);
  } finally {
    saving.value -= 1;
  }
}

export async function saveAll(): Promise<void> {
  for (const picture of pictures.value) await save(picture);
}

async function made({ file, opened, foreign, history }: Picture): Promise<Blob> {
  const asked = type.value === "same" ? undefined : type.value;
  if (server.value !== null && canServe.value && (where.value === "server" || foreign)) {
    return colorize(server.value, file, loaded.value, history.now, asked);
  }
  const kind = asked === "jpeg" ? "image/jpeg" : "image/png";
  const look = history.now;
  const plain = await engine.full(opened.id, recipeOf(look), kind);
  return withFacts(plain, file, statementOf(look));
}

/** Let the browser save it where it saves things. */
export function offer(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // it is read meanwhile
}

export function stem(name: string): string {
  return name.replace(/\.[^.]*$/, "") || name;
}

/** Results as files. */

import { signal } from "@preact/signals";

import { recipeOf } from "./look";
import { engine, pictures, type Picture } from "./app";
import { report } from "./problem";

export type Type = "image/jpeg" | "image/png";

/** how many results are still to be made */
export const saving = signal(0);

const ENDINGS: Record<Type, string> = { "image/jpeg": "jpg", "image/png": "png" };

export async function save(picture: Picture, type: Type): Promise<void> {
  saving.value += 1;
  try {
    const { opened, history, file } = picture;
    const result = await engine.full(opened.id, recipeOf(history.now), type);
    offer(result, `${stem(file.name)}-color.${ENDINGS[type]}`);
  } catch (error) {
    report(error, picture.file.name);
  } finally {
    saving.value -= 1;
  }
}

export async function saveAll(type: Type): Promise<void> {
  for (const picture of pictures.value) await save(picture, type);
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

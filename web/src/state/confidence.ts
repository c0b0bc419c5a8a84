/** The map of what is guessed, while it is asked for. */

import { effect, signal } from "@preact/signals";

import type { Confidence } from "../engine/api";
import { latest } from "../engine/client";
import { engine, look, model, picture } from "./app";
import { recipeOf, type Look } from "./look";
import { SIDE } from "./preview";
import { report } from "./problem";

export const wanted = signal(false);
export const overlay = signal<Confidence | null>(null);

const ask = latest((id: number, look: Look) => engine.confidence(id, recipeOf(look), SIDE));

effect(() => {
  const current = picture.value;
  const asked = look.value;
  const able = model.value?.controls.includes("confidence") ?? false;
  if (!wanted.value || current === null || !able) {
    overlay.value = null;
    return;
  }
  ask(current.opened.id, asked).then(
    (found) => {
      if (found !== null && wanted.value && picture.value === current) overlay.value = found;
    },
    (error) => {
      wanted.value = false;
      report(error, current.file.name);
    },
  );
});

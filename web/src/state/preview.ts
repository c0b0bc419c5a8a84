/** What the stage shows of the current picture; follows every change by itself. */

import { effect, signal } from "@preact/signals";

import { latest } from "../engine/client";
import { recipeOf, type Look } from "./look";
import { engine, model, picture, type Picture } from "./app";
import { report } from "./problem";

/** px of the longer side; more costs time at each stroke and few screens show it */
export const SIDE = 1200;

export interface Shown {
  readonly key: number;
  readonly gray: ImageData | null;
  readonly color: ImageData | null;
}

export const shown = signal<Shown | null>(null);
/** whether something newer than what is shown is on its way */
export const working = signal(false);

const draw = latest((id: number, look: Look) => engine.preview(id, recipeOf(look), SIDE));
const grays = new WeakMap<Picture, Promise<ImageData>>();

effect(() => {
  const current = picture.value;
  const look = current?.history.now;
  if (current === null || look === undefined) {
    shown.value = null;
    working.value = false;
  } else void show(current, look, model.value !== null);
});

async function show(current: Picture, look: Look, ready: boolean): Promise<void> {
  const { id } = current.opened;
  working.value = true;
  try {
    if (shown.peek()?.key !== current.key) await showGray(current);
    if (!ready || picture.peek() !== current) return;
    const color = await draw(id, look);
    if (color === null || picture.peek() !== current) return;
    tell(current.key, { color });
    if (current.history.now === look) working.value = false;
  } catch (error) {
    if (picture.peek() !== current) return;
    working.value = false;
    report(error, current.file.name);
  }
}

async function showGray(current: Picture): Promise<void> {
  tell(current.key, {});
  const asked = grays.get(current) ?? engine.gray(current.opened.id, SIDE);
  grays.set(current, asked);
  const gray = await asked;
  if (picture.peek() === current) tell(current.key, { gray });
}

/** Add to what is known of a picture; whatever comes first is kept. */
function tell(key: number, news: Partial<Shown>): void {
  const before = shown.peek();
  const known = before?.key === key ? before : { key, gray: null, color: null };
  shown.value = { ...known, ...news };
}

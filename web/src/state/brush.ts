/** The tool in the visitor's hand, and what it draws. */

import { effect, signal } from "@preact/signals";

import type { Suggestion } from "../engine/api";
import { alter, engine, has, look, model, picture } from "./app";
import { recipeOf, type Stroke } from "./look";
import { report } from "./problem";

export type Tool = "compare" | "hint";
export type Size = "fine" | "medium" | "broad";

/** Radius as a share of the picture's shorter side. */
const RADII: Record<Size, number> = { fine: 0.004, medium: 0.012, broad: 0.03 };
const SPACING = 1; // radii between the points of a stroke

export const tool = signal<Tool>("compare");
export const colour = signal("#5b8a3c");
export const size = signal<Size>("medium");
export const suggestion = signal<Suggestion | "none" | null>(null);
/** the stroke that is being drawn */
const drawing = signal<Stroke | null>(null);

effect(() => {
  if (!has("hints")) tool.value = "compare";
});
effect(() => {
  const current = picture.value;
  if (tool.value !== "hint" || current === null || model.value === null) return;
  const asked = engine.prepare(current.opened.id, recipeOf(look.peek()));
  asked.catch(() => undefined); // what is wrong is told when a hint is set
});
effect(() => {
  void picture.value;
  suggestion.value = null;
});

export function radius(): number {
  const opened = picture.value?.opened;
  if (opened === undefined) return 0;
  return Math.max(1, Math.round(RADII[size.value] * Math.min(opened.width, opened.height)));
}

export function beginStroke(x: number, y: number): void {
  drawing.value = { points: [{ x, y }], radius: radius(), colour: colour.value };
  show();
}

/** Go on with a stroke; points nearer than its width say nothing new. */
export function continueStroke(x: number, y: number): void {
  const stroke = drawing.value;
  if (stroke === null) return;
  const last = stroke.points[stroke.points.length - 1];
  if (Math.hypot(x - last.x, y - last.y) < Math.max(1, SPACING * stroke.radius)) return;
  drawing.value = { ...stroke, points: [...stroke.points, { x, y }] };
  show();
}

export function endStroke(): void {
  if (drawing.value === null) return;
  drawing.value = null;
  suggestion.value = null;
  picture.value?.history.keep();
}

let before: readonly Stroke[] = [];

/** The result while drawing: the strokes there were, and this one as far as it goes. */
function show(): void {
  const stroke = drawing.value;
  if (stroke === null) return;
  if (stroke.points.length === 1) before = look.value.strokes;
  alter({ strokes: [...before, stroke] }, "try");
}

export async function suggest(): Promise<void> {
  const current = picture.value;
  if (current === null) return;
  try {
    const found = await engine.suggest(current.opened.id, recipeOf(look.value));
    if (picture.value === current) suggestion.value = found ?? "none";
    tool.value = "hint";
  } catch (error) {
    report(error);
  }
}

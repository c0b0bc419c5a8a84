/** What mouse, pen and finger do on the picture. */

import { picture } from "../state/app";
import { beginStroke, continueStroke, endStroke, tool } from "../state/brush";
import { border } from "./stage";

let held: number | null = null; // one finger at a time

export const pointer = {
  onPointerDown(event: PointerEvent & { currentTarget: HTMLElement }): void {
    if (event.button !== 0 || held !== null) return;
    held = event.pointerId;
    event.currentTarget.setPointerCapture(event.pointerId);
    if (tool.value === "hint") beginStroke(...placeOf(event));
    else moveBorder(event);
  },

  onPointerMove(event: PointerEvent & { currentTarget: HTMLElement }): void {
    if (event.pointerId !== held) return;
    if (tool.value === "hint") continueStroke(...placeOf(event));
    else moveBorder(event);
  },

  onPointerUp: end,
  onPointerCancel: end,
};

function end(event: PointerEvent): void {
  if (event.pointerId !== held) return;
  held = null;
  endStroke();
}

function moveBorder(event: PointerEvent & { currentTarget: HTMLElement }): void {
  border.value = Math.round(1000 * sharesOf(event)[0]) / 10;
}

/** Full-size pixel under the pointer. */
function placeOf(event: PointerEvent & { currentTarget: HTMLElement }): [number, number] {
  const { width, height } = picture.value!.opened;
  const [across, down] = sharesOf(event);
  return [
    Math.min(width - 1, Math.floor(across * width)),
    Math.min(height - 1, Math.floor(down * height)),
  ];
}

/** Place of the pointer in the picture, 0..1 each way. */
function sharesOf(event: PointerEvent & { currentTarget: HTMLElement }): [number, number] {
  const box = event.currentTarget.getBoundingClientRect();
  const inside = (value: number): number => Math.min(1, Math.max(0, value));
  return [
    inside((event.clientX - box.left) / box.width),
    inside((event.clientY - box.top) / box.height),
  ];
}

/** The brush by keyboard: arrow keys move a cross, Enter puts a point. */

import { useState } from "preact/hooks";

import { picture } from "../state/app";
import { beginStroke, endStroke, suggestion } from "../state/brush";
import { t } from "../texts";

const STEP = 0.02; // of the longer side; with Shift a tenth of it
const WAYS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export function Cursor() {
  const { width, height } = picture.value!.opened;
  const [place, setPlace] = useState({ x: Math.floor(width / 2), y: Math.floor(height / 2) });

  const onKeyDown = (event: KeyboardEvent): void => {
    const way = WAYS[event.key];
    if (way !== undefined) {
      const step = Math.max(1, Math.round(Math.max(width, height) * STEP * (event.shiftKey ? 0.1 : 1)));
      const bounded = (value: number, most: number): number => Math.min(most - 1, Math.max(0, value));
      setPlace({
        x: bounded(place.x + way[0] * step, width),
        y: bounded(place.y + way[1] * step, height),
      });
    } else if (event.key === "Enter" || event.key === " ") {
      beginStroke(place.x, place.y);
      endStroke();
    } else return;
    event.preventDefault();
  };
  const toSuggested = (): void => {
    const found = suggestion.value;
    if (found !== null && found !== "none") setPlace(found);
  };
  return (
    <div
      class="cursor"
      role="application"
      tabIndex={0}
      aria-label={`${t().tools.hintHelp} ${t().hints.cursor(place.x, place.y)}`}
      onKeyDown={onKeyDown}
      onFocus={toSuggested}
    >
      <span
        class="cross"
        style={{ left: `${(100 * place.x) / width}%`, top: `${(100 * place.y) / height}%` }}
      />
    </div>
  );
}

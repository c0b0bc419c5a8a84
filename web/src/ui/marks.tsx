/** Strokes and the suggested place, drawn over the picture. */

import { look, picture } from "../state/app";
import { suggestion } from "../state/brush";
import type { Stroke } from "../state/look";

export function Marks() {
  const opened = picture.value?.opened;
  if (opened === undefined) return null;
  const { width, height } = opened;
  const least = Math.max(width, height) / 160; // so that a fine point can be seen
  return (
    <svg class="layer marks" viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {look.value.strokes.map((stroke, at) => (
        <Mark key={at} stroke={stroke} least={least} />
      ))}
      <Suggested size={least} />
    </svg>
  );
}

function Mark({ stroke, least }: { stroke: Stroke; least: number }) {
  const points = stroke.points.map(({ x, y }) => `${x + 0.5},${y + 0.5}`);
  const line = { points: [...points, points[points.length - 1]].join(" ") }; // a dot needs two
  const width = 2 * Math.max(stroke.radius, least);
  return (
    <>
      <polyline {...line} class="mark-rim" stroke-width={width + least / 2} />
      <polyline {...line} stroke={stroke.colour} stroke-width={width} />
    </>
  );
}

function Suggested({ size }: { size: number }) {
  const place = suggestion.value;
  if (place === null || place === "none") return null;
  return (
    <g class="suggested" stroke-width={size / 2}>
      <circle class="mark-rim" cx={place.x} cy={place.y} r={3 * size} stroke-width={size} />
      <circle cx={place.x} cy={place.y} r={3 * size} />
    </g>
  );
}

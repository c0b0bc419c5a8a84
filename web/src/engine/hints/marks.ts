/** Hints drawn onto the pixels of their picture: Python's `hints.marks`. */

import { EngineError, type Hint } from "../api";
import { labOf } from "../color";

// px by which what OpenCV draws for Python is larger: its circles, and its lines by their direction.
const ROUND = 0.25;
const ALONG = 0.5;

/** The pixels of a picture whose chroma is said, by row, then by column. */
export interface Marks {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  /** number of the stroke that says so */
  readonly stroke: Int32Array;
  /** a* and b* of each stroke */
  readonly chroma: readonly (readonly [number, number])[];
}

type Point = readonly [number, number];

/** A hint with those that are joined to it. */
interface Stroke {
  readonly points: Point[];
  readonly radius: number;
  readonly colour: string;
}

/** Draw hints, the last on top. */
export function mark(hints: readonly Hint[], width: number, height: number): Marks {
  const strokes = strokesOf(hints, width, height);
  const box = boundsOf(hints, width, height);
  const canvas = new Int32Array(box.width * box.height);
  strokes.forEach((stroke, i) => draw(canvas, box, stroke, i + 1));

  const count = canvas.reduce((sum, said) => sum + (said > 0 ? 1 : 0), 0);
  const [rows, columns] = [new Int32Array(count), new Int32Array(count)];
  const stroke = new Int32Array(count);
  let next = 0;
  for (let at = 0; at < canvas.length; at++) {
    if (canvas[at] === 0) continue;
    rows[next] = box.top + Math.floor(at / box.width);
    columns[next] = box.left + (at % box.width);
    stroke[next++] = canvas[at] - 1;
  }
  return { rows, columns, stroke, chroma: strokes.map((one) => chromaOf(one.colour)) };
}

export function chromaOf(colour: string): readonly [number, number] {
  const code = Number.parseInt(colour.slice(1), 16);
  if (!/^#[0-9a-f]{6}$/i.test(colour)) throw new EngineError("hint-colour", colour);
  const [, a, b] = labOf(code >> 16, (code >> 8) & 255, code & 255);
  return [a, b];
}

function strokesOf(hints: readonly Hint[], width: number, height: number): Stroke[] {
  const strokes: Stroke[] = [];
  for (const { x, y, radius, colour, joined } of hints) {
    if (!(x >= 0 && x < width && y >= 0 && y < height)) {
      throw new EngineError("hint-outside", `${x},${y} in ${width} x ${height}`);
    }
    const point = [Math.floor(x), Math.floor(y)] as const;
    if (joined && strokes.length) strokes[strokes.length - 1].points.push(point);
    else strokes.push({ points: [point], radius, colour });
  }
  return strokes;
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

function boundsOf(hints: readonly Hint[], width: number, height: number): Box {
  let [left, top, right, bottom] = [width, height, 0, 0];
  for (const { x, y, radius } of hints) {
    const reach = Math.min(radius, width + height) + 2;
    left = Math.min(left, x - reach);
    top = Math.min(top, y - reach);
    right = Math.max(right, x + reach + 1);
    bottom = Math.max(bottom, y + reach + 1);
  }
  [left, top] = [Math.max(0, Math.floor(left)), Math.max(0, Math.floor(top))];
  [right, bottom] = [Math.min(width, Math.ceil(right)), Math.min(height, Math.ceil(bottom))];
  return { left, top, width: right - left, height: bottom - top };
}

/** Fill a disc at each point of a stroke, and what lies between them. */
function draw(canvas: Int32Array, box: Box, { points, radius }: Stroke, number: number): void {
  const disc = Math.max(radius + ROUND, 0.5);
  points.forEach((point, i) => {
    drawPart(canvas, box, point, point, disc, number);
    if (i > 0) drawPart(canvas, box, points[i - 1], point, halfWidth(points[i - 1], point, radius), number);
  });
}

function halfWidth([x, y]: Point, [nextX, nextY]: Point, radius: number): number {
  const [across, down] = [Math.abs(nextX - x), Math.abs(nextY - y)];
  const wide = Math.max(1, Math.round(2 * radius));
  const half = wide > 1 ? wide / 2 + (wide % 2 ? ROUND : 0) : 0;
  return half + (ALONG * Math.max(across, down)) / Math.max(1, Math.hypot(across, down));
}

function drawPart(
  canvas: Int32Array,
  box: Box,
  from: Point,
  to: Point,
  reach: number,
  number: number,
): void {
  const [alongX, alongY] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.max(alongX * alongX + alongY * alongY, 1e-12);
  const [first, last] = range(from[1], to[1], reach, box.top, box.height);
  const [left, right] = range(from[0], to[0], reach, box.left, box.width);
  for (let y = first; y <= last; y++) {
    for (let x = left; x <= right; x++) {
      const [awayX, awayY] = [x + box.left - from[0], y + box.top - from[1]];
      const share = Math.min(1, Math.max(0, (awayX * alongX + awayY * alongY) / length));
      const squared = (awayX - share * alongX) ** 2 + (awayY - share * alongY) ** 2;
      if (squared <= reach * reach) canvas[y * box.width + x] = number;
    }
  }
}

function range(
  from: number,
  to: number,
  reach: number,
  start: number,
  length: number,
): [number, number] {
  const first = Math.floor(Math.min(from, to) - reach) - start;
  const last = Math.ceil(Math.max(from, to) + reach) - start;
  return [Math.max(0, first), Math.min(length - 1, last)];
}

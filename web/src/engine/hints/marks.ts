/** Hints drawn onto the pixels of their picture: Python's `hints.marks`. */

import { EngineError, type Hint } from "../api";
import { labOf } from "../color";
import { disc, even, line, type Canvas, type Point } from "./drawing";

/** The pixels of a picture whose chroma is said, by row, then by column. */
export interface Marks {
  readonly rows: Int32Array;
  readonly columns: Int32Array;
  /** number of the stroke that says so */
  readonly stroke: Int32Array;
  /** a* and b* of each stroke */
  readonly chroma: readonly (readonly [number, number])[];
}

/** A hint with those that are joined to it. */
interface Stroke {
  readonly points: Point[];
  readonly radius: number;
  readonly colour: string;
}

/** Draw hints, the last on top. */
export function mark(hints: readonly Hint[], width: number, height: number): Marks {
  const strokes = strokesOf(hints, width, height);
  const canvas = canvasOf(hints, width, height);
  strokes.forEach((one, i) => draw(canvas, one, i + 1));

  const { data } = canvas;
  const count = data.reduce((sum, said) => sum + (said > 0 ? 1 : 0), 0);
  const [rows, columns] = [new Int32Array(count), new Int32Array(count)];
  const stroke = new Int32Array(count);
  let next = 0;
  for (let at = 0; at < data.length; at++) {
    if (data[at] === 0) continue;
    rows[next] = canvas.top + Math.floor(at / canvas.width);
    columns[next] = canvas.left + (at % canvas.width);
    stroke[next++] = data[at] - 1;
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

/** What of a picture hints can reach. */
function canvasOf(hints: readonly Hint[], width: number, height: number): Canvas {
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
  [width, height] = [right - left, bottom - top];
  return { data: new Int32Array(width * height), left, top, width, height };
}

/** Draw a disc at each point of a stroke, and lines between them. */
function draw(canvas: Canvas, { points, radius }: Stroke, number: number): void {
  const reach = Math.min(radius, canvas.left + canvas.width + canvas.top + canvas.height);
  const wide = Math.max(1, even(2 * reach));
  points.forEach((point, i) => {
    if (i > 0) line(canvas, points[i - 1], point, wide, number);
    if (reach < 1) line(canvas, point, point, 1, number);
    else disc(canvas, point, reach, number);
  });
}

/**
 * Lines and discs of whole pixels, as OpenCV draws them for Python: `hints.marks`.
 *
 * A wide line is a rectangle between two round caps, a disc a polygon of few corners; corners are
 * known to 1/65536 px. A pixel more or less at the rim of a stroke would be another colour there.
 */

const ONE = 65536;
const HALF = ONE / 2;
const FEW = 1e-12; // px^2; a line without length has no direction

/** A part of a picture, row by row, that numbers are drawn into. */
export interface Canvas {
  readonly data: Int32Array;
  /** px of the picture */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export type Point = readonly [x: number, y: number];

/** Draw a line between two pixels, `wide` px in all. */
export function line(canvas: Canvas, from: Point, to: Point, wide: number, number: number): void {
  if (wide <= 1) return thin(canvas, from, to, number);
  const [across, down] = [to[0] - from[0], to[1] - from[1]];
  if (across ** 2 + down ** 2 > FEW) {
    const aside = (((wide + (wide % 2)) / 2) * ONE) / Math.hypot(across, down);
    const [x, y] = [even(down * aside), even(-across * aside)];
    const corner = ([column, row]: Point, way: number): Point => [
      column * ONE + way * x,
      row * ONE + way * y,
    ];
    fill(canvas, [corner(from, 1), corner(from, -1), corner(to, -1), corner(to, 1)], number);
  }
  for (const end of [from, to]) cap(canvas, end, Math.floor((wide + 1) / 2), number);
}

/** Draw a disc round a pixel. */
export function disc(canvas: Canvas, [x, y]: Point, radius: number, number: number): void {
  const reach = even(radius * 16) * (ONE / 16);
  const size = Math.floor((reach + HALF) / ONE);
  const step = size < 3 ? 90 : size < 10 ? 30 : size < 15 ? 18 : 5; // degrees
  const corners: Point[] = [];
  for (let angle = 0; angle <= 360; angle += step) {
    corners.push([even(x * ONE + reach * sine(angle + 90)), even(y * ONE + reach * sine(angle))]);
  }
  fill(canvas, corners, number);
}

/** One pixel wide, from left to right. */
function thin(canvas: Canvas, one: Point, other: Point, number: number): void {
  const [from, to] = other[0] < one[0] ? [other, one] : [one, other];
  const [across, down] = [to[0] - from[0], Math.abs(to[1] - from[1])];
  const [long, short] = [Math.max(across, down), Math.min(across, down)];
  const way = Math.sign(to[1] - from[1]);
  let [x, y] = from;
  let off = long - 2 * short;
  for (let step = 0; step <= long; step++) {
    row(canvas, y, x, x, number);
    const aside = off < 0;
    off += (aside ? 2 * long : 0) - 2 * short;
    if (aside || across >= down) x++;
    if (aside || across < down) y += way;
  }
}

/** A disc of whole pixels, whose rim is walked along an eighth and mirrored. */
function cap(canvas: Canvas, [x, y]: Point, radius: number, number: number): void {
  let [wide, off] = [radius, 0];
  for (let up = 0; up <= wide; up++) {
    for (const way of [-1, 1]) {
      row(canvas, y + way * up, x - wide, x + wide, number);
      row(canvas, y + way * wide, x - up, x + up, number);
    }
    off += 2 * up + 1;
    if (off > 0) off -= 2 * wide-- - 1;
  }
}

/** A polygon without dents: its rim, and each row between the two sides that go down from its top. */
function fill(canvas: Canvas, corners: readonly Point[], number: number): void {
  corners.forEach((corner, i) => rim(canvas, corners.at(i - 1)!, corner, number));
  const rows = corners.map(([, y]) => Math.floor((y + HALF) / ONE));
  const top = corners.reduce((best, [, y], i) => (y < corners[best][1] ? i : best), 0);
  const sides = [1, -1].map((way) => side(corners, rows, top, way));
  for (let i = 0; i < Math.min(sides[0].length, sides[1].length); i++) {
    const [left, right] = [sides[0][i], sides[1][i]].sort((a, b) => a - b);
    const [first, last] = [left, right].map((x) => Math.floor((x + HALF) / ONE));
    row(canvas, rows[top] + i, first, last, number);
  }
}

/** Where one side of a polygon crosses each row, from the top down to the last. */
function side(corners: readonly Point[], rows: readonly number[], top: number, way: number): number[] {
  const crossed: number[] = [];
  for (let at = top; ; ) {
    const next = (at + way + corners.length) % corners.length;
    const length = rows[next] - rows[at];
    if (length < 0 || next === top) return crossed; // it goes up again
    const [from, to] = [corners[at][0], corners[next][0]];
    const slope = Math.trunc((2 * (to - from) + length) / (2 * length));
    for (let down = 0; down < length; down++) crossed.push(from + down * slope);
    at = next;
  }
}

/** One side of a polygon, a pixel wide, between places that are no whole pixels. */
function rim(canvas: Canvas, one: Point, other: Point, number: number): void {
  const axis = Math.abs(other[0] - one[0]) > Math.abs(other[1] - one[1]) ? 0 : 1;
  const [from, to] = other[axis] < one[axis] ? [other, one] : [one, other];
  const long = to[axis] - from[axis];
  const slope = Math.trunc(((to[1 - axis] - from[1 - axis]) * ONE) / (long + (1 - (long % 2))));
  const put = (along: number, across: number): void => {
    const [x, y] = axis === 0 ? [along, across] : [across, along];
    row(canvas, y, x, x, number);
  };
  const whole = (value: number): number => Math.floor((value + HALF) / ONE);
  put(whole(to[axis]), whole(to[1 - axis]));
  for (let step = 0; step <= Math.floor(long / ONE); step++) {
    put(whole(from[axis]) + step, whole(from[1 - axis] + step * slope));
  }
}

function row(canvas: Canvas, y: number, first: number, last: number, number: number): void {
  const { data, left, top, width, height } = canvas;
  if (y < top || y >= top + height || last < left || first >= left + width) return;
  const start = (y - top) * width;
  data.fill(
    number,
    start + Math.max(0, first - left),
    start + Math.min(width - 1, last - left) + 1,
  );
}

/** Sine of whole degrees, to the digits of a table. */
function sine(degrees: number): number {
  return Math.round(Math.sin((degrees * Math.PI) / 180) * 1e7) / 1e7;
}

/** Round, halves to the even number. */
export function even(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

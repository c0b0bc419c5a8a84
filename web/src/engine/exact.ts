/**
 * Every pixel one of a palette's colours, as Python's `inference.exact`: cells take the colour that
 * most of those round them have, and a pixel that of the four cells round it nearest to its own.
 */

import type { Chroma } from "./api";
import { blur } from "./blur";
import { combine, luminanceOfGray } from "./color";
import { axis, type Axis, type Shades } from "./fullsize";
import type { Field } from "./guided";
import { distinct } from "./handover";
import { plane, type Plane } from "./plane";

const AROUND = Float64Array.of(1, 4, 6, 4, 1).map((weight) => weight / 16);

export class Snapped implements Shades {
  /** chroma of the cells' colours, blurred, to be enlarged */
  readonly field: Field;
  private readonly colors: readonly Chroma[];
  private readonly cells: Int32Array;
  private readonly down: Axis;
  private readonly across: Axis;
  private readonly known: Int32Array;

  constructor(field: Field, palette: readonly Chroma[], width: number, height: number) {
    this.colors = distinct(palette);
    const { width: columns, height: rows } = field.lightness;
    const nearest = Int32Array.from(field.a.data, (a, i) => this.nearest(a, field.b.data[i]));
    this.cells = mostAround(nearest, columns, rows);
    this.down = axis(height, rows, field.span[0]);
    this.across = axis(width, columns, field.span[1]);
    this.known = new Int32Array(this.colors.length * 256);
    const smooth = (part: 0 | 1): Plane => {
      const data = Float32Array.from(this.cells, (number) => this.colors[number][part]);
      return blur(plane(columns, rows, data), AROUND);
    };
    this.field = { ...field, a: smooth(0), b: smooth(1) };
  }

  of(gray: number, a: number, b: number, x: number, y: number): number {
    const at = this.number(a, b, x, y) * 256 + gray;
    if (this.known[at] === 0) this.known[at] = this.exact(luminanceOfGray(gray), a, b, x, y);
    return this.known[at];
  }

  exact(luminance: number, a: number, b: number, x: number, y: number): number {
    return (0xff000000 | 0) | combine(luminance, ...this.colors[this.number(a, b, x, y)]);
  }

  /** Which of the colours of the four cells round a pixel is nearest to a chroma. */
  private number(a: number, b: number, x: number, y: number): number {
    const { across, down, cells } = this;
    const columns = across.last + 1;
    const [left, top] = [across.lower[x], down.lower[y] * columns];
    const right = Math.min(left + 1, across.last);
    const bottom = Math.min(down.lower[y] + 1, down.last) * columns;
    let best = cells[top + left];
    if (best === cells[top + right] && best === cells[bottom + left] && best === cells[bottom + right])
      return best;
    let least = this.apart(best, a, b);
    for (const number of [cells[top + right], cells[bottom + left], cells[bottom + right]]) {
      const apart = this.apart(number, a, b);
      if (apart < least) [best, least] = [number, apart];
    }
    return best;
  }

  private nearest(a: number, b: number): number {
    let best = 0;
    for (let i = 1; i < this.colors.length; i++) {
      if (this.apart(i, a, b) < this.apart(best, a, b)) best = i;
    }
    return best;
  }

  private apart(number: number, a: number, b: number): number {
    return (this.colors[number][0] - a) ** 2 + (this.colors[number][1] - b) ** 2;
  }
}

/** Give each cell the number that most of those round it have, near ones counting more. */
function mostAround(cells: Int32Array, width: number, height: number): Int32Array {
  const best = cells.slice();
  const most = new Float32Array(cells.length);
  for (const number of [...new Set(cells)].sort((one, other) => one - other)) {
    const isIt = Float32Array.from(cells, (each) => (each === number ? 1 : 0));
    const votes = blur(plane(width, height, isIt), AROUND).data;
    votes.forEach((vote, i) => {
      if (vote > most[i]) [best[i], most[i]] = [number, vote];
    });
  }
  return best;
}

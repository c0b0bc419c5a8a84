/** The few places that stand for hinted pixels while their colour is spread: `hints.anchors`. */

import type { Marks } from "./marks";

const MESH = 8; // px at the working size, at first
const SHADE = 8; // a*b* units that the colours of one anchor may differ
const ENOUGH = 1 << 18; // px
const MOST = 200; // the work grows with it; strokes beyond are thinned out

export interface Anchor {
  readonly row: number;
  readonly column: number;
  readonly a: number;
  readonly b: number;
  /** number of the stroke that says so */
  readonly stroke: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Pixels that share an anchor. */
interface Group {
  readonly members: number[];
}

/** One anchor a stroke in each cell of a mesh, as `MOST` allows; at the working size. */
export function anchor(marks: Marks, whole: Size, working: Size): Anchor[] {
  const some = thinned(marks.rows.length);
  const rows = placed(some, marks.rows, working.height / whole.height, working.height);
  const columns = placed(some, marks.columns, working.width / whole.width, working.width);
  const strokes = some.map((at) => marks.stroke[at]);
  const groups = grouped(marks, strokes, rows, columns, Math.max(working.width, working.height));
  const found = groups.map(({ members }): Anchor => {
    const [row, column] = [rows, columns].map((places) => mean(members, (i) => places[i]));
    const apart = (i: number): number => (rows[i] - row) ** 2 + (columns[i] - column) ** 2;
    const chosen = members.reduce((best, i) => (apart(i) < apart(best) ? i : best));
    const [a, b] = ([0, 1] as const).map((part) =>
      mean(members, (i) => marks.chroma[strokes[i]][part]),
    );
    return { row: rows[chosen], column: columns[chosen], a, b, stroke: strokes[chosen] };
  });
  return distinct(found, working.width);
}

function thinned(count: number): Int32Array {
  const step = Math.ceil(count / ENOUGH) || 1;
  return Int32Array.from({ length: Math.ceil(count / step) }, (_, i) => i * step);
}

function placed(some: Int32Array, at: Int32Array, scale: number, length: number): Int32Array {
  return some.map((mark) => Math.min((at[mark] + 0.5) * scale, length - 1));
}

function grouped(
  marks: Marks,
  strokes: Int32Array,
  rows: Int32Array,
  columns: Int32Array,
  longest: number,
): Group[] {
  const share = new Set(strokes).size > MOST; // then neighbours have to share an anchor
  const tops = share ? null : firsts(strokes, rows);
  const lefts = share ? null : firsts(strokes, columns);
  for (let mesh = MESH; ; mesh *= 2) {
    const found = new Map<string, Group>();
    const shade = (value: number): number => Math.floor(Math.round(value / SHADE) / (mesh / MESH));
    for (let i = 0; i < rows.length; i++) {
      const stroke = strokes[i];
      const down = Math.floor((rows[i] - (tops?.[stroke] ?? 0)) / mesh);
      const across = Math.floor((columns[i] - (lefts?.[stroke] ?? 0)) / mesh);
      const own = share ? marks.chroma[stroke].map(shade).join() : stroke;
      const key = `${own} ${down} ${across}`;
      const group = found.get(key);
      if (group) group.members.push(i);
      else found.set(key, { members: [i] });
    }
    if (found.size <= MOST || mesh >= longest) return [...found.values()];
  }
}

/** The first row or column of each stroke, so that a small one lies in one cell. */
function firsts(strokes: Int32Array, places: Int32Array): Int32Array {
  const first = new Int32Array(strokes.reduce((one, other) => Math.max(one, other), 0) + 1);
  first.fill(1 << 30);
  places.forEach((place, i) => (first[strokes[i]] = Math.min(first[strokes[i]], place)));
  return first;
}

/** Average anchors that fall on one place: two colours there cannot both be met. */
function distinct(anchors: readonly Anchor[], width: number): Anchor[] {
  const places = new Map<number, Anchor[]>();
  for (const one of anchors) {
    const key = one.row * width + one.column;
    places.set(key, [...(places.get(key) ?? []), one]);
  }
  const keys = [...places.keys()].sort((one, other) => one - other);
  return keys.map((key) => {
    const same = places.get(key)!;
    const average = (part: "a" | "b"): number => mean(same, (one) => one[part]);
    return { ...same[0], a: average("a"), b: average("b") };
  });
}

function mean<Each>(values: readonly Each[], of: (each: Each) => number): number {
  return values.reduce((sum, each) => sum + of(each), 0) / values.length;
}

/** Nothing beyond a palette: chroma brought into its convex hull, as Python's `palettes.hull`. */

import type { Chroma } from "./api";

const HALF = 128; // units of a*b* on each side of gray
const NODES = 2 * HALF + 1;
const FLAT = 1e-6; // square units: below it the hull is a point or a line

/** A table of one unit a node; between nodes it mixes points of the hull, which is convex. */
export class Hull {
  private readonly a = new Float32Array(NODES * NODES);
  private readonly b = new Float32Array(NODES * NODES);

  constructor(palette: readonly Chroma[]) {
    const corners = convexHull(palette);
    for (let row = 0; row < NODES; row++) {
      for (let column = 0; column < NODES; column++) {
        const [a, b] = nearestMixture(column - HALF, row - HALF, corners);
        this.a[row * NODES + column] = a;
        this.b[row * NODES + column] = b;
      }
    }
  }

  /** The nearest mixture of the palette's colours. */
  within(a: number, b: number): [number, number] {
    const x = Math.min(Math.max(a + HALF, 0), NODES - 1);
    const y = Math.min(Math.max(b + HALF, 0), NODES - 1);
    const [left, top] = [Math.min(Math.floor(x), NODES - 2), Math.min(Math.floor(y), NODES - 2)];
    const [right, down] = [x - left, y - top];
    const mixed = (table: Float32Array): number => {
      const at = top * NODES + left;
      const above = table[at] + right * (table[at + 1] - table[at]);
      const below = table[at + NODES] + right * (table[at + NODES + 1] - table[at + NODES]);
      return above + down * (below - above);
    };
    return [mixed(this.a), mixed(this.b)];
  }
}

/** Corners in turn, by Andrew's monotone chain; fewer than three where all lie on a line. */
export function convexHull(palette: readonly Chroma[]): Chroma[] {
  const points = [...palette].sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  const half = (sorted: readonly Chroma[]): Chroma[] => {
    const chain: Chroma[] = [];
    for (const point of sorted) {
      while (chain.length > 1 && turn(chain[chain.length - 2], chain[chain.length - 1], point) <= 0) {
        chain.pop();
      }
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  const corners = [...half(points), ...half(points.reverse())];
  return corners.length ? corners : [palette[0]];
}

/** Twice the area of a triangle, above 0 where it turns left. */
function turn([ax, ay]: Chroma, [bx, by]: Chroma, [cx, cy]: Chroma): number {
  return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
}

/** The point of a hull nearest to a place. */
export function nearestMixture(a: number, b: number, corners: readonly Chroma[]): [number, number] {
  let [least, bestA, bestB] = [Infinity, a, b];
  let inside = corners.length > 2 && area(corners) > FLAT;
  corners.forEach((start, i) => {
    const end = corners[(i + 1) % corners.length];
    const [alongA, alongB] = [end[0] - start[0], end[1] - start[1]];
    const [awayA, awayB] = [a - start[0], b - start[1]];
    inside &&= alongA * awayB - alongB * awayA >= 0;
    const length = Math.max(alongA * alongA + alongB * alongB, 1e-12);
    const share = Math.min(1, Math.max(0, (awayA * alongA + awayB * alongB) / length));
    const [footA, footB] = [start[0] + share * alongA, start[1] + share * alongB];
    const squared = (a - footA) ** 2 + (b - footB) ** 2;
    if (squared < least) [least, bestA, bestB] = [squared, footA, footB];
  });
  return inside ? [a, b] : [bestA, bestB];
}

function area(corners: readonly Chroma[]): number {
  let twice = 0;
  for (let i = 2; i < corners.length; i++) twice += turn(corners[0], corners[i - 1], corners[i]);
  return Math.abs(twice) / 2;
}

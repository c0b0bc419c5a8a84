/** Cells that are all but the same in a reference: its chroma is taken over as it is. */

import { plane, type Plane } from "../plane";
import { features, table, type Known, type Scene } from "./scene";

const WIDTH = 0.02; // of the kernel, in the distance of features with neighbourhoods
const NEEDED = 0.3; // matching cells that count as much as the correction
const REACH = 2; // cells on all sides
const FAR = 0.012; // squared distance, from which on a cell counts for less than a millionth

export interface Matches {
  readonly a: Float32Array;
  readonly b: Float32Array;
  /** 0..1; where it is 0 the chroma is of no account */
  readonly share: Float32Array;
}

export function matches(scene: Scene, references: readonly Known[]): Matches {
  const own = neighbourhoods(scene);
  const count = own.length;
  const cells = table(own);
  const there = references.map((each) => table(neighbourhoods(each)));
  const { length } = scene.lightness.data;
  const [a, b, share] = [0, 1, 2].map(() => new Float32Array(length));
  for (let cell = 0; cell < length; cell++) {
    let [sumA, sumB, total] = [0, 0, 0];
    references.forEach((known, which) => {
      const others = there[which];
      for (let other = 0; other < known.a.data.length; other++) {
        const squared = distance(cells, cell * count, others, other * count, count);
        if (squared > FAR) continue;
        const alike = Math.exp(squared / (-2 * WIDTH * WIDTH));
        sumA += alike * known.a.data[other];
        sumB += alike * known.b.data[other];
        total += alike;
      }
    });
    a[cell] = sumA / Math.max(total, 1e-6);
    b[cell] = sumB / Math.max(total, 1e-6);
    share[cell] = total / (total + NEEDED);
  }
  return { a, b, share };
}

/** Squared distance, or the part of it that was too far already. */
function distance(
  cells: Float32Array,
  from: number,
  others: Float32Array,
  to: number,
  count: number,
): number {
  let sum = 0;
  for (let i = 0; i < count && sum <= FAR; i++) sum += (cells[from + i] - others[to + i]) ** 2;
  return sum;
}

/**
 * Features with the lightness round each cell, which comes first as it tells most pairs apart.
 *
 * Left and right are not told apart: a mirrored picture matches too.
 */
function neighbourhoods(scene: Scene): Plane[] {
  const scale = 2 * (2 * REACH + 1) * 100;
  const patches: Plane[] = [];
  for (let down = -REACH; down <= REACH; down++) {
    for (let across = 0; across <= REACH; across++) {
      const [left, right] = [-across, across].map((by) => shifted(scene.lightness, by, down));
      const { width, height } = scene.lightness;
      patches.push(plane(width, height, left.map((value, i) => (value + right[i]) / scale)));
      if (across === 0) continue;
      patches.push(plane(width, height, left.map((value, i) => Math.abs(value - right[i]) / scale)));
    }
  }
  return [...patches, ...features(scene)];
}

/** The plane moved by some cells; beyond an edge its last value. */
function shifted({ width, height, data }: Plane, across: number, down: number): Float32Array {
  return data.map((_, at) => {
    const row = Math.min(height - 1, Math.max(0, Math.floor(at / width) + down));
    const column = Math.min(width - 1, Math.max(0, (at % width) + across));
    return data[row * width + column];
  });
}

/** The bilateral filter as OpenCV has it: film grain is smoothed, edges stay. */

import { reflect101 } from "../blur";
import { plane, type Plane } from "../plane";

/** Smooth over a disc of `reach` px; `tone` and `space` are the standard deviations. */
export function bilateral(from: Plane, reach: number, tone: number, space: number): Plane {
  const { width, height, data } = from;
  const disc = offsets(reach, space);
  const columns = disc.map(({ x }) => places(width, x));
  const rows = disc.map(({ y }) => places(height, y));
  const result = plane(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const own = data[y * width + x];
      let [sum, total] = [0, 0];
      for (let i = 0; i < disc.length; i++) {
        const value = data[rows[i][y] * width + columns[i][x]];
        const weight = disc[i].weight * Math.exp(-((value - own) ** 2) / (2 * tone * tone));
        sum += weight * value;
        total += weight;
      }
      result.data[y * width + x] = sum / total;
    }
  }
  return result;
}

function offsets(reach: number, space: number): { x: number; y: number; weight: number }[] {
  const found = [];
  for (let y = -reach; y <= reach; y++) {
    for (let x = -reach; x <= reach; x++) {
      const squared = x * x + y * y;
      if (squared > reach * reach) continue;
      found.push({ x, y, weight: Math.exp(-squared / (2 * space * space)) });
    }
  }
  return found;
}

function places(length: number, by: number): Int32Array {
  return Int32Array.from({ length }, (_, at) => reflect101(at + by, length));
}

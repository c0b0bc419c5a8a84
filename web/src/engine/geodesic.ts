/** How far places lie apart when every edge of lightness is a detour: `filters.geodesic`. */

import { plane, type Plane } from "./plane";

const SWEEPS = 8;

export class Geodesic {
  /** length of the step from the place before, to the right and downwards */
  private readonly across: Float32Array;
  private readonly down: Float32Array;

  /** @param edge the change of L* that costs as much as a step */
  constructor(
    private readonly lightness: Plane,
    edge: number,
  ) {
    const { width, data } = lightness;
    const step = (at: number, before: number): number => 1 + ((data[at] - data[before]) / edge) ** 2;
    this.across = Float32Array.from(data, (_, at) => (at % width ? step(at, at - 1) : 0));
    this.down = Float32Array.from(data, (_, at) => (at >= width ? step(at, at - width) : 0));
  }

  /** Distance of every place to one of them, in steps. */
  to(row: number, column: number): Plane {
    const { width, height } = this.lightness;
    const found = plane(width, height, new Float32Array(width * height).fill(Infinity));
    found.data[row * width + column] = 0;
    for (let sweep = 0; sweep < SWEEPS; sweep++) {
      const moved = relaxRows(found, this.across);
      if (!relaxColumns(found, this.down) && !moved) break;
    }
    return found;
  }
}

function relaxRows({ width, height, data }: Plane, step: Float32Array): boolean {
  let moved = false;
  for (let y = 0; y < height; y++) {
    const [start, end] = [y * width, (y + 1) * width];
    let way = data[start];
    for (let at = start + 1; at < end; at++) {
      way += step[at];
      if (way < data[at]) {
        data[at] = way;
        moved = true;
      } else way = data[at];
    }
    for (let at = end - 2; at >= start; at--) {
      way += step[at + 1];
      if (way < data[at]) {
        data[at] = way;
        moved = true;
      } else way = data[at];
    }
  }
  return moved;
}

function relaxColumns({ width, data }: Plane, step: Float32Array): boolean {
  let moved = false;
  for (let at = width; at < data.length; at++) {
    const way = data[at - width] + step[at];
    if (way < data[at]) {
      data[at] = way;
      moved = true;
    }
  }
  for (let at = data.length - width - 1; at >= 0; at--) {
    const way = data[at + width] + step[at + width];
    if (way < data[at]) {
      data[at] = way;
      moved = true;
    }
  }
  return moved;
}

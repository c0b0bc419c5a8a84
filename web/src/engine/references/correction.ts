/** What references say of the model's mistakes, carried over by a Gaussian process. */

import { coarser, features, table, type Known, type Scene } from "./scene";

const WIDTH = 0.5; // of the kernel, in the distance of features
const NOISE = 4; // variance of a cell by itself, where that of the process is 1
const ROWS = 20; // cells of the shorter side of a reference: neighbours hardly differ
const MOST = 1600; // cells of all references

export class Correction {
  private readonly at: Float32Array;
  private readonly weightsA: Float64Array;
  private readonly weightsB: Float64Array;
  private readonly count: number;

  /** @param likeness of each reference, above 0; what less alike ones say is less certain */
  constructor(
    references: readonly Known[],
    likeness: readonly number[],
  ) {
    const rows = Math.min(ROWS, Math.max(1, Math.floor(Math.sqrt(MOST / references.length))));
    const parts = references.map((each) => cellsOf(each, rows));
    this.at = joined(parts.map((part) => part.features));
    this.count = features(references[0]).length;
    const most = Math.max(...likeness);
    const noise = joined(
      parts.map((part, i) => new Float32Array(part.offA.length).fill((NOISE * most) / likeness[i])),
    );
    const alike = kernel(this.at, this.count, noise);
    const factor = cholesky(alike, noise.length);
    this.weightsA = solved(factor, joined(parts.map((part) => part.offA)));
    this.weightsB = solved(factor, joined(parts.map((part) => part.offB)));
  }

  /** What to add to the decoded chroma of each cell. */
  of(scene: Scene): [Float32Array, Float32Array] {
    const cells = table(features(scene));
    const { length } = scene.lightness.data;
    const [a, b] = [new Float32Array(length), new Float32Array(length)];
    for (let cell = 0; cell < length; cell++) {
      let [sumA, sumB] = [0, 0];
      for (let i = 0; i < this.weightsA.length; i++) {
        const alike = alikeness(squared(cells, cell, this.at, i, this.count));
        sumA += alike * this.weightsA[i];
        sumB += alike * this.weightsB[i];
      }
      a[cell] = sumA;
      b[cell] = sumB;
    }
    return [a, b];
  }
}

interface Cells {
  readonly features: Float32Array;
  /** true minus decoded chroma */
  readonly offA: Float32Array;
  readonly offB: Float32Array;
}

function cellsOf(known: Known, rows: number): Cells {
  const off = (true_: Known["a"], decoded: Known["a"]): Float32Array =>
    coarser({ ...true_, data: true_.data.map((value, i) => value - decoded.data[i]) }, rows).data;
  return {
    features: table(features(known).map((each) => coarser(each, rows))),
    offA: off(known.a, known.decodedA),
    offB: off(known.b, known.decodedB),
  };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Squared distance of two rows of tables. */
function squared(
  cells: Float32Array,
  cell: number,
  others: Float32Array,
  other: number,
  count: number,
): number {
  const [from, to] = [cell * count, other * count];
  let sum = 0;
  for (let i = 0; i < count; i++) sum += (cells[from + i] - others[to + i]) ** 2;
  return sum;
}

function alikeness(distance: number): number {
  return Math.exp(distance / (-2 * WIDTH * WIDTH));
}

function kernel(at: Float32Array, count: number, noise: Float32Array): Float64Array {
  const n = noise.length;
  const alike = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    alike[i * n + i] = 1 + noise[i];
    for (let j = 0; j < i; j++) alike[i * n + j] = alikeness(squared(at, i, at, j, count));
  }
  return alike;
}

/** The lower triangle whose square is a positive definite matrix, of which the lower half is read. */
export function cholesky(matrix: Float64Array, n: number): Float64Array {
  const factor = matrix.slice();
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = factor[i * n + j];
      for (let k = 0; k < j; k++) sum -= factor[i * n + k] * factor[j * n + k];
      factor[i * n + j] = i === j ? Math.sqrt(sum) : sum / factor[j * n + j];
    }
  }
  return factor;
}

export function solved(factor: Float64Array, right: Float32Array): Float64Array {
  const n = right.length;
  const x = Float64Array.from(right);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i] -= factor[i * n + k] * x[k];
    x[i] /= factor[i * n + i];
  }
  for (let i = n - 1; i >= 0; i--) {
    x[i] /= factor[i * n + i];
    for (let k = 0; k < i; k++) x[k] -= factor[i * n + k] * x[i];
  }
  return x;
}

/** Symmetric matrices, row by row: their eigenvalues, and what stands for their inverse. */

type Matrix = Float64Array;

/**
 * Invert a symmetric matrix with noise on its diagonal; directions of eigenvalues not above 0 say
 * nothing and are left out.
 */
export function inverse(between: Matrix, n: number, noise: number): Matrix {
  const { values, vectors } = eigen(between, n);
  const result = new Float64Array(n * n);
  for (let k = 0; k < n; k++) {
    if (values[k] <= 0) continue;
    const share = 1 / (values[k] + noise);
    for (let i = 0; i < n; i++) {
      const weight = share * vectors[i * n + k];
      for (let j = 0; j < n; j++) result[i * n + j] += weight * vectors[j * n + k];
    }
  }
  return result;
}

interface Eigen {
  readonly values: Float64Array;
  /** one a column */
  readonly vectors: Matrix;
}

/**
 * By Householder's reduction to three diagonals and the QL method with implicit shifts: Martin,
 * Reinsch and Wilkinson 1968 (tred2), Bowdler, Martin, Reinsch and Wilkinson 1968 (tql2).
 */
export function eigen(matrix: Matrix, n: number): Eigen {
  const vectors = matrix.slice();
  const values = new Float64Array(n);
  const beside = new Float64Array(n); // the diagonal's neighbour
  reduce(vectors, values, beside, n);
  solve(vectors, values, beside, n);
  return { values, vectors };
}

function reduce(z: Matrix, d: Float64Array, e: Float64Array, n: number): void {
  for (let i = n - 1; i > 0; i--) {
    let h = 0;
    let scale = 0;
    for (let k = 0; k < i; k++) scale += Math.abs(z[i * n + k]);
    if (i === 1 || scale === 0) {
      e[i] = z[i * n + i - 1];
      d[i] = 0;
      continue;
    }
    for (let k = 0; k < i; k++) {
      z[i * n + k] /= scale;
      h += z[i * n + k] ** 2;
    }
    const f = z[i * n + i - 1];
    const g = f >= 0 ? -Math.sqrt(h) : Math.sqrt(h);
    e[i] = scale * g;
    h -= f * g;
    z[i * n + i - 1] = f - g;
    let sum = 0;
    for (let j = 0; j < i; j++) {
      z[j * n + i] = z[i * n + j] / h;
      let total = 0;
      for (let k = 0; k <= j; k++) total += z[j * n + k] * z[i * n + k];
      for (let k = j + 1; k < i; k++) total += z[k * n + j] * z[i * n + k];
      e[j] = total / h;
      sum += e[j] * z[i * n + j];
    }
    const half = sum / (h + h);
    for (let j = 0; j < i; j++) {
      const own = z[i * n + j];
      const other = (e[j] -= half * own);
      for (let k = 0; k <= j; k++) z[j * n + k] -= own * e[k] + other * z[i * n + k];
    }
    d[i] = h;
  }
  d[0] = 0;
  e[0] = 0;
  for (let i = 0; i < n; i++) {
    if (d[i] !== 0) {
      for (let j = 0; j < i; j++) {
        let g = 0;
        for (let k = 0; k < i; k++) g += z[i * n + k] * z[k * n + j];
        for (let k = 0; k < i; k++) z[k * n + j] -= g * z[k * n + i];
      }
    }
    d[i] = z[i * n + i];
    z[i * n + i] = 1;
    for (let j = 0; j < i; j++) z[j * n + i] = z[i * n + j] = 0;
  }
}

const TURNS = 60; // of one eigenvalue; two or three are usual

function solve(z: Matrix, d: Float64Array, e: Float64Array, n: number): void {
  for (let i = 1; i < n; i++) e[i - 1] = e[i];
  e[n - 1] = 0;
  for (let l = 0; l < n; l++) {
    for (let turn = 0; turn < TURNS; turn++) {
      let m = l;
      while (m < n - 1) {
        const near = Math.abs(d[m]) + Math.abs(d[m + 1]);
        if (Math.abs(e[m]) <= Number.EPSILON * near) break;
        m++;
      }
      if (m === l) break;
      rotate(z, d, e, n, l, m);
    }
  }
}

/** One step of QL between two rows. */
function rotate(z: Matrix, d: Float64Array, e: Float64Array, n: number, l: number, m: number): void {
  let g = (d[l + 1] - d[l]) / (2 * e[l]);
  let r = Math.hypot(g, 1);
  g = d[m] - d[l] + e[l] / (g + (g >= 0 ? r : -r));
  let [s, c, p] = [1, 1, 0];
  for (let i = m - 1; i >= l; i--) {
    const f = s * e[i];
    const b = c * e[i];
    r = Math.hypot(f, g);
    e[i + 1] = r;
    if (r === 0) {
      d[i + 1] -= p;
      e[m] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1] - p;
    r = (d[i] - g) * s + 2 * c * b;
    p = s * r;
    d[i + 1] = g + p;
    g = c * r - b;
    for (let k = 0; k < n; k++) {
      const at = k * n + i;
      const held = z[at + 1];
      z[at + 1] = s * z[at] + c * held;
      z[at] = c * z[at] - s * held;
    }
  }
  d[l] -= p;
  e[l] = g;
  e[m] = 0;
}

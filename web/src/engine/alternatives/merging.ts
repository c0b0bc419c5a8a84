/** Parts that are alike, merged into regions by Ward's method: Python's `filters.regions`. */

/** Numbers of two parts that may be merged, or that touch. */
export interface Pairs {
  readonly one: Int32Array;
  readonly other: Int32Array;
}

const SPREAD = 2654435761; // Knuth's multiplier: neighbouring numbers come far apart

/** Cells that share a side, of a grid numbered row by row. */
export function neighbours(width: number, height: number): Pairs {
  const [one, other]: [number[], number[]] = [[], []];
  const add = (cell: number, beside: number): void => {
    one.push(cell);
    other.push(beside);
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x + 1 < width; x++) add(y * width + x, y * width + x + 1);
  }
  for (let cell = 0; cell < width * (height - 1); cell++) add(cell, cell + width);
  return { one: Int32Array.from(one), other: Int32Array.from(other) };
}

export function everyone(parts: number): Pairs {
  const [one, other]: [number[], number[]] = [[], []];
  for (let i = 0; i < parts; i++) {
    for (let j = i + 1; j < parts; j++) {
      one.push(i);
      other.push(j);
    }
  }
  return { one: Int32Array.from(one), other: Int32Array.from(other) };
}

/**
 * Merge parts until every further merge would cost `most` or more.
 *
 * @param features what each part is like
 * @returns the region of each part, numbered without gaps
 */
export function merge(
  features: readonly Float64Array[],
  sizesOf: ArrayLike<number>,
  pairsOf: Pairs,
  most: number,
): Int32Array {
  const means = features.map((each) => each.slice());
  const sizes = Float64Array.from(sizesOf);
  let labels = Int32Array.from(means, (_, i) => i);
  let pairs = pairsOf;
  while (pairs.one.length) {
    const merged = mutual(pairs, costs(means, sizes, pairs), means.length, most);
    if (merged.length === 0) break;
    const names = Int32Array.from(means, (_, i) => i);
    for (const at of merged) {
      const [keep, gone] = [pairs.one[at], pairs.other[at]];
      const both = sizes[keep] + sizes[gone];
      const share = sizes[gone] / both;
      means[keep].forEach((value, i) => (means[keep][i] = value + share * (means[gone][i] - value)));
      sizes[keep] = both;
      names[gone] = keep;
    }
    labels = labels.map((label) => names[label]);
    pairs = renamed(pairs, names);
  }
  return numbered(labels);
}

/** Merge neighbouring regions of a grid where their common border is no edge of the guide. */
export function dissolve(
  labels: Int32Array,
  guide: Float32Array,
  width: number,
  least: number,
): Int32Array {
  const cells = neighbours(width, labels.length / width);
  const steps = Float64Array.from(cells.one, (one, i) => Math.abs(guide[one] - guide[cells.other[i]]));
  let flat = labels;
  for (;;) {
    const { pairs, step } = borders(cells, flat, steps);
    const merged = mutual(pairs, step, flat.length, least);
    if (merged.length === 0) return numbered(flat);
    const names = Int32Array.from(flat, (_, i) => i);
    for (const at of merged) names[pairs.other[at]] = pairs.one[at];
    flat = flat.map((label) => names[label]);
  }
}

/** Pairs of different regions that touch, each once, and the mean step between them. */
function borders(
  cells: Pairs,
  labels: Int32Array,
  steps: Float64Array,
): { pairs: Pairs; step: Float64Array } {
  const sums = new Map<number, [number, number]>();
  cells.one.forEach((cell, i) => {
    const key = keyOf(labels[cell], labels[cells.other[i]], labels.length);
    if (key === null) return;
    const sum = sums.get(key) ?? [0, 0];
    sums.set(key, [sum[0] + steps[i], sum[1] + 1]);
  });
  const keys = [...sums.keys()].sort((one, other) => one - other);
  return {
    pairs: pairsOfKeys(keys, labels.length),
    step: Float64Array.from(keys, (key) => sums.get(key)![0] / sums.get(key)![1]),
  };
}

function renamed(pairs: Pairs, names: Int32Array): Pairs {
  const keys = new Set<number>();
  pairs.one.forEach((one, i) => {
    const key = keyOf(names[one], names[pairs.other[i]], names.length);
    if (key !== null) keys.add(key);
  });
  return pairsOfKeys([...keys].sort((one, other) => one - other), names.length);
}

function keyOf(one: number, other: number, count: number): number | null {
  return one === other ? null : Math.min(one, other) * count + Math.max(one, other);
}

function pairsOfKeys(keys: readonly number[], count: number): Pairs {
  return {
    one: Int32Array.from(keys, (key) => Math.floor(key / count)),
    other: Int32Array.from(keys, (key) => key % count),
  };
}

/** By how much the squared distances to the means would grow. */
function costs(means: readonly Float64Array[], sizes: Float64Array, pairs: Pairs): Float64Array {
  return Float64Array.from(pairs.one, (one, i) => {
    const other = pairs.other[i];
    const [mean, beside] = [means[one], means[other]];
    let squared = 0;
    for (let k = 0; k < mean.length; k++) squared += (mean[k] - beside[k]) ** 2;
    return ((sizes[one] * sizes[other]) / (sizes[one] + sizes[other])) * squared;
  });
}

/** Pairs that are both parts' cheapest, and cheap enough. */
function mutual(pairs: Pairs, cost: Float64Array, parts: number, most: number): number[] {
  // Of equal costs, as in a blank picture, not always the first: rows would grow cell by cell.
  const scattered = Float64Array.from(cost, (_, i) => Number((BigInt(i) * BigInt(SPREAD)) & 0xffffffffn));
  const order = Array.from(cost, (_, i) => i).sort(
    (i, j) => cost[i] - cost[j] || scattered[i] - scattered[j],
  );
  const best = new Int32Array(parts).fill(-1);
  for (const at of order) {
    if (best[pairs.one[at]] < 0) best[pairs.one[at]] = at;
    if (best[pairs.other[at]] < 0) best[pairs.other[at]] = at;
  }
  return order
    .filter((at) => best[pairs.one[at]] === at && best[pairs.other[at]] === at && cost[at] < most)
    .sort((i, j) => i - j);
}

function numbered(labels: Int32Array): Int32Array {
  const kept = [...new Set(labels)].sort((one, other) => one - other);
  const number = new Map(kept.map((label, i) => [label, i]));
  return labels.map((label) => number.get(label)!);
}

/** The guided filter: smooth where the picture is smooth, sharp along edges; `filters.guided_mean`. */

import { blur, even, reflect } from "../blur";
import { plane, type Plane } from "../plane";

const EPSILON = 1e-3; // (L*/100)^2, variance below which lightness is taken as smooth

/** Make averages of planes along a guide, L*. */
export function smoother(guide: Plane, radius: number): (of: Plane) => Plane {
  const weights = even(radius);
  const mean = (values: Float32Array): Float32Array =>
    blur(plane(guide.width, guide.height, values), weights, reflect).data;
  const tone = guide.data.map((value) => value / 100);
  const middleTone = mean(tone);
  const noise = mean(tone.map((value) => value * value)).map(
    (value, i) => value - middleTone[i] ** 2 + EPSILON,
  );
  return ({ data }) => {
    const middle = mean(data);
    const joint = mean(data.map((value, i) => value * tone[i]));
    const slope = joint.map((value, i) => (value - middle[i] * middleTone[i]) / noise[i]);
    const offset = mean(slope.map((value, i) => middle[i] - value * middleTone[i]));
    const result = mean(slope).map((value, i) => value * tone[i] + offset[i]);
    return plane(guide.width, guide.height, result);
  };
}

/** How much of each region there is at each place: hard borders made soft; sums to 1. */
export function soften(labels: Int32Array, count: number, guide: Plane, radius: number): Plane[] {
  const smooth = smoother(guide, radius);
  const shares = Array.from({ length: count }, (_, region) => {
    const hard = Float32Array.from(labels, (label) => (label === region ? 1 : 0));
    const soft = smooth(plane(guide.width, guide.height, hard));
    return plane(guide.width, guide.height, soft.data.map((value) => Math.min(1, Math.max(0, value))));
  });
  for (let at = 0; at < labels.length; at++) {
    let total = 0;
    for (const { data } of shares) total += data[at];
    for (const { data } of shares) data[at] /= total;
  }
  return shares;
}

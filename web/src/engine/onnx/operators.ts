/** What operators of small networks do: those of `photochrom train --preset window` and `origin-*`. */

import { convolve } from "./convolve";
import { broken, type Node, type Tensor } from "./graph";
import { padded } from "./padded";

type Given = readonly (Tensor | undefined)[];

export const OPERATORS: Readonly<Record<string, (given: Given, node: Node) => Tensor>> = {
  Add: both((a, b) => a + b),
  Sub: both((a, b) => a - b),
  Mul: both((a, b) => a * b),
  Div: both((a, b) => a / b),
  Pow: both((a, b) => a ** b),
  Greater: both((a, b) => Number(a > b)),
  LessOrEqual: both((a, b) => Number(a <= b)),
  Relu: each((a) => (a > 0 ? a : 0)),
  Sigmoid: each((a) => 1 / (1 + Math.exp(-a))),
  Clip: ([value, least, most]) => {
    const [low, high] = [least?.data[0] ?? -Infinity, most?.data[0] ?? Infinity];
    return mapped(value!, (a) => Math.min(Math.max(a, low), high));
  },
  Where: ([asked, yes, no]) => {
    const [first, second] = [spread(yes!, asked!), spread(no!, asked!)];
    return { ...asked!, data: asked!.data.map((truth, i) => (truth ? first[i] : second[i])) };
  },
  Pad: ([value, sides], node) => padded(value!, [...sides!.data], node.texts.get("mode") ?? ""),
  Conv: ([value, weight, bias], node) => convolve(value!, weight!, bias, node),
};

function both(work: (a: number, b: number) => number) {
  return ([a, b]: Given): Tensor => {
    const whole = a!.data.length >= b!.data.length ? a! : b!;
    const [one, other] = [spread(a!, whole), spread(b!, whole)];
    const data = new Float32Array(whole.data.length);
    for (let i = 0; i < data.length; i++) data[i] = work(one[i], other[i]);
    return { ...whole, data };
  };
}

function each(work: (a: number) => number) {
  return ([value]: Given): Tensor => mapped(value!, work);
}

function mapped(value: Tensor, work: (a: number) => number): Tensor {
  const data = new Float32Array(value.data.length);
  for (let i = 0; i < data.length; i++) data[i] = work(value.data[i]);
  return { ...value, data };
}

/** Numbers in the shape of another tensor: a tensor has it, or is one number. */
function spread({ data }: Tensor, as: Tensor): Float32Array {
  if (data.length === as.data.length) return data;
  if (data.length !== 1) throw broken("shapes disagree");
  return new Float32Array(as.data.length).fill(data[0]);
}

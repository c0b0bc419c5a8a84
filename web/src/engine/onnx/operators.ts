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
    const [first, second] = [at(yes!, asked!), at(no!, asked!)];
    return { ...asked!, data: asked!.data.map((truth, i) => (truth ? first(i) : second(i))) };
  },
  Pad: ([value, sides], node) => padded(value!, [...sides!.data], node.texts.get("mode") ?? ""),
  Conv: ([value, weight, bias], node) => convolve(value!, weight!, bias, node),
};

function both(work: (a: number, b: number) => number) {
  return ([a, b]: Given): Tensor => {
    const whole = a!.data.length >= b!.data.length ? a! : b!;
    const [first, second] = [at(a!, whole), at(b!, whole)];
    return { ...whole, data: whole.data.map((_, i) => work(first(i), second(i))) };
  };
}

function each(work: (a: number) => number) {
  return ([value]: Given): Tensor => mapped(value!, work);
}

function mapped(value: Tensor, work: (a: number) => number): Tensor {
  return { ...value, data: value.data.map(work) };
}

/** Read a tensor as if it had the shape of another: it has, or is one number. */
function at({ data }: Tensor, as: Tensor): (i: number) => number {
  if (data.length === as.data.length) return (i) => data[i];
  if (data.length !== 1) throw broken("shapes disagree");
  return () => data[0];
}

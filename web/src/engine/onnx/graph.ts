/** The graph of an ONNX file, as far as small networks have one. */

import { EngineError } from "../api";
import { fields, integers, texts, type Field } from "../protobuf";

/** An array of any shape; whole numbers and truths are kept as floats, too. */
export interface Tensor {
  readonly dims: readonly number[];
  readonly data: Float32Array;
}

export interface Node {
  readonly operator: string;
  /** names of tensors; "" where one is left out */
  readonly inputs: readonly string[];
  readonly output: string;
  readonly integers: ReadonlyMap<string, readonly number[]>;
  readonly texts: ReadonlyMap<string, string>;
}

export interface Graph {
  readonly nodes: readonly Node[];
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly output: string;
}

// Field numbers are those of onnx.proto.
export function readGraph(model: Uint8Array): Graph {
  const graph = [...fields(inside([...fields(model)], 7)[0] ?? new Uint8Array(0))];
  const weights = inside(graph, 5).map((bytes) => tensorOf([...fields(bytes)]));
  return {
    nodes: inside(graph, 1).map((bytes) => nodeOf([...fields(bytes)])),
    weights: new Map(weights),
    output: texts([...fields(inside(graph, 12)[0] ?? new Uint8Array(0))], 1)[0],
  };
}

function nodeOf(found: readonly Field[]): Node {
  const attributes = inside(found, 5).map((bytes) => [...fields(bytes)]);
  return {
    operator: texts(found, 4)[0],
    inputs: texts(found, 1),
    output: texts(found, 2)[0],
    integers: new Map(
      attributes.map((one) => [texts(one, 1)[0], [...integers(one, 3), ...integers(one, 8)]]),
    ),
    texts: new Map(attributes.map((one) => [texts(one, 1)[0], texts(one, 4)[0] ?? ""])),
  };
}

function tensorOf(found: readonly Field[]): [string, Tensor] {
  const [name] = texts(found, 8);
  const raw = inside(found, 9)[0];
  const kind = integers(found, 2)[0];
  if (raw === undefined) throw broken(`the numbers of ${name} are not raw`);
  return [name, { dims: integers(found, 1), data: numbers(raw, kind) }];
}

/** @param kind of TensorProto.DataType: float, int64, float16 */
function numbers(raw: Uint8Array, kind: number): Float32Array {
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  if (kind === 1) {
    return Float32Array.from({ length: raw.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
  }
  if (kind === 7) {
    const whole = (i: number): number => Number(view.getBigInt64(8 * i, true));
    return Float32Array.from({ length: raw.length / 8 }, (_, i) => whole(i));
  }
  if (kind === 10) {
    return Float32Array.from({ length: raw.length / 2 }, (_, i) => half(view.getUint16(2 * i, true)));
  }
  throw broken(`numbers of kind ${kind} are not known`);
}

/** A number of 16 bits: sign, 5 of exponent, 10 of fraction. */
function half(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const size = exponent === 0 ? fraction / 1024 / 2 ** 14 : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits & 0x8000 ? -size : size;
}

function inside(found: readonly Field[], number: number): Uint8Array[] {
  return found.filter((one) => one.number === number).map(({ bytes }) => bytes);
}

export function broken(why: string): EngineError {
  return new EngineError("model-broken", `the model cannot be run: ${why}`);
}

/** Fields of protobuf messages, read without a library: a model file is one such message. */

import { EngineError } from "./api";

export interface Field {
  readonly number: number;
  /** of a number; of others 0 */
  readonly value: number;
  /** of text, raw data and messages within; of numbers of 32 bits the four, of others none */
  readonly bytes: Uint8Array;
}

const NONE = new Uint8Array(0);

/** All fields of a message, in their order. */
export function* fields(bytes: Uint8Array): Generator<Field> {
  const reader = new Reader(bytes);
  while (!reader.done) {
    const key = reader.varint();
    const [number, kind] = [Math.floor(key / 8), key % 8];
    if (kind === 0) yield { number, value: reader.varint(), bytes: NONE };
    else if (kind === 1) reader.part(8);
    else if (kind === 5) yield { number, value: 0, bytes: reader.part(4) };
    else if (kind === 2) yield { number, value: 0, bytes: reader.part(reader.varint()) };
    else throw new EngineError("model-damaged", "the file is no ONNX model");
  }
}

/** Whole numbers of a field, each for itself or one behind the other. */
export function integers(found: readonly Field[], number: number): number[] {
  return found.filter((one) => one.number === number).flatMap(({ value, bytes }) => {
    if (bytes.length === 0) return [value];
    const [reader, packed] = [new Reader(bytes), [] as number[]];
    while (!reader.done) packed.push(reader.varint());
    return packed;
  });
}

export function texts(found: readonly Field[], number: number): string[] {
  return found.filter((one) => one.number === number).map(({ bytes }) => utf8(bytes));
}

export function utf8(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

class Reader {
  private at = 0;

  constructor(private readonly bytes: Uint8Array) {}

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  varint(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      if (this.done) throw new EngineError("model-damaged", "the model file is cut short");
      const byte = this.bytes[this.at++];
      value += (byte & 127) * factor;
      if (byte < 128) return value >= 2 ** 63 ? value - 2 ** 64 : value;
    }
  }

  part(size: number): Uint8Array {
    const part = this.bytes.subarray(this.at, this.at + size);
    if (part.length < size) throw new EngineError("model-damaged", "the model file is cut short");
    this.at += size;
    return part;
  }
}

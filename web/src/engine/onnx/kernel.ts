/**
 * Products of matrices by vector instructions, which JavaScript has none of: a WebAssembly function
 * of a hundred bytes, written out here. Eight pixels of four outputs are summed up at once, in the
 * processor's registers.
 */

export const PIXELS = 256; // at a time; what 256 taps see of them fits a core's cache
export const OUTPUTS = 4;

const [SEEN, WEIGHTS, INTO, TAPS, PIXEL, FROM, WEIGHT, LEFT] = [0, 1, 2, 3, 4, 5, 6, 7]; // locals
const [SUMS, VECTORS, FACTOR] = [8, 16, 18];
const ROW = PIXELS * 4; // bytes
const VECTOR = 16;

const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const number = (value: number): number[] => [0x41, ...signed(value)];
const add = (local: number, value: number): number[] => [...get(local), ...number(value), 0x6a];
const load = (offset: number): number[] => [0xfd, 0, 0, ...unsigned(offset)];
const spread = (offset: number): number[] => [0xfd, 9, 0, ...unsigned(offset)];
const store = (offset: number): number[] => [0xfd, 11, 0, ...unsigned(offset)];
const ZERO = [0xfd, 12, ...Array<number>(VECTOR).fill(0)];
const [PLUS, TIMES] = [[0xfd, 0xe4, 1], [0xfd, 0xe6, 1]];
const [LOOP, END, AGAIN_IF, SUM, BELOW] = [[0x03, 0x40], [0x0b], [0x0d, 0], [0x6a], [0x49]];

/** The sums of each output: two vectors of four pixels. */
const PLACES = [0, 1, 2, 3].flatMap((output) => [0, 1].map((half) => ({ output, half })));

const BODY = [
  ...LOOP,
  ...PLACES.flatMap((_, i) => [...ZERO, ...set(SUMS + i)]),
  ...[...get(SEEN), ...get(PIXEL), ...SUM, ...set(FROM)],
  ...[...get(WEIGHTS), ...set(WEIGHT), ...get(TAPS), ...set(LEFT)],
  ...LOOP,
  ...[0, 1].flatMap((half) => [...get(FROM), ...load(VECTOR * half), ...set(VECTORS + half)]),
  ...PLACES.flatMap(({ output, half }, i) => [
    ...(half === 0 ? [...get(WEIGHT), ...spread(4 * output), ...set(FACTOR)] : []),
    ...[...get(SUMS + i), ...get(FACTOR), ...get(VECTORS + half), ...TIMES, ...PLUS],
    ...set(SUMS + i),
  ]),
  ...[...add(FROM, ROW), ...set(FROM), ...add(WEIGHT, 4 * OUTPUTS), ...set(WEIGHT)],
  ...[...add(LEFT, -1), ...set(LEFT), ...get(LEFT), ...AGAIN_IF],
  ...END,
  ...PLACES.flatMap(({ output, half }, i) => [
    ...[...get(INTO), ...get(PIXEL), ...SUM, ...get(SUMS + i)],
    ...store(ROW * output + VECTOR * half),
  ]),
  ...[...add(PIXEL, 2 * VECTOR), ...set(PIXEL)],
  ...[...get(PIXEL), ...number(ROW), ...BELOW, ...AGAIN_IF],
  ...END,
  ...END,
];
const [WHOLE, VECTOR_KIND] = [0x7f, 0x7b];
const LOCALS = [2, 4, WHOLE, 11, VECTOR_KIND];
const CODE = [...LOCALS, ...BODY];
const MODULE = new Uint8Array([
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...section(1, [1, 0x60, 4, WHOLE, WHOLE, WHOLE, WHOLE, 0]),
  ...section(2, [1, 1, 0x65, 1, 0x6d, 2, 0, 1]), // e.m: the memory
  ...section(3, [1, 0]),
  ...section(7, [1, 1, 0x66, 0, 0]), // f: the function
  ...section(10, [1, ...unsigned(CODE.length), ...CODE]),
]);

/** A place to put what taps see and their weights, and to find sums. */
export class Kernel {
  /** (tap, pixel) */
  readonly seen: Float32Array;
  /** (tap, output) */
  readonly weights: Float32Array;
  /** (output, pixel) */
  readonly sums: Float32Array;
  private readonly work: (seen: number, weights: number, into: number, taps: number) => void;

  constructor(private readonly taps: number) {
    const bytes = [taps * ROW, taps * 4 * OUTPUTS, ROW * OUTPUTS];
    const memory = new WebAssembly.Memory({ initial: Math.ceil((bytes[0] + bytes[1] + bytes[2]) / 65536) });
    const view = (from: number, size: number) => new Float32Array(memory.buffer, from, size / 4);
    this.seen = view(0, bytes[0]);
    this.weights = view(bytes[0], bytes[1]);
    this.sums = view(bytes[0] + bytes[1], bytes[2]);
    const instance = new WebAssembly.Instance(new WebAssembly.Module(MODULE), { e: { m: memory } });
    this.work = instance.exports.f as typeof this.work;
  }

  run(): void {
    this.work(0, this.weights.byteOffset, this.sums.byteOffset, this.taps);
  }
}

function section(kind: number, content: readonly number[]): number[] {
  return [kind, ...unsigned(content.length), ...content];
}

function unsigned(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...unsigned(value >>> 7)];
}

function signed(value: number): number[] {
  const isLast = value >= -64 && value < 64;
  return isLast ? [value & 127] : [(value & 127) | 128, ...signed(value >> 7)];
}

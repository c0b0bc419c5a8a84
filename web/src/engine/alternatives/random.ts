/**
 * Numbers at random as NumPy's `default_rng` draws them, so that a seed means the same everywhere.
 *
 * PCG64 (O'Neill 2014: XSL-RR of 128 bits) behind NumPy's `SeedSequence`.
 */

const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;
const BITS_64 = (1n << 64n) - 1n;
const BITS_128 = (1n << 128n) - 1n;
const POOL = 4;

export class Random {
  private state: bigint;
  private readonly increment: bigint;

  constructor(seed: number) {
    const [high, low, sequenceHigh, sequenceLow] = seeded(seed);
    this.increment = ((((sequenceHigh << 64n) | sequenceLow) << 1n) | 1n) & BITS_128;
    this.state = (this.increment + ((high << 64n) | low)) & BITS_128;
    this.step();
  }

  /** The next number, 0 up to 1. */
  next(): number {
    this.step();
    const mixed = (this.state >> 64n) ^ (this.state & BITS_64);
    const turn = this.state >> 122n;
    const word = ((mixed >> turn) | (mixed << (64n - turn))) & BITS_64;
    return Number(word >> 11n) / 2 ** 53;
  }

  private step(): void {
    this.state = (this.state * MULTIPLIER + this.increment) & BITS_128;
  }
}

/** Four 64-bit words made of a seed. */
function seeded(seed: number): bigint[] {
  const pool = mixedPool(seed);
  let hash = 0x8b51f9dd;
  const words = Array.from({ length: 2 * POOL }, (_, i) => {
    const value = (pool[i % POOL] ^ hash) >>> 0;
    hash = Math.imul(hash, 0x58f38ded) >>> 0;
    return folded(Math.imul(value, hash));
  });
  return Array.from({ length: POOL }, (_, i) => {
    return (BigInt(words[2 * i + 1]) << 32n) | BigInt(words[2 * i]);
  });
}

function mixedPool(seed: number): number[] {
  let hash = 0x43b0d7e5;
  const hashed = (value: number): number => {
    const with_ = (value ^ hash) >>> 0;
    hash = Math.imul(hash, 0x931e8875) >>> 0;
    return folded(Math.imul(with_, hash));
  };
  const entropy = [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0];
  const pool = Array.from({ length: POOL }, (_, i) => hashed(entropy[i] ?? 0));
  for (let from = 0; from < POOL; from++) {
    for (let to = 0; to < POOL; to++) {
      if (from === to) continue;
      const other = hashed(pool[from]);
      pool[to] = folded(Math.imul(pool[to], 0xca01f9dd) - Math.imul(other, 0x4973f715));
    }
  }
  return pool;
}

function folded(value: number): number {
  return ((value >>> 0) ^ (value >>> 16)) >>> 0;
}

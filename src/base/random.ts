/** Randomness: one source for secrets and hash seeds, one that repeats for generated data and simulations. */
import { randomBytes as systemRandomBytes } from 'node:crypto';

/** Unpredictable bytes from the operating system. */
export function randomBytes(length: number): Uint8Array {
  return systemRandomBytes(length);
}

/** An unpredictable 32-bit unsigned integer, e.g. the seed of a hash table that takes hostile keys. */
export function randomSeed(): number {
  return systemRandomBytes(4).readUInt32LE(0);
}

export interface SeededRandom {
  /** 0 ≤ x < 2^32, integer. */
  uint32(): number;
  /** 0 ≤ x < below, integer; `below` from 1 to 2^32. */
  integer(below: number): number;
  /** One element of a non-empty list. */
  pick<T>(list: readonly T[]): T;
}

/** The same sequence for the same seed on every machine: SplitMix32, which passes through each 32-bit state once. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const uint32 = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  const integer = (below: number): number => Math.floor((uint32() / 2 ** 32) * below);
  const pick = <T>(list: readonly T[]): T => {
    const item = list[integer(list.length)];
    if (item === undefined && list.length === 0) throw new RangeError('pick from an empty list');
    return item as T;
  };
  return { uint32, integer, pick };
}

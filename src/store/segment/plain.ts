/** Plain values and their bounds, as pages and footers have them. */
import type { Bounds } from '../parquet/metadata.ts';

/** Least and greatest number of a column of weir's own. */
export interface Span {
  readonly min: bigint;
  readonly max: bigint;
}

/** Texts as a page has them: each behind its length. */
export function plainTexts(texts: readonly Buffer[]): Buffer {
  const plain = Buffer.alloc(texts.reduce((sum, { length }) => sum + length + 4, 0));
  let at = 0;
  for (const text of texts) {
    at = plain.writeUInt32LE(text.length, at);
    at += text.copy(plain, at);
  }
  return plain;
}

export function textBounds(texts: readonly Buffer[]): Bounds {
  const sorted = texts.toSorted((a, b) => Buffer.compare(a, b));
  return { min: sorted[0], max: sorted[sorted.length - 1] };
}

export function joined(a: Span | null, b: Span | null): Span | null {
  if (a === null || b === null) return a ?? b;
  return { min: a.min < b.min ? a.min : b.min, max: a.max > b.max ? a.max : b.max };
}

/** Bits that hold every number up to `most`. */
export const bitsOf = (most: number): number => (most <= 0 ? 0 : 32 - Math.clz32(most));

export function numberBounds(min: bigint, max: bigint, wide: boolean): Bounds {
  const bytes = (value: bigint): Uint8Array =>
    wide ? new Uint8Array(BigInt64Array.of(value).buffer) : new Uint8Array(Int32Array.of(Number(value)).buffer);
  return { min: bytes(min), max: bytes(max) };
}

export function floatBounds(numbers: Float64Array): Bounds | null {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of numbers) {
    min = Math.min(min, value);
    max = Math.max(max, value);
  }
  // Zero has two signs: a bound of zero is the lower one below and the higher one above.
  const bytes = (value: number): Uint8Array => new Uint8Array(Float64Array.of(value).buffer);
  return { min: bytes(min === 0 ? -0 : min), max: bytes(max === 0 ? 0 : max) };
}

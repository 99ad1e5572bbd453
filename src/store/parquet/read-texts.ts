/** Texts of a column, off the heap: all of their bytes together, and where each begins and ends. */
import type { Cursor } from './read-hybrid.ts';

/** Bytes of the texts of one chunk together. */
export const TEXT_BYTES_MAX = 1 << 29;

export class Texts {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;

  constructor(bytes: Uint8Array, starts: Uint32Array, ends: Uint32Array) {
    this.bytes = bytes;
    this.starts = starts;
    this.ends = ends;
  }

  /** Texts one after the other. */
  static of(texts: readonly Uint8Array[]): Texts {
    const starts = new Uint32Array(texts.length);
    const ends = new Uint32Array(texts.length);
    let at = 0;
    for (const [i, { length }] of texts.entries()) {
      starts[i] = at;
      at += length;
      ends[i] = at;
    }
    return new Texts(Buffer.concat(texts), starts, ends);
  }

  get length(): number {
    return this.starts.length;
  }

  /** A view. */
  at(index: number): Uint8Array {
    return this.bytes.subarray(this.starts[index], this.ends[index]);
  }
}

/** PLAIN: each behind its length. */
export function readPlainTexts(cursor: Cursor, count: number): Texts {
  // A text takes four bytes at least.
  if (count * 4 > cursor.end - cursor.at) cursor.fail(`${count} texts do not fit`);
  const starts = new Uint32Array(count);
  const ends = new Uint32Array(count);
  const { bytes, end } = cursor;
  let { at } = cursor;
  for (let i = 0; i < count; i++) {
    starts[i] = at + 4;
    at += 4 + ((bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0);
    if (!(at <= end)) {
      cursor.at = starts[i];
      cursor.fail(`text ${i} ends behind its page`);
    }
    ends[i] = at;
  }
  cursor.at = at;
  return new Texts(bytes, starts, ends);
}

/** The texts of all, one after the other; of a single one as they are. */
export function joinTexts(parts: readonly Texts[]): Texts {
  if (parts.length === 1) return parts[0];
  const count = parts.reduce((sum, { length }) => sum + length, 0);
  const starts = new Uint32Array(count);
  const ends = new Uint32Array(count);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.bytes.length, 0));
  let [at, index] = [0, 0];
  for (const part of parts) {
    bytes.set(part.bytes, at);
    for (let i = 0; i < part.length; i++) {
      starts[index] = part.starts[i] + at;
      ends[index++] = part.ends[i] + at;
    }
    at += part.bytes.length;
  }
  return new Texts(bytes, starts, ends);
}

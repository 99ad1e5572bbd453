/** The hybrid of runs and bit-packing (https://parquet.apache.org/docs/file-format/data-pages/encodings/): levels and codes. */
import { Fault } from './read-range.ts';

/** Widest code: there are fewer dictionary entries than 2^24 in a row group. */
export const WIDTH_MAX = 24;

/** A place in the bytes of a page, which end at `end`. */
export class Cursor {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  fail(why: string): never {
    throw new Fault(this.at, why);
  }

  /** Passes over `length` bytes; returns where they begin. */
  pass(length: number): number {
    const { at } = this;
    if (!(length >= 0 && length <= this.end - at))
      this.fail(`${length} bytes do not fit into the ${this.end - at} that are left`);
    this.at = at + length;
    return at;
  }

  byte(): number {
    return this.bytes[this.pass(1)];
  }

  u32(): number {
    const at = this.pass(4);
    const { bytes } = this;
    return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
  }

  /** Below 2^32. */
  varint(): number {
    let value = 0;
    for (let factor = 1; factor <= 2 ** 28; factor *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80 && value < 2 ** 32) return value;
    }
    return this.fail('a number is too large');
  }
}

/** The value of a run, of `wide` bytes. */
function runValue(cursor: Cursor, wide: number): number {
  const at = cursor.pass(wide);
  let value = 0;
  for (let k = wide - 1; k >= 0; k--) value = (value << 8) | cursor.bytes[at + k];
  return value;
}

/** Reads values of `width` bits until `into` is full. */
export function readHybrid(cursor: Cursor, width: number, into: Uint32Array): void {
  const { bytes } = cursor;
  const count = into.length;
  const wide = (width + 7) >> 3;
  const mask = 2 ** width - 1;
  let i = 0;
  while (i < count) {
    const head = cursor.varint();
    const length = Math.floor(head / 2);
    if (head % 2 === 0) {
      const value = runValue(cursor, wide);
      if (length > count - i) cursor.fail(`a run of ${length} where ${count - i} values are left`);
      if (value > mask) cursor.fail(`a run of ${value} does not fit into ${width} bits`);
      into.fill(value, i, i + length);
      i += length;
      continue;
    }
    // The last eight may be filled up with zeros.
    if (length * 8 >= count - i + 8) cursor.fail(`${length * 8} packed values where ${count - i} are left`);
    let at = cursor.pass(length * width);
    const to = Math.min(count, i + length * 8);
    let held = 0;
    let filled = 0;
    for (; i < to; i++) {
      while (filled < width) {
        held |= bytes[at++] << filled;
        filled += 8;
      }
      into[i] = held & mask;
      held >>>= width;
      filled -= width;
    }
  }
}

/** Value `index` of `count` of `width` bits: runs before it are passed over, as they are. */
export function valueInHybrid(cursor: Cursor, width: number, count: number, index: number): number {
  const { bytes } = cursor;
  const wide = (width + 7) >> 3;
  const mask = 2 ** width - 1;
  for (let i = 0; i < count; ) {
    const head = cursor.varint();
    const length = Math.floor(head / 2);
    if (head % 2 === 0) {
      const value = runValue(cursor, wide);
      if (length > count - i) cursor.fail(`a run of ${length} where ${count - i} values are left`);
      i += length;
      if (index >= i) continue;
      if (value > mask) cursor.fail(`a run of ${value} does not fit into ${width} bits`);
      return value;
    }
    if (length * 8 >= count - i + 8) cursor.fail(`${length * 8} packed values where ${count - i} are left`);
    const at = cursor.pass(length * width);
    if (index >= i + length * 8) {
      i += length * 8;
      continue;
    }
    const bit = (index - i) * width;
    let held = 0;
    for (let k = 0; k < 4; k++) held |= (bytes[at + (bit >> 3) + k] ?? 0) << (k * 8);
    return (held >>> (bit & 7)) & mask;
  }
  return cursor.fail(`no value ${index} among ${count}`);
}

/**
 * Which rows of a chunk have a value: runs of rows, which are few where rows stand by shape. Three numbers a run: its first row, the
 * row behind its last, and which value is its first row's.
 */
export class Presence {
  readonly rows: number;
  /** Rows that have a value. */
  readonly count: number;
  readonly runs: Uint32Array;

  constructor(rows: number, count: number, runs: Uint32Array) {
    this.rows = rows;
    this.count = count;
    this.runs = runs;
  }

  /** Which value is the row's; -1: it has none. */
  indexOf(row: number): number {
    const { runs } = this;
    let low = 0;
    let high = runs.length / 3;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (runs[middle * 3 + 1] <= row) low = middle + 1;
      else high = middle;
    }
    const at = low * 3;
    return at < runs.length && runs[at] <= row ? runs[at + 2] + row - runs[at] : -1;
  }
}

/** Gathers the runs of one page after the other. */
export class PresenceBuilder {
  #runs = new Uint32Array(12);
  #length = 0;
  #rows = 0;
  #count = 0;

  get rows(): number {
    return this.#rows;
  }

  get count(): number {
    return this.#count;
  }

  add(rows: number, present: boolean): void {
    if (present && rows > 0) {
      if (this.#length > 0 && this.#runs[this.#length - 2] === this.#rows) this.#runs[this.#length - 2] += rows;
      else {
        if (this.#length === this.#runs.length) {
          const grown = new Uint32Array(this.#length * 2);
          grown.set(this.#runs);
          this.#runs = grown;
        }
        this.#runs[this.#length++] = this.#rows;
        this.#runs[this.#length++] = this.#rows + rows;
        this.#runs[this.#length++] = this.#count;
      }
      this.#count += rows;
    }
    this.#rows += rows;
  }

  /** Reads the levels of the next `rows` rows: one bit each. */
  read(cursor: Cursor, rows: number): void {
    const { bytes } = cursor;
    let left = rows;
    while (left > 0) {
      const head = cursor.varint();
      const length = Math.floor(head / 2);
      if (head % 2 === 0) {
        if (length > left) cursor.fail(`a run of ${length} levels where ${left} are left`);
        const level = cursor.byte();
        if (level > 1) cursor.fail(`a level of ${level}`);
        this.add(length, level === 1);
        left -= length;
        continue;
      }
      if (length * 8 >= left + 8) cursor.fail(`${length * 8} packed levels where ${left} are left`);
      const from = cursor.pass(length);
      const count = Math.min(left, length * 8);
      for (let i = 0; i < count; ) {
        const level = (bytes[from + (i >> 3)] >> (i & 7)) & 1;
        let to = i + 1;
        while (to < count && ((bytes[from + (to >> 3)] >> (to & 7)) & 1) === level) to++;
        this.add(to - i, level === 1);
        i = to;
      }
      left -= count;
    }
  }

  /** A view, good until more is added. */
  soFar(): Presence {
    return new Presence(this.#rows, this.#count, this.#runs.subarray(0, this.#length));
  }

  end(): Presence {
    return new Presence(this.#rows, this.#count, this.#runs.slice(0, this.#length));
  }
}

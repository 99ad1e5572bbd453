/**
 * Bytes of a frame: the header's fixed part, limits, and reading and writing little-endian numbers.
 *
 * ```
 * 0 magic "WEVB" · 4 version u32 · 8 length u32 · 12 CRC-32 of all bytes from 16 on
 * 16 flags u32 · 20 rows u32 · 24 earliest event time f64 · 32 latest f64 (ms since 1970; NaN: none)
 * 40 tenant, source, mapping: varint length and UTF-8 each
 * columns:  varint count; each: varint parent (0: the event) · varint length and bytes of the key's raw token
 * shapes:   varint count; each: varint length in tokens; the tokens, varints (shape-tokens.ts)
 * rows:     shape number of each row, as wide as the number of shapes asks (0, 1, 2 bytes)
 * dictionaries, column by column: varint entries · kind u8 (0: one u8 an entry follows) · varint lengths · codes · raw tokens
 * ```
 * A column's codes stand in the order of rows; which rows have how many of them follows from their shapes, so neither a
 * dense nor a sparse column stores row numbers. A code is as wide as its dictionary asks (0, 1 or 2 bytes): a column
 * with one value costs nothing.
 */
import { limits, WeirError } from '../base/index.ts';

export const MAGIC = 0x42564557; // "WEVB"
export const FORMAT_VERSION = 1;
export const CHECKED_FROM = 16;
export const HEADER_BYTES = 40;
/** The frame holds one row, too large for an ordinary frame. */
export const OVERSIZED = 1;

/** Frames must fit a Kafka record (1 MiB by default). */
export const FRAME_BYTES_MAX = 900 * 1024;
/** What the kernel makes in one batch (kernel/scan.ts, kernel/shapes.ts): more is damage. */
export const ROWS_MAX = 0x8000;
export const VALUES_MAX = 0x80000;
/** Of all dictionaries together. */
export const ENTRIES_MAX = 0xfff0;
export const COLUMNS_MAX = 0x3fff;
/** Nodes of the trie that shapes make up: those with a common start have its nodes in common. */
export const NODES_MAX = 0xffff;
export const KEY_BYTES_MAX = 0x200000;
export const PATH_BYTES_MAX = 0x1000000;
export const LABEL_BYTES_MAX = 1024;
/** Text of one row, so also a frame of one; no less than the longest line and what lengths and codes add to it: what small parts may add up to. */
export const ROW_BYTES_MAX = 2 * limits.lineBytesMax;

export function damaged(what: string, cause?: unknown): WeirError {
  return new WeirError('batch.damaged', `the frame of events is damaged: ${what}`, {
    hint: 'Nothing of this frame was used. Send or restore it again; if it came from this machine, check the disk.',
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Bytes a code needs to tell `count` things apart. */
export function widthOf(count: number): 0 | 1 | 2 {
  if (count <= 1) return 0;
  return count <= 0x100 ? 1 : 2;
}

/** A growing buffer. */
export class FrameWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  length = 0;

  constructor(size: number) {
    this.#bytes = new Uint8Array(size);
  }

  /** Room for `size` more bytes; the buffer to write them to at `length`. */
  room(size: number): Uint8Array<ArrayBuffer> {
    if (this.length + size > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.length + size, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.length));
      this.#bytes = larger;
    }
    return this.#bytes;
  }

  varint(value: number): void {
    const bytes = this.room(5);
    let rest = value;
    while (rest >= 0x80) {
      bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[this.length++] = rest;
  }

  byte(value: number): void {
    this.room(1)[this.length++] = value;
  }

  put(bytes: Uint8Array): void {
    this.room(bytes.length).set(bytes, this.length);
    this.length += bytes.length;
  }

  /** `length` bytes of `source` from `from`; short ones one by one, since making a view of them takes longer. */
  copy(source: Uint8Array, from: number, length: number): void {
    if (length > 64) {
      this.put(source.subarray(from, from + length));
      return;
    }
    const bytes = this.room(length);
    for (let i = 0; i < length; i++) bytes[this.length + i] = source[from + i];
    this.length += length;
  }

  /** Codes of `width` bytes each. */
  codes(codes: readonly number[], width: number): void {
    const bytes = this.room(codes.length * width);
    let at = this.length;
    for (let i = 0; width > 0 && i < codes.length; i++) {
      bytes[at++] = codes[i];
      if (width > 1) bytes[at++] = codes[i] >>> 8;
    }
    this.length = at;
  }

  /** What was written; a view. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.length);
  }

  finish(): ArrayBuffer {
    return this.#bytes.buffer.slice(0, this.length);
  }
}

/** Reads a frame; whatever points outside it is damage. */
export class FrameReader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  /** At most `max`. */
  varint(max: number, what: string): number {
    let value = 0;
    for (let shift = 0; shift < 32; shift += 7) {
      if (this.at >= this.bytes.length) throw damaged(`it ends inside ${what}`);
      const byte = this.bytes[this.at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value > max) throw damaged(`${what} is ${value}, at most ${max} are possible`);
        return value;
      }
    }
    throw damaged(`${what} is no number`);
  }

  byte(what: string): number {
    if (this.at >= this.bytes.length) throw damaged(`it ends inside ${what}`);
    return this.bytes[this.at++];
  }

  /** Start of the next `length` bytes. */
  skip(length: number, what: string): number {
    const from = this.at;
    if (length > this.bytes.length - from) throw damaged(`${what} end behind it`);
    this.at = from + length;
    return from;
  }

  /** Codes below `count`, `length` of them. */
  codes(length: number, count: number, what: string): Uint16Array {
    const codes = new Uint16Array(length);
    const width = widthOf(count);
    if (width === 0) {
      if (length > 0 && count === 0) throw damaged(`${what} have no dictionary`);
      return codes;
    }
    let at = this.skip(length * width, what);
    for (let i = 0; i < length; i++) {
      const code = width === 1 ? this.bytes[at] : this.bytes[at] | (this.bytes[at + 1] << 8);
      if (code >= count) throw damaged(`${what}: ${code} is not among ${count}`);
      codes[i] = code;
      at += width;
    }
    return codes;
  }
}

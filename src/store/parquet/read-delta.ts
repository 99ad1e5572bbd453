/** Differences (DELTA_BINARY_PACKED), and texts whose lengths or shared beginnings are kept so. */
import type { Cursor } from './read-hybrid.ts';
import { TEXT_BYTES_MAX, Texts } from './read-texts.ts';

const BLOCK_MAX = 1 << 16;

/** Reads 64-bit numbers as pairs of 32 bits, lower first: arithmetic of BigInts is ten times slower. */
export function readDeltas(cursor: Cursor, count: number): Uint32Array<ArrayBuffer> {
  const { bytes } = cursor;
  const block = cursor.varint();
  const parts = cursor.varint();
  const total = cursor.varint();
  if (!(block > 0 && block <= BLOCK_MAX && parts > 0 && block % parts === 0 && (block / parts) % 8 === 0))
    cursor.fail(`blocks of ${block} values in ${parts} parts`);
  if (total !== count) cursor.fail(`${total} differences where ${count} values should be`);
  const part = block / parts;
  const pairs = new Uint32Array(count * 2);
  const long = new Int32Array(2);
  readLong(cursor, long);
  let [low, high] = [long[0] >>> 0, long[1]];
  if (count > 0) {
    pairs[0] = low;
    pairs[1] = high;
  }
  for (let i = 1; i < count; ) {
    readLong(cursor, long);
    const [leastLow, leastHigh] = [long[0] >>> 0, long[1]];
    const widths = cursor.pass(parts);
    for (let k = 0; k < parts && i < count; k++) {
      const width = bytes[widths + k];
      if (width > 64) cursor.fail(`differences of ${width} bits`);
      let at = cursor.pass((part * width) >> 3);
      const to = Math.min(count, i + part);
      let held = 0;
      let filled = 0;
      // What positions, rows and times come in: a third of the time of what is below.
      if (width <= 24) {
        const mask = (1 << width) - 1;
        for (; i < to; i++) {
          while (filled < width) {
            held |= bytes[at++] << filled;
            filled += 8;
          }
          const sum = low + leastLow + (held & mask);
          held >>>= width;
          filled -= width;
          low = sum >>> 0;
          high = (high + leastHigh + (sum - low) / 2 ** 32) | 0;
          pairs[i * 2] = low;
          pairs[i * 2 + 1] = high;
        }
        continue;
      }
      for (; i < to; i++) {
        let deltaLow = 0;
        let deltaHigh = 0;
        // Up to 24 bits at a time stay within 32.
        for (let done = 0; done < width; done += 24) {
          const bits = Math.min(24, width - done);
          while (filled < bits) {
            held |= bytes[at++] << filled;
            filled += 8;
          }
          const piece = held & ((1 << bits) - 1);
          held >>>= bits;
          filled -= bits;
          if (done === 0) deltaLow = piece;
          else if (done === 24) {
            deltaLow = (deltaLow | (piece << 24)) >>> 0;
            deltaHigh = piece >>> 8;
          } else deltaHigh |= piece << 16;
        }
        const sum = low + leastLow + deltaLow;
        low = sum >>> 0;
        high = (high + leastHigh + deltaHigh + (sum - low) / 2 ** 32) | 0;
        pairs[i * 2] = low;
        pairs[i * 2 + 1] = high;
      }
    }
  }
  return pairs;
}

/** A zigzag varint of 64 bits. */
function readLong(cursor: Cursor, into: Int32Array): void {
  let low = 0;
  let high = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = cursor.byte();
    const bits = byte & 0x7f;
    if (shift < 28) low |= bits << shift;
    else if (shift === 28) {
      low |= bits << 28;
      high = bits >> 4;
    } else if (shift < 63) high |= bits << (shift - 32);
    else high |= (bits & 1) << 31;
    if (byte < 0x80) break;
    if (shift === 63) cursor.fail('a number is too large');
  }
  const sign = -(low & 1);
  into[0] = ((low >>> 1) | (high << 31)) ^ sign;
  into[1] = (high >>> 1) ^ sign;
}

/** Lengths of texts. */
function readLengths(cursor: Cursor, count: number): Uint32Array {
  const pairs = readDeltas(cursor, count);
  const lengths = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    if (pairs[i * 2 + 1] !== 0) cursor.fail(`text ${i} has a length beyond 32 bits`);
    lengths[i] = pairs[i * 2];
  }
  return lengths;
}

/** DELTA_LENGTH_BYTE_ARRAY. */
export function readLengthTexts(cursor: Cursor, count: number): Texts {
  const ends = readLengths(cursor, count);
  const starts = new Uint32Array(count);
  let sum = cursor.at;
  for (let i = 0; i < count; i++) {
    starts[i] = sum;
    sum += ends[i];
    if (sum > cursor.end) cursor.fail(`text ${i} ends behind its page`);
    ends[i] = sum;
  }
  cursor.pass(sum - cursor.at);
  return new Texts(cursor.bytes, starts, ends);
}

/** DELTA_BYTE_ARRAY: each text begins like the one before it. */
export function readPrefixTexts(cursor: Cursor, count: number): Texts {
  const shared = readLengths(cursor, count);
  const rests = readLengthTexts(cursor, count);
  let sum = 0;
  let before = 0;
  for (let i = 0; i < count; i++) {
    if (shared[i] > before) cursor.fail(`text ${i} shares ${shared[i]} bytes with one of ${before}`);
    before = shared[i] + rests.ends[i] - rests.starts[i];
    sum += before;
    // A few bytes of lengths can stand for any number of texts that begin alike.
    if (sum > TEXT_BYTES_MAX) cursor.fail(`its texts take more than ${TEXT_BYTES_MAX} bytes`);
  }
  const bytes = new Uint8Array(sum);
  const starts = new Uint32Array(count);
  const ends = new Uint32Array(count);
  let at = 0;
  for (let i = 0; i < count; i++) {
    starts[i] = at;
    if (i > 0) bytes.copyWithin(at, starts[i - 1], starts[i - 1] + shared[i]);
    at += shared[i];
    bytes.set(rests.bytes.subarray(rests.starts[i], rests.ends[i]), at);
    at += rests.ends[i] - rests.starts[i];
    ends[i] = at;
  }
  return new Texts(bytes, starts, ends);
}

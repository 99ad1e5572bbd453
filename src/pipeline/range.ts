/** Reads the lines that start in a byte range of a file straight into the kernel's input. */
import { limits, type RandomReader } from '../base/index.ts';
import type { Kernel } from '../batch/index.ts';

/** Bytes read beyond a range to find the end of its last line; most lines end sooner, longer ones cost another read. */
const BEYOND = 64 * 1024;

export interface RangeLines {
  /** Byte of the file at which the first line starts. */
  readonly position: number;
  readonly length: number;
  /** Byte of the file at which a line starts that is longer than `lineBytesMax`: it is left out. */
  readonly tooLong: number | null;
}

/**
 * Puts the lines that start in [from, to) into the kernel's input buffer and begins them. Length 0 when none does.
 */
export function readRange(reader: RandomReader, kernel: Kernel, from: number, to: number): RangeLines {
  const start = from === 0 ? 0 : from - 1;
  let size = to - start + BEYOND;
  let buffer = kernel.inputBuffer(size);
  let filled = reader.readAt(buffer, start);
  let first = 0;
  if (from > 0) {
    const newline = buffer.subarray(0, to - start).indexOf(0x0a);
    if (newline < 0 || start + newline + 1 >= to) {
      kernel.begin(0);
      return { position: to, length: 0, tooLong: null };
    }
    first = newline + 1;
  }
  // The line that holds byte to - 1 is the last.
  let end = buffer.subarray(0, filled).indexOf(0x0a, to - 1 - start);
  while (end < 0 && filled === size && size < to - start + limits.lineBytesMax) {
    const kept = buffer.slice(0, filled);
    size = Math.min(size * 2, to - start + limits.lineBytesMax);
    buffer = kernel.inputBuffer(size);
    buffer.set(kept);
    filled += reader.readAt(buffer.subarray(filled), start + filled);
    end = buffer.subarray(0, filled).indexOf(0x0a, to - 1 - start);
  }
  let tooLong: number | null = null;
  let length = filled;
  if (end >= 0) length = end + 1;
  else if (filled === size) {
    length = buffer.subarray(0, filled).lastIndexOf(0x0a, to - 1 - start) + 1;
    tooLong = start + Math.max(length, first);
    length = Math.max(length, first);
  }
  if (first > 0) buffer.copyWithin(0, first, length);
  kernel.begin(length - first);
  return { position: start + first, length: length - first, tooLong };
}



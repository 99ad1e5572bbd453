/** Cuts a plain NDJSON file into byte ranges of whole lines, so that several workers can read one file. */
import { limits, type RandomReader } from '../base/index.ts';

/** Bytes `start` up to `end` of a file. */
export interface LineRange {
  readonly start: number;
  readonly end: number;
  /** The range is a single line that is longer than an event may be: name it and do not read it. */
  readonly tooLong: boolean;
}

const PROBE_BYTES = 64 * 1024;
/** The first hit is out when the first range is done. */
const FIRST_BYTES = 32 * 1024;

/**
 * Ranges that cover the file without gap or overlap, each ending behind a newline (the last one at the end of the file): the
 * first of about `firstBytes`, each twice the one before, up to `rangeBytes`. Reads only around the cuts. None is longer than
 * `rangeBytes` and one line, unless `tooLong`.
 */
export function* splitAtNewline(
  reader: Pick<RandomReader, 'size' | 'readAt'>,
  rangeBytes: number = limits.readChunkBytes,
  lineBytesMax: number = limits.lineBytesMax,
  firstBytes: number = FIRST_BYTES,
): Generator<LineRange> {
  const { size } = reader;
  let bytes = Math.min(firstBytes, rangeBytes);
  for (let start = 0; start < size; bytes = Math.min(bytes * 2, rangeBytes)) {
    const target = start + bytes;
    if (target >= size && size - start <= lineBytesMax) {
      yield { start, end: size, tooLong: false };
      return;
    }
    let end = lineEnd(reader, Math.min(target, size) - 1, lineBytesMax);
    if (end >= 0) {
      yield { start, end, tooLong: false };
      start = end;
      continue;
    }
    // A line without an end in reach: what is before it is one range, the line itself another.
    const lineStart = lastLineStart(reader, start, Math.min(target, size));
    if (lineStart > start) yield { start, end: lineStart, tooLong: false };
    end = lineEnd(reader, lineStart, Number.POSITIVE_INFINITY);
    yield { start: lineStart, end, tooLong: end - lineStart > lineBytesMax };
    start = end;
  }
}

/** Position behind the first newline at or after `from`; the size where the file ends first; -1 when it is farther than `reach`. */
function lineEnd(reader: Pick<RandomReader, 'size' | 'readAt'>, from: number, reach: number): number {
  const buffer = new Uint8Array(PROBE_BYTES);
  for (let at = from; at < reader.size; at += PROBE_BYTES) {
    if (at - from > reach) return -1;
    const filled = reader.readAt(buffer, at);
    const newline = buffer.subarray(0, filled).indexOf(0x0a);
    if (newline >= 0) return at + newline + 1;
    if (filled < PROBE_BYTES) break;
  }
  return reader.size;
}

/** Start of the last line that starts in `start` … `end`. */
function lastLineStart(reader: Pick<RandomReader, 'size' | 'readAt'>, start: number, end: number): number {
  const buffer = new Uint8Array(PROBE_BYTES);
  for (let to = end; to > start; ) {
    const from = Math.max(start, to - PROBE_BYTES);
    const filled = reader.readAt(buffer.subarray(0, to - from), from);
    const newline = buffer.subarray(0, filled).lastIndexOf(0x0a);
    if (newline >= 0) return from + newline + 1;
    to = from;
  }
  return start;
}

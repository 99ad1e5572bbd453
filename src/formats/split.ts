/** Cuts a plain NDJSON file into byte ranges of whole lines, so that several workers can read one file. */
import { limits, type RandomReader } from '../base/index.ts';

/** Bytes `start` up to `end` of a file. */
export interface LineRange {
  readonly start: number;
  readonly end: number;
  /** Where the range is a single line longer than an event may be, its bytes without its newline: name it and do not read it. Else 0. */
  readonly tooLong: number;
}

const PROBE_BYTES = 64 * 1024;
/** The first hit is out when the first range is done. */
const FIRST_BYTES = 32 * 1024;

/**
 * Ranges that cover the file without gap or overlap, each ending behind a newline (the last one at the end of the file): the
 * first of about `firstBytes`, each twice the one before, up to `rangeBytes`. Reads only around the cuts. None is longer than
 * `rangeBytes` and one line, unless `tooLong`.
 * `lineBytesMax` must not be less than `rangeBytes`: a line within a range is not measured.
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
    const target = Math.min(start + bytes, size);
    const { newline, end } = lineEnd(reader, target - 1);
    if (newline - start > lineBytesMax) {
      // The line across the cut may be too long: what is before it is one range, the line itself another.
      const lineStart = lastLineStart(reader, start, target);
      if (lineStart > start) yield { start, end: lineStart, tooLong: 0 };
      const length = newline - lineStart;
      yield { start: lineStart, end, tooLong: length > lineBytesMax ? length : 0 };
    } else {
      yield { start, end, tooLong: 0 };
    }
    start = end;
  }
}

/** The first newline at or after `from`, and the position behind it; both are the size where there is none. */
function lineEnd(reader: Pick<RandomReader, 'size' | 'readAt'>, from: number): { newline: number; end: number } {
  const buffer = new Uint8Array(PROBE_BYTES);
  for (let at = from; at < reader.size; at += PROBE_BYTES) {
    const filled = reader.readAt(buffer, at);
    const newline = buffer.subarray(0, filled).indexOf(0x0a);
    if (newline >= 0) return { newline: at + newline, end: at + newline + 1 };
    if (filled < PROBE_BYTES) break;
  }
  return { newline: reader.size, end: reader.size };
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

/** NDJSON: one event a line. CRLF, a byte order mark and blank lines are taken away; nothing else is looked at. */
import { limits } from '../base/index.ts';
import { ChunkWriter } from './chunk-writer.ts';
import type { JsonOptions } from './json.ts';
import { type InputReport, tooLongReason } from './report.ts';
import type { Chunk } from './types.ts';

const NEWLINE = 0x0a;

/** Push the input in pieces of any size, then call `end`; take the chunks whenever you like. */
export class LineSplitter {
  readonly #out: ChunkWriter;
  readonly #report: InputReport;
  readonly #lineBytesMax: number;
  /** Byte of the input at which the line in progress starts. */
  #linePosition = 0;
  /** Bytes of a line that is too long and no longer kept. */
  #discarded = 0;

  constructor(report: InputReport, options: JsonOptions = {}) {
    this.#report = report;
    this.#lineBytesMax = options.lineBytesMax ?? limits.lineBytesMax;
    this.#out = new ChunkWriter(options.chunkBytes);
  }

  push(bytes: Uint8Array): void {
    let from = 0;
    for (let newline = bytes.indexOf(NEWLINE); newline >= 0; newline = bytes.indexOf(NEWLINE, from)) {
      this.#append(bytes, from, newline);
      this.#endLine(1);
      from = newline + 1;
    }
    this.#append(bytes, from, bytes.length);
  }

  end(): void {
    this.#endLine(0);
    this.#out.flush();
  }

  take(): Chunk[] {
    return this.#out.take();
  }

  #append(bytes: Uint8Array, from: number, to: number): void {
    const out = this.#out;
    const length = out.end - out.start + to - from;
    if (this.#discarded > 0 || length > this.#lineBytesMax) {
      this.#discarded += length;
      out.drop(false);
      return;
    }
    out.reserve(to - from + 1);
    if (to > from) out.bytes.set(bytes.subarray(from, to), out.end);
    out.end += to - from;
  }

  #endLine(newlineBytes: number): void {
    const out = this.#out;
    const position = this.#linePosition;
    const length = this.#discarded > 0 ? this.#discarded : out.end - out.start;
    this.#linePosition += length + newlineBytes;
    if (this.#discarded > 0) {
      this.#report.add(`record ${out.record}, byte ${position}`, tooLongReason(length, this.#lineBytesMax));
      this.#discarded = 0;
      out.drop(true);
      return;
    }
    const { bytes } = out;
    if (position === 0 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf && out.start === 0) {
      bytes.copyWithin(0, 3, out.end);
      out.end -= Math.min(3, out.end);
    }
    while (out.end > out.start && bytes[out.end - 1] === 0x0d) out.end--;
    if (isBlank(bytes, out.start, out.end)) out.drop(false);
    else out.complete(position);
  }
}

function isBlank(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 0x20 && bytes[i] !== 0x09 && bytes[i] !== 0x0d) return false;
  return true;
}

/**
 * An input as batches of whole lines, cut in the same places whenever it is read: so a batch can be known again after a kill. A
 * batch ends with the first line that reaches its size, or where the input ended when it was read.
 */
import { limits, openRandom, type RandomReader, sha256 } from '../../base/index.ts';
import {
  type EventFormat,
  inputReport,
  openInput,
  type Report,
  splitAtNewline,
  tooLongReason,
} from '../../formats/index.ts';

/** Lines `from` to before `to`, bytes of the input as lines of JSON. */
export interface Batch {
  readonly from: number;
  readonly to: number;
  /** A newline after each line, but perhaps the last; empty where the lines were left out. */
  readonly bytes: Uint8Array;
  /** SHA-256 of the bytes. */
  readonly hash: string;
}

export const batchOf = (from: number, to: number, bytes: Uint8Array): Batch => ({
  from,
  to,
  bytes,
  hash: sha256(bytes),
});

/**
 * Batches of a file of plain lines from byte `from` on. Lines too long for an event are reported, and come as batches without bytes.
 * @param cuts where batches ended before, ascending: they do again
 */
export function* plainBatches(path: string, from: number, cuts: readonly number[], report: Report): Generator<Batch> {
  using reader = openRandom(path);
  const named = inputReport(path, report);
  let at = from;
  for (const cut of [...cuts, reader.size]) {
    const end = Math.min(cut, reader.size);
    for (const { start, end: to, tooLong } of splitAtNewline(part(reader, at, end), ...SIZES)) {
      if (tooLong > 0) named.add(`byte ${at + start}`, tooLongReason(tooLong));
      yield batchOf(at + start, at + to, tooLong > 0 ? new Uint8Array(0) : readFully(reader, at + start, at + to));
    }
    at = Math.max(at, end);
  }
  named.finish();
}

const SIZES = [limits.sendBatchBytes, limits.lineBytesMax, limits.sendBatchBytes] as const;

function part(reader: RandomReader, from: number, to: number): Pick<RandomReader, 'size' | 'readAt'> {
  const size = Math.max(0, to - from);
  return {
    size,
    readAt: (into, at) => reader.readAt(into.subarray(0, Math.max(0, Math.min(into.length, size - at))), from + at),
  };
}

function readFully(reader: RandomReader, from: number, to: number): Uint8Array {
  const bytes = new Uint8Array(to - from);
  let filled = 0;
  while (filled < bytes.length) {
    const more = reader.readAt(bytes.subarray(filled), from + filled);
    // It became shorter while it was read; the next look at it says so.
    if (more === 0) break;
    filled += more;
  }
  return filled === bytes.length ? bytes : bytes.subarray(0, filled);
}

export interface ReadOptions {
  readonly format: EventFormat | undefined;
  readonly recover: boolean;
  readonly onBytes: (bytes: number) => void;
}

/** Batches of whatever else weir reads, all members of an archive one after the other, from byte `from` of their lines on. */
export async function* readBatches(
  path: string,
  from: number,
  cuts: readonly number[],
  options: ReadOptions,
  report: Report,
): AsyncGenerator<Batch> {
  const lines = new LineBatches(from, cuts);
  for await (const { chunks } of openInput(path, options, report)) {
    for await (const { bytes } of chunks()) yield* lines.push(bytes);
  }
  yield* lines.end();
}

class LineBatches {
  /** Bytes that are passed over. */
  #skip: number;
  #from: number;
  #parts: Uint8Array[] = [];
  #bytes = 0;
  readonly #cuts: number[];

  constructor(from: number, cuts: readonly number[]) {
    this.#skip = from;
    this.#cuts = cuts.filter((cut) => cut > from);
    this.#from = from;
  }

  *push(lines: Uint8Array): Generator<Batch> {
    const skipped = Math.min(this.#skip, lines.length);
    this.#skip -= skipped;
    let rest = lines.subarray(skipped);
    while (rest.length > 0) {
      const missing = limits.sendBatchBytes - this.#bytes;
      const newline = missing > rest.length ? -1 : rest.indexOf(0x0a, missing - 1);
      const toCut = this.#cuts.length === 0 ? rest.length + 1 : this.#cuts[0] - this.#from - this.#bytes;
      const taken = rest.subarray(0, Math.min(toCut, newline < 0 ? rest.length : newline + 1));
      // A chunk's memory may be used again for the next.
      this.#parts.push(Uint8Array.from(taken));
      this.#bytes += taken.length;
      rest = rest.subarray(taken.length);
      if (taken.length === toCut) this.#cuts.shift();
      if (taken.length === toCut || taken.length === newline + 1) yield* this.end();
    }
  }

  *end(): Generator<Batch> {
    if (this.#bytes === 0) return;
    const bytes = this.#parts.length === 1 ? this.#parts[0] : Buffer.concat(this.#parts);
    yield batchOf(this.#from, this.#from + this.#bytes, bytes);
    this.#from += this.#bytes;
    this.#parts = [];
    this.#bytes = 0;
  }
}

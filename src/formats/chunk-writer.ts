/** Gathers lines into Chunks and numbers them. */
import { limits } from '../base/index.ts';
import type { Chunk } from './types.ts';

/** First buffers are small, since most inputs are; later ones have room for a chunk and what is read at a time. */
const FIRST_BYTES = 64 * 1024;

/**
 * A buffer that its owner writes into directly: `bytes[end++] = …`. Lines before `start` are complete, what follows is
 * the line in progress. Each chunk has a buffer of its own, which may be transferred.
 */
export class ChunkWriter {
  bytes: Uint8Array = new Uint8Array(FIRST_BYTES);
  /** Where the line in progress begins. */
  start = 0;
  /** Where the next byte goes. */
  end = 0;
  /** Record number of the line in progress, from 1. */
  record = 1;
  readonly #chunkBytes: number;
  #ready: Chunk[] = [];
  #count = 0;
  #firstRecord = 1;
  #firstPosition = 0;
  /** Set when the record numbers of this chunk have gaps. */
  #records: number[] | null = null;

  constructor(chunkBytes: number = limits.readChunkBytes) {
    this.#chunkBytes = chunkBytes;
  }

  /** Makes room for `more` bytes behind `end`. */
  reserve(more: number): void {
    if (this.bytes.length - this.end >= more) return;
    const used = this.end - this.start;
    if (this.start >= this.#chunkBytes) this.flush();
    if (this.bytes.length - this.end >= more) return;
    const wanted = this.end + more;
    const grown = new Uint8Array(Math.max(wanted, Math.min(2 * this.bytes.length, this.#chunkBytes + used + more)));
    grown.set(this.bytes.subarray(0, this.end));
    this.bytes = grown;
  }

  /** Ends the line in progress, which began at byte `position` of the input. Room for one byte must be there. */
  complete(position: number): void {
    this.bytes[this.end++] = 10;
    if (this.#count === 0) {
      this.#firstRecord = this.record;
      this.#firstPosition = position;
    } else if (this.#records !== null) {
      this.#records.push(this.record);
    } else if (this.record !== this.#firstRecord + this.#count) {
      this.#records = Array.from({ length: this.#count }, (_, i) => this.#firstRecord + i);
      this.#records.push(this.record);
    }
    this.#count++;
    this.record++;
    this.start = this.end;
    if (this.end >= this.#chunkBytes) this.flush();
  }

  /** Drops the line in progress; its record number is used up when `counted`. */
  drop(counted: boolean): void {
    this.end = this.start;
    if (counted) this.record++;
  }

  /** Hands the complete lines over; the line in progress moves on to the next buffer. */
  flush(): void {
    if (this.#count === 0) return;
    const used = this.end - this.start;
    const next = new Uint8Array(Math.max(this.bytes.length, used + FIRST_BYTES));
    next.set(this.bytes.subarray(this.start, this.end));
    this.#ready.push({
      bytes: this.bytes.subarray(0, this.start),
      firstRecord: this.#firstRecord,
      ...(this.#records === null ? {} : { records: Float64Array.from(this.#records) }),
      position: this.#firstPosition,
    });
    this.bytes = next;
    this.start = 0;
    this.end = used;
    this.#count = 0;
    this.#records = null;
  }

  /** Chunks that are complete, once each. */
  take(): Chunk[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }
}

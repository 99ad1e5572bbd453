import { CHUNK_BYTES } from './bounds.ts';

/** 3 bytes more than a chunk, so that a 4-byte read at its last byte stays inside. */
const ROOM = CHUNK_BYTES + 8;

/**
 * One chunk in memory, readable as UTF-16 units from any byte: BinXML aligns nothing, and reading units instead of byte
 * pairs is what the string loop lives on, so a second copy is kept shifted by one byte (3 µs a chunk).
 */
export class Page {
  readonly bytes = new Uint8Array(ROOM);
  readonly #even = new Uint16Array(this.bytes.buffer);
  readonly #shifted = new Uint8Array(ROOM);
  readonly #odd = new Uint16Array(this.#shifted.buffer);

  /** Takes a copy of up to 64 KiB; what is missing reads as zero. */
  load(chunk: Uint8Array): void {
    this.bytes.fill(0, chunk.length);
    this.bytes.set(chunk);
    this.#shifted.set(this.bytes.subarray(1));
  }

  /** Units in which the unit at byte `at` has index `at >> 1`. */
  unitsAt(at: number): Uint16Array {
    return (at & 1) === 0 ? this.#even : this.#odd;
  }

  u16(at: number): number {
    const { bytes } = this;
    return bytes[at] | (bytes[at + 1] << 8);
  }

  u32(at: number): number {
    const { bytes } = this;
    return (bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)) >>> 0;
  }
}

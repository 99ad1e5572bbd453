import { CHUNK_BYTES } from './bounds.ts';

/**
 * One chunk in memory. BinXML aligns nothing, so numbers are read through a DataView, which V8 turns into one unaligned
 * load. Zeros follow, so that what is read ahead of a check stays inside: a DataView throws.
 */
export class Page {
  readonly bytes = new Uint8Array(CHUNK_BYTES + 64);
  readonly view = new DataView(this.bytes.buffer);

  /** Takes a copy of up to 64 KiB; what is missing reads as zero. */
  load(chunk: Uint8Array): void {
    this.bytes.fill(0, chunk.length);
    this.bytes.set(chunk);
  }

  u16(at: number): number {
    return this.view.getUint16(at, true);
  }

  u32(at: number): number {
    return this.view.getUint32(at, true);
  }
}

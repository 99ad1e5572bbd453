import { crc32 } from 'node:zlib';
import { CHUNK_BYTES, CHUNK_HEADER_BYTES, RECORD_BYTES_MIN } from './bounds.ts';
import type { Page } from './page.ts';

/** `**` and two zero bytes, little-endian. */
export const RECORD_MAGIC = 0x2a2a;
const CHUNK_MAGIC = Uint8Array.from('ElfChnk\0', (c) => c.charCodeAt(0));
/** Chunk flag: no checksums were written. */
const NO_CHECKSUMS = 0x4;

/** What a chunk's header says of it. */
export interface Live {
  /** End of the live area, which begins behind the header; 0 where the header does not tell. */
  readonly end: number;
  /** What is wrong with the chunk as a whole; its live area is read all the same. */
  readonly faults: readonly string[];
}

export function hasChunkMagic(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < 8; i++) if (bytes[at + i] !== CHUNK_MAGIC[i]) return false;
  return true;
}

function headerChecksum(bytes: Uint8Array, at: number): number {
  return crc32(bytes.subarray(at + 128, at + CHUNK_HEADER_BYTES), crc32(bytes.subarray(at, at + 120)));
}

/**
 * Finds a chunk that does not stand where one is due: signature and header checksum must be right, since both may also
 * be the contents of an event. -1 where there is none.
 */
export function findChunk(bytes: Uint8Array, from: number, to: number): number {
  for (let at = bytes.indexOf(CHUNK_MAGIC[0], from); at >= 0 && at < to; at = bytes.indexOf(CHUNK_MAGIC[0], at + 1)) {
    if (at + CHUNK_HEADER_BYTES > bytes.length || !hasChunkMagic(bytes, at)) continue;
    const stored = new DataView(bytes.buffer, bytes.byteOffset + at).getUint32(124, true);
    if (headerChecksum(bytes, at) === stored) return at;
  }
  return -1;
}

/** Reads the header of the chunk in the page, of which `available` bytes are there. */
export function readLive(page: Page, available: number): Live {
  const { bytes } = page;
  const faults: string[] = [];
  const checked = (page.u32(120) & NO_CHECKSUMS) === 0;
  if (checked && headerChecksum(bytes, 0) !== page.u32(124)) faults.push('the checksum of the chunk header is wrong');

  const free = page.u32(48);
  const last = page.u32(44);
  const lastEnd = endOfRecord(page, last);
  const freeFits = free >= CHUNK_HEADER_BYTES && free <= CHUNK_BYTES;
  const checksum = page.u32(52);
  const agrees = (end: number): boolean => crc32(bytes.subarray(CHUNK_HEADER_BYTES, end)) === checksum;

  if (freeFits && (free === lastEnd || lastEnd === 0) && (!checked || agrees(free)))
    return cut(free, available, faults);
  // Two fields tell where the records end. Where they disagree the checksum of the records decides, then the first.
  if (freeFits && checked && agrees(free)) return cut(free, available, faults);
  if (lastEnd > 0 && checked && agrees(lastEnd)) {
    faults.push(`the chunk header puts the free space at byte ${free}, but its records end at byte ${lastEnd}`);
    return cut(lastEnd, available, faults);
  }
  if (freeFits || lastEnd > 0) {
    if (available < CHUNK_BYTES) return cut(freeFits ? free : lastEnd, available, faults);
    if (checked) faults.push('the checksum of the records is wrong');
    if (freeFits) return cut(free, available, faults);
    faults.push(`the chunk header puts the free space at byte ${free}, outside the chunk`);
    return cut(lastEnd, available, faults);
  }
  faults.push(
    `the chunk header tells neither where the free space begins (byte ${free}) nor the last record (byte ${last})`,
  );
  return { end: 0, faults };
}

function cut(end: number, available: number, faults: string[]): Live {
  if (available < CHUNK_BYTES) {
    faults.push(`the file ends ${available} bytes into the chunk, whose records take ${end}`);
  }
  return { end: Math.min(end, available), faults };
}

/** End of a record that begins at `at`, as far as it is one; otherwise 0. */
function endOfRecord(page: Page, at: number): number {
  if (at < CHUNK_HEADER_BYTES || at > CHUNK_BYTES - RECORD_BYTES_MIN || page.u32(at) !== RECORD_MAGIC) return 0;
  const end = at + page.u32(at + 4);
  return end <= CHUNK_BYTES && end >= at + RECORD_BYTES_MIN ? end : 0;
}

/** Where the next whole record begins: signature, a size that fits and the same size at its end. -1 where there is none. */
export function findRecord(page: Page, from: number, to: number): number {
  const { bytes } = page;
  for (let at = bytes.indexOf(0x2a, from); at >= 0 && at <= to - RECORD_BYTES_MIN; at = bytes.indexOf(0x2a, at + 1)) {
    if (page.u32(at) !== RECORD_MAGIC) continue;
    const size = page.u32(at + 4);
    if (size >= RECORD_BYTES_MIN && at + size <= to && page.u32(at + size - 4) === size) return at;
  }
  return -1;
}

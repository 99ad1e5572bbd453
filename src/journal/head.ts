/**
 * HEAD: up to where the journal is known to be durable. Two slots, written in turn, each in a sector of its own, so that one is whole
 * whatever happens while the other is written. Below HEAD nothing may be missing; behind it a torn write may be cut.
 *
 * ```
 * slot at 0 and at 4096:
 *  0 magic "WEVH" · 4 u32 CRC-32 of the bytes from 8 to the end · 8 u8 version · 9 zeros
 * 16 u64 generation, the higher slot holds · 24 u64 first position that there is · 32 u64 next position
 * 40 u64 first position of the segment file that is written to · 48 u64 its bytes so far
 * 56 SHA-256 of the last entry · 88 SHA-256 of the entry before the first kept (zeros where there is none) · 120 end
 * ```
 */
import path from 'node:path';
import { crc32 } from 'node:zlib';
import { type DurableFile, type Files, WeirError } from '../base/index.ts';
import { CorruptJournal } from './errors.ts';
import { HASH_BYTES } from './format.ts';

export interface Head {
  /** Lowest position that there is: 0, but in a journal whose beginning was cut off by hand. */
  readonly first: number;
  /** Position that the next entry gets: all below are durable. */
  readonly next: number;
  /** First position (and so the name) of the segment file that is written to, and its bytes so far. */
  readonly segment: number;
  readonly byte: number;
  /** SHA-256 of the last entry; zeros where there is none. */
  readonly hash: Uint8Array;
  /** SHA-256 of the entry before `first`: what the chain of hashes is anchored to. */
  readonly anchor: Uint8Array;
  /** Some of its files are released. */
  readonly released: boolean;
}

const NAME = 'HEAD';
const MAGIC = 0x48564557; // "WEVH"
/** Rises with any change of what is in a journal's files, entries included: so an older weir refuses a newer journal before it reads one. */
const VERSION = 2;
/** What is written while nothing is released: an older weir can go on with such a journal. */
const VERSION_WHOLE = 1;
const SLOT_BYTES = 120;
const SLOT_DISTANCE = 4096;

export const headPath = (folder: string): string => path.join(folder, NAME);

export const EMPTY_HEAD: Head = {
  first: 0,
  next: 0,
  segment: 0,
  byte: 0,
  hash: new Uint8Array(HASH_BYTES),
  anchor: new Uint8Array(HASH_BYTES),
  released: false,
};

function encodeSlot(head: Head, generation: number): Uint8Array {
  const bytes = new Uint8Array(SLOT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, MAGIC, true);
  bytes[8] = head.released ? VERSION : VERSION_WHOLE;
  const numbers = [generation, head.first, head.next, head.segment, head.byte];
  for (const [index, value] of numbers.entries()) view.setBigUint64(16 + index * 8, BigInt(value), true);
  bytes.set(head.hash, 56);
  bytes.set(head.anchor, 88);
  view.setUint32(4, crc32(bytes.subarray(8)), true);
  return bytes;
}

/** Null: it is not whole; `newer`: it is, and of a version that is not known here. */
function decodeSlot(bytes: Uint8Array): (Head & { generation: number }) | 'newer' | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, SLOT_BYTES);
  if (view.getUint32(0, true) !== MAGIC || view.getUint32(4, true) !== crc32(bytes.subarray(8))) return null;
  if (bytes[8] > VERSION) return 'newer';
  if (bytes[8] < VERSION_WHOLE) return null;
  const number = (at: number): number => Number(view.getBigUint64(at, true));
  return {
    generation: number(16),
    first: number(24),
    next: number(32),
    segment: number(40),
    byte: number(48),
    hash: bytes.slice(56, 88),
    anchor: bytes.slice(88, SLOT_BYTES),
    released: bytes[8] > VERSION_WHOLE,
  };
}

/** The newer whole slot. Throws `journal.corrupt` where there is none: no power cut damages both; `journal.newer` of another version. */
export function readHead(files: Files, folder: string): Head & { readonly generation: number } {
  const file = headPath(folder);
  const corrupt = (what: string): never => {
    throw new CorruptJournal({ file, byte: 0, position: null, what });
  };
  if (files.size(file) === null) return corrupt('it is missing');
  using reader = files.openRead(file);
  let newest: (Head & { generation: number }) | null = null;
  for (const at of [0, SLOT_DISTANCE]) {
    const bytes = new Uint8Array(SLOT_BYTES);
    if (reader.readAt(bytes, at) < SLOT_BYTES) continue;
    const slot = decodeSlot(bytes);
    if (slot === 'newer') {
      throw new WeirError('journal.newer', `${file} is of version ${bytes[8]}; this weir knows ${VERSION}`, {
        hint: 'Run the newer weir that wrote it. `weir repair` is not for this.',
      });
    }
    if (slot !== null && slot.generation > (newest?.generation ?? -1)) newest = slot;
  }
  if (newest === null) return corrupt('neither of its two slots is valid');
  const { first, next, segment } = newest;
  if (first > next || segment < first || segment > next) corrupt('its positions contradict each other');
  return newest;
}

/**
 * What of HEAD is not as it was written, while one slot holds: the other one, or bytes beside the two. A write that was torn may
 * have left that; after a clean stop nothing may.
 */
export function headDamage(files: Files, folder: string): { readonly byte: number; readonly what: string }[] {
  const file = headPath(folder);
  using reader = files.openRead(file);
  const bytes = new Uint8Array(SLOT_DISTANCE * 2);
  const size = reader.readAt(bytes, 0);
  const found: { byte: number; what: string }[] = [];
  for (const at of [0, SLOT_DISTANCE]) {
    if (size < at + SLOT_BYTES || decodeSlot(bytes.subarray(at, at + SLOT_BYTES)) === null) {
      found.push({ byte: at, what: 'this slot of the two is not whole; the other one holds' });
    }
    const stray = bytes.subarray(at + SLOT_BYTES, at + SLOT_DISTANCE).findIndex((value) => value !== 0);
    if (stray >= 0) found.push({ byte: at + SLOT_BYTES + stray, what: 'a byte that nothing writes is not zero' });
  }
  return found;
}

/** The whole file, as it is when it is made. */
export function headImage(head: Head): Uint8Array {
  const both = new Uint8Array(SLOT_DISTANCE * 2);
  both.set(encodeSlot(head, 0), 0);
  both.set(encodeSlot(head, 1), SLOT_DISTANCE);
  return both;
}

/** Writes HEAD, slot after slot. */
export class HeadFile {
  readonly #file: DurableFile;
  #generation: number;

  private constructor(file: DurableFile, generation: number) {
    this.#file = file;
    this.#generation = generation;
  }

  /**
   * Goes on behind `head` as it was read. What was read may only be in the operating system's memory, and the other slot the
   * only durable one: it is written once more before that one is touched.
   */
  static open(files: Files, folder: string, head: Head & { readonly generation: number }): HeadFile {
    const file = new HeadFile(files.open(headPath(folder)), head.generation - 1);
    file.write(head);
    return file;
  }

  /** Both slots, and the name; whatever was there. */
  static create(files: Files, folder: string, head: Head): void {
    using file = files.open(headPath(folder));
    file.truncate(0);
    file.write([headImage(head)], 0);
    file.sync();
    files.syncDirectory(folder);
  }

  write(head: Head): void {
    const generation = this.#generation + 1;
    this.#file.write([encodeSlot(head, generation)], (generation % 2) * SLOT_DISTANCE);
    this.#file.sync();
    // A slot that was not written whole is written again, not the good one.
    this.#generation = generation;
  }

  close(): void {
    this.#file.close();
  }
}

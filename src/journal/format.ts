/**
 * Bytes of an entry, version 1. Numbers are little-endian; an entry fills whole units of 8 bytes.
 *
 * ```
 *  0 magic "WEVJ"
 *  4 u32 checksum of what follows up to the receipt's end, the next field included: CRC-32, begun with this field of the
 *    entry before in the same group (a group's first entry: with 0)
 *  8 u32 checksum of payload and padding: CRC-32
 * 12 u8 version · 13 u8 kind · 14 u16 flags · 16 u32 bytes of the receipt · 20 u32 bytes of the payload
 * 24 u64 time of receipt, Unix ms · 32 u64 producer's sequence number · 40 producer, 16 bytes
 * 56 SHA-256 of the same producer's previous entry, whole; zeros for its first
 * 88 receipt (JSON, may be empty) · payload · zeros up to a multiple of 8
 * ```
 *
 * *Why checksums continue within a group.* A group is one write. When the power goes in the middle of it, its sectors are on the
 * disk in any order: a later entry may be whole where an earlier one is not. That is no corruption, since nobody was told that the
 * group is safe. But what is valid *behind* damage in a later group was written after the damaged one had been synced, and
 * then it is. So within a group nothing is valid behind damage, and a whole first-of-group header behind damage proves corruption.
 *
 * *Why the header has its own checksum, receipt included.* Headers and receipts are read alone to find positions, hashes and
 * books, and a length is believed before memory is set aside for it.
 *
 * *Sequence.* A frame does not hold its position. The journal is the only producer of its own entries, one for each position, so
 * its readers hold the sequence against the place where the entry was found.
 */
import { crc32 } from 'node:zlib';
import { limits } from '../base/index.ts';

export const MAGIC = 0x4a564557; // "WEVJ"
export const FORMAT_VERSION = 1;
export const HEADER_BYTES = 88;
export const ALIGNMENT = 8;
export const HASH_BYTES = 32;
export const PRODUCER_BYTES = 16;
/** First of its group: checksums begin anew, all before it has been synced. */
export const FIRST = 1;
/** More entries of the same unit follow. */
export const MORE = 2;

/** `lost`: stands for an entry that `repair` could not save, so that later ones keep their positions. */
export type EntryKind = 'events' | 'dead' | 'control' | 'lost';
/** Index + 1 is the number in the header. */
export const KINDS: readonly EntryKind[] = ['events', 'dead', 'control', 'lost'];

export interface Header {
  checksum: number;
  bodyChecksum: number;
  kind: EntryKind;
  flags: number;
  receiptBytes: number;
  payloadBytes: number;
  receivedAt: number;
  sequence: number;
  /** Views into the bytes that were read. */
  producer: Uint8Array;
  previous: Uint8Array;
}

/** Bytes of the whole entry. */
export function entryBytes(receiptBytes: number, payloadBytes: number): number {
  return Math.ceil((HEADER_BYTES + receiptBytes + payloadBytes) / ALIGNMENT) * ALIGNMENT;
}

/** Checksum of a header and its receipt; `bytes` begin with the entry, `seed` is the checksum before it in its group. */
export function headerChecksum(bytes: Uint8Array, receiptBytes: number, seed: number): number {
  return crc32(bytes.subarray(8, HEADER_BYTES + receiptBytes), seed);
}

/**
 * Reads the fixed part at the start of `bytes`; in words, what is wrong with it if it cannot be one. Only a checksum
 * makes it valid.
 */
export function readHeader(bytes: Uint8Array): Header | string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) return 'no entry begins here';
  if (bytes[12] !== FORMAT_VERSION) return `an entry of version ${bytes[12]}, where ${FORMAT_VERSION} is known`;
  const kind = KINDS[bytes[13] - 1];
  if (kind === undefined) return `an entry of unknown kind ${bytes[13]}`;
  const flags = view.getUint16(14, true);
  if (flags > (FIRST | MORE)) return `an entry with unknown flags ${flags}`;
  const receiptBytes = view.getUint32(16, true);
  const payloadBytes = view.getUint32(20, true);
  if (receiptBytes > limits.journalReceiptBytesMax) return `a receipt of ${receiptBytes} bytes`;
  if (payloadBytes > limits.journalEntryBytesMax) return `a payload of ${payloadBytes} bytes`;
  return {
    checksum: view.getUint32(4, true),
    bodyChecksum: view.getUint32(8, true),
    kind,
    flags,
    receiptBytes,
    payloadBytes,
    receivedAt: Number(view.getBigUint64(24, true)),
    sequence: Number(view.getBigUint64(32, true)),
    producer: bytes.subarray(40, 56),
    previous: bytes.subarray(56, HEADER_BYTES),
  };
}

export interface EntryToWrite {
  readonly kind: EntryKind;
  /** FIRST and MORE. */
  readonly flags: number;
  readonly receivedAt: number;
  readonly receipt: Uint8Array;
  readonly payload: Uint8Array;
  readonly sequence: number;
  readonly producer: Uint8Array;
  readonly previous: Uint8Array;
  /** Checksum of the header before it in its group; 0 for the first. */
  readonly seed: number;
}

/** Writes an entry at `at`; returns its bytes, a view. */
export function writeEntry(into: Uint8Array, at: number, entry: EntryToWrite): Uint8Array {
  const { receipt, payload } = entry;
  const bytes = into.subarray(at, at + entryBytes(receipt.length, payload.length));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const payloadAt = HEADER_BYTES + receipt.length;
  bytes.set(receipt, HEADER_BYTES);
  bytes.set(payload, payloadAt);
  bytes.fill(0, payloadAt + payload.length);
  view.setUint32(0, MAGIC, true);
  view.setUint32(8, crc32(bytes.subarray(payloadAt)), true);
  bytes[12] = FORMAT_VERSION;
  bytes[13] = KINDS.indexOf(entry.kind) + 1;
  view.setUint16(14, entry.flags, true);
  view.setUint32(16, receipt.length, true);
  view.setUint32(20, payload.length, true);
  view.setBigUint64(24, BigInt(entry.receivedAt), true);
  view.setBigUint64(32, BigInt(entry.sequence), true);
  bytes.set(entry.producer, 40);
  bytes.set(entry.previous, 56);
  view.setUint32(4, headerChecksum(bytes, receipt.length, entry.seed), true);
  return bytes;
}

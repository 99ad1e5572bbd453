/**
 * Bytes of an entry, version 1. Numbers are little-endian; an entry fills whole units of 8 bytes.
 *
 * ```
 *  0 magic "WEVJ"
 *  4 u32 checksum of header and receipt: CRC-32 of the bytes from 8 up to the receipt's end
 *  8 u32 checksum of payload and padding: CRC-32
 * 12 u8 version · 13 u8 kind · 14 u16 flags · 16 u32 bytes of the receipt · 20 u32 bytes of the payload
 * 24 u32 entries before it in its group · 28 u32 zero
 * 32 u64 time of receipt, Unix ms · 40 u64 producer's sequence number · 48 producer, 16 bytes
 * 64 SHA-256 of the same producer's previous entry, whole; zeros for its first
 * 96 receipt (JSON, may be empty) · payload · zeros up to a multiple of 8
 * ```
 *
 * *Why an entry knows its place in the group.* A group is one write. When the power goes in the middle of it, its sectors are on
 * the disk in any order: a later entry may be whole where an earlier one is not. That is no corruption, since nobody was told
 * that the group is safe. But a group begins to be written when the one before it has been synced. So behind damage at
 * sequence number n, a whole entry whose group began at n or before is of the torn group; one whose group began later
 * proves that n had been synced, and that is corruption.
 *
 * *Why the header has its own checksum, receipt included.* Headers and receipts are read alone to find positions, hashes and
 * books, and a length is believed before memory is set aside for it.
 *
 * *Sequence.* A frame does not hold its position. The journal is the only producer of its own entries, one for each position, so
 * its readers hold the sequence number against the place where the entry was found.
 */
import { crc32 } from 'node:zlib';
import { limits } from '../base/index.ts';

export const MAGIC = 0x4a564557; // "WEVJ"
export const FORMAT_VERSION = 1;
export const HEADER_BYTES = 96;
export const ALIGNMENT = 8;
export const HASH_BYTES = 32;
export const PRODUCER_BYTES = 16;
/** Flag: more entries of the same unit follow. */
export const MORE = 1;

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
  /** Entries before it in its group. */
  index: number;
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

/** Checksum of a header and its receipt; `bytes` begin with the entry. */
export function headerChecksum(bytes: Uint8Array, receiptBytes: number): number {
  return crc32(bytes.subarray(8, HEADER_BYTES + receiptBytes));
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
  if (flags > MORE) return `an entry with unknown flags ${flags}`;
  if (view.getUint32(28, true) !== 0) return 'an entry with unknown fields';
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
    index: view.getUint32(24, true),
    receivedAt: Number(view.getBigUint64(32, true)),
    sequence: Number(view.getBigUint64(40, true)),
    producer: bytes.subarray(48, 64),
    previous: bytes.subarray(64, HEADER_BYTES),
  };
}

export interface EntryToWrite {
  readonly kind: EntryKind;
  readonly more: boolean;
  /** Entries before it in its group. */
  readonly index: number;
  readonly receivedAt: number;
  readonly receipt: Uint8Array;
  readonly payload: Uint8Array;
  readonly sequence: number;
  readonly producer: Uint8Array;
  readonly previous: Uint8Array;
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
  view.setUint16(14, entry.more ? MORE : 0, true);
  view.setUint32(16, receipt.length, true);
  view.setUint32(20, payload.length, true);
  view.setUint32(24, entry.index, true);
  view.setUint32(28, 0, true);
  view.setBigUint64(32, BigInt(entry.receivedAt), true);
  view.setBigUint64(40, BigInt(entry.sequence), true);
  bytes.set(entry.producer, 48);
  bytes.set(entry.previous, 64);
  view.setUint32(4, headerChecksum(bytes, receipt.length), true);
  return bytes;
}

/** Receipt of the last of a run of `lost` entries: the hash that the entry behind it holds of the one before, which is gone. */
export function resumes(previous: Uint8Array): string {
  return JSON.stringify({ resumes: Buffer.from(previous).toString('hex') });
}

/**
 * Whether an entry that holds `previous` may follow one with this hash, kind and receipt: it holds this hash, or the
 * other is the last `lost` one and says so.
 */
export function mayFollow(
  previous: Uint8Array,
  before: { readonly hash: Uint8Array; readonly kind: EntryKind; readonly receipt: string | null },
): boolean {
  if (Buffer.compare(previous, before.hash) === 0) return true;
  return before.kind === 'lost' && before.receipt === resumes(previous);
}

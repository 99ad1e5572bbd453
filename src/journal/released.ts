/**
 * A released file: what is left of a file of the journal once its events are in segments. `0000000000004711.wjr` takes the place of
 * `0000000000004711.wj`: every entry is there with its header and receipt, as they were; of events only the frame's header is left,
 * everything else (dead letters, what the server wrote) is whole. So books, rules in force, idempotency keys and positions are
 * read of it as before. The ledger signs its SHA-256.
 *
 * ```
 * zstd of:
 *  0 magic "WEVR" · 4 u8 version · 5 zeros · 8 u64 first position · 16 u64 position behind the last
 * 24 SHA-256 of the last entry, whole · 56 entries:
 *    u32 bytes kept of the payload · u32 CRC-32 of these · header and receipt (format.ts) · what is kept · zeros up to a multiple of 8
 * ```
 */
import { constants, crc32, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { type Files, limits, type RandomReader, sha256, WeirError, writeDurably } from '../base/index.ts';
import { SegmentCursor, sha256Of } from './cursor.ts';
import { CorruptJournal, Damage } from './errors.ts';
import {
  ALIGNMENT,
  entryBytes,
  HASH_BYTES,
  HEADER_BYTES,
  type Header,
  headerChecksum,
  mayFollow,
  readHeader,
} from './format.ts';
import { type Segment, segmentAt } from './segments.ts';

const MAGIC = 0x52564557; // "WEVR"
const VERSION = 1;
const HEAD_BYTES = 24 + HASH_BYTES;
const PREFIX_BYTES = 8;
/** It is written once, by a thread that nobody waits for, and kept for years. */
const ZSTD_LEVEL = 9;

const padded = (bytes: number): number => Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;

/** What was written. */
export interface ReleasedFile {
  /** Positions, `to` not included. */
  readonly from: number;
  readonly to: number;
  readonly sha256: string;
  readonly bytes: number;
}

/**
 * Writes the released file beside a closed one, which is read as it was written: checksums, order and hashes are verified. Until
 * `Journal.release` removes the file itself, nobody reads the other. In any thread.
 * @param to position behind the last entry of the file
 * @param kept how many of a frame's bytes are its header, which stays
 * @throws WeirError `journal.corrupt`, `journal.release` where too much would be left, `disk.…`
 */
export function writeReleased(
  files: Files,
  folder: string,
  { from, to, producer }: { readonly from: number; readonly to: number; readonly producer: Uint8Array },
  kept: (frame: Uint8Array) => number,
): ReleasedFile {
  const segment = segmentAt(folder, from);
  const image = imageOf(files, segment, to, producer, kept);
  const params = { [constants.ZSTD_c_checksumFlag]: 1, [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL };
  const bytes = zstdCompressSync(image, { params });
  writeDurably(files, segmentAt(folder, from, true).path, bytes);
  return { from, to, sha256: sha256(bytes), bytes: bytes.length };
}

function imageOf(
  files: Files,
  segment: Segment,
  to: number,
  producer: Uint8Array,
  kept: (frame: Uint8Array) => number,
): Uint8Array {
  using reader = files.openRead(segment.path);
  const cursor = new SegmentCursor(reader, producer, 0, segment.first);
  const parts: Uint8Array[] = [Buffer.alloc(HEAD_BYTES)];
  let before: { hash: Uint8Array; kind: Header['kind']; receipt: string | null } | null = null;
  const damage = (what: string): Damage => new Damage(cursor.byte, what);
  try {
    while (cursor.next()) {
      const { header } = cursor;
      if (header === null) break;
      const bytes = cursor.entry();
      if (before !== null && !mayFollow(header.previous, before)) {
        throw damage('the hash it holds of the entry before it does not match');
      }
      const { kind, receiptBytes, payloadBytes } = header;
      const receipt = Buffer.from(bytes.subarray(HEADER_BYTES, HEADER_BYTES + receiptBytes)).toString('utf8');
      before = { hash: Uint8Array.from(sha256Of(bytes)), kind, receipt: receiptBytes === 0 ? null : receipt };
      const at = HEADER_BYTES + receiptBytes;
      const payload = bytes.subarray(at, at + payloadBytes);
      parts.push(recordOf(bytes.subarray(0, at), kind === 'events' ? payload.subarray(0, kept(payload)) : payload));
      cursor.skip();
    }
    if (cursor.sequence !== to) throw damage(`it ends here, before position ${to}`);
  } catch (error) {
    if (!(error instanceof Damage)) throw error;
    throw new CorruptJournal({ file: segment.path, byte: error.byte, position: cursor.sequence, what: error.what });
  }
  const bytes = parts.reduce((sum, part) => sum + part.length, 0);
  if (bytes > limits.journalReleasedBytesMax) {
    throw new WeirError('journal.release', `${segment.path} is not released: ${bytes} bytes would be left of it`, {
      hint: 'It stays as it is. A smaller journal.segment_bytes makes files of which less is left.',
    });
  }
  const image = Buffer.concat(parts);
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  view.setUint32(0, MAGIC, true);
  image[4] = VERSION;
  view.setBigUint64(8, BigInt(segment.first), true);
  view.setBigUint64(16, BigInt(to), true);
  if (before !== null) image.set(before.hash, 24);
  return image;
}

function recordOf(head: Uint8Array, kept: Uint8Array): Uint8Array {
  const record = Buffer.alloc(padded(PREFIX_BYTES + head.length + kept.length));
  record.writeUInt32LE(kept.length, 0);
  record.writeUInt32LE(crc32(kept), 4);
  record.set(head, PREFIX_BYTES);
  record.set(kept, PREFIX_BYTES + head.length);
  return record;
}

/** A released file, unpacked. */
export class ReleasedImage {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  /** Throws `journal.corrupt`, `disk.…`. */
  constructor(files: Files, segment: Segment) {
    const corrupt = (byte: number, what: string): CorruptJournal =>
      new CorruptJournal({ file: segment.path, byte, position: segment.first, what });
    using reader = files.openRead(segment.path);
    this.bytes = unpacked(reader, (what) => corrupt(0, what));
    this.#view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    if (this.bytes.length < HEAD_BYTES || this.#view.getUint32(0, true) !== MAGIC) {
      throw corrupt(0, 'it is no released file of the journal');
    }
    if (this.bytes[4] !== VERSION) throw corrupt(4, `it is of version ${this.bytes[4]}, where ${VERSION} is known`);
    if (this.first !== segment.first) throw corrupt(8, `it begins with position ${this.first}`);
  }

  get first(): number {
    return Number(this.#view.getBigUint64(8, true));
  }

  /** Position behind its last entry. */
  get to(): number {
    return Number(this.#view.getBigUint64(16, true));
  }

  /** SHA-256 of its last entry, as it was. */
  get hash(): Uint8Array {
    return this.bytes.slice(24, HEAD_BYTES);
  }
}

function unpacked(reader: RandomReader, corrupt: (what: string) => CorruptJournal): Uint8Array {
  if (reader.size > limits.journalReleasedBytesMax) throw corrupt(`it has ${reader.size} bytes`);
  const packed = new Uint8Array(reader.size);
  reader.readAt(packed, 0);
  try {
    return zstdDecompressSync(packed, { maxOutputLength: limits.journalReleasedBytesMax });
  } catch (error) {
    throw corrupt(`it cannot be unpacked: ${(error as Error).message}`);
  }
}

/** Walks a released file as SegmentCursor does one that is whole. */
export class ReleasedCursor {
  readonly #bytes: Uint8Array;
  readonly #producer: Uint8Array;
  byte: number;
  sequence: number;
  header: Header | null = null;
  #kept = 0;
  #keptChecksum = 0;

  /** @param byte where an entry begins; 0: the first */
  constructor(image: ReleasedImage, producer: Uint8Array, byte: number, sequence: number) {
    this.#bytes = image.bytes;
    this.#producer = producer;
    this.byte = Math.max(byte, HEAD_BYTES);
    this.sequence = sequence;
  }

  get bytes(): number {
    return this.header === null ? 0 : padded(PREFIX_BYTES + HEADER_BYTES + this.header.receiptBytes + this.#kept);
  }

  /** Reads the header at `byte`: false at the end. Throws Damage. */
  next(): boolean {
    this.header = null;
    const left = this.#bytes.length - this.byte;
    if (left === 0) return false;
    const damage = (what: string): Damage => new Damage(this.byte, what);
    if (left < PREFIX_BYTES + HEADER_BYTES) throw damage('an entry cut off');
    const prefix = Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + this.byte, PREFIX_BYTES);
    const bytes = this.#bytes.subarray(this.byte + PREFIX_BYTES);
    const header = readHeader(bytes);
    if (typeof header === 'string') throw damage(header);
    this.#kept = prefix.readUInt32LE(0);
    this.#keptChecksum = prefix.readUInt32LE(4);
    const whole = header.kind !== 'events';
    if (whole ? this.#kept !== header.payloadBytes : this.#kept > header.payloadBytes) {
      throw damage(`${this.#kept} bytes of its payload are kept`);
    }
    if (left < padded(PREFIX_BYTES + HEADER_BYTES + header.receiptBytes + this.#kept)) throw damage('an entry cut off');
    if (headerChecksum(bytes, header.receiptBytes) !== header.checksum) {
      throw damage('the checksum of its header does not match');
    }
    if (Buffer.compare(header.producer, this.#producer) !== 0) throw damage('an entry of another producer');
    if (header.sequence !== this.sequence) {
      throw damage(`an entry with sequence number ${header.sequence} in place of ${this.sequence}`);
    }
    this.header = header;
    return true;
  }

  /** The whole entry, padding included; null: its events are released. Throws Damage. */
  entry(): Uint8Array | null {
    const { header } = this;
    if (header === null) throw new Error('no header was read');
    const start = this.start(header.payloadBytes);
    if (header.kind === 'events') return null;
    const bytes = new Uint8Array(entryBytes(header.receiptBytes, header.payloadBytes));
    bytes.set(start);
    if (crc32(bytes.subarray(HEADER_BYTES + header.receiptBytes)) !== header.bodyChecksum) {
      throw new Damage(this.byte, 'the checksum of its payload does not match');
    }
    return bytes;
  }

  /** Header, receipt and up to `payloadBytes` of what is kept of the payload. Throws Damage. */
  start(payloadBytes: number): Uint8Array {
    if (this.header === null) throw new Error('no header was read');
    const from = this.byte + PREFIX_BYTES;
    const at = from + HEADER_BYTES + this.header.receiptBytes;
    if (crc32(this.#bytes.subarray(at, at + this.#kept)) !== this.#keptChecksum) {
      throw new Damage(this.byte, 'the checksum of what is kept of its payload does not match');
    }
    return this.#bytes.subarray(from, at + Math.min(payloadBytes, this.#kept));
  }

  skip(): void {
    this.byte += this.bytes;
    this.sequence++;
    this.header = null;
  }
}
